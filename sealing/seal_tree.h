#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/relative_path.h"
#include "base/sha256.h"
#include "sealing/manifest.h"
#include "sealing/tree_hasher.h"
#include "sealing/tree_scan.h"

namespace govseal {

// What the steps of sealing ask of a scan. All pure; thread-safe.

/// The regular files, in the order of the scan (by path bytes).
[[nodiscard]] std::vector<HashJob> regular_files_of(TreeScan const& tree);

/// One manifest entry for each of `files`; `digests` in the same order.
[[nodiscard]] std::vector<ManifestEntry> entries_of(std::vector<HashJob> const& files,
                                                    std::span<Digest const> digests);

/// Names, kinds and metadata of everything are equal, the folder's own too, and neither scan saw a
/// folder in motion.
[[nodiscard]] bool is_same_tree(TreeScan const& before, TreeScan const& after);

/// is_same_tree() of `before` and `after` without its seal files, where adding those may have moved
/// the folder's own times, size and link count.
[[nodiscard]] bool is_same_payload(TreeScan const& before, TreeScan const& after);

/// Paths that exist in one of the scans only or whose metadata differs, ascending; "." for the
/// folder itself.
[[nodiscard]] std::vector<std::string> changed_paths(TreeScan const& before, TreeScan const& after);

/// Without what is called manifest.json or MANIFEST.sha256 at top level.
[[nodiscard]] TreeScan without_seal_files(TreeScan tree);

/// `before` with the folder's own times, size and link count as in `after`: adding files moves
/// them.
[[nodiscard]] TreeScan with_folder_times_of(TreeScan before, TreeScan const& after);

/// Codes of sealing.md 3.7 that the names and kinds alone give; `tree.too_many` also when the two
/// seal files would make it so.
[[nodiscard]] std::set<std::string> find_tree_codes(TreeScan const& tree);

}  // namespace govseal
