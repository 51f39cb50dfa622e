#include "watchers/root_rules.h"

#include <algorithm>
#include <limits>

namespace govseal {

RootRules::RootRules(WatchRoot const& root, WatchLimits const& limits)
    : names_(root.names),
      ignore_locks_(root.ignore_locks),
      levels_max_(root.recursive ? root.levels.value_or(std::numeric_limits<unsigned>::max()) : 0),
      depth_max_(limits.tree_depth_max) {}

RootRules::Enter RootRules::enter(unsigned levels) const noexcept {
  if (levels > levels_max_) return Enter::no;
  return levels > depth_max_ ? Enter::too_deep : Enter::yes;
}

bool RootRules::hints(std::string_view name, bool is_directory, unsigned levels) const noexcept {
  if (ignore_locks_ && !is_directory && name.ends_with(".lock")) return false;
  if (names_.empty()) return true;
  if (is_directory && enter(levels) != Enter::no) return true;
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

}  // namespace govseal
