#include "base/bytes.h"

#include <algorithm>

namespace govseal {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";
constexpr char kBase64Digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

char as_char(unsigned value) {
  return static_cast<char>(static_cast<unsigned char>(value));
}

/// Up to three bytes as four digits, padded.
void append_base64_group(std::string& out, ByteSpan group) {
  unsigned bits = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    bits = bits << 8 | (i < group.size() ? std::to_integer<unsigned>(group[i]) : 0U);
  }
  for (std::size_t i = 0; i < 4; ++i) {
    out += i <= group.size() ? kBase64Digits[bits >> (18 - 6 * i) & 63] : '=';
  }
}

/// Four digits of which the last `padding` are `=`; false when malformed.
bool decode_base64_group(std::string& out, std::string_view group, std::size_t padding) {
  unsigned bits = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    int const value = i < 4 - padding ? base64_value(group[i]) : 0;
    if (value < 0) return false;
    bits = bits << 6 | static_cast<unsigned>(value);
  }
  unsigned const unused_bits = bits & ((1U << (8 * padding)) - 1);
  if (unused_bits != 0) return false;
  for (std::size_t i = 0; i < 3 - padding; ++i) out += as_char(bits >> (16 - 8 * i) & 255);
  return true;
}

}  // namespace

std::string to_hex(ByteSpan bytes) {
  std::string out;
  out.reserve(2 * bytes.size());
  for (std::byte const byte : bytes) {
    auto const value = std::to_integer<unsigned>(byte);
    out += kHexDigits[value >> 4];
    out += kHexDigits[value & 15];
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    int const high = hex_value(hex[i]);
    int const low = hex_value(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += as_char(static_cast<unsigned>(high) << 4 | static_cast<unsigned>(low));
  }
  return out;
}

std::string to_base64(ByteSpan bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    append_base64_group(out, bytes.subspan(i, std::min<std::size_t>(3, bytes.size() - i)));
  }
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::string_view const group = text.substr(i, 4);
    bool const last = i + 4 == text.size();
    std::size_t padding = 0;
    if (last && group.ends_with('=')) padding = group.ends_with("==") ? 2 : 1;
    if (!decode_base64_group(out, group, padding)) return std::nullopt;
  }
  return out;
}

}  // namespace govseal
