#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace govseal {

/// Why a workflow file could not run (layer-down.md 2.3), in the order of checking.
enum class WorkflowDefect {
  too_large,
  yaml,
  not_utf8,
  documents,
  not_a_map,
  duplicate_key,
  unknown_key,
  no_trigger,
  no_jobs,
};
[[nodiscard]] char const* name_of(WorkflowDefect defect) noexcept;

inline constexpr std::uint64_t kWorkflowBytesMax = 1'048'576;

/// What a dispatch workflow or defect says about pushes.
enum class WorkflowValue { absent, unparsable, filtered, fires, unknown };
[[nodiscard]] char const* name_of(WorkflowValue value) noexcept;

/// A filter of `on.push`: patterns in order.
struct PushFilter {
  std::vector<std::string> patterns;
  bool undecidable = false;  // not a list of texts
};

struct WorkflowFile {
  std::optional<WorkflowDefect> defect;  // when set, the rest is empty
  std::vector<std::string> triggers;     // names under `on`
  bool on_push = false;
  std::optional<PushFilter> branches;  // none: every branch passes
  std::optional<PushFilter> paths;     // none: every path passes
};
/// Pure. The lint of 2.3 and the push trigger.
[[nodiscard]] WorkflowFile parse_workflow(std::string_view text);

/// layer-down.md 2.2 for a file that is there: unparsable, filtered, fires or unknown. `branch` is
/// the short name. `paths_complete` false: there may be more changed paths than `changed_paths`.
[[nodiscard]] WorkflowValue workflow_value(WorkflowFile const& workflow, std::string_view branch,
                                           std::vector<std::string> const& changed_paths,
                                           bool paths_complete = true);

}  // namespace govseal
