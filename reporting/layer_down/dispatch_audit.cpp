#include "reporting/layer_down/dispatch_audit.h"

#include <algorithm>
#include <set>
#include <utility>

#include "reporting/layer_down/finding_id.h"
#include "reporting/layer_down/glob.h"
#include "reporting/layer_down/record_judge.h"

namespace govseal {
namespace {

using std::chrono::seconds;

/// File names of the records that name each commit of the line.
using RecordsByPosition = std::map<std::uint32_t, std::vector<std::string>>;

class Judge {
 public:
  Judge(DispatchFacts const& facts, DispatchRules const& rules, Arrivals const& arrivals,
        nanoseconds now, AuditWindow const& window)
      : facts_(facts),
        history_(facts.history),
        rules_(rules),
        arrivals_(arrivals),
        now_(now),
        window_(window) {}

  DispatchAudit run() {
    audit_.repo = rules_.repo;
    audit_.branch = facts_.branch;
    audit_.tip = history_.tip();
    audit_.generated = now_;
    audit_.line_commits = history_.line().size();
    audit_.window = window_;
    audit_.lists = trigger_lists(rules_);
    judge_records();
    judge_events();
    judge_registry();
    judge_plans();
    judge_workflow();
    if (facts_.audit_log_ignored) warnings_.insert("dispatch.audit_log_ignored");
    audit_.altered_records = facts_.altered_records;
    audit_.other_files = facts_.other_files;
    audit_.legacy_files = facts_.legacy_files;
    audit_.warnings.assign(warnings_.begin(), warnings_.end());
    return std::move(audit_);
  }

 private:
  void judge_records() {
    auto& counts = audit_.counts;
    for (auto const& file : facts_.records) {
      auto judged = judge_record(file, history_);
      ++counts.records;
      if (judged.verdict == RecordVerdict::malformed) ++counts.malformed;
      if (judged.verdict == RecordVerdict::orphan) ++counts.orphan;
      if (judged.verdict == RecordVerdict::non_event) ++counts.non_event;
      for (auto position : owners_of(judged, history_)) {
        auto& names = records_[position];
        if (names.empty() || names.back() != judged.file) names.push_back(judged.file);
      }
      audit_.records.push_back(std::move(judged));
    }
  }

  std::vector<std::string> records_at(std::uint32_t position) const {
    auto found = records_.find(position);
    return found != records_.end() ? found->second : std::vector<std::string>();
  }

  void judge_events() {
    for (auto const& event : history_.events()) {
      if (!is_inside(facts_.baseline, event.position, event.committed_s)) continue;
      auto judged = judge_event(event);
      if (judged.records.size() > 1) {
        audit_.duplicates.push_back({event.commit, judged.records});
      }
      // A window from a cursor always holds what is still open.
      bool open =
          window_.kind == AuditWindow::Kind::cursor && judged.state != EventState::dispatched;
      if (!open && !is_inside(window_, event.position, event.committed_s)) continue;
      count(judged.state);
      audit_.events.push_back(std::move(judged));
    }
    audit_.counts.duplicates = audit_.duplicates.size();
  }

  JudgedEvent judge_event(DispatchEvent const& event) {
    JudgedEvent judged;
    judged.event = event;
    judged.records = records_at(event.position);
    auto arrival = arrivals_.find(event.commit);
    if (arrival != arrivals_.end()) judged.arrived = arrival->second;
    judged.finding_id = layer_down_finding_id("dispatch.undispatched", rules_.repo,
                                              {facts_.branch, event.commit.hex()});
    auto since = judged.arrived.value_or(std::min<nanoseconds>(seconds(event.committed_s), now_));
    auto deadline = since + rules_.grace;
    if (event.unknown) {
      judged.state = EventState::unknown;
    } else if (!judged.records.empty()) {
      judged.state = EventState::dispatched;
    } else if (!facts_.records_complete) {
      judged.state = EventState::unknown;
      judged.event.unknown = Undecidable::object_missing;
    } else if (now_ < deadline) {
      judged.state = EventState::pending;
      audit_.next_deadline = std::min(audit_.next_deadline.value_or(deadline), deadline);
    } else {
      judged.state = EventState::undispatched;
    }
    return judged;
  }

  void count(EventState state) {
    auto& counts = audit_.counts;
    ++counts.events;
    switch (state) {
      case EventState::dispatched:
        ++counts.dispatched;
        break;
      case EventState::pending:
        ++counts.pending;
        break;
      case EventState::undispatched:
        ++counts.undispatched;
        break;
      case EventState::unknown:
        ++counts.unknown;
        break;
    }
  }

  void judge_registry() {
    auto const& registry = facts_.registry_file;
    audit_.registry = read_registry_file(registry && registry->text
                                             ? std::optional<std::string_view>(*registry->text)
                                             : std::nullopt);
    auto digest_of = [&](std::string const& path) -> std::variant<Digest, NoDigest> {
      auto found = facts_.file_sha256.find(path);
      if (found == facts_.file_sha256.end()) return NoDigest::absent;
      if (!found->second) return NoDigest::unknown;
      return *found->second;
    };
    auto const& inventory = facts_.inventory;
    audit_.inventory = check_inventory(inventory && inventory->text
                                           ? std::optional<std::string_view>(*inventory->text)
                                           : std::nullopt,
                                       digest_of, facts_.canon_files);
    if (facts_.agent_index && facts_.agent_index->text) {
      auto more = check_agent_index(*facts_.agent_index->text, digest_of);
      audit_.inventory.insert(audit_.inventory.end(), more.begin(), more.end());
      sort_findings(audit_.inventory);
    }
  }

