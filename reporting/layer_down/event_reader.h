#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reporting/layer_down/dispatch_history.h"

namespace govseal {

/// What one commit of the line tells: an event or none, and the plans its diff adds.
struct CommitFacts {
  std::optional<DispatchEvent> event;
  std::vector<std::string> added_plans;
};

/// Judges single commits of the line (layer-down.md 2 to 2.2). Remembers the last inventory and
/// workflow it parsed, because neighbouring events mostly share them. Used by one thread.
class EventReader {
 public:
  /// Both must outlive the reader.
  EventReader(GitReader& git, DispatchRules const& rules);

  [[nodiscard]] CommitFacts read(CommitId const& id, CommitInfo const& commit,
                                 std::uint32_t position);

 private:
  using Statuses = std::map<std::string, std::string>;  // path -> layer_down_status

  void fill_event(DispatchEvent& event, CommitInfo const& commit, TreeDiff const& diff,
                  std::vector<std::string> touched);
  [[nodiscard]] std::vector<std::string> lists_of(TreeDiff const& diff) const;
  [[nodiscard]] WorkflowValue workflow_at(CommitInfo const& commit, TreeDiff const& diff);
  [[nodiscard]] Statuses const* inventory_at(CommitInfo const& commit);

  GitReader& git_;
  DispatchRules const& rules_;
  std::vector<TriggerList> lists_;
  std::vector<std::string> triggers_;
  ObjectId workflow_blob_;
  WorkflowFile workflow_;
  ObjectId inventory_blob_;
  std::optional<Statuses> inventory_;
};

/// layer-down.md 2.1. `statuses` nullptr: inventory absent or unreadable.
[[nodiscard]] Priority priority_of(std::vector<std::string> const& trigger_paths,
                                   DispatchRules const& rules,
                                   std::map<std::string, std::string> const* statuses);

/// Is this path a plan of either family? Reports never are.
[[nodiscard]] bool is_plan_path(DispatchRules const& rules, std::string_view path);

}  // namespace govseal
