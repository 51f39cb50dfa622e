#include "agent/engine/engine.h"

#include <algorithm>

#include "base/error.h"
#include "reporting/finding_kinds.h"
#include "reporting/layer_down/glob.h"
#include "sealing/ledger/records.h"

namespace govseal {
namespace {

constexpr auto kInspectRetry = std::chrono::seconds(60);

RootId root_id(std::string const& repository, RootKind kind, std::string const& path) {
  return {repository + "/" + std::string(name_of(kind)) + "/" + (path.empty() ? "." : path)};
}

std::string directory_of(std::string const& path) {
  std::size_t const slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string file_name(std::string const& path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

Engine::Engine(EngineParts parts, Instant now)
    : config_(std::move(parts.config)),
      projection_(std::move(parts.projection)),
      seal_key_fingerprint_(std::move(parts.seal_key_fingerprint)),
      parts_(std::move(parts)),
      runs_(*this, out_),
      roots_(*this, out_,
             [this](RootBook::Root const& root, bool full_hash,
                    std::function<void(RootBook::Recovered, Instant)> done,
                    Instant then) { recover(root, full_hash, std::move(done), then); }),
      dispatch_(*this, out_),
      random_(parts_.seed),
      started_(now),
      power_was_lost_(!parts_.clean && projection_.last_boot() != parts_.boot_id),
      down_since_(projection_.last_wall()),
      known_(projection_.repositories()),
      ledger_size_(projection_.size()),
      ledger_root_(parts_.ledger_root),
      checkpoint_at_(projection_.last_wall()),
      config_loaded_at_(now.wall) {
  if (auto const& report = projection_.last_report()) {
    reported_state_ = report->state;
    report_checked_at_ = report->at;
  }
}

Engine::~Engine() = default;

Actions Engine::start(Instant now) {
  record::AgentStart start{.version = parts_.version,
                           .pid = parts_.pid,
                           .uid = parts_.uid,
                           .config = config_.digest,
                           .clean = parts_.clean};
  for (RepositoryConfig const& repository : config_.repositories) {
    start.repos.push_back(repository.name);
  }
  // Everything else follows on the ledger: a start is clean when nothing but a stop precedes it.
  out_.append(make_record(start), [this](Record const&, Instant then) { begin(then); });
  heartbeat_due_ = now.mono + nanoseconds(config_.ledger.heartbeat_s);
  cycle_due_ = now.mono + nanoseconds(config_.sealing.cycle_s);
  schedule_report(now);
  changed_ = true;
  return out_.take();
}

void Engine::begin(Instant now) {
  if (stopping_) return;
  if (parts_.index_rebuilt) {
    out_.append(make_record(
        record::IndexRebuilt{.reason = std::string(to_string(*parts_.index_rebuilt)),
                             .runs = static_cast<std::int64_t>(projection_.bound_runs())}));
  }
  set_finding("config.invalid", "", {}, false, "reloaded");
  for (RepositoryConfig const& repository : config_.repositories) start_repository(repository, now);
  watch_config(now);
  changed_ = true;
}

Actions Engine::step(Event event, Instant now) {
  std::visit([&](auto& what) { handle(what, now); }, event);
  auto const runs = runs_.take_changed();
  auto const dispatches = dispatch_.take_changed();
  for (std::string const& id : runs) mark(id);
  for (std::string const& id : dispatches) mark(id);
  return out_.take();
}

void Engine::mark(std::string const& repository) {
  dirty_.insert(repository);
  changed_ = true;
}

std::optional<nanoseconds> Engine::next_due(Instant now) const {
  std::optional<nanoseconds> next;
  auto const consider = [&](std::optional<nanoseconds> due) {
    if (due && *due != nanoseconds{} && (!next || *due < *next)) next = due;
  };
  consider(runs_.next_due());
  consider(roots_.next_due());
  consider(dispatch_.next_due(now));
  if (stopping_) return next;
  consider(heartbeat_due_);
  consider(cycle_due_);
  consider(digest_due_);
  for (auto const& [id, repository] : repositories_) consider(repository.inspect_due);
  if (report_due_wall_ != nanoseconds{}) {
    consider(now.mono +
             std::max<nanoseconds>(report_due_wall_ - now.wall, std::chrono::milliseconds(1)));
  }
  return next;
}

bool Engine::has_acted(Instant now) const {
  (void)now;
  return out_.waiting() == 0 && !runs_.is_checking();
}

void Engine::handle(TimeCame const&, Instant now) {
  if (stopping_) return;
  runs_.on_time(now);
  roots_.on_time(now);
  dispatch_.on_time(now);
  for (auto& [id, repository] : repositories_) {
    if (repository.inspect_due == nanoseconds{} || repository.inspect_due > now.mono) continue;
    repository.inspect_due = {};
    inspect(id, {}, now);
  }
  if (heartbeat_due_ <= now.mono) beat(now);
  if (cycle_due_ <= now.mono) begin_cycle(now);
  if (digest_due_ != nanoseconds{} && digest_due_ <= now.mono) {
    digest_due_ = {};
    out_.act(DigestConfig{});
  }
  check_report(now);
}

void Engine::start_repository(RepositoryConfig const& config, Instant now) {
  Repository& repository = repositories_[config.name];
  repository.config = &config;
  dispatch_.set_repository(config);
  mark(config.name);
  if (!projection_.repositories().contains(config.name)) {
    out_.append(make_record(record::RepositoryAdded{.repo = config.name, .path = config.path}));
  }
  inspect(config.name, {}, now);
}

void Engine::inspect(std::string const& id, nanoseconds pause, Instant now) {
  Repository& repository = repositories_.at(id);
  if (pause != nanoseconds{}) {
    if (repository.inspect_due == nanoseconds{}) repository.inspect_due = now.mono + pause;
    return;
  }
  if (repository.inspecting) {
    repository.inspect_again = true;
    return;
  }
  repository.inspecting = true;
  repository.inspect_again = false;
  InspectRepository action{id, repository.config->path, {}};
  for (RunRootConfig const& root : repository.config->run_roots) {
    bool const automatic = root.seal == RunRootConfig::Seal::automatic;
    if (automatic && !repository.facts) action.probe.push_back(root.path);
  }
  out_.act(std::move(action));
}

void Engine::handle(RepositoryInspected& event, Instant now) {
  auto const found = repositories_.find(event.repository);
  if (found == repositories_.end()) return;
  Repository& repository = found->second;
  std::string const& id = found->first;
  repository.inspecting = false;
  mark(id);
  if (repository.inspect_again) inspect(id, kInspectPause, now);
  bool const known = known_.contains(id);
  bool const was_gone = std::exchange(repository.gone, false);
  repository.unreadable.clear();
  if (std::holds_alternative<RepositoryGone>(event.outcome)) {
    repository.gone = true;
    repository.facts.reset();
    set_finding("repository.missing", id, {}, true, "", repository.config->path);
    if (!was_gone) roots_.lose_repository(id, GapCause::root_missing, now);
    return inspect(id, kInspectRetry, now);
  }
  set_finding("repository.missing", id, {}, false, "returned");
  if (auto const* unreadable = std::get_if<Unreadable>(&event.outcome)) {
    repository.facts.reset();
    repository.unreadable = unreadable->reason;
    set_finding("repository.unreadable", id, {}, true, "", unreadable->reason);
    watch_repository(repository, known, now);
    return inspect(id, kInspectRetry, now);
  }
  set_finding("repository.unreadable", id, {}, false, "readable");
  auto& facts = std::get<RepositoryFacts>(event.outcome);
  bool const first = !repository.facts.has_value();
  if (!first && facts.probes.empty()) facts.probes = repository.facts->probes;
  bool const moved = first || facts.layout.git_dir != repository.facts->layout.git_dir ||
                     facts.layout.worktrees != repository.facts->layout.worktrees;
  repository.facts = std::move(facts);
  if (moved) watch_repository(repository, known, now);
}

std::vector<RootSpec> Engine::root_specs(Repository const& repository) const {
  RepositoryConfig const& config = *repository.config;
  std::vector<RootSpec> specs;
  auto const add = [&](RootKind kind, std::string const& shown, WatchRoot watch) {
    watch.id = root_id(config.name, kind, shown);
    for (RootSpec const& spec : specs) {
      if (spec.watch.id == watch.id) return;
    }
    specs.push_back({std::move(watch), config.name, kind});
  };
  for (RunRootConfig const& root : config.run_roots) {
    add(RootKind::runs, root.path.str(), {.base = config.path, .path = root.path});
  }
  if (!repository.facts) return specs;
  GitLayout const& layout = repository.facts->layout;
  std::string const git = layout.is_bare ? "" : ".git";
  std::string const below = git.empty() ? "" : git + "/";
  add(RootKind::references, git,
      {.base = layout.common_dir,
       .recursive = false,
       .names = {"HEAD", "packed-refs"},
       .ignore_locks = true});
  add(RootKind::references, below + "refs",
      {.base = layout.common_dir, .path = RelativePath::of("refs"), .ignore_locks = true});
  add(RootKind::references, below + "worktrees",
      {.base = layout.common_dir,
       .path = RelativePath::of("worktrees"),
       .levels = 1,
       .names = {"HEAD"},
       .ignore_locks = true});
  if (layout.git_dir != layout.common_dir) {
    add(RootKind::references, "HEAD",
        {.base = layout.git_dir, .recursive = false, .names = {"HEAD"}, .ignore_locks = true});
  }
  bool const dispatches = config.dispatch.enabled != DispatchConfig::Enabled::no;
  if (layout.is_bare || !dispatches) return specs;
  add(RootKind::records, config.dispatch.records_dir.str(),
      {.base = config.path, .path = config.dispatch.records_dir});
  for (GuardConfig const& guard : config.guards) {
    if (!guard.enabled) continue;
    for (std::string const& pattern : guard.paths) {
      std::string fixed(glob_fixed_directory(pattern));
      while (!fixed.empty() && fixed.back() == '/') fixed.pop_back();
      auto const path = RelativePath::parse(fixed);
      if (!path || path->is_root()) continue;
      add(RootKind::guards, fixed, {.base = config.path, .path = *path});
    }
  }
  return specs;
}

void Engine::watch_repository(Repository& repository, bool known, Instant now) {
  RepositoryConfig const& config = *repository.config;
  for (RunRootConfig const& root : config.run_roots) {
    RootId const id = root_id(config.name, RootKind::runs, root.path.str());
    auto const held = runs_.roots().find(id);
    if (held != runs_.roots().end() && held->second.config == root) continue;
    if (held != runs_.roots().end()) runs_.remove_root(id);
    runs_.add_root(
        RunRoot{
            .id = id, .repository = config.name, .repository_path = config.path, .config = root},
        now);
  }
  roots_.set_roots(config.name, root_specs(repository), known, now);
}

void Engine::watch_config(Instant now) {
  if (config_.files.empty()) return;
  std::vector<RootSpec> specs;
  std::string const main = config_.files.front();
  specs.push_back({WatchRoot{.id = {"agent/config"},
                             .base = directory_of(main),
                             .recursive = false,
                             .names = {file_name(main)}},
                   "", RootKind::config});
  if (!config_.include.empty()) {
    specs.push_back({WatchRoot{.id = {"agent/config/fragments"},
                               .base = directory_of(config_.include),
                               .path = RelativePath::of(file_name(config_.include)),
                               .recursive = false},
                     "", RootKind::config});
  }
  roots_.set_roots("", std::move(specs), false, now);
}

// A finding of a repository or of the agent that is simply there or not.
void Engine::set_finding(std::string const& kind, std::string const& repository,
                         std::vector<std::string> const& parts, bool open,
                         std::string const& reason, std::string const& detail) {
  std::string const id = make_finding_id(kind, repository, parts);
  Finding const* const known = projection_.find_finding(id);
  bool const is_open = known != nullptr && known->state != FindingState::closed;
  bool const same_detail = known != nullptr && known->subject.detail.value_or("") == detail;
  if (is_open == open && (!open || same_detail)) return;
  record::Finding finding{.id = id,
                          .name = kind,
                          .state = !open              ? "closed"
                                   : known == nullptr ? "opened"
                                                      : "reopened",
                          .of = projection_.opening_record(id),
                          .severity = std::string(to_text(find_finding_kind(kind).severity))};
  if (!repository.empty()) finding.repo = repository;
  if (!reason.empty()) finding.reason = reason;
  if (!detail.empty()) finding.detail = detail;
  out_.append(make_record(finding));
}

void Engine::handle(RunRootListed& event, Instant now) {
  runs_.on_listed(std::move(event), now);
}
void Engine::handle(RunLooked& event, Instant now) {
  runs_.on_looked(std::move(event), now);
}
void Engine::handle(SealPrepared& event, Instant now) {
  runs_.on_prepared(std::move(event), now);
}
void Engine::handle(SealPublished& event, Instant now) {
  runs_.on_published(std::move(event), now);
}
void Engine::handle(SealRecovered& event, Instant now) {
  runs_.on_recovered(std::move(event), now);
}
void Engine::handle(SealCopyWritten& event, Instant now) {
  runs_.on_copy_written(std::move(event), now);
}
void Engine::handle(SealFinished& event, Instant now) {
  runs_.on_finished(std::move(event), now);
}
void Engine::handle(ForeignVerified& event, Instant now) {
  runs_.on_foreign(std::move(event), now);
}
void Engine::handle(BoundChecked& event, Instant now) {
  runs_.on_checked(std::move(event), now);
}

void Engine::handle(DispatchEvaluated& event, Instant now) {
  dispatch_.on_evaluated(std::move(event), now);
}

void Engine::handle(RecordsAppended& event, Instant now) {
  // All of a batch become true together, then whoever waited for one goes on.
  for (AppendedRecord const& appended : event.batch.records) projection_.apply(appended.record);
  ledger_size_ = event.batch.size;
  ledger_root_ = event.batch.root;
  checkpoint_at_ = now.wall;
  changed_ = true;
  auto const changes = projection_.take_changes();
  for (std::string const& id : changes.repositories) mark(id);
  for (AppendedRecord const& appended : event.batch.records) {
    if (auto done = out_.take_done(appended.token)) done(appended.record, now);
  }
  check_report(now);
}

void Engine::handle(LedgerSpace const& event, Instant now) {
  ledger_full_ = event.full;
  changed_ = true;
  if (!event.full) runs_.resume(now);
}

void Engine::handle(StopRequested const& event, Instant now) {
  if (std::exchange(stopping_, true)) return;
  changed_ = true;
  record::AgentStop stop{
      .reason = event.reason,
      .uptime_s =
          std::chrono::duration_cast<std::chrono::seconds>(now.mono - started_.mono).count()};
  if (!event.detail.empty()) stop.detail = event.detail;
  out_.append(make_record(stop), [this](Record const&, Instant) { out_.act(StopProcess{0}); });
}

}  // namespace govseal
