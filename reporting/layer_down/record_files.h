#pragma once

#include "reporting/layer_down/dispatch_facts.h"

namespace govseal {

/// Reads the dispatch records of all sources (layer-down.md 3.2) into `facts`: records, altered,
/// other and legacy files. `tip` is the audited commit; `use_work_tree` says that its work tree has
/// the audited branch checked out.
void read_record_files(GitReader& git, CommitInfo const& tip, RecordSources const& sources,
                       bool use_work_tree, DispatchRules const& rules, DispatchFacts& facts);

}  // namespace govseal
