#include "agent/engine/dispatch_book.h"

#include <algorithm>

#include "reporting/finding_kinds.h"
#include "reporting/layer_down/finding_id.h"

namespace govseal {
namespace {

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

}  // namespace

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

}  // namespace govseal
