#include <algorithm>

#include "agent/engine/engine.h"
#include "reporting/finding_kinds.h"

// The picture that answers and reports are made of. Only repositories that changed are built anew.

namespace govseal {
namespace {

char rung_letter(Rung rung) {
  return name_of(rung).front();
}

std::optional<std::string> workflow_text(DispatchEvent const& event) {
  return std::string(name_of(event.workflow));
}

DispatchEventView event_view(JudgedEvent const& judged) {
  DispatchEvent const& event = judged.event;
  DispatchEventView view;
  view.commit = event.commit.hex();
  view.committed = std::chrono::seconds(event.committed_s);
  view.arrived = judged.arrived;
  view.merge = event.merge;
  view.subject = event.subject;
  view.lists = event.lists;
  view.paths = event.paths;
  view.paths_total = event.paths_total;
  view.priority = name_of(event.priority);
  view.workflow = *workflow_text(event);
  view.state = name_of(judged.state);
  view.records = judged.records;
  if (judged.state == EventState::undispatched) view.finding_id = judged.finding_id;
  if (event.unknown) view.reason = name_of(*event.unknown);
  return view;
}

}  // namespace

SnapshotPtr Engine::make_snapshot(Instant now) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->number = ++snapshot_number_;
  snapshot->as_of = now.wall;
  snapshot->phase = stopping_ ? AgentPhase::stopping : AgentPhase::running;
  snapshot->agent.pid = parts_.pid;
  snapshot->agent.uid = parts_.uid;
  snapshot->agent.started_at = started_.wall;
  snapshot->agent.boot_id = parts_.boot_id;
  snapshot->agent.configuration = {config_.digest, config_loaded_at_, config_differs_,
                                   config_error_};
  LedgerStatus& ledger = snapshot->ledger;
  ledger.origin = parts_.ledger_origin;
  ledger.epoch = parts_.ledger_epoch;
  ledger.size = ledger_size_;
  ledger.root = ledger_root_;
  ledger.checkpoint_at = checkpoint_at_;
  ledger.writable = !ledger_full_;
  if (ledger_full_) ledger.flags.emplace_back("ledger_full");
  if (projection_.epoch_break()) ledger.flags.emplace_back("EPOCH_BREAK");
  if (now.wall - checkpoint_at_ > nanoseconds(config_.ledger.stale_h)) {
    ledger.flags.emplace_back("STALE");
  }
  // A repository is shown while it is configured or has bound runs of which something is known.
  for (auto const& [id, repository] : repositories_) {
    RepositorySnapshotPtr& shown = shown_[id];
    if (!shown || dirty_.contains(id)) shown = make_repository_snapshot(id, now);
    snapshot->repositories.push_back(shown);
  }
  std::erase_if(shown_, [&](auto const& entry) { return !repositories_.contains(entry.first); });
  dirty_.clear();
  for (auto const& [id, root] : roots_.roots()) {
    if (root.spec.repository.empty()) snapshot->roots.push_back(make_root_view(root, now));
  }
  for (auto const& [id, finding] : projection_.findings()) {
    if (finding->repository.empty()) snapshot->findings.push_back(finding);
  }
  std::sort(snapshot->findings.begin(), snapshot->findings.end(),
            [](FindingPtr const& a, FindingPtr const& b) { return finding_before(*a, *b); });
  snapshot->queue.jobs = runs_.jobs() + dispatch_.running();
  snapshot->queue.hints = runs_.waiting();
  if (auto const& report = projection_.last_report()) snapshot->report.last_written_at = report->at;
  if (report_checked_at_ != nanoseconds{}) snapshot->report.last_checked_at = report_checked_at_;
  changed_ = false;
  return snapshot;
}

