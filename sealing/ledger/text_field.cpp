#include "sealing/ledger/text_field.h"

#include <algorithm>

#include "base/utf8.h"

namespace govseal {
namespace {

constexpr std::string_view kEllipsis = "\xE2\x80\xA6";
constexpr std::size_t kCutMarkBytes = 68;  // `…#` and 64 hex digits
constexpr std::size_t kHexDigits = 64;

void append_escaped(std::string& out, std::string_view bytes) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (char const c : bytes) {
    auto const byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
}

bool needs_escape(char32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7f && code_point <= 0x9f) || code_point == U'%' ||
         code_point == U'\u2026';
}

/// The longest prefix of at most `bytes_max` bytes that ends between characters and escapes. An
/// encoded text has `%` only at the start of an escape.
std::string_view cut_between_units(std::string_view encoded, std::size_t bytes_max) {
  if (encoded.size() <= bytes_max) return encoded;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(encoded[end]) & 0xc0) == 0x80) --end;
  if (end >= 1 && encoded[end - 1] == '%') return encoded.substr(0, end - 1);
  if (end >= 2 && encoded[end - 2] == '%') return encoded.substr(0, end - 2);
  return encoded.substr(0, end);
}

int upper_hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> unescape(std::string_view text) {
  std::string raw;
  raw.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      raw += text[at];
      continue;
    }
    if (at + 2 >= text.size()) return std::nullopt;
    int const high = upper_hex_value(text[at + 1]);
    int const low = upper_hex_value(text[at + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    raw += static_cast<char>(high * 16 + low);
    at += 2;
  }
  return raw;
}

bool is_plain_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= 0x20 && c < 0x7f && c != '%'; });
}

/// What encode_text(raw) gives for some raw: without a cut mark.
bool is_whole_encoded_text(std::string_view text) {
  if (is_plain_ascii(text)) return true;
  auto const raw = unescape(text);
  return raw && encode_text(*raw) == text;
}

}  // namespace

std::string encode_text(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  while (!raw.empty()) {
    unsigned const length = utf8_sequence_length(raw);
    auto const unit = raw.substr(0, length == 0 ? 1 : length);
    if (length == 0 || needs_escape(utf8_decode(unit))) {
      append_escaped(out, unit);
    } else {
      out += unit;
    }
    raw.remove_prefix(unit.size());
  }
  return out;
}

std::string encode_text(std::string_view raw, std::size_t bytes_max) {
  std::string encoded = encode_text(raw);
  if (encoded.size() <= bytes_max) return encoded;
  bool const has_room_for_digest = bytes_max >= kCutMarkBytes;
  std::size_t const mark = has_room_for_digest ? kCutMarkBytes : kEllipsis.size();
  encoded.resize(cut_between_units(encoded, bytes_max - mark).size());
  encoded += kEllipsis;
  if (!has_room_for_digest) return encoded;
  encoded += '#';
  encoded += sha256(raw).hex();
  return encoded;
}

std::optional<std::string> decode_text(std::string_view text) {
  if (!is_whole_encoded_text(text)) return std::nullopt;
  return unescape(text);
}

bool is_encoded_text(std::string_view text, std::size_t bytes_max) {
  if (text.size() > bytes_max) return false;
  auto const mark = text.find(kEllipsis);
  if (mark == std::string_view::npos) return is_whole_encoded_text(text);
  auto const tail = text.substr(mark + kEllipsis.size());
  bool const is_mark = bytes_max < kCutMarkBytes
                           ? tail.empty()
                           : tail.size() == 1 + kHexDigits && tail[0] == '#' &&
                                 Digest::from_hex(tail.substr(1)).has_value();
  return is_mark && is_whole_encoded_text(text.substr(0, mark));
}

ItemList make_list(std::vector<std::string> items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  ItemList list;
  list.count = items.size();
  Sha256 hash;
  for (auto const& item : items) {
    hash.update(item).update(std::string_view("\0", 1));
    if (list.first.size() < ItemList::kFirstMax) {
      list.first.push_back(encode_text(item, ItemList::kItemBytesMax));
    }
  }
  list.sha256 = hash.finish();
  return list;
}

std::string json_string(std::string_view encoded_text) {
  std::string out;
  out.reserve(encoded_text.size() + 2);
  out += '"';
  for (char const c : encoded_text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
  return out;
}

}  // namespace govseal
