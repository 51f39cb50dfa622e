#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/sha256.h"
#include "reporting/actor.h"

/// Reading the fields of ledger records. A record has passed the check of its schema, so a field of
/// another shape than asked for is simply absent here.
namespace govseal {

/// Encoded text as raw bytes; cut texts stay as they are written.
[[nodiscard]] std::string raw_text(std::string_view encoded);

[[nodiscard]] std::string text_field(JsonValue const& body, std::string_view key);
[[nodiscard]] std::optional<std::string> maybe_text(JsonValue const& body, std::string_view key);
[[nodiscard]] std::uint64_t number_field(JsonValue const& body, std::string_view key);
[[nodiscard]] std::optional<std::uint64_t> maybe_number(JsonValue const& body,
                                                        std::string_view key);
[[nodiscard]] std::optional<Digest> maybe_digest(JsonValue const& body, std::string_view key);
[[nodiscard]] Digest digest_field(JsonValue const& body, std::string_view key);
[[nodiscard]] std::optional<nanoseconds> maybe_time(JsonValue const& body, std::string_view key);
[[nodiscard]] std::vector<std::string> text_array(JsonValue const& body, std::string_view key);
/// The `first` items of a list, as raw bytes.
[[nodiscard]] std::vector<std::string> list_items(JsonValue const& body, std::string_view key);
[[nodiscard]] std::uint64_t list_count(JsonValue const& body, std::string_view key);
[[nodiscard]] std::optional<Actor> actor_field(JsonValue const& body, std::string_view key);
[[nodiscard]] std::optional<By> by_field(JsonValue const& body, std::string_view key);
[[nodiscard]] std::vector<Candidate> candidates_field(JsonValue const& body);

}  // namespace govseal
