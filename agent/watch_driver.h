#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/api/api.h"
#include "agent/events.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/task_pool.h"
#include "config/config.h"
#include "watchers/inotify_watcher.h"
#include "watchers/scan_watcher.h"

namespace govseal {

struct WatchDriverParts {
  boost::asio::io_context& loop;
  TaskPool& pool;
  FileSystem const& files;
  Clock const& clock;
  std::function<void(Event)> deliver;  // called on the loop thread, never from inside a watcher
  std::string boot_id;
  std::vector<std::string> cookie_directories;  // absolute
};

/// Turns the passive watchers of rungs C and D into events of the engine: waits on the descriptor,
/// runs crawls and scans on the pool, falls back to the scan where the kernel cannot watch, and
/// makes the cookie round trips for `?sync=`. Loop thread only.
class WatchDriver final : private HintSink, public SyncPort {
 public:
  WatchDriver(WatchDriverParts parts, WatchConfig const& config);
  ~WatchDriver() override;

  void arm(ArmRoot action);
  void disarm(DisarmRoot const& action);
  /// Takes everything the kernel has queued by now, so that what an outcome rests on is not older
  /// than the outcome.
  void drain();
  /// Closes the descriptor and cancels the timers; pool jobs that end later do nothing.
  void stop();
  void set_config(WatchConfig const& config);

  void synchronise(SyncRequest const& request,
                   std::function<void(std::optional<SyncFailure>)> done) override;

 private:
  struct Armed {
    WatchRoot root;
    Rung rung = Rung::inotify;
    std::optional<RungReason> reason;
    Rung best = Rung::inotify;
    std::optional<FilesystemId> filesystem;
    std::uint64_t ticket = 0;  // of the newest arming
    bool done = false;
    nanoseconds scan_due{};  // mono, rung D
    bool scanning = false;
  };
  struct Waiting {
    std::set<CookieId> open;
    std::function<void(std::optional<SyncFailure>)> done;
    std::unique_ptr<boost::asio::steady_timer> timer;
    std::vector<std::string> roots;
  };

  // HintSink
  void hint(Hint hint) override;
  void gap(Gap gap) override;
  void cookie_seen(CookieId cookie) override;
  void partial(PartialCoverage partial) override;
  void root_appeared(RootId root) override;

  void begin(Armed& armed, Watcher& watcher);
  void crawl_ended(RootId const& id, std::uint64_t ticket, Rung rung, CrawlResult result);
  void fall_back(Armed& armed, RungReason reason);
  void tell_armed(Armed& armed, CrawlResult const& result);
  [[nodiscard]] DrainLimits drain_limits() const;
  void deliver_collected();
  void wait_for_events();
  void drain_slice();
  void schedule_scans();
  void scan_due();
  void end_sync(std::uint64_t number, std::optional<SyncFailure> failure);
  [[nodiscard]] WatchLimits limits() const;

  WatchDriverParts parts_;
  WatchConfig config_;
  std::unique_ptr<InotifyWatcher> inotify_;
  std::unique_ptr<ScanWatcher> scan_;
  boost::asio::posix::stream_descriptor descriptor_;
  int watched_fd_ = -1;
  bool waiting_ = false;
  bool slice_posted_ = false;
  boost::asio::steady_timer again_timer_;
  boost::asio::steady_timer scan_timer_;
  std::map<RootId, Armed> roots_;
  std::uint64_t last_ticket_ = 0;
  std::vector<Event> collected_;
  std::optional<RootId> failing_;  // its gap is not told: the driver falls back instead
  std::map<std::uint64_t, Waiting> syncs_;
  std::uint64_t last_sync_ = 0;
  std::uint64_t last_cookie_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for posts that come late
};

}  // namespace govseal
