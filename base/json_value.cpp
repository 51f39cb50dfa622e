#include <charconv>

#include "base/json.h"

namespace govseal {

std::optional<std::int64_t> JsonValue::as_int() const noexcept {
  Number const* const number = as_number();
  if (number == nullptr) return std::nullopt;
  std::string_view const token = number->token;
  std::string_view digits = token;
  if (digits.starts_with('-')) digits.remove_prefix(1);
  bool const leading_zero = digits.starts_with('0') && token != "0";
  if (digits.empty() || leading_zero) return std::nullopt;
  std::int64_t value = 0;
  char const* const end = token.data() + token.size();
  auto const [rest, error] = std::from_chars(token.data(), end, value);
  if (error != std::errc() || rest != end) return std::nullopt;
  return value;
}

JsonValue const* JsonValue::find(std::string_view key) const noexcept {
  Object const* const object = as_object();
  if (object == nullptr) return nullptr;
  for (auto member = object->rbegin(); member != object->rend(); ++member) {
    if (member->first == key) return &member->second;
  }
  return nullptr;
}

std::string const* JsonValue::find_string(std::string_view key) const noexcept {
  JsonValue const* const value = find(key);
  return value == nullptr ? nullptr : value->as_string();
}

std::optional<std::int64_t> JsonValue::find_int(std::string_view key) const noexcept {
  JsonValue const* const value = find(key);
  return value == nullptr ? std::nullopt : value->as_int();
}

}  // namespace govseal
