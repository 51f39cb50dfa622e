#include "sealing/compat/python_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

#include "base/utf8.h"
#include "sealing/json_scanner.h"

namespace govseal {
namespace {

using Event = JsonScanner::Event;

constexpr unsigned kDepthMax = 1000;

bool is_float(std::string_view token) {
  return token.find_first_of(".eEIN") != std::string_view::npos;
}

/// What float() makes of a token that is out of the range of from_chars: zero or infinity.
double beyond_range(std::string_view token) {
  bool const negative = token.front() == '-';
  if (negative) token.remove_prefix(1);
  auto const e = token.find_first_of("eE");
  bool small = false;
  if (e != std::string_view::npos) {
    small = token.substr(e + 1).starts_with('-');
  } else {
    small = token.starts_with("0.");
  }
  double const value = small ? 0.0 : std::numeric_limits<double>::infinity();
  return negative ? -value : value;
}

double float_of(std::string_view token) {
  if (token == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (token == "Infinity") return std::numeric_limits<double>::infinity();
  if (token == "-Infinity") return -std::numeric_limits<double>::infinity();
  double value = 0;
  auto const result = std::from_chars(token.data(), token.data() + token.size(), value);
  return result.ec == std::errc::result_out_of_range ? beyond_range(token) : value;
}

std::string number_repr(std::string_view token) {
  if (is_float(token)) return python_float_repr(float_of(token));
  return token == "-0" ? "0" : std::string(token);
}

bool number_equals(std::string_view token, std::uint64_t number) {
  if (!is_float(token)) return number_repr(token) == std::to_string(number);
  double const value = float_of(token);
  // Every double from 2^53 on is an integer; below 2^64 the conversion is exact.
  if (!(value >= 0) || value >= 18446744073709551616.0 || value != std::floor(value)) return false;
  return static_cast<std::uint64_t>(value) == number;
}

void append_escaped(std::string& out, char const* form, unsigned value) {
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, form, value);
  out += buffer;
}

/// repr() of a string. What Python holds for unprintable beyond Latin-1 is not looked up: such
/// texts only stand in messages whose wording is free.
std::string string_repr(std::string_view text) {
  bool const single = text.find('\'') != std::string_view::npos;
  bool const twice = text.find('"') != std::string_view::npos;
  char const quote = single && !twice ? '"' : '\'';
  std::string out(1, quote);
  while (!text.empty()) {
    unsigned const length = utf8_sequence_length(text);
    auto const first = static_cast<unsigned char>(text.front());
    if (first == static_cast<unsigned char>(quote) || first == '\\') {
      out += '\\';
      out += text.front();
    } else if (first == '\n') {
      out += "\\n";
    } else if (first == '\r') {
      out += "\\r";
    } else if (first == '\t') {
      out += "\\t";
    } else if (length == 0) {  // a lone surrogate
      unsigned const code = 0xD000u | ((static_cast<unsigned char>(text[1]) & 0x3Fu) << 6) |
                            (static_cast<unsigned char>(text[2]) & 0x3Fu);
      append_escaped(out, "\\u%04x", code);
    } else if (char32_t const c = utf8_decode(text.substr(0, length));
               c < 0x20 || (c >= 0x7F && c <= 0xA0) || c == 0xAD) {
      append_escaped(out, "\\x%02x", static_cast<unsigned>(c));
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 3 : length);
  }
  return out += quote;
}

std::string_view constant_repr(Event event) {
  switch (event) {
    case Event::true_:
      return "True";
    case Event::false_:
      return "False";
    case Event::null:
      return "None";
    default:
      return {};
  }
}

std::string value_repr(JsonScanner& scanner, Event event) {
  std::string out;
  bool first = true;  // in its container
  bool after_key = false;
  while (event != Event::end && event != Event::error && event != Event::too_deep) {
    bool const closes = event == Event::end_array || event == Event::end_object;
    if (!closes && !first && !after_key) out += ", ";
    first = event == Event::begin_array || event == Event::begin_object;
    after_key = event == Event::key;
    if (event == Event::begin_array) out += '[';
    if (event == Event::begin_object) out += '{';
    if (event == Event::end_array) out += ']';
    if (event == Event::end_object) out += '}';
    if (event == Event::number) out += number_repr(scanner.source());
    if (event == Event::string || event == Event::key) out += string_repr(scanner.string());
    if (event == Event::key) out += ": ";
    out += constant_repr(event);
    event = scanner.next();
  }
  return out;
}

}  // namespace

std::string python_float_repr(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char buffer[64];
  auto const end =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  std::string_view const text(buffer, static_cast<std::size_t>(end - buffer));
  int exponent = 0;
  auto const e = text.find('e');
  std::string_view power = text.substr(e + 1);
  if (power.starts_with('+')) power.remove_prefix(1);
  std::from_chars(power.data(), power.data() + power.size(), exponent);
  if (exponent < -4 || exponent >= 16) return std::string(text);
  auto const fixed =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed).ptr;
  std::string out(buffer, fixed);
  if (out.find('.') == std::string::npos) out += ".0";
  return out;
}

bool python_equals(std::string_view source, std::uint64_t number) {
  JsonScanner scanner(source, JsonScanner::Dialect::lenient, kDepthMax);
  Event const event = scanner.next();
  if (event == Event::true_) return number == 1;
  if (event == Event::false_) return number == 0;
  return event == Event::number && number_equals(scanner.source(), number);
}

bool python_equals(std::string_view source, std::string_view text) {
  JsonScanner scanner(source, JsonScanner::Dialect::lenient, kDepthMax);
  return scanner.next() == Event::string && scanner.string() == text;
}

std::string python_str(std::string_view source) {
  JsonScanner scanner(source, JsonScanner::Dialect::lenient, kDepthMax);
  Event const event = scanner.next();
  if (event == Event::string) return std::string(scanner.string());
  return value_repr(scanner, event);
}

}  // namespace govseal
