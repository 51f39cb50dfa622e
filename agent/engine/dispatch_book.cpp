#include "agent/engine/dispatch_book.h"

#include <algorithm>

#include "reporting/finding_kinds.h"
#include "reporting/layer_down/finding_id.h"

namespace govseal {
namespace {

/// Reference hints put an evaluation off by the quiet time, but no further than this.
constexpr auto kLatest = std::chrono::seconds(5);
constexpr auto kFailedRetry = std::chrono::seconds(60);

std::string severity_of(Priority priority) {
  switch (priority) {
    case Priority::high:
      return "high";
    case Priority::medium:
      return "medium";
    case Priority::low:
      return "low";
  }
  return "medium";
}

/// Kinds that judge_findings() keeps equal to the audit; dispatch.undispatched has a record of its
/// own.
bool is_audited_kind(std::string_view kind) {
  return kind == "dispatch.plan_undispatched" || kind.starts_with("dispatch.record_") ||
         kind == "dispatch.duplicate" || kind == "dispatch.trigger_list_differs" ||
         kind == "dispatch.audit_log_ignored" || kind == "dispatch.plan_consumer_unregistered" ||
         kind == "workflow.unparsable" || kind.starts_with("registry_file.") ||
         kind.starts_with("inventory.") || kind.starts_with("agent_index.");
}

std::size_t count_changes(DispatchResult const* before, DispatchAudit const& audit) {
  if (before == nullptr) return 0;
  std::map<std::string, EventState> states;
  for (JudgedEvent const& event : before->audit.events) {
    states[event.event.commit.hex()] = event.state;
  }
  std::size_t changes = 0;
  for (JudgedEvent const& event : audit.events) {
    auto const found = states.find(event.event.commit.hex());
    if (found == states.end() || found->second != event.state) ++changes;
  }
  return changes;
}

}  // namespace

DispatchRules make_dispatch_rules(RepositoryConfig const& config) {
  DispatchConfig const& from = config.dispatch;
  DispatchRules rules;
  rules.repo = config.name;
  rules.branch = from.branch;
  rules.grace = from.grace;
  switch (from.baseline.kind) {
    case DispatchConfig::Baseline::Kind::root:
      rules.baseline = "root";
      break;
    case DispatchConfig::Baseline::Kind::commit:
      rules.baseline = from.baseline.commit;
      break;
    case DispatchConfig::Baseline::Kind::date:
      rules.baseline = format_utc_s(nanoseconds(from.baseline.since));
      break;
  }
  rules.trigger_paths = from.trigger_paths;
  rules.records_dir = from.records_dir.str();
  rules.workflow = from.workflow.str();
  rules.registry_file = from.registry_file.str();
  rules.inventory = from.inventory.str();
  rules.canon_dirs = from.canon_dirs;
  rules.plan_globs = from.plan_globs;
  rules.plan_globs_extra = from.plan_globs_extra;
  rules.report_glob = from.report_glob;
  rules.agents_glob = from.agents_glob;
  rules.audit_log = from.audit_log.str();
  rules.aliases = from.aliases;
  return rules;
}

void DispatchBook::set_repository(RepositoryConfig const& config) {
  repositories_[config.name].config = &config;
}

void DispatchBook::remove_repository(std::string const& id) {
  repositories_.erase(id);
}

DispatchBook::Repository const* DispatchBook::find(std::string const& id) const {
  auto const found = repositories_.find(id);
  return found == repositories_.end() ? nullptr : &found->second;
}

std::size_t DispatchBook::running() const noexcept {
  return static_cast<std::size_t>(
      std::count_if(repositories_.begin(), repositories_.end(),
                    [](auto const& entry) { return entry.second.evaluating; }));
}

void DispatchBook::request(std::string const& id, nanoseconds quiet, Instant now,
                           std::function<void(bool, Instant)> done) {
  auto const found = repositories_.find(id);
  if (found == repositories_.end() ||
      found->second.config->dispatch.enabled == DispatchConfig::Enabled::no) {
    if (done) done(true, now);
    return;
  }
  Repository& repository = found->second;
  if (done) repository.waiting.push_back(std::move(done));
  if (repository.evaluating || repository.writing) {
    repository.again = true;
    return;
  }
  if (repository.due == nanoseconds{}) repository.latest = now.mono + kLatest;
  repository.due = std::max(nanoseconds{1}, std::min(now.mono + quiet, repository.latest));
}

void DispatchBook::start(std::string const& id, Repository& repository, Instant now) {
  repository.due = {};
  repository.deadline_wall = {};
  repository.evaluating = true;
  repository.again = false;
  DispatchLedger const& ledger = world_.projection().dispatch(id);
  std::map<std::string, nanoseconds> arrivals = ledger.arrivals;
  for (auto const& [commit, time] : repository.arrivals) arrivals.try_emplace(commit, time);
  (void)now;
  out_.act(
      EvaluateDispatch{id, repository.config->path, make_dispatch_rules(*repository.config),
                       repository.config->dispatch.enabled == DispatchConfig::Enabled::automatic,
                       std::move(arrivals), ledger.cursor});
}

void DispatchBook::on_time(Instant now) {
  for (auto& [id, repository] : repositories_) {
    if (repository.evaluating || repository.writing) continue;
    bool const grace_over =
        repository.deadline_wall != nanoseconds{} && repository.deadline_wall <= now.wall;
    if ((repository.due != nanoseconds{} && repository.due <= now.mono) || grace_over) {
      start(id, repository, now);
    }
  }
}

std::optional<nanoseconds> DispatchBook::next_due(Instant now) const {
  std::optional<nanoseconds> next;
  auto const consider = [&](nanoseconds due) {
    if (!next || due < *next) next = due;
  };
  for (auto const& [id, repository] : repositories_) {
    if (repository.evaluating || repository.writing) continue;
    if (repository.due != nanoseconds{}) consider(repository.due);
    if (repository.deadline_wall != nanoseconds{}) {
      consider(now.mono + std::max<nanoseconds>(repository.deadline_wall - now.wall,
                                                std::chrono::milliseconds(1)));
    }
  }
  return next;
}

void DispatchBook::on_evaluated(DispatchEvaluated event, Instant now) {
  auto const found = repositories_.find(event.repository);
  if (found == repositories_.end()) return;
  std::string const& id = found->first;
  Repository& repository = found->second;
  repository.evaluating = false;
  repository.disabled = std::holds_alternative<DispatchDisabled>(event.outcome);
  repository.branch_missing = std::holds_alternative<BranchMissing>(event.outcome);
  repository.unreadable.clear();
  std::vector<RecordDraft> drafts;
  judge_branch(id, repository, drafts);
  if (auto* failure = std::get_if<JobFailure>(&event.outcome)) {
    repository.unreadable = failure->text;
  } else if (auto* unreadable = std::get_if<Unreadable>(&event.outcome)) {
    repository.unreadable = unreadable->reason;
  }
  if (!repository.unreadable.empty()) {
    finish(id, repository, false, now);
    repository.due = now.mono + kFailedRetry;
    repository.latest = repository.due;
    return;
  }
  auto* const result = std::get_if<std::unique_ptr<DispatchResult>>(&event.outcome);
  if (result == nullptr) {
    repository.result.reset();
    return write(id, repository, std::move(drafts), std::nullopt, now);
  }
  DispatchResult& fresh = **result;
  DispatchAudit const& audit = fresh.audit;
  DispatchLedger const& ledger = world_.projection().dispatch(id);
  if (fresh.cursor_place && *fresh.cursor_place != CursorPlace::on_line && ledger.cursor) {
    drafts.push_back(make_record(record::DispatchLineChanged{
        .repo = id,
        .old_tip = *ledger.cursor,
        .new_tip = audit.tip.hex(),
        .kind = *fresh.cursor_place == CursorPlace::rewritten ? "rewritten" : "other_line"}));
  }
  for (JudgedEvent const& judged : audit.events) {
    if (judged.arrived) repository.arrivals.try_emplace(judged.event.commit.hex(), *judged.arrived);
  }
  record_files(id, audit, drafts);
  judge_events(id, repository, audit, drafts);
  judge_findings(id, audit, drafts);
  std::size_t const changes = count_changes(repository.result.get(), audit);
  bool const moved = ledger.cursor != audit.tip.hex();
  std::optional<RecordDraft> evaluated;
  if (moved || changes > 0 || !drafts.empty()) evaluated = evaluated_record(id, fresh);
  repository.deadline_wall = audit.next_deadline.value_or(nanoseconds{});
  repository.result = std::move(*result);
  write(id, repository, std::move(drafts), std::move(evaluated), now);
}

void DispatchBook::judge_branch(std::string const& id, Repository const& repository,
                                std::vector<RecordDraft>& drafts) const {
  std::string const missing =
      layer_down_finding_id("dispatch.branch_missing", id, {repository.config->dispatch.branch});
  Finding const* const known = world_.projection().find_finding(missing);
  bool const open = known != nullptr && known->state != FindingState::closed;
  if (repository.branch_missing != open) {
    drafts.push_back(make_record(record::Finding{.repo = id,
                                                 .id = missing,
                                                 .name = "dispatch.branch_missing",
                                                 .state = open               ? "closed"
                                                          : known == nullptr ? "opened"
                                                                             : "reopened",
                                                 .of = world_.projection().opening_record(missing),
                                                 .severity = "medium",
                                                 .subject = repository.config->dispatch.branch}));
  }
}

RecordDraft DispatchBook::evaluated_record(std::string const& id,
                                           DispatchResult const& fresh) const {
  DispatchAudit const& audit = fresh.audit;
  record::DispatchEvaluated record{
      .repo = id,
      .old_tip = world_.projection().dispatch(id).cursor,
      .new_tip = audit.tip.hex(),
      .new_commits = static_cast<std::int64_t>(fresh.new_commits.size()),
      .dispatched = static_cast<std::int64_t>(audit.counts.dispatched),
      .pending = static_cast<std::int64_t>(audit.counts.pending),
      .undispatched = static_cast<std::int64_t>(audit.counts.undispatched)};
  for (std::string const& commit : fresh.new_commits) {
    if (fresh.line_events.contains(commit)) record.events.push_back(commit);
  }
  return make_record(record);
}

void DispatchBook::record_files(std::string const& id, DispatchAudit const& audit,
                                std::vector<RecordDraft>& drafts) const {
  DispatchLedger const& ledger = world_.projection().dispatch(id);
  for (JudgedRecord const& judged : audit.records) {
    if (!judged.sha256) continue;
    auto const known = ledger.recorded.find(judged.file);
    bool const same = known != ledger.recorded.end() && known->second.sha256 == *judged.sha256;
    if (same) continue;
    record::DispatchRecorded record{.repo = id,
                                    .file = judged.file,
                                    .sha256 = *judged.sha256,
                                    .verdict = name_of(judged.verdict)};
    if (judged.commit) record.commit = judged.commit->hex();
    if (judged.owner) record.owner = judged.owner->hex();
    for (JudgedCover const& cover : judged.covers) {
      if (cover.owner) record.covers.push_back(cover.owner->hex());
    }
    if (judged.defect) record.reason = name_of(*judged.defect);
    drafts.push_back(make_record(record));
  }
}

void DispatchBook::judge_events(std::string const& id, Repository const& repository,
                                DispatchAudit const& audit,
                                std::vector<RecordDraft>& drafts) const {
  (void)repository;
  std::map<std::string, JudgedEvent const*> by_id;
  for (JudgedEvent const& judged : audit.events) {
    by_id[judged.finding_id] = &judged;
    if (judged.state != EventState::undispatched) continue;
    Finding const* const known = world_.projection().find_finding(judged.finding_id);
    if (known != nullptr && known->state != FindingState::closed) continue;
    DispatchEvent const& event = judged.event;
    drafts.push_back(
        make_record(record::CommitUndispatched{.repo = id,
                                               .id = judged.finding_id,
                                               .state = known == nullptr ? "opened" : "reopened",
                                               .branch = audit.branch,
                                               .commit = event.commit.hex(),
                                               .committed = std::chrono::seconds(event.committed_s),
                                               .priority = name_of(event.priority),
                                               .lists = event.lists,
                                               .paths = event.paths,
                                               .workflow = name_of(event.workflow),
                                               .records = judged.records}));
  }
  for (auto const& [finding_id, finding] : world_.projection().findings()) {
    if (finding->repository != id || finding->kind != "dispatch.undispatched" ||
        finding->state == FindingState::closed) {
      continue;
    }
    auto const found = by_id.find(finding_id);
    bool const on_line = found != by_id.end();
    if (on_line && found->second->state != EventState::dispatched) continue;
    record::Finding closing{.repo = id,
                            .id = finding_id,
                            .name = finding->kind,
                            .state = "closed",
                            .of = world_.projection().opening_record(finding_id),
                            .severity = std::string(to_text(finding->severity)),
                            .commit = finding->subject.commit,
                            .reason = on_line ? "dispatched" : "event_gone"};
    if (on_line) closing.paths = found->second->records;
    drafts.push_back(make_record(closing));
  }
}

void DispatchBook::judge_findings(std::string const& id, DispatchAudit const& audit,
                                  std::vector<RecordDraft>& drafts) const {
  std::map<std::string, record::Finding> wanted;
  auto const want = [&](std::string const& kind, std::vector<std::string> const& parts,
                        record::Finding finding) {
    finding.repo = id;
    finding.id = finding.id.empty() ? layer_down_finding_id(kind, id, parts) : finding.id;
    finding.name = kind;
    if (finding.severity.empty()) {
      finding.severity = std::string(to_text(find_finding_kind(kind).severity));
    }
    wanted.insert_or_assign(finding.id, std::move(finding));
  };
  for (JudgedPlan const& plan : audit.plans) {
    if (plan.state != PlanState::undispatched) continue;
    bool const extra = plan.family != PlanFamily::ripple;
    record::Finding finding{.id = plan.finding_id,
                            .severity = extra ? "low" : severity_of(plan.priority),
                            .paths = {plan.path}};
    if (plan.owner) finding.subject = plan.owner->hex();
    want("dispatch.plan_undispatched", {}, std::move(finding));
  }
  for (JudgedRecord const& judged : audit.records) {
    if (judged.verdict == RecordVerdict::malformed) {
      want("dispatch.record_malformed", {audit.branch, judged.file},
           {.paths = {judged.file},
            .reason = judged.defect ? std::optional<std::string>(name_of(*judged.defect))
                                    : std::nullopt});
    } else if (judged.verdict == RecordVerdict::orphan) {
      want("dispatch.record_orphan", {audit.branch, judged.file}, {.paths = {judged.file}});
    }
  }
  for (std::string const& file : audit.altered_records) {
    want("dispatch.record_altered", {audit.branch, file}, {.paths = {file}});
  }
  for (DuplicateRecords const& duplicate : audit.duplicates) {
    want("dispatch.duplicate", {audit.branch, duplicate.commit.hex()},
         {.severity = "low", .commit = duplicate.commit.hex(), .paths = duplicate.records});
  }
  for (auto const& finding : audit.registry.findings) {
    want(finding.code, {audit.branch, finding.index ? std::to_string(*finding.index) : ""},
         {.subject = finding.repository});
  }
  for (InventoryFinding const& finding : audit.inventory) {
    record::Finding draft{};
    if (finding.path) draft.paths = {*finding.path};
    want(finding.code, {audit.branch, finding.path.value_or("")}, std::move(draft));
  }
  if (audit.workflow_defect) {
    want("workflow.unparsable", {audit.branch}, {.reason = *audit.workflow_defect});
  }
  for (std::string const& code : audit.warnings) {
    if (is_audited_kind(code)) want(code, {audit.branch}, {});
  }
  tell_findings(id, wanted, drafts);
}

void DispatchBook::tell_findings(std::string const& id,
                                 std::map<std::string, record::Finding> const& wanted,
                                 std::vector<RecordDraft>& drafts) const {
  for (auto const& [finding_id, finding] : wanted) {
    Finding const* const known = world_.projection().find_finding(finding_id);
    if (known != nullptr && known->state != FindingState::closed) continue;
    record::Finding opening = finding;
    opening.state = known == nullptr ? "opened" : "reopened";
    opening.of = world_.projection().opening_record(finding_id);
    drafts.push_back(make_record(opening));
  }
  for (auto const& [finding_id, finding] : world_.projection().findings()) {
    if (finding->repository != id || finding->state == FindingState::closed ||
        !is_audited_kind(finding->kind) || wanted.contains(finding_id)) {
      continue;
    }
    drafts.push_back(
        make_record(record::Finding{.repo = id,
                                    .id = finding_id,
                                    .name = finding->kind,
                                    .state = "closed",
                                    .of = world_.projection().opening_record(finding_id),
                                    .severity = std::string(to_text(finding->severity)),
                                    .reason = "mended"}));
  }
}

void DispatchBook::write(std::string const& id, Repository& repository,
                         std::vector<RecordDraft> drafts, std::optional<RecordDraft> evaluated,
                         Instant now) {
  changed_.insert(id);
  repository.audited_at = now.wall;
  if (drafts.empty() && !evaluated) return finish(id, repository, true, now);
  repository.writing = true;
  auto const end = [this, id](Record const&, Instant then) {
    auto const found = repositories_.find(id);
    if (found != repositories_.end()) finish(found->first, found->second, true, then);
  };
  if (drafts.empty()) return out_.append(std::move(*evaluated), end);
  repository.open_records = drafts.size();
  repository.evaluated = std::move(evaluated);
  for (RecordDraft& draft : drafts) {
    out_.append(std::move(draft), [this, id, end](Record const& record, Instant then) {
      auto const found = repositories_.find(id);
      if (found == repositories_.end() || --found->second.open_records > 0) return;
      auto last = std::exchange(found->second.evaluated, std::nullopt);
      if (!last) return end(record, then);
      out_.append(std::move(*last), end);
    });
  }
}

void DispatchBook::finish(std::string const& id, Repository& repository, bool good, Instant now) {
  changed_.insert(id);
  repository.writing = false;
  bool const again = std::exchange(repository.again, false);
  if (again) {
    // Whoever asked while it ran waits for the next one.
    repository.due = std::max(nanoseconds{1}, now.mono);
    repository.latest = repository.due;
    return;
  }
  for (auto& done : std::exchange(repository.waiting, {})) done(good, now);
}

}  // namespace govseal
