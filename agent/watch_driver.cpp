#include "agent/watch_driver.h"

#include <boost/asio/post.hpp>

#include "base/error.h"

namespace govseal {
namespace asio = boost::asio;

namespace {

/// Events are big and a first listing has one for each file: they are handed on in such portions.
constexpr std::size_t kEntriesAtOnce = 1'024;
constexpr int kSlicesAtOnce = 32;

std::chrono::steady_clock::time_point at(nanoseconds mono) {
  return std::chrono::steady_clock::time_point(
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(mono));
}

RungReason reason_of(GapCause cause) {
  if (cause == GapCause::watch_limit) return RungReason::watch_limit;
  if (cause == GapCause::permission_denied) return RungReason::permission_denied;
  if (cause == GapCause::filesystem_unsupported) return RungReason::filesystem_unsupported;
  return RungReason::io_error;
}

}  // namespace

WatchDriver::WatchDriver(WatchDriverParts parts, WatchConfig const& config)
    : parts_(std::move(parts)),
      config_(config),
      descriptor_(parts_.loop),
      again_timer_(parts_.loop),
      scan_timer_(parts_.loop) {
  InotifyWatcher::Options options;
  options.limits = limits();
  options.cookie_directories = parts_.cookie_directories;
  options.boot_id = parts_.boot_id;
  options.now = parts_.clock.now();
  inotify_ = std::make_unique<InotifyWatcher>(std::move(options));
  scan_ = std::make_unique<ScanWatcher>(parts_.files, limits());
  last_cookie_ = static_cast<std::uint64_t>(parts_.clock.now().boot.count());
}

WatchDriver::~WatchDriver() {
  *alive_ = false;
  if (descriptor_.is_open()) (void)descriptor_.release();
}

WatchLimits WatchDriver::limits() const {
  WatchLimits limits;
  limits.ring_entries_max = config_.ring_entries_max;
  limits.directories_max = config_.directories_max;
  limits.tree_depth_max = config_.tree_depth_max;
  limits.entries_per_directory_max = config_.entries_per_directory_max;
  limits.rename_pair = config_.rename_pair_ms;
  return limits;
}

void WatchDriver::set_config(WatchConfig const& config) {
  config_ = config;
}

void WatchDriver::stop() {
  *alive_ = false;
  boost::system::error_code ignored;
  again_timer_.cancel();
  scan_timer_.cancel();
  if (descriptor_.is_open()) descriptor_.cancel(ignored);
}

void WatchDriver::arm(ArmRoot action) {
  RootId const id = action.root.id;
  auto const [it, added] = roots_.try_emplace(id);
  Armed& armed = it->second;
  armed.root = std::move(action.root);
  armed.best = action.best;
  armed.ticket = ++last_ticket_;
  armed.done = false;
  Rung const before = armed.rung;
  armed.rung = action.best == Rung::scan ? Rung::scan : Rung::inotify;
  armed.reason = action.best == Rung::scan && config_.rung == WatchConfig::Rung::d
                     ? std::optional<RungReason>(RungReason::configuration)
                     : std::nullopt;
  if (!added && before != armed.rung) {
    if (before == Rung::scan) {
      scan_->disarm(id);
    } else {
      inotify_->disarm(id);
    }
  }
  if (armed.rung == Rung::scan) {
    begin(armed, *scan_);
  } else {
    begin(armed, *inotify_);
  }
}

void WatchDriver::begin(Armed& armed, Watcher& watcher) {
  auto outcome = watcher.begin_arm(armed.root);
  if (auto const* refused = std::get_if<NotPossible>(&outcome)) {
    if (armed.rung == Rung::inotify) return fall_back(armed, reason_of(refused->cause));
    RootArmed event{.root = armed.root.id, .rung = armed.rung, .reason = armed.reason};
    event.failure = refused->cause;
    event.error_number = refused->error_number;
    collected_.push_back(std::move(event));
    return asio::post(parts_.loop, [this, alive = alive_] {
      if (*alive) deliver_collected();
    });
  }
  if (armed.rung == Rung::inotify) wait_for_events();
  // A crawl lives in the job; std::function wants it shared.
  auto crawl = std::make_shared<std::unique_ptr<Crawl>>(
      std::move(std::get<std::unique_ptr<Crawl>>(outcome)));
  RootId const id = armed.root.id;
  std::uint64_t const ticket = armed.ticket;
  Rung const rung = armed.rung;
  auto& loop = parts_.loop;
  parts_.pool.submit([this, crawl, id, ticket, rung, &loop, alive = alive_](std::stop_token stop) {
    auto result = std::make_unique<CrawlResult>((*crawl)->run(stop));
    asio::post(loop, [this, id, ticket, rung, alive, result = std::move(result)]() mutable {
      if (*alive) crawl_ended(id, ticket, rung, std::move(*result));
    });
  });
}

void WatchDriver::crawl_ended(RootId const& id, std::uint64_t ticket, Rung rung,
                              CrawlResult result) {
  auto const found = roots_.find(id);
  bool const current =
      found != roots_.end() && found->second.ticket == ticket && found->second.rung == rung;
  Watcher& watcher = rung == Rung::scan ? static_cast<Watcher&>(*scan_) : *inotify_;
  if (found == roots_.end()) {
    watcher.finish_arm(std::move(result), *this);
    watcher.disarm(id);
    return deliver_collected();
  }
  CrawlResult facts;
  facts.root = result.root;
  facts.failure = result.failure;
  facts.stopped = result.stopped;
  facts.presence = result.presence;
  facts.identity = result.identity;
  facts.filesystem = result.filesystem;
  facts.directories = result.directories;
  Armed& armed = found->second;
  std::optional<RungReason> lower;
  if (current && rung == Rung::inotify) {
    if (facts.failure) lower = reason_of(facts.failure->cause);
    std::uint64_t const type = facts.filesystem ? facts.filesystem->type : 0;
    if (!lower && facts.filesystem && is_remote_filesystem(type)) {
      lower = RungReason::filesystem_unsupported;
    }
  }
  if (facts.failure) failing_ = id;
  watcher.finish_arm(std::move(result), *this);
  failing_.reset();
  if (!current || facts.stopped) return deliver_collected();
  if (lower) {
    inotify_->disarm(id);
    return fall_back(armed, *lower);
  }
  tell_armed(armed, facts);
  deliver_collected();
  if (rung == Rung::inotify) drain_slice();
}

void WatchDriver::fall_back(Armed& armed, RungReason reason) {
  armed.rung = Rung::scan;
  armed.reason = reason;
  begin(armed, *scan_);
}

void WatchDriver::tell_armed(Armed& armed, CrawlResult const& result) {
  armed.done = true;
  armed.filesystem =
      result.filesystem ? std::optional<FilesystemId>(result.filesystem->id) : std::nullopt;
  RootArmed event;
  event.root = armed.root.id;
  event.rung = armed.rung;
  event.reason = armed.reason;
  event.presence = result.presence;
  event.identity = result.identity;
  event.directories = result.directories;
  if (result.failure) {
    event.failure = result.failure->cause;
    event.error_number = result.failure->error_number;
  }
  LostFacts facts;
  facts.rung = armed.rung;
  facts.filesystem_type = result.filesystem ? result.filesystem->type : 0;
  facts.has_cookies = true;
  facts.probe_sound = config_.probe_open_writers && is_lease_trusted(facts.filesystem_type);
  event.lost = lost_on(facts);
  if (armed.rung == Rung::scan) {
    armed.scan_due = parts_.clock.now().mono + nanoseconds(config_.scan_interval_s);
    schedule_scans();
  }
  // The root is armed before its first hints are told. Nothing here is touched after that: the
  // engine may answer with another arming.
  parts_.deliver(Event(std::move(event)));
}

void WatchDriver::disarm(DisarmRoot const& action) {
  auto const found = roots_.find(action.root);
  if (found == roots_.end()) return;
  if (found->second.rung == Rung::scan) {
    scan_->disarm(action.root);
  } else {
    inotify_->disarm(action.root);
  }
  roots_.erase(found);
}

void WatchDriver::wait_for_events() {
  if (inotify_->fd() < 0 || !*alive_) return;
  if (watched_fd_ != inotify_->fd()) {
    if (descriptor_.is_open()) (void)descriptor_.release();
    watched_fd_ = inotify_->fd();
    descriptor_.assign(watched_fd_);
    waiting_ = false;
  }
  if (waiting_) return;
  waiting_ = true;
  descriptor_.async_wait(asio::posix::stream_descriptor::wait_read,
                         [this, alive = alive_](boost::system::error_code error) {
                           if (!*alive || error) return;
                           waiting_ = false;
                           drain_slice();
                         });
}

DrainLimits WatchDriver::drain_limits() const {
  return {.now = parts_.clock.now(),
          .reads_max = config_.drain_reads_max,
          .buffer_bytes = config_.event_buffer_bytes,
          .entries_max = kEntriesAtOnce};
}

void WatchDriver::drain() {
  if (inotify_->fd() < 0) return;
  for (int i = 0; i < kSlicesAtOnce; ++i) {
    bool const more = inotify_->drain(*this, drain_limits()).more;
    deliver_collected();
    if (!more) break;
  }
}

void WatchDriver::drain_slice() {
  if (!*alive_) return;
  DrainOutcome const outcome = inotify_->drain(*this, drain_limits());
  deliver_collected();
  if (outcome.more) {
    if (std::exchange(slice_posted_, true)) return;
    asio::post(parts_.loop, [this, alive = alive_] {
      if (!*alive) return;
      slice_posted_ = false;
      drain_slice();
    });
    return;
  }
  if (outcome.again_at) {
    again_timer_.expires_at(at(*outcome.again_at));
    again_timer_.async_wait([this, alive = alive_](boost::system::error_code error) {
      if (*alive && !error) drain_slice();
    });
  }
  wait_for_events();
}

void WatchDriver::deliver_collected() {
  auto events = std::exchange(collected_, {});
  for (Event& event : events) parts_.deliver(std::move(event));
}

void WatchDriver::hint(Hint hint) {
  collected_.push_back(HintSeen{std::move(hint)});
}

void WatchDriver::gap(Gap gap) {
  if (failing_ && gap.roots.size() == 1 && gap.roots.front() == *failing_) return;
  std::vector<std::uint64_t> ended;
  for (auto const& [number, waiting] : syncs_) ended.push_back(number);
  for (std::uint64_t const number : ended) {
    SyncFailure failure{SyncFailure::Kind::gap, {}};
    for (RootId const& root : gap.roots) failure.roots.push_back({root.text, std::nullopt});
    end_sync(number, std::move(failure));
  }
  collected_.push_back(GapSeen{std::move(gap)});
}

void WatchDriver::partial(PartialCoverage partial) {
  collected_.push_back(PartSeen{std::move(partial)});
}

void WatchDriver::root_appeared(RootId root) {
  collected_.push_back(RootAppeared{std::move(root)});
}

void WatchDriver::schedule_scans() {
  std::optional<nanoseconds> next;
  for (auto const& [id, armed] : roots_) {
    if (armed.rung != Rung::scan || !armed.done || armed.scanning) continue;
    if (!next || armed.scan_due < *next) next = armed.scan_due;
  }
  if (!next) return;
  scan_timer_.expires_at(at(*next));
  scan_timer_.async_wait([this, alive = alive_](boost::system::error_code error) {
    if (*alive && !error) scan_due();
  });
}

void WatchDriver::scan_due() {
  nanoseconds const now = parts_.clock.now().mono;
  for (auto& [id, armed] : roots_) {
    if (armed.rung != Rung::scan || !armed.done || armed.scanning || armed.scan_due > now) continue;
    auto scan = scan_->begin_scan(id);
    armed.scan_due = now + nanoseconds(config_.scan_interval_s);
    if (!scan) continue;
    armed.scanning = true;
    auto shared = std::make_shared<std::unique_ptr<Crawl>>(std::move(scan));
    RootId const root = id;
    auto& loop = parts_.loop;
    parts_.pool.submit([this, shared, root, &loop, alive = alive_](std::stop_token stop) {
      auto result = std::make_unique<CrawlResult>((*shared)->run(stop));
      asio::post(loop, [this, root, alive, result = std::move(result)]() mutable {
        if (!*alive) return;
        (void)scan_->finish_scan(std::move(*result), *this);
        auto const held = roots_.find(root);
        if (held != roots_.end()) held->second.scanning = false;
        DrainLimits limits;
        limits.now = parts_.clock.now();
        while (scan_->drain(*this, limits).more) {
        }
        deliver_collected();
        schedule_scans();
      });
    });
  }
  schedule_scans();
}

void WatchDriver::synchronise(SyncRequest const& request,
                              std::function<void(std::optional<SyncFailure>)> done) {
  std::set<FilesystemId> filesystems;
  SyncFailure unavailable{SyncFailure::Kind::unavailable, {}};
  for (auto const& [id, armed] : roots_) {
    std::string const& text = id.text;
    bool const concerned = !request.repository || text.starts_with(*request.repository + "/");
    if (!concerned) continue;
    if (armed.rung == Rung::scan || !armed.done) unavailable.roots.push_back({text, std::nullopt});
    if (armed.filesystem) filesystems.insert(*armed.filesystem);
  }
  if (!unavailable.roots.empty()) return done(std::move(unavailable));
  Waiting waiting;
  for (FilesystemId const filesystem : filesystems) {
    CookieId const cookie{++last_cookie_};
    if (inotify_->lay_cookie(filesystem, cookie) != CookieOutcome::laid) {
      return done(std::move(unavailable));
    }
    waiting.open.insert(cookie);
  }
  if (waiting.open.empty()) return done(std::nullopt);
  std::uint64_t const number = ++last_sync_;
  waiting.done = std::move(done);
  waiting.timer = std::make_unique<asio::steady_timer>(parts_.loop);
  waiting.timer->expires_after(request.timeout);
  waiting.timer->async_wait([this, number, alive = alive_](boost::system::error_code error) {
    if (*alive && !error) end_sync(number, SyncFailure{SyncFailure::Kind::timeout, {}});
  });
  syncs_.emplace(number, std::move(waiting));
}

void WatchDriver::cookie_seen(CookieId cookie) {
  std::vector<std::uint64_t> complete;
  for (auto& [number, waiting] : syncs_) {
    if (waiting.open.erase(cookie) > 0 && waiting.open.empty()) complete.push_back(number);
  }
  // The hints before the cookie are acted on first: the answer follows behind them.
  for (std::uint64_t const number : complete) {
    asio::post(parts_.loop, [this, number, alive = alive_] {
      if (*alive) end_sync(number, std::nullopt);
    });
  }
}

void WatchDriver::end_sync(std::uint64_t number, std::optional<SyncFailure> failure) {
  auto const found = syncs_.find(number);
  if (found == syncs_.end()) return;
  auto done = std::move(found->second.done);
  syncs_.erase(found);
  done(std::move(failure));
}

}  // namespace govseal