RepositorySnapshotPtr Engine::make_repository_snapshot(std::string const& id, Instant now) {
  Repository const& repository = repositories_.at(id);
  RepositorySnapshot view;
  view.id = id;
  view.path = repository.config->path;
  view.reader = "libgit2";
  view.source = parts_.discovered.contains(id) ? "discovered" : "configured";
  view.readable = repository.facts.has_value();
  if (repository.gone) view.unreadable_reason = "not there";
  if (!repository.unreadable.empty()) view.unreadable_reason = repository.unreadable;
  if (repository.facts) {
    view.branch = repository.facts->branch;
    view.head = repository.facts->head;
    view.object_format = repository.facts->layout.object_format;
    view.reference_format = repository.facts->layout.ref_format;
  } else if (!view.unreadable_reason) {
    view.readable = true;  // not looked at yet
  }
  for (auto const& [root_id, root] : roots_.roots()) {
    if (root.spec.repository != id) continue;
    WatchRootView shown = make_root_view(root, now);
    if (repository.facts && root.spec.kind == RootKind::runs) {
      for (RunRootProbe const& probe : repository.facts->probes) {
        if (probe.run_root != root.spec.watch.path) continue;
        shown.writable = probe.writable;
        shown.lease = probe.lease;
      }
    }
    view.roots.push_back(std::move(shown));
  }
  for (RunState const* const run : runs_.runs_of(id)) view.runs.push_back(make_run_view(*run, now));
  for (auto const& [finding_id, finding] : projection_.findings()) {
    if (finding->repository == id) view.findings.push_back(finding);
  }
  view.dispatch = make_dispatch_view(id);
  if (view.dispatch) view.audited_tip = view.dispatch->audited_tip;
  if (auto const* book = dispatch_.find(id)) view.audited_at = book->audited_at;
  if (view.dispatch) {
    for (GuardConfig const& guard : repository.config->guards) {
      if (!guard.enabled) continue;
      static constexpr char const* kKinds[] = {"immutable", "new_files_only", "rotate_to_archive",
                                               "append_only"};
      view.guards.push_back(
          {guard.name, kKinds[static_cast<std::size_t>(guard.kind)], guard.paths, guard.exclude});
    }
  }
  return make_repository(std::move(view));
}

namespace {

void show_facts(RunView& view, VerdictFacts const& facts) {
  if (facts.verdict) view.verdict = verdict_name(*facts.verdict);
  view.codes = facts.codes;
  view.warnings = facts.warnings;
  view.style = facts.style;
  view.dialect = facts.dialect;
  view.variant = facts.variant;
  view.root = facts.root;
  view.manifest_sha256 = facts.manifest;
  view.hashfile_sha256 = facts.hashfile;
  view.files = facts.files;
  view.bytes = facts.bytes;
}

/// A folder that is not bound: what the last look found, and what it waits for.
void show_look(RunView& view, RunState const& run, Instant now) {
  bool const restless = run.look->state == Verdict::unsealed || !run.look->state ||
                        run.look->has_manifest || run.look->has_hashfile;
  Verdict const state =
      restless && !run.resting ? Verdict::open : run.look->state.value_or(Verdict::open);
  view.verdict = verdict_name(state);
  view.codes.assign(run.look->codes.begin(), run.look->codes.end());
  view.warnings.assign(run.look->warnings.begin(), run.look->warnings.end());
  if (run.look->dialect) view.dialect = dialect_name(*run.look->dialect);
  if (state == Verdict::open && !run.resting) {
    bool const writer = run.look->writers.probe == Probe::open;
    view.codes.emplace_back(writer ? "run.writer_open" : "run.not_quiet");
    std::sort(view.codes.begin(), view.codes.end());
    Settling settling;
    settling.needs_ms = run.root->config.settle_ms.count();
    if (run.quiet) {
      settling.quiet_ms =
          std::chrono::duration_cast<std::chrono::milliseconds>(now.mono - run.quiet->since)
              .count();
    }
    if (writer) settling.writers = static_cast<std::int64_t>(run.look->open_files);
    settling.probe = std::string(run.look->writers.reason ? name_of(*run.look->writers.reason)
                                                          : name_of(run.look->writers.probe));
    settling.reason = writer ? "run.writer_open" : "run.not_quiet";
    view.settling = settling;
  }
}

void show_binding(RunView& view, RunBinding const& binding) {
  view.origin = binding.by_govseal ? "sealed" : "observed";
  view.sealed_at = binding.at;
  view.ledger = LedgerReference{binding.seq, binding.record_sha256};
  view.bound_root = binding.root;
  if (!view.style) view.style = binding.style;
  if (!view.dialect) view.dialect = binding.dialect;
  if (!view.variant) view.variant = binding.variant;
  if (!view.files) view.files = binding.files;
  if (!view.bytes) view.bytes = binding.bytes;
}

}  // namespace

