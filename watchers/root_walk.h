#pragma once

#include <functional>
#include <optional>

#include "base/unique_fd.h"
#include "watchers/watch_root.h"

namespace govseal {

/// How far the way to a root leads.
struct RootWalk {
  /// Called for the base and every directory between it and the root, before the next element is
  /// looked up; an errno stops the walk.
  using OnTheWay = std::function<int(int directory_fd)>;

  RootPresence presence = RootPresence::missing;
  UniqueFd fd;           // of the root when it is a directory
  UniqueFd nearest;      // of the last directory before it that exists; invalid for a root that is
                         // its own base
  int error_number = 0;  // a failure other than "not there"
  bool base_missing = false;
};

/// Opens the base as the operator wrote it and goes on beneath it, one element at a time, without
/// following a link or crossing a mount. Blocks; any thread; does not throw.
[[nodiscard]] RootWalk walk_to_root(WatchRoot const& root, RootWalk::OnTheWay const& on_the_way);

/// nullopt with errno.
[[nodiscard]] std::optional<DirectoryIdentity> identity_of(int fd);

}  // namespace govseal
