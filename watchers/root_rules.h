#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "watchers/watch_limits.h"
#include "watchers/watch_root.h"

namespace govseal {

/// What of a root is entered and what makes a hint (watching.md 10). Pure.
class RootRules {
 public:
  RootRules(WatchRoot const& root, WatchLimits const& limits);

  enum class Enter {
    yes,
    no,        // the root is not meant to go that deep
    too_deep,  // beyond tree_depth_max: a finding
  };
  /// May a directory be entered? `levels`: below the root, its children are at 1.
  [[nodiscard]] Enter enter(unsigned levels) const noexcept;

  /// Does a name make a hint? `levels` as above, of the entry.
  [[nodiscard]] bool hints(std::string_view name, bool is_directory,
                           unsigned levels) const noexcept;

 private:
  std::vector<std::string> names_;
  bool ignore_locks_;
  unsigned levels_max_;  // entered without a word
  unsigned depth_max_;   // entered at all
};

}  // namespace govseal