RunViewPtr Engine::make_run_view(RunState const& run, Instant now) const {
  auto view = std::make_shared<RunView>();
  RunKey const& key = run.place.key;
  view->run = key.run;
  view->run_root = run.root->config.path.str();
  RunLedger const* const ledger = projection_.find_run(key);
  bool const bound = ledger != nullptr && ledger->binding.has_value();
  RootSight const seen = roots_.sight(run.root->id);
  if (run.facts) {
    show_facts(*view, *run.facts);
  } else if (!bound && run.look) {
    show_look(*view, run, now);
  } else {
    view->error = run.error.empty() ? "not looked at yet" : run.error;
  }
  if (!run.error.empty()) {
    view->verdict.reset();
    view->error = run.error;
  }
  view->verified = run.verified;
  if (bound) {
    show_binding(*view, *ledger->binding);
    bool const covered = seen.live && run.verified.covered && run.work == RunState::Work::none;
    if (covered && seen.rung != Rung::scan) {
      view->verified.basis = "event";
      view->verified.verified_at = now.wall;
    }
    view->verified.covered = covered;
  }
  if (ledger != nullptr) view->history = ledger->history;
  for (Finding const* const finding : projection_.findings_of_run(key)) {
    bool const violation = finding->kind == "sealed_write" || finding->kind == "seal_rewritten" ||
                           finding->kind == "seal_copied" || finding->kind == "run_missing";
    if (violation) view->violations.push_back({finding->id, finding->kind, finding->state});
  }
  return view;
}

WatchRootView Engine::make_root_view(RootBook::Root const& root, Instant now) const {
  (void)now;
  WatchRootView view;
  view.id = root.spec.watch.id.text;
  view.kind = name_of(root.spec.kind);
  view.path = root.spec.watch.path.str();
  view.recursive = root.spec.watch.recursive;
  view.rung = rung_letter(root.rung);
  view.best_rung = config_.watch.rung == WatchConfig::Rung::c   ? 'C'
                   : config_.watch.rung == WatchConfig::Rung::d ? 'D'
                                                                : 'A';
  if (root.reason) view.reason = name_of(*root.reason);
  for (Lost const lost : root.lost) view.lost.emplace_back(name_of(lost));
  view.state = root.gap                                     ? "gap"
               : root.phase != RootBook::Root::Phase::armed ? "gap"
               : root.rung == Rung::scan                    ? "scanned"
                                                            : "live";
  if (root.gap) view.cause = name_of(*root.gap);
  view.epoch = root.epoch;
  for (RootBook::Interval const& interval : root.intervals) {
    CoverageInterval shown;
    shown.state = interval.state == RootBook::Interval::State::live      ? "live"
                  : interval.state == RootBook::Interval::State::scanned ? "scanned"
                                                                         : "gap";
    shown.from = interval.from;
    if (interval.cause) shown.cause = name_of(*interval.cause);
    shown.closed_by = interval.closed_by;
    shown.gap_record = interval.gap_record;
    shown.closed_record = interval.closed_record;
    if (!view.intervals.empty()) view.intervals.back().to = interval.from;
    view.intervals.push_back(std::move(shown));
  }
  if (!view.intervals.empty()) view.since = view.intervals.back().from;
  return view;
}

std::optional<DispatchView> Engine::make_dispatch_view(std::string const& id) const {
  DispatchBook::Repository const* const book = dispatch_.find(id);
  if (book == nullptr || book->disabled || !book->result) return std::nullopt;
  DispatchAudit const& audit = book->result->audit;
  DispatchView view;
  view.branch = audit.branch;
  view.tip = audit.tip.hex();
  view.audited_tip = audit.tip.hex();
  view.complete = !book->evaluating && book->due == nanoseconds{};
  for (JudgedEvent const& judged : audit.events) {
    if (judged.state != EventState::dispatched) view.events.push_back(event_view(judged));
  }
  for (JudgedPlan const& judged : audit.plans) {
    if (judged.state != PlanState::undispatched) continue;
    DispatchPlanView plan;
    plan.path = judged.path;
    plan.family = judged.family == PlanFamily::ripple ? "ripple" : "extra";
    plan.status = name_of(judged.status);
    if (judged.owner) plan.owner = judged.owner->hex();
    plan.records = judged.records;
    plan.state = "undispatched";
    plan.finding_id = judged.finding_id;
    plan.priority = name_of(judged.priority);
    view.plans.push_back(std::move(plan));
  }
  return view;
}

}  // namespace govseal
