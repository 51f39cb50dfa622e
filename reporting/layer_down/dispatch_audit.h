#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "reporting/layer_down/dispatch_facts.h"
#include "reporting/layer_down/gap_report.h"
#include "reporting/layer_down/inventory.h"
#include "reporting/layer_down/registry_file.h"
#include "reporting/layer_down/ripple_plan.h"

namespace govseal {

enum class EventState { dispatched, pending, undispatched, unknown };
[[nodiscard]] char const* name_of(EventState state) noexcept;
enum class RecordVerdict { event, non_event, orphan, malformed };
[[nodiscard]] char const* name_of(RecordVerdict verdict) noexcept;

struct JudgedEvent {
  DispatchEvent event;
  std::optional<nanoseconds> arrived;  // stored arrival; none: the committer time counted
  EventState state{};
  std::vector<std::string> records;  // file names, sorted
  std::string finding_id;            // always computed; shown when undispatched
};

struct JudgedCover {
  JsonValue value;  // as written
  std::optional<CommitId> owner;
  std::optional<RecordVerdict> verdict;  // none: invalid
};

struct JudgedRecord {
  std::string file;
  RecordSource source{};
  std::optional<Digest> sha256;
  char layout = '\0';  // '\0': malformed
  RecordVerdict verdict{};
  std::optional<RecordDefect> defect;
  std::optional<CommitId> commit;
  std::optional<CommitId> owner;
  std::vector<std::string> notes;  // sorted
  std::vector<JudgedCover> covers;
};

struct DuplicateRecords {
  CommitId commit;
  std::vector<std::string> records;
};

enum class PlanState { dispatched, undispatched, complete };
[[nodiscard]] char const* name_of(PlanState state) noexcept;
struct JudgedPlan {
  std::string path;
  PlanFamily family{};
  PlanStatus status{};
  std::optional<CommitId> owner;
  std::vector<std::string> records;
  PlanState state{};
  Priority priority = Priority::medium;  // of the finding; extra plans have low findings
  std::string finding_id;
};

struct AuditCounts {
  std::size_t events = 0, dispatched = 0, pending = 0, undispatched = 0, unknown = 0;
  std::size_t records = 0, malformed = 0, orphan = 0, non_event = 0, duplicates = 0;
  std::size_t plans_undispatched = 0;
};

/// The result of an audit (layer-down.md 8): the same facts, rules, arrivals and time give the same
/// bytes.
struct DispatchAudit {
  std::string repo;
  std::string branch;
  CommitId tip;
  nanoseconds generated{};
  std::size_t line_commits = 0;
  AuditWindow window;
  std::vector<TriggerList> lists;
  AuditCounts counts;
  std::vector<JudgedEvent> events;    // oldest first
  std::vector<JudgedRecord> records;  // by file name
  std::vector<DuplicateRecords> duplicates;
  std::vector<std::string> altered_records, other_files, legacy_files;
  std::vector<JudgedPlan> plans;  // by path
  std::vector<GapRow> gap5;
  RegistryFile registry;
  std::vector<InventoryFinding> inventory;
  std::vector<std::string> warnings;  // sorted codes
  /// Lint reason of the workflow at the tip (finding `workflow.unparsable`).
  std::optional<std::string> workflow_defect;
  /// Entries only the workflow at the tip has, and only the trigger list has; both empty: no
  /// warning `dispatch.trigger_list_differs`.
  std::vector<std::string> only_in_workflow, only_in_triggers;
  /// End of the grace period of the oldest pending event: the next moment an answer changes by
  /// itself.
  std::optional<nanoseconds> next_deadline;

  /// Something undispatched that counts for the exit code 1 (8): an event, a plan of family
  /// ripple, or `stop` of the registry file.
  [[nodiscard]] bool has_open_work() const;
};

using Arrivals = std::map<CommitId, nanoseconds>;

/// Pure: layer-down.md 4 to 7.3. `now` is wall time. `arrivals` holds the stored arrival of events
/// (7.3); for others the committer time counts, not later than now.
[[nodiscard]] DispatchAudit judge_dispatch(DispatchFacts const& facts, DispatchRules const& rules,
                                           Arrivals const& arrivals, nanoseconds now,
                                           AuditWindow const& window = {});

}  // namespace govseal
