#pragma once

#include <cstdint>
#include <vector>

#include "reporting/layer_down/dispatch_audit.h"

namespace govseal {

/// Verdict, owner, notes and covers of one record (layer-down.md 3.3 and 4). Pure.
[[nodiscard]] JudgedRecord judge_record(RecordFile const& file, DispatchHistory const& history);

/// Positions of all commits of the line that a record names, by `commit_sha` and `covers`;
/// ascending, each once.
[[nodiscard]] std::vector<std::uint32_t> owners_of(JudgedRecord const& record,
                                                   DispatchHistory const& history);

}  // namespace govseal
