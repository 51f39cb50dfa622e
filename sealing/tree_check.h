#pragma once

#include <string_view>

#include "sealing/finding_set.h"
#include "sealing/listed_files.h"
#include "sealing/tree_scan.h"

namespace govseal {

/// Adds the codes of sealing.md 3.7 that a scan alone shows: `tree.symlink`, `tree.special`,
/// `tree.hardlink`, `tree.setid`, `tree.mount`, `tree.empty_dir`, `tree.bad_name`, and
/// `tree.too_many`, beside which nothing else is checked. Pure.
void check_tree(TreeScan const& scan, FindingSet& findings);

/// Adds `tree.unlisted` for regular files that are neither listed nor a top-level seal file. Pure.
void check_unlisted(TreeScan const& scan, ListedObjects const& objects, FindingSet& findings);

}  // namespace govseal
