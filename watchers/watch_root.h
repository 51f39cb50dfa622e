#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/relative_path.h"

namespace govseal {

/// `<repository id>/<kind>/<path in the repository>`, or `agent/config` (watching.md 10).
struct RootId {
  std::string text;
  friend auto operator<=>(RootId const&, RootId const&) = default;
};

/// What makes a directory the same one after a restart or a remount (watching.md 11, rungs C, D).
struct DirectoryIdentity {
  std::uint64_t dev = 0;
  std::uint64_t ino = 0;
  std::optional<std::int64_t> birth_ns;  // where the filesystem records it
  friend bool operator==(DirectoryIdentity const&, DirectoryIdentity const&) = default;
};

/// The same directory, as far as both sides know: a birth time counts where both have one.
[[nodiscard]] bool is_same(DirectoryIdentity const& one, DirectoryIdentity const& other) noexcept;

/// One directory to watch, or one object that is a file, a directory or nothing yet.
///
/// `base` is opened by its path, symbolic links followed as the operator wrote them. From there
/// `path` is walked one element at a time without following a link or crossing a mount.
///
/// - `path` leads to a directory: it is watched, with everything below it when `recursive`.
/// - it leads to a file, a link or a special file (a guarded file): the directory that holds it is
///   watched, and hints about it carry the empty directory and the empty name.
/// - it leads nowhere yet: the nearest existing directory on the way is watched, not recursively,
///   until something appears; then the sink hears `root_appeared` and the caller arms again.
///
/// All directories from `base` to the root are watched in every case (only for what happens to the
/// next element), so that a renamed ancestor inside the repository is noticed at once.
struct WatchRoot {
  RootId id;
  std::string base;   // absolute
  RelativePath path;  // below base; the root path: base itself
  bool recursive = true;
  /// Directories that are entered below the root when `recursive`; nullopt: all of them, down to
  /// tree_depth_max. 1 for `worktrees/*/HEAD`. Deeper ones are left out without a finding.
  std::optional<unsigned> levels{};
  /// When not empty, only these names make hints (`HEAD`, `packed-refs`, the configuration file).
  /// Directories that are entered make hints and are followed whatever their name is.
  std::vector<std::string> names{};
  /// Names ending in `.lock` make no hint (references, watching.md 10).
  bool ignore_locks = false;
  /// `watch_epoch` of the root when it is armed; see Hint::epoch.
  std::uint64_t epoch = 0;
};

/// What was found where a root should be.
enum class RootPresence {
  directory,
  other,    // a file, a symbolic link or a special file
  missing,  // nothing, or something else than a directory on the way
};

struct RootLook {
  RootPresence presence = RootPresence::missing;
  std::optional<DirectoryIdentity> identity;  // of a directory
  int error_number = 0;  // a failure other than "not there"; EXDEV: another filesystem is mounted
};

/// Resolves a root anew and says what is there now; for the minutely check of roots (watching.md
/// 17.5). Blocks (a few system calls), any thread.
[[nodiscard]] RootLook look_at_root(WatchRoot const& root);

}  // namespace govseal

template <>
struct std::hash<govseal::RootId> {
  std::size_t operator()(govseal::RootId const& id) const noexcept {
    return std::hash<std::string>{}(id.text);
  }
};
