#include "sealing/tree_check.h"

#include <sys/stat.h>

#include <algorithm>

#include "sealing/path_rules.h"

namespace govseal {
namespace {

void check_regular(ScanEntry const& entry, FindingSet& findings) {
  std::string const& path = entry.path.str();
  if (entry.stat.nlink > 1) {
    findings.add("tree.hardlink", path, "1", std::to_string(entry.stat.nlink));
  }
  if ((entry.stat.mode & (S_ISUID | S_ISGID)) != 0) findings.add("tree.setid", path);
}

}  // namespace

void check_tree(TreeScan const& scan, FindingSet& findings) {
  if (scan.too_many) return findings.add("tree.too_many");
  for (ScanEntry const& entry : scan.entries) {
    switch (entry.stat.kind) {
      case FileKind::regular:
        check_regular(entry, findings);
        break;
      case FileKind::directory:
        if (entry.empty_directory) findings.add("tree.empty_dir", entry.path.str());
        break;
      case FileKind::symlink:
        findings.add("tree.symlink", entry.path.str());
        break;
      case FileKind::special:
        findings.add("tree.special", entry.path.str());
        break;
    }
  }
  for (BadName const& bad : scan.bad_names) findings.add("tree.bad_name", bad.path);
  for (RelativePath const& mount : scan.mounts) findings.add("tree.mount", mount.str());
  // Only a caller's own limit makes this happen: a part of the tree was not looked at.
  if (!scan.too_deep.empty()) findings.add("tree.too_many", scan.too_deep.front().str());
}

void check_unlisted(TreeScan const& scan, ListedObjects const& objects, FindingSet& findings) {
  for (std::size_t i = 0; i < scan.entries.size(); ++i) {
    ScanEntry const& entry = scan.entries[i];
    if (entry.stat.kind != FileKind::regular || objects.is_listed[i]) continue;
    if (!is_seal_file(entry.path.str())) findings.add("tree.unlisted", entry.path.str());
  }
}

}  // namespace govseal
