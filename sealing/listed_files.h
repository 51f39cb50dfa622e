#pragma once

#include <set>
#include <string>
#include <vector>

#include "sealing/finding_set.h"
#include "sealing/folder_reader.h"
#include "sealing/manifest_reader.h"
#include "sealing/tree_scan.h"

namespace govseal {

/// What is on disk where a seal lists something.
struct ListedObjects {
  /// For each listed file: its entry in the scan, nullptr where there is no regular file.
  std::vector<ScanEntry const*> entries;
  /// The regular files among them, each once, in the order of the list.
  std::vector<ScanEntry const*> regular;
  /// By index in the scan's entries: a seal lists it.
  std::vector<bool> is_listed;
};

/// Looks every path that may be looked up up in the scan. Adds `tree.missing` and
/// `tree.listed_dir`, and `tree.symlink` and `tree.special` for what is listed (the walk of a
/// contract seal adds the same ones). Pure.
[[nodiscard]] ListedObjects find_listed(std::vector<ListedFile> const& files, TreeScan const& scan,
                                        FindingSet& findings);

/// Reads all `regular` files and adds `content.size`, `content.hash` or `content.eol` for those
/// that are not what the list says, at most one for each file.
void check_contents(std::vector<ListedFile> const& files, ListedObjects const& objects,
                    FolderReader& reader, FindingSet& findings);

/// Warnings `name.*` about paths without a code (sealing.md 3.7), in any order. Pure.
[[nodiscard]] std::set<std::string> warnings_about_names(std::vector<std::string_view> paths);

/// Adds a finding `content.eol`, saying which conversion gives the sealed bytes again.
void add_line_end_finding(FindingSet& findings, std::string_view path, Digest const& sealed,
                          LineEndChange change);

}  // namespace govseal
