#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

/// Reading answers of the agent. A newer agent may say more and an unknown member is no error; a
/// member that is not there or of another type reads as absent.
namespace govseal {

/// Empty when absent or null.
[[nodiscard]] std::string_view text_at(JsonValue const& object, std::string_view key);
[[nodiscard]] std::string_view text_at(JsonValue const& object, std::string_view outer,
                                       std::string_view inner);
[[nodiscard]] std::optional<std::int64_t> int_at(JsonValue const& object, std::string_view key);
[[nodiscard]] std::optional<std::int64_t> int_at(JsonValue const& object, std::string_view outer,
                                                 std::string_view inner);
[[nodiscard]] bool flag_at(JsonValue const& object, std::string_view key);
/// True for null and for absent.
[[nodiscard]] bool is_null_at(JsonValue const& object, std::string_view key);
/// The items of an array; none when it is no array.
[[nodiscard]] JsonValue::Array const& items_at(JsonValue const& object, std::string_view key);
/// A null value when absent; refers to `object` otherwise.
[[nodiscard]] JsonValue const& member_at(JsonValue const& object, std::string_view key);
/// The exact bytes of a path: `<key>_b64` where there is one (api.md 3).
[[nodiscard]] std::string path_at(JsonValue const& object, std::string_view key);
/// The strings of an array with `separator` between them.
[[nodiscard]] std::string joined_at(JsonValue const& object, std::string_view key,
                                    std::string_view separator);

}  // namespace govseal
