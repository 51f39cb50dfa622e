#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace govseal {

/// Levenshtein distance in bytes.
[[nodiscard]] std::size_t edit_distance(std::string_view left, std::string_view right);

/// The known word that somebody who wrote `word` probably meant: the nearest one, with an edit
/// distance of at most 2 or a third of the length of `word`, whichever is more (api.md 9.8), and at
/// least one byte in common. The first of equally near ones; nullopt when none is near enough. The
/// result refers to `known`.
[[nodiscard]] std::optional<std::string_view> find_nearest_word(
    std::string_view word, std::span<std::string_view const> known);
[[nodiscard]] std::optional<std::string_view> find_nearest_word(std::string_view word,
                                                                std::span<std::string const> known);

}  // namespace govseal
