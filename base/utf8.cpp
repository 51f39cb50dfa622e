#include "base/utf8.h"

#include <simdjson.h>

#include <cstdio>

namespace govseal {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

unsigned byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

/// Marks that change the direction of the text around them and so could disguise a name.
bool is_direction_mark(char32_t c) {
  return c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

bool is_hidden(char32_t c) {
  return (c >= 0x80 && c <= 0x9F) || is_direction_mark(c);
}

/// `text` with every hostile character escaped; `\` doubled only when `escape_backslash`.
std::string escape(std::string_view bytes, bool escape_backslash) {
  std::string out;
  out.reserve(bytes.size());
  char buffer[16];
  while (!bytes.empty()) {
    unsigned const length = utf8_sequence_length(bytes);
    unsigned const first = byte_at(bytes, 0);
    std::string_view const sequence = bytes.substr(0, length == 0 ? 1 : length);
    bytes.remove_prefix(sequence.size());
    if (length == 0 || first < 0x20 || first == 0x7F) {
      std::snprintf(buffer, sizeof buffer, "\\x%02x", first);
      out += buffer;
    } else if (length > 1 && is_hidden(utf8_decode(sequence))) {
      std::snprintf(buffer, sizeof buffer, "\\u%04x", static_cast<unsigned>(utf8_decode(sequence)));
      out += buffer;
    } else if (first == '\\' && escape_backslash) {
      out += "\\\\";
    } else {
      out += sequence;
    }
  }
  return out;
}

}  // namespace

bool is_utf8(std::string_view bytes) noexcept {
  return bytes.empty() || simdjson::validate_utf8(bytes.data(), bytes.size());
}

unsigned utf8_sequence_length(std::string_view bytes) noexcept {
  if (bytes.empty()) return 0;
  unsigned const first = byte_at(bytes, 0);
  if (first < 0x80) return 1;
  // The bounds of the second byte keep out overlong forms, surrogates and what is over U+10FFFF
  // (RFC 3629 section 4).
  unsigned length = 0;
  unsigned low = 0x80;
  unsigned high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  }
  if (length == 0 || bytes.size() < length) return 0;
  if (byte_at(bytes, 1) < low || byte_at(bytes, 1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte_at(bytes, i) & 0xC0) != 0x80) return 0;
  }
  return length;
}

char32_t utf8_decode(std::string_view sequence) noexcept {
  if (sequence.size() == 1) return byte_at(sequence, 0);
  char32_t code_point = byte_at(sequence, 0) & (0xFFU >> (sequence.size() + 1));
  for (std::size_t i = 1; i < sequence.size(); ++i) {
    code_point = code_point << 6 | (byte_at(sequence, i) & 0x3F);
  }
  return code_point;
}

void utf8_append(std::string& out, char32_t code_point) {
  auto const add = [&out](char32_t value) { out += static_cast<char>(value & 0xFF); };
  if (code_point < 0x80) {
    add(code_point);
    return;
  }
  if (code_point < 0x800) {
    add(0xC0 | code_point >> 6);
  } else if (code_point < 0x10000) {
    add(0xE0 | code_point >> 12);
    add(0x80 | (code_point >> 6 & 0x3F));
  } else {
    add(0xF0 | code_point >> 18);
    add(0x80 | (code_point >> 12 & 0x3F));
    add(0x80 | (code_point >> 6 & 0x3F));
  }
  add(0x80 | (code_point & 0x3F));
}

std::string utf8_with_replacement(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    unsigned const length = utf8_sequence_length(bytes);
    out += length == 0 ? kReplacement : bytes.substr(0, length);
    bytes.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

std::string escape_for_display(std::string_view bytes) {
  std::string plain = escape(bytes, false);
  // Nothing got longer: nothing was escaped, and a `\` in it can only be itself.
  return plain.size() == bytes.size() ? plain : escape(bytes, true);
}

}  // namespace govseal
