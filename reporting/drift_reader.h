#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

/// Reading the JSON of a drift report for people. What is absent or null reads as `-`, numbers as
/// they are written, paths as their exact bytes.
namespace govseal::drift {

inline constexpr std::string_view kNothing = "-";

/// A value that is always there: an empty one stands for what is missing.
[[nodiscard]] JsonValue const& member(JsonValue const& object, std::string_view key);
[[nodiscard]] JsonValue::Array const& items(JsonValue const& object, std::string_view key);
[[nodiscard]] std::string cell(JsonValue const& value);
/// Of a member; exact bytes where `<key>_b64` has them.
[[nodiscard]] std::string cell(JsonValue const& object, std::string_view key);
[[nodiscard]] std::uint64_t number(JsonValue const& object, std::string_view key);
[[nodiscard]] std::string join(std::vector<std::string> const& parts, std::string_view between);
/// The cells of an array with `, ` between.
[[nodiscard]] std::string cells(JsonValue const& object, std::string_view key);

/// `govseal audit prove REPO:RUN` as a shell takes it, whatever the path holds.
[[nodiscard]] std::string proof_command(std::string_view repository, std::string_view run);

}  // namespace govseal::drift
