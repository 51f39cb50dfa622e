#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "watchers/watch_limits.h"
#include "watchers/watcher.h"

namespace govseal {

/// What a finished scan saw.
struct ScanOutcome {
  bool complete = false;    // false: stopped or failed, the listing before it still counts
  std::size_t entries = 0;  // looked at
  std::size_t changed = 0;  // differences, each of which became a hint
};

/// Rung D: lists and stats, and compares with the listing before (watching.md 9). Works over the
/// FileSystem seam, so it also runs in the simulation.
///
/// Arming is the first scan. Later ones: `begin_scan` hands out the work for the pool,
/// `finish_scan` takes the result and turns the differences into hints. When to scan is the
/// caller's matter. fd() is -1; drain delivers only what is left of a big scan.
class ScanWatcher final : public Watcher {
 public:
  /// `files` outlives the watcher and its scans.
  ScanWatcher(FileSystem const& files, WatchLimits limits);
  ~ScanWatcher() override;

  [[nodiscard]] int fd() const override;
  [[nodiscard]] ArmOutcome begin_arm(WatchRoot const& root) override;
  void finish_arm(CrawlResult result, HintSink& sink) override;
  void disarm(RootId const& root) override;
  DrainOutcome drain(HintSink& sink, DrainLimits const& limits) override;
  [[nodiscard]] CookieOutcome lay_cookie(FilesystemId filesystem, CookieId cookie) override;
  [[nodiscard]] WatcherState state() const override;

  /// nullptr: the root is not armed, or a scan of it is under way.
  [[nodiscard]] std::unique_ptr<Crawl> begin_scan(RootId const& root);
  /// A root that is gone or another one is Gap{root-missing} or Gap{root-replaced}; an unreadable
  /// one Gap{permission-denied} or Gap{io-error}.
  ScanOutcome finish_scan(CrawlResult result, HintSink& sink);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace govseal
