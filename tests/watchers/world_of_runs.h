#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/temp_directory.h"
#include "tests/watchers/bench.h"
#include "tests/watchers/follower.h"
#include "watchers/inotify_watcher.h"

namespace govseal {

inline std::string joined(std::vector<std::string> const& lines) {
  std::string text;
  for (std::size_t i = 0; i < lines.size() && i < 20; ++i) text += lines[i] + "\n";
  return text;
}

#define CHECK_MIRROR(follower)                                \
  do {                                                        \
    auto const differences = (follower).mirror.differences(); \
    CHECK_MESSAGE(differences.empty(), joined(differences));  \
  } while (false)

/// A watcher on `<temp>/runs` and somebody who follows it.
struct World {
  World() : World(WatchLimits{}) {}
  explicit World(WatchLimits limits)
      : watcher({.limits = limits, .boot_id = std::string(kBootId), .now = present()}),
        top(temp / "runs"),
        follower(watcher, top) {
    std::filesystem::create_directory(top);
  }
  [[nodiscard]] WatchRoot root() const {
    return {.id = {"repo/runs/runs"}, .base = temp.path(), .path = RelativePath::of("runs")};
  }
  void arm() { follower.arm(root()); }

  TempDirectory temp;
  InotifyWatcher watcher;
  std::string top;
  Follower follower;
};

}  // namespace govseal
