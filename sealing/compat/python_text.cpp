#include "sealing/compat/python_text.h"

#include <algorithm>

#include "base/utf8.h"

namespace govseal {
namespace {

bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

/// Bytes of the white space character at the start, 0 when there is none.
std::size_t space_at_start(std::string_view text) {
  unsigned const length = utf8_sequence_length(text);
  return length != 0 && is_space(utf8_decode(text.substr(0, length))) ? length : 0;
}

std::size_t space_at_end(std::string_view text) {
  std::size_t start = text.size();
  // A sequence has at most three continuation bytes; only the first is none.
  while (start > 0 && text.size() - start < 4) {
    --start;
    if ((static_cast<unsigned char>(text[start]) & 0xC0) != 0x80) break;
  }
  std::string_view const last = text.substr(start);
  return space_at_start(last) == last.size() ? last.size() : 0;
}

constexpr unsigned kEscapedFirst = 0xDC80;
constexpr unsigned kEscapedLast = 0xDCFF;

/// The code point of a lone surrogate at the start, 0 when there is none.
unsigned surrogate_at(std::string_view text) {
  if (text.size() < 3 || text[0] != '\xED') return 0;
  auto const second = static_cast<unsigned char>(text[1]);
  auto const third = static_cast<unsigned char>(text[2]);
  if (second < 0xA0) return 0;
  return 0xD000u | ((second & 0x3Fu) << 6) | (third & 0x3Fu);
}

}  // namespace

std::optional<std::string> read_text(std::string_view bytes) {
  if (!is_utf8(bytes)) return std::nullopt;
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    auto const end = std::min(bytes.find('\r'), bytes.size());
    out += bytes.substr(0, end);
    bytes.remove_prefix(end);
    if (bytes.empty()) break;
    out += '\n';
    bytes.remove_prefix(bytes.starts_with("\r\n") ? 2 : 1);
  }
  return out;
}

std::string_view strip(std::string_view text) {
  while (!text.empty()) {
    std::size_t const space = space_at_start(text);
    if (space == 0) break;
    text.remove_prefix(space);
  }
  while (!text.empty()) {
    std::size_t const space = space_at_end(text);
    if (space == 0) break;
    text.remove_suffix(space);
  }
  return text;
}

std::vector<std::string_view> kept_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  text = strip(text);
  while (!text.empty()) {
    auto const end = std::min(text.find('\n'), text.size());
    if (!strip(text.substr(0, end)).empty()) lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::vector<std::string_view> tokens(std::string_view text) {
  std::vector<std::string_view> out;
  text = strip(text);
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t const space = space_at_start(text.substr(at));
    if (space == 0) {
      at += std::max(1u, utf8_sequence_length(text.substr(at)));
      continue;
    }
    out.push_back(text.substr(0, at));
    text = strip(text.substr(at));
    at = 0;
  }
  if (!text.empty()) out.push_back(text);
  return out;
}

std::optional<std::string> name_bytes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    unsigned const surrogate = surrogate_at(text);
    if (text.front() == '\0') return std::nullopt;
    if (surrogate == 0) {
      out += text.front();
      text.remove_prefix(1);
      continue;
    }
    if (surrogate < kEscapedFirst || surrogate > kEscapedLast) return std::nullopt;
    out += static_cast<char>(surrogate & 0xFF);
    text.remove_prefix(3);
  }
  return out;
}

std::string name_text(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    unsigned const length = utf8_sequence_length(bytes);
    if (length != 0) {
      out += bytes.substr(0, length);
      bytes.remove_prefix(length);
      continue;
    }
    unsigned const code = 0xDC00u | static_cast<unsigned char>(bytes.front());
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
    bytes.remove_prefix(1);
  }
  return out;
}

}  // namespace govseal
