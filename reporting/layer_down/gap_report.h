#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace govseal {

/// One row of the first table of a Gap 5 section (layer-down.md 5.4).
struct GapRow {
  std::size_t row = 0;              // from 1
  std::optional<std::string> file;  // none: the cell is no bare *.md name
  std::optional<std::string> plan;  // path of the plan with that base name
  std::string plan_status;          // of the plan, or not_a_file, file_missing
};

struct PlanRef {
  std::string path;
  std::string status;
};
/// Rows of one report; `plans` are those of the audit.
[[nodiscard]] std::vector<GapRow> read_gap_report(std::string_view text,
                                                  std::vector<PlanRef> const& plans);

}  // namespace govseal
