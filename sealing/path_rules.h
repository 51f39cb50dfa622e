#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace govseal {

/// The rules for paths of sealing.md 3.4 and the warnings about names of 3.7. All pure.

/// Codes of all rules that `path` breaks, among `path.empty`, `path.absolute`, `path.dotdot`,
/// `path.segment`, `path.backslash`, `path.control`, `path.dash`, `path.too_long`; empty when it
/// may be listed and looked up. `path` is valid UTF-8; `path.not_unicode` and
/// `path.prefix_conflict` are decided elsewhere.
[[nodiscard]] std::vector<std::string_view> path_codes(std::string_view path);

/// True when `path` is a name on disk that may appear in a manifest: UTF-8 and no code.
[[nodiscard]] bool is_sealable_path(std::string_view path);

/// Warnings `name.*` of one path, except `name.case_collision`.
[[nodiscard]] std::vector<std::string_view> name_warnings(std::string_view path);

/// `text` with A-Z as a-z: two paths collide where case is ignored when these are equal.
[[nodiscard]] std::string ascii_lower(std::string_view text);

/// True for `manifest.json` and `MANIFEST.sha256`, the seal files at top level.
[[nodiscard]] bool is_seal_file(std::string_view path) noexcept;

/// Paths of a list, sorted by bytes, that are a directory prefix of another one of the list, and
/// those that have such a prefix (pairs, first the shorter one).
[[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> prefix_conflicts(
    std::vector<std::string_view> const& sorted_paths);

}  // namespace govseal
