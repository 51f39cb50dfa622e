#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "watchers/watch_limits.h"
#include "watchers/watcher.h"

namespace govseal {

/// Rung C: one inotify instance for all roots (watching.md 8).
///
/// Keeps no descriptor of a watched directory open between calls (an open one would keep its
/// filesystem from being unmounted), but for a listing that is longer than one call of drain.
class InotifyWatcher final : public Watcher {
 public:
  struct Options {
    WatchLimits limits{};
    std::vector<std::string> cookie_directories{};  // absolute paths
    std::string boot_id;                            // Clock::boot_id()
    Instant now;                                    // at construction
  };
  explicit InotifyWatcher(Options options);
  ~InotifyWatcher() override;

  [[nodiscard]] int fd() const override;
  [[nodiscard]] ArmOutcome begin_arm(WatchRoot const& root) override;
  void finish_arm(CrawlResult result, HintSink& sink) override;
  void disarm(RootId const& root) override;
  DrainOutcome drain(HintSink& sink, DrainLimits const& limits) override;
  [[nodiscard]] CookieOutcome lay_cookie(FilesystemId filesystem, CookieId cookie) override;
  [[nodiscard]] WatcherState state() const override;

  /// Acts on one buffer as if the kernel had delivered it; for tests of crafted streams.
  void take_bytes(ByteSpan buffer, HintSink& sink, Instant now);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace govseal
