#include "watchers/scan_watcher.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "watchers/scan_crawl.h"

namespace govseal {

struct ScanWatcher::State {
  struct Root {
    WatchRoot config;
    RootState::Phase phase = RootState::Phase::arming;
    RootPresence presence = RootPresence::missing;
    std::optional<DirectoryIdentity> identity{};
    std::optional<ScanListing> listing{};  // away while a scan is under way
    std::uint64_t ticket = 0;              // of the newest crawl
    std::uint64_t epoch = 0;
    bool failing = false;  // the last scan failed: its gap has been told
  };
  /// Hints of one scan that wait for their turn.
  struct Backlog {
    RootId root;
    std::uint64_t ticket = 0;
    ScanChanges changes;
    std::size_t at = 0;
  };

  void gap(Root& root, GapCause cause, int error_number, HintSink& sink);
  void hint(Root const& root, Hint hint, HintSink& sink);
  void lose(Root& root, GapCause cause, HintSink& sink);
  void fail(Root& root, NotPossible why, HintSink& sink);
  void take_result(Root& root, CrawlResult& result, HintSink& sink);
  void deliver(HintSink& sink, std::size_t entries_max);
  void deliver_one(Root const& root, Backlog const& backlog, HintSink& sink);

  FileSystem const& files;
  WatchLimits limits;
  std::map<RootId, Root> roots{};
  std::deque<Backlog> backlog{};
  std::uint64_t tickets = 0;
  WatcherCounters counters{};
};

void ScanWatcher::State::gap(Root& root, GapCause cause, int error_number, HintSink& sink) {
  ++root.epoch;
  sink.gap({.roots = {root.config.id}, .cause = cause, .error_number = error_number});
}

void ScanWatcher::State::hint(Root const& root, Hint hint, HintSink& sink) {
  hint.root = root.config.id;
  hint.epoch = root.epoch;
  ++counters.hints;
  sink.hint(std::move(hint));
}

void ScanWatcher::State::lose(Root& root, GapCause cause, HintSink& sink) {
  gap(root, cause, 0, sink);
  hint(root, {.kinds = HintKind::self_gone, .is_directory = true}, sink);
}

void ScanWatcher::State::fail(Root& root, NotPossible why, HintSink& sink) {
  if (why.cause != GapCause::root_missing) return gap(root, why.cause, why.error_number, sink);
  lose(root, why.cause, sink);
  root.phase = RootState::Phase::lost;
  root.presence = RootPresence::missing;
}

/// Of a scan that was finished.
void ScanWatcher::State::take_result(Root& root, CrawlResult& result, HintSink& sink) {
  auto& data = static_cast<ScanData&>(*result.data);
  bool const was_directory = root.phase == RootState::Phase::armed;
  bool const is_directory = result.presence == RootPresence::directory;
  if (was_directory && !is_directory) {
    bool const missing = result.presence == RootPresence::missing;
    lose(root, missing ? GapCause::root_missing : GapCause::root_replaced, sink);
  } else if (was_directory && !is_same(*root.identity, *result.identity)) {
    lose(root, GapCause::root_replaced, sink);
  }
  root.presence = result.presence;
  root.identity = result.identity;
  root.phase = is_directory    ? RootState::Phase::armed
               : was_directory ? RootState::Phase::lost
                               : RootState::Phase::waiting;
  root.failing = false;
  for (PartialCoverage& partial : result.partial) sink.partial(std::move(partial));
  backlog.push_back({root.config.id, root.ticket, std::move(data.changes), 0});
}

void ScanWatcher::State::deliver(HintSink& sink, std::size_t entries_max) {
  while (entries_max > 0 && !backlog.empty()) {
    Backlog& first = backlog.front();
    auto const root = roots.find(first.root);
    bool const wanted = root != roots.end() && root->second.ticket >= first.ticket;
    if (!wanted || first.at == first.changes.changes.size()) {
      backlog.pop_front();
      continue;
    }
    --entries_max;
    deliver_one(root->second, first, sink);
    ++first.at;
  }
}

void ScanWatcher::State::deliver_one(Root const& root, Backlog const& backlog_of, HintSink& sink) {
  ScanChanges const& all = backlog_of.changes;
  auto const& change = all.changes[backlog_of.at];
  std::optional<RenameEnd> other_end;
  if (change.other_end) {
    auto const& other = all.changes[*change.other_end];
    other_end = RenameEnd{root.config.id, all.directories[other.directory], other.name};
  }
  hint(root,
       {.directory = all.directories[change.directory],
        .name = change.name,
        .kinds = change.kinds,
        .is_directory = change.is_directory,
        .other_end = std::move(other_end)},
       sink);
}

ScanWatcher::ScanWatcher(FileSystem const& files, WatchLimits limits)
    : state_(std::make_unique<State>(State{.files = files, .limits = limits})) {}
ScanWatcher::~ScanWatcher() = default;

int ScanWatcher::fd() const {
  return -1;
}

ArmOutcome ScanWatcher::begin_arm(WatchRoot const& root) {
  auto& known = state_->roots[root.id];
  known.epoch = std::max(known.epoch, root.epoch);
  known.config = root;
  known.ticket = ++state_->tickets;
  known.listing.reset();
  return std::make_unique<ScanCrawl>(
      ScanCrawl::Order{root, known.ticket, state_->limits, ScanListing()}, state_->files);
}

void ScanWatcher::finish_arm(CrawlResult result, HintSink& sink) {
  auto const found = state_->roots.find(result.root);
  if (found == state_->roots.end() || found->second.ticket != result.ticket) return;
  State::Root& root = found->second;
  if (result.failure || result.stopped) {
    state_->roots.erase(found);
    if (!result.failure) return;
    sink.gap({.roots = {result.root},
              .cause = result.failure->cause,
              .error_number = result.failure->error_number,
              .disarmed = true});
    return;
  }
  root.phase = RootState::Phase::arming;
  state_->take_result(root, result, sink);
  root.listing = std::move(static_cast<ScanData&>(*result.data).listing);
  state_->deliver(sink, DrainLimits{}.entries_max);
}

void ScanWatcher::disarm(RootId const& root) {
  state_->roots.erase(root);
}

DrainOutcome ScanWatcher::drain(HintSink& sink, DrainLimits const& limits) {
  state_->deliver(sink, limits.entries_max);
  return {!state_->backlog.empty(), std::nullopt};
}

CookieOutcome ScanWatcher::lay_cookie(FilesystemId, CookieId) {
  return CookieOutcome::no_directory;
}

WatcherState ScanWatcher::state() const {
  WatcherState described{.rung = Rung::scan, .counters = state_->counters};
  for (State::Backlog const& backlog : state_->backlog) {
    described.waiting += backlog.changes.changes.size() - backlog.at;
  }
  for (auto const& [id, root] : state_->roots) {
    std::size_t const directories = root.listing ? root.listing->directories() : 0;
    described.roots.push_back({id, root.phase, root.presence, directories, root.epoch});
  }
  return described;
}

std::unique_ptr<Crawl> ScanWatcher::begin_scan(RootId const& root) {
  auto const found = state_->roots.find(root);
  if (found == state_->roots.end() || !found->second.listing) return nullptr;
  State::Root& known = found->second;
  known.ticket = ++state_->tickets;
  ScanCrawl::Order order{known.config, known.ticket, state_->limits, std::move(*known.listing)};
  known.listing.reset();
  return std::make_unique<ScanCrawl>(std::move(order), state_->files);
}

ScanOutcome ScanWatcher::finish_scan(CrawlResult result, HintSink& sink) {
  auto const found = state_->roots.find(result.root);
  if (found == state_->roots.end() || found->second.ticket != result.ticket) return {};
  State::Root& root = found->second;
  auto& data = static_cast<ScanData&>(*result.data);
  ScanOutcome outcome{!result.failure && !result.stopped, data.looked_at,
                      data.changes.changes.size()};
  root.listing = std::move(data.listing);
  if (result.failure && !std::exchange(root.failing, true))
    state_->fail(root, *result.failure, sink);
  if (outcome.complete) {
    state_->take_result(root, result, sink);
    state_->deliver(sink, DrainLimits{}.entries_max);
  }
  return outcome;
}

}  // namespace govseal
