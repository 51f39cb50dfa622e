#include "agent/cli/json_access.h"

#include "base/bytes.h"

namespace govseal {

JsonValue const& member_at(JsonValue const& object, std::string_view key) {
  static JsonValue const null;
  auto const* found = object.find(key);
  return found ? *found : null;
}

std::string_view text_at(JsonValue const& object, std::string_view key) {
  auto const* text = object.find_string(key);
  return text ? std::string_view(*text) : std::string_view();
}

std::string_view text_at(JsonValue const& object, std::string_view outer, std::string_view inner) {
  return text_at(member_at(object, outer), inner);
}

std::optional<std::int64_t> int_at(JsonValue const& object, std::string_view key) {
  return object.find_int(key);
}

std::optional<std::int64_t> int_at(JsonValue const& object, std::string_view outer,
                                   std::string_view inner) {
  return member_at(object, outer).find_int(inner);
}

bool flag_at(JsonValue const& object, std::string_view key) {
  auto const* flag = member_at(object, key).as_bool();
  return flag && *flag;
}

bool is_null_at(JsonValue const& object, std::string_view key) {
  return member_at(object, key).is_null();
}

JsonValue::Array const& items_at(JsonValue const& object, std::string_view key) {
  static JsonValue::Array const none;
  auto const* array = member_at(object, key).as_array();
  return array ? *array : none;
}

std::string path_at(JsonValue const& object, std::string_view key) {
  auto const* exact = object.find_string(std::string(key) + "_b64");
  auto bytes = exact ? from_base64(*exact) : std::nullopt;
  return bytes ? std::move(*bytes) : std::string(text_at(object, key));
}

std::string joined_at(JsonValue const& object, std::string_view key, std::string_view separator) {
  std::string text;
  for (auto const& item : items_at(object, key)) {
    if (!item.as_string()) continue;
    if (!text.empty()) text += separator;
    text += *item.as_string();
  }
  return text;
}

}  // namespace govseal
