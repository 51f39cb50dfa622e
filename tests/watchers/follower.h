#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "tests/watchers/mirror.h"
#include "tests/watchers/recording_sink.h"
#include "watchers/watcher.h"

namespace govseal {

/// Does with an inotify watcher what the agent does: polls its descriptor, drains it, looks where
/// hints point, and arms a root again after a gap or when it appears.
class Follower {
 public:
  Follower(Watcher& watcher, std::string const& top) : mirror(top), watcher_(watcher) {}

  void arm(WatchRoot const& root);
  /// One call of drain, and what follows from it; false: nothing was waiting.
  bool step();
  /// Until `done` and nothing waits; fails the test after `limit`.
  void follow_until(std::function<bool()> const& done,
                    std::chrono::seconds limit = std::chrono::seconds(60));
  /// Until nothing waits.
  void follow() {
    follow_until([] { return true; });
  }

  Mirror mirror;
  std::vector<Hint> hints;
  std::vector<Gap> gaps;
  std::vector<PartialCoverage> partials;
  std::size_t hint_count = 0;
  bool keep_hints = true;

 private:
  void take(RecordingSink& sink);

  Watcher& watcher_;
  std::vector<WatchRoot> roots_;
};

}  // namespace govseal
