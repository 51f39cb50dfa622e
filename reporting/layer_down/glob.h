#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace govseal {

/// Globs of layer-down.md 1.1: `*` is any run of bytes but `/`, `**` any run of bytes, `**/` may
/// match nothing, everything else is literal and case-sensitive. Linear in pattern times text.
[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view path);
[[nodiscard]] bool any_glob_matches(std::vector<std::string> const& patterns,
                                    std::string_view path);

/// The directory part that every match begins with: everything up to the last `/` before the first
/// `*`, with that slash; "" when there is none.
[[nodiscard]] std::string_view glob_fixed_directory(std::string_view pattern) noexcept;

}  // namespace govseal
