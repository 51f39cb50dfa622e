#include "tests/world/scripted_watcher.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "watchers/root_rules.h"
#include "watchers/scan_crawl.h"

namespace govseal {
namespace {

/// The absolute path of a root.
std::string path_of(WatchRoot const& root) {
  if (root.path.is_root()) return root.base;
  return root.base + (root.base.ends_with('/') ? "" : "/") + root.path.str();
}

/// The part of `path` below `directory`; nullopt: it is not below it. The root path: the directory
/// itself.
std::optional<RelativePath> part_below(std::string_view path, std::string_view directory) {
  if (path == directory) return RelativePath();
  if (!path.starts_with(directory)) return std::nullopt;
  path.remove_prefix(directory.size());
  if (!directory.ends_with('/')) {
    if (!path.starts_with('/')) return std::nullopt;
    path.remove_prefix(1);
  }
  return RelativePath::parse(path);
}

bool is_structure(HintKinds kinds) {
  return kinds.has(HintKind::entry) || kinds.has(HintKind::renamed);
}

}  // namespace

ScriptedWatcher::ScriptedWatcher(FileSystem const& files, Options options)
    : files_(files), options_(std::move(options)), random_(options_.seed) {}
ScriptedWatcher::~ScriptedWatcher() = default;

void ScriptedWatcher::tell(Change change) {
  if (silent_ || overflowed_) return;
  push({.kind = Queued::Kind::change, .change = std::move(change)});
}

void ScriptedWatcher::overflow() {
  if (!silent_ && !std::exchange(overflowed_, true)) queue_.push_back({Queued::Kind::loss});
}

void ScriptedWatcher::malformed() {
  if (!silent_) queue_.push_back({Queued::Kind::malformed});
}

void ScriptedWatcher::unmount(std::string const& path) {
  push({.kind = Queued::Kind::unmount, .change = {.path = path}});
}

void ScriptedWatcher::refuse(RootId const& root, std::optional<NotPossible> why) {
  refused_.erase(root);
  if (why) refused_.emplace(root, *why);
}

ArmOutcome ScriptedWatcher::begin_arm(WatchRoot const& config) {
  if (auto const no = refused_.find(config.id); no != refused_.end()) return no->second;
  Root& root = roots_[config.id];
  root.config = config;
  root.epoch = std::max(root.epoch, config.epoch);
  root.ticket = ++tickets_;
  root.kept.clear();
  root.crawling = true;
  return std::make_unique<ScanCrawl>(
      ScanCrawl::Order{config, root.ticket, options_.limits, ScanListing()}, files_);
}

void ScriptedWatcher::finish_arm(CrawlResult result, HintSink& sink) {
  auto const found = roots_.find(result.root);
  if (found == roots_.end() || found->second.ticket != result.ticket) return;
  Root& root = found->second;
  root.crawling = false;
  if (result.failure) {
    Gap gap{.roots = {result.root},
            .cause = result.failure->cause,
            .error_number = result.failure->error_number,
            .disarmed = true};
    roots_.erase(found);
    return sink.gap(std::move(gap));
  }
  if (result.stopped) {
    if (root.phase == RootState::Phase::arming) roots_.erase(found);
    return;
  }
  root.presence = result.presence;
  root.identity = result.identity;
  root.directories = result.directories;
  bool const there = result.presence == RootPresence::directory;
  root.phase = there ? RootState::Phase::armed : RootState::Phase::waiting;
  for (PartialCoverage& partial : result.partial) sink.partial(std::move(partial));
  ScanChanges const& found_names = static_cast<ScanData&>(*result.data).changes;
  for (auto const& change : found_names.changes) {
    hint(root,
         {.directory = found_names.directories[change.directory],
          .name = change.name,
          .kinds = HintKind::entry,
          .is_directory = change.is_directory},
         sink);
  }
  for (Change const& change : std::exchange(root.kept, {})) {
    deliver_to(root, change, false, sink);
  }
}

void ScriptedWatcher::disarm(RootId const& root) {
  roots_.erase(root);
}

DrainOutcome ScriptedWatcher::drain(HintSink& sink, DrainLimits const& limits) {
  overflowed_ = false;
  for (std::size_t i = 0; i < limits.entries_max && !queue_.empty(); ++i) {
    // At least one event moves in every call, so that late never becomes never.
    if (i > 0 && chance(options_.faults.delay)) break;
    shuffle_front();
    Queued const next = std::move(queue_.front());
    queue_.pop_front();
    ++counters_.events;
    act(next, sink);
  }
  return {!queue_.empty(), std::nullopt};
}

CookieOutcome ScriptedWatcher::lay_cookie(FilesystemId filesystem, CookieId cookie) {
  if (options_.cookie_filesystem != filesystem) return CookieOutcome::no_directory;
  if (!silent_ && !overflowed_)
    push({.kind = Queued::Kind::cookie, .change = {}, .cookie = cookie});
  return CookieOutcome::laid;
}

WatcherState ScriptedWatcher::state() const {
  WatcherState described{
      .rung = options_.rung, .queue_bytes = queue_.size() * sizeof(Queued), .counters = counters_};
  for (auto const& [id, root] : roots_) {
    described.roots.push_back({id, root.phase, root.presence, root.directories, root.epoch});
  }
  if (options_.cookie_filesystem) {
    described.cookie_filesystems.push_back(*options_.cookie_filesystem);
  }
  return described;
}

bool ScriptedWatcher::chance(unsigned per_mille) {
  return per_mille > 0 && random_() % 1'000 < per_mille;
}

void ScriptedWatcher::push(Queued queued) {
  if (overflowed_) return;
  if (queue_.size() >= options_.queue_max) return overflow();
  queue_.push_back(std::move(queued));
}

/// Faults that concern the event at the front and the one behind it. A cookie is never overtaken.
void ScriptedWatcher::shuffle_front() {
  Queued const& front = queue_.front();
  if (front.kind != Queued::Kind::change || front.again) return;
  if (queue_.size() < 2 || queue_[1].kind != Queued::Kind::change) return;
  if (chance(options_.faults.reorder)) std::swap(queue_[0], queue_[1]);
  Change& first = queue_[0].change;
  Change const& second = queue_[1].change;
  bool const mergeable = first.path == second.path && !first.moved_to && !second.moved_to;
  if (!mergeable || !chance(options_.faults.merge)) return;
  first.kinds |= second.kinds;
  first.is_directory = first.is_directory || second.is_directory;
  queue_.erase(queue_.begin() + 1);
}

void ScriptedWatcher::act(Queued const& queued, HintSink& sink) {
  switch (queued.kind) {
    case Queued::Kind::cookie:
      return sink.cookie_seen(queued.cookie);
    case Queued::Kind::loss:
      ++counters_.overflows;
      return gap_for_all(GapCause::kernel_overflow, sink);
    case Queued::Kind::malformed:
      ++counters_.malformed;
      queue_.clear();
      return gap_for_all(GapCause::malformed_events, sink);
    case Queued::Kind::unmount:
      for (auto& [id, root] : roots_) {
        if (part_below(path_of(root.config), queued.change.path)) {
          lose(root, GapCause::unmounted, sink);
        }
      }
      return;
    case Queued::Kind::change:
      break;
  }
  if (!queued.again && chance(options_.faults.lose)) {
    ++counters_.overflows;
    queue_.clear();
    return gap_for_all(GapCause::kernel_overflow, sink);
  }
  bool const collapse = !queued.again && chance(options_.faults.collapse);
  if (!queued.again && chance(options_.faults.duplicate)) {
    Queued again = queued;
    again.again = true;
    queue_.push_back(std::move(again));
  }
  deliver(queued.change, collapse, sink);
}

void ScriptedWatcher::deliver(Change const& change, bool collapse, HintSink& sink) {
  std::vector<RootId> ids;
  for (auto const& [id, root] : roots_) ids.push_back(id);
  for (RootId const& id : ids) {
    auto const found = roots_.find(id);
    if (found == roots_.end()) continue;
    Root& root = found->second;
    if (root.crawling) root.kept.push_back(change);
    if (root.phase != RootState::Phase::arming) deliver_to(root, change, collapse, sink);
  }
}

void ScriptedWatcher::deliver_to(Root& root, Change const& change, bool collapse, HintSink& sink) {
  if (is_structure(change.kinds)) check_presence(root, change, sink);
  if (change.moved_to) {
    // Both ends are told of, each where it is watched.
    Change arrival{*change.moved_to, change.kinds, change.is_directory, {}};
    if (is_structure(change.kinds)) check_presence(root, arrival, sink);
  }
  std::string const top = path_of(root.config);
  RootRules const rules(root.config, options_.limits);
  auto const tell_of = [&](std::string const& path, std::optional<std::string> const& other) {
    auto const part = part_below(path, top);
    bool const armed = root.phase == RootState::Phase::armed;
    if (!part || (part->is_root() != !armed)) return;
    auto const levels = static_cast<unsigned>(part->elements().size());
    bool const seen = levels == 0 || rules.enter(levels - 1) == RootRules::Enter::yes;
    if (!seen || !rules.hints(part->name(), change.is_directory, levels)) return;
    Hint told{.directory = part->parent(),
              .name = std::string(part->name()),
              .kinds = change.kinds,
              .is_directory = change.is_directory};
    bool const enters = change.is_directory && rules.enter(levels) == RootRules::Enter::yes;
    if (enters && is_structure(change.kinds)) told.kinds |= HintKind::subtree;
    if (other) told.other_end = end_of(*other).value_or(RenameEnd{});
    if (collapse) {
      told = {.directory = part->parent(), .kinds = HintKind::subtree, .is_directory = true};
    }
    hint(root, std::move(told), sink);
  };
  tell_of(change.path, change.moved_to);
  if (change.moved_to) tell_of(*change.moved_to, change.path);
}

/// A change at the root itself or on the way to it.
void ScriptedWatcher::check_presence(Root& root, Change const& change, HintSink& sink) {
  if (!part_below(path_of(root.config), change.path)) return;
  RootLook const look = look_at(root.config);
  bool const there = look.presence == RootPresence::directory;
  if (root.phase == RootState::Phase::armed) {
    if (there && look.identity == root.identity) return;
    bool const missing = look.presence == RootPresence::missing && !change.moved_to;
    lose(root, missing ? GapCause::root_missing : GapCause::root_replaced, sink);
    if (look.presence != RootPresence::missing) sink.root_appeared(root.config.id);
    return;
  }
  root.presence = look.presence;
  if (there) sink.root_appeared(root.config.id);
}

void ScriptedWatcher::lose(Root& root, GapCause cause, HintSink& sink) {
  if (root.phase != RootState::Phase::armed) return;
  root.phase = RootState::Phase::lost;
  root.presence = RootPresence::missing;
  ++root.epoch;
  sink.gap({.roots = {root.config.id}, .cause = cause});
  hint(root, {.kinds = HintKind::self_gone, .is_directory = true}, sink);
}

void ScriptedWatcher::gap_for_all(GapCause cause, HintSink& sink) {
  if (roots_.empty()) return;
  Gap gap{.cause = cause};
  for (auto& [id, root] : roots_) {
    ++root.epoch;
    gap.roots.push_back(id);
  }
  sink.gap(std::move(gap));
}

void ScriptedWatcher::hint(Root const& root, Hint hint, HintSink& sink) {
  hint.root = root.config.id;
  hint.epoch = root.epoch;
  ++counters_.hints;
  sink.hint(std::move(hint));
}

std::optional<RenameEnd> ScriptedWatcher::end_of(std::string const& path) const {
  for (auto const& [id, root] : roots_) {
    auto const part = part_below(path, path_of(root.config));
    if (part && !part->is_root()) {
      return RenameEnd{id, part->parent(), std::string(part->name())};
    }
  }
  return std::nullopt;
}

RootLook ScriptedWatcher::look_at(WatchRoot const& root) const {
  // A crawl that goes no deeper tells what is there.
  WatchRoot only = root;
  only.recursive = false;
  only.names = {"/"};
  ScanCrawl crawl(ScanCrawl::Order{only, 0, options_.limits, ScanListing()}, files_);
  CrawlResult const result = crawl.run({});
  return {result.presence, result.identity, result.failure ? result.failure->error_number : 0};
}

}  // namespace govseal
