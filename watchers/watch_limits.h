#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace govseal {

/// The bounds of watching.md 19 that concern a watcher as a whole; the agent fills them from
/// `[watch]` of its configuration.
struct WatchLimits {
  std::size_t ring_entries_max = 262'144;             // events or directories kept for later
  std::size_t directories_max = 4'000'000;            // for the whole agent
  unsigned tree_depth_max = 200;                      // levels below a root
  std::size_t entries_per_directory_max = 1'000'000;  // entries
  std::chrono::milliseconds rename_pair{1'000};
};

}  // namespace govseal