  void judge_plans() {
    ConsumerNames names(audit_.registry.repositories, rules_.aliases);
    std::vector<PlanRef> references;
    for (auto const& file : facts_.plans) {
      auto reading =
          file.text ? read_plan(*file.text, names) : PlanReading{PlanStatus::unknown, false};
      if (reading.names_unregistered_consumer) {
        warnings_.insert("dispatch.plan_consumer_unregistered");
      }
      references.push_back({file.path, name_of(reading.status)});
      add_plan(file.path, reading.status);
    }
    for (auto const& report : facts_.reports) {
      if (!report.text) continue;
      auto rows = read_gap_report(*report.text, references);
      audit_.gap5.insert(audit_.gap5.end(), rows.begin(), rows.end());
    }
  }

  void add_plan(std::string const& path, PlanStatus status) {
    JudgedPlan plan;
    plan.path = path;
    plan.family =
        any_glob_matches(rules_.plan_globs, path) ? PlanFamily::ripple : PlanFamily::extra;
    plan.status = status;
    auto owner = history_.added_at(path);
    if (owner) {
      plan.owner = history_.line()[*owner];
      plan.records = records_at(*owner);
      if (auto const* event = history_.find_event(*owner)) plan.priority = event->priority;
    }
    if (status == PlanStatus::complete) {
      plan.state = PlanState::complete;
    } else {
      plan.state = plan.records.empty() ? PlanState::undispatched : PlanState::dispatched;
    }
    plan.finding_id =
        layer_down_finding_id("dispatch.plan_undispatched", rules_.repo,
                              {facts_.branch, path, plan.owner ? plan.owner->hex() : ""});
    if (!is_plan_inside(owner)) return;
    if (plan.state == PlanState::undispatched) ++audit_.counts.plans_undispatched;
    audit_.plans.push_back(std::move(plan));
  }

  /// A plan whose owner cannot be told is never left out.
  bool is_plan_inside(std::optional<std::uint32_t> owner) const {
    if (!owner) return true;
    auto committed_s = history_.committed_s(*owner);
    return is_inside(facts_.baseline, *owner, committed_s) &&
           is_inside(window_, *owner, committed_s);
  }

  void judge_workflow() {
    if (!facts_.workflow || !facts_.workflow->text) return;
    auto workflow = parse_workflow(*facts_.workflow->text);
    if (workflow.defect) audit_.workflow_defect = name_of(*workflow.defect);
    if (!workflow.paths) return;
    std::vector<std::string> entries;
    for (auto const& pattern : workflow.paths->patterns) {
      entries.push_back(pattern.ends_with("/**") ? pattern.substr(0, pattern.size() - 2) : pattern);
    }
    auto theirs = without_covered(std::move(entries));
    auto ours = without_covered(effective_triggers(rules_));
    std::set_difference(theirs.begin(), theirs.end(), ours.begin(), ours.end(),
                        std::back_inserter(audit_.only_in_workflow));
    std::set_difference(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                        std::back_inserter(audit_.only_in_triggers));
    if (!audit_.only_in_workflow.empty() || !audit_.only_in_triggers.empty()) {
      warnings_.insert("dispatch.trigger_list_differs");
    }
  }

  DispatchFacts const& facts_;
  DispatchHistory const& history_;
  DispatchRules const& rules_;
  Arrivals const& arrivals_;
  nanoseconds now_;
  AuditWindow const& window_;
  DispatchAudit audit_;
  RecordsByPosition records_;
  std::set<std::string> warnings_;
};

}  // namespace

char const* name_of(EventState state) noexcept {
  switch (state) {
    case EventState::dispatched:
      return "dispatched";
    case EventState::pending:
      return "pending";
    case EventState::undispatched:
      return "undispatched";
    case EventState::unknown:
      return "unknown";
  }
  return "";
}

char const* name_of(PlanState state) noexcept {
  switch (state) {
    case PlanState::dispatched:
      return "dispatched";
    case PlanState::undispatched:
      return "undispatched";
    case PlanState::complete:
      return "complete";
  }
  return "";
}

bool DispatchAudit::has_open_work() const {
  bool plan = std::any_of(plans.begin(), plans.end(), [](JudgedPlan const& one) {
    return one.family == PlanFamily::ripple && one.state == PlanState::undispatched;
  });
  return counts.undispatched > 0 || plan || registry.stop;
}

DispatchAudit judge_dispatch(DispatchFacts const& facts, DispatchRules const& rules,
                             Arrivals const& arrivals, nanoseconds now, AuditWindow const& window) {
  return Judge(facts, rules, arrivals, now, window).run();
}

}  // namespace govseal
