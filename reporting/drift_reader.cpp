#include "reporting/drift_reader.h"

#include <algorithm>
#include <cstdio>

#include "base/bytes.h"
#include "base/utf8.h"

namespace govseal::drift {
namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("._-/:@%+=,").find(c) != std::string_view::npos;
}

/// `'...'`, or `$'...'` with escapes where bytes are not fit to be shown.
std::string quote_for_shell(std::string_view text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  bool const shown = escape_for_display(text) == text;
  std::string quoted = shown ? "'" : "$'";
  for (char const c : text) {
    auto const byte = static_cast<unsigned char>(c);
    if (shown && c == '\'') {
      quoted += "'\\''";
    } else if (!shown && (c == '\'' || c == '\\')) {
      quoted += std::string("\\") + c;
    } else if (!shown && (byte < 0x20 || byte >= 0x7F)) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned>(byte));
      quoted += escaped;
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace

JsonValue const& member(JsonValue const& object, std::string_view key) {
  static JsonValue const kNull;
  JsonValue const* const found = object.find(key);
  return found == nullptr ? kNull : *found;
}

JsonValue::Array const& items(JsonValue const& object, std::string_view key) {
  static JsonValue::Array const kEmpty;
  JsonValue::Array const* const array = member(object, key).as_array();
  return array == nullptr ? kEmpty : *array;
}

std::string cell(JsonValue const& value) {
  if (std::string const* const text = value.as_string()) return *text;
  if (auto const* const number = value.as_number()) return number->token;
  if (bool const* const flag = value.as_bool()) return *flag ? "yes" : "no";
  return std::string(kNothing);
}

std::string cell(JsonValue const& object, std::string_view key) {
  std::string const* const exact = object.find_string(std::string(key) + "_b64");
  if (exact != nullptr) {
    if (auto bytes = from_base64(*exact)) return std::move(*bytes);
  }
  return cell(member(object, key));
}

std::uint64_t number(JsonValue const& object, std::string_view key) {
  return static_cast<std::uint64_t>(object.find_int(key).value_or(0));
}

std::string join(std::vector<std::string> const& parts, std::string_view between) {
  std::string joined;
  for (std::string const& part : parts) {
    if (!joined.empty()) joined += between;
    joined += part;
  }
  return joined.empty() ? std::string(kNothing) : joined;
}

std::string cells(JsonValue const& object, std::string_view key) {
  std::vector<std::string> parts;
  for (JsonValue const& item : items(object, key)) parts.push_back(cell(item));
  return join(parts, ", ");
}

std::string proof_command(std::string_view repository, std::string_view run) {
  return "govseal audit prove " + quote_for_shell(std::string(repository) + ":" + std::string(run));
}

}  // namespace govseal::drift
