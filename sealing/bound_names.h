#pragma once

#include <string>
#include <vector>

#include "base/file_system.h"
#include "sealing/stat_index.h"
#include "sealing/tree_scan.h"

namespace govseal {

/// True when the scan shows exactly the files of the row's table, in its order, all unchanged by
/// the rule of the stat index, and nothing else that would change the row's verdict. Says nothing
/// of their names. Pure.
[[nodiscard]] bool matches_table(TreeScan const& scan, StatRow const& row, HashTimes const& times);

/// True when the regular files of the scan are as many as the records and have the sealed names:
/// ROOT over the digests of the table and the names of the scan is the row's root. Only for rows
/// whose digests are the sealed ones (verdict VALID). Pure.
[[nodiscard]] bool has_names_of_root(TreeScan const& scan, StatRow const& row);

/// The paths of the row's records in their order: from the scan where has_names_of_root(), else
/// from manifest.json where it still has the row's digest (read from `folder`). Empty when neither
/// can tell. Styles other than `contract`: always empty. Throws Error.
[[nodiscard]] std::vector<std::string> find_row_names(Directory const& folder, TreeScan const& scan,
                                                      StatRow const& row);

}  // namespace govseal
