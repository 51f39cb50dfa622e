#include "sealing/seal_tree.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "sealing/finding_set.h"
#include "sealing/path_rules.h"
#include "sealing/tree_check.h"

namespace govseal {
namespace {

/// Everything below the folder by path, the bad names too.
std::vector<std::pair<std::string_view, FileStat>> objects_of(TreeScan const& tree) {
  std::vector<std::pair<std::string_view, FileStat>> objects;
  objects.reserve(tree.entries.size() + tree.bad_names.size());
  for (ScanEntry const& entry : tree.entries) objects.emplace_back(entry.path.str(), entry.stat);
  for (BadName const& bad : tree.bad_names) objects.emplace_back(bad.path, bad.stat);
  std::sort(objects.begin(), objects.end(),
            [](auto const& a, auto const& b) { return a.first < b.first; });
  return objects;
}

/// The order of both is that of their paths, so no sorting is needed to compare them.
template <typename Object, typename Leave, typename Equal>
bool same_sequence(std::vector<Object> const& a, std::vector<Object> const& b, Leave leave_out,
                   Equal equal) {
  auto next = b.begin();
  auto const skip = [&] {
    while (next != b.end() && leave_out(*next)) ++next;
  };
  for (Object const& object : a) {
    skip();
    if (next == b.end() || !equal(object, *next++)) return false;
  }
  skip();
  return next == b.end();
}

/// Everything but the folder itself; of `after` without what `leave_out` says.
template <typename Leave>
bool same_content(TreeScan const& before, TreeScan const& after, Leave leave_out) {
  auto const same_object = [](auto const& a, auto const& b) {
    return a.path == b.path && a.stat == b.stat;
  };
  return before.mounts == after.mounts && before.too_deep == after.too_deep &&
         same_sequence(before.entries, after.entries, leave_out, same_object) &&
         same_sequence(
             before.bad_names, after.bad_names, [](BadName const&) { return false; }, same_object);
}

/// What adding a file to a folder moves.
void take_times(FileStat& folder, FileStat const& after) {
  folder.mtime_ns = after.mtime_ns;
  folder.ctime_ns = after.ctime_ns;
  folder.size = after.size;
  folder.nlink = after.nlink;
}

bool is_complete(TreeScan const& tree) {
  return !tree.unstable && !tree.stopped && !tree.too_many;
}

}  // namespace

std::vector<HashJob> regular_files_of(TreeScan const& tree) {
  std::vector<HashJob> files;
  files.reserve(tree.entries.size());
  for (ScanEntry const& entry : tree.entries) {
    if (entry.stat.kind == FileKind::regular) files.push_back({entry.path, entry.stat});
  }
  return files;
}

std::vector<ManifestEntry> entries_of(std::vector<HashJob> const& files,
                                      std::span<Digest const> digests) {
  GOVSEAL_ASSERT(files.size() == digests.size());
  std::vector<ManifestEntry> entries;
  entries.reserve(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    entries.push_back({files[i].path.str(), files[i].expected.size, digests[i]});
  }
  return entries;
}

bool is_same_tree(TreeScan const& before, TreeScan const& after) {
  return is_complete(before) && is_complete(after) && before.folder == after.folder &&
         same_content(before, after, [](ScanEntry const&) { return false; });
}

bool is_same_payload(TreeScan const& before, TreeScan const& after) {
  FileStat folder = before.folder;
  take_times(folder, after.folder);
  return is_complete(before) && is_complete(after) && folder == after.folder &&
         same_content(before, after,
                      [](ScanEntry const& entry) { return is_seal_file(entry.path.str()); });
}

std::vector<std::string> changed_paths(TreeScan const& before, TreeScan const& after) {
  std::vector<std::string> paths;
  if (before.folder != after.folder) paths.emplace_back(".");
  auto const old_objects = objects_of(before);
  auto const new_objects = objects_of(after);
  auto a = old_objects.begin();
  auto b = new_objects.begin();
  while (a != old_objects.end() || b != new_objects.end()) {
    bool const only_old = b == new_objects.end() || (a != old_objects.end() && a->first < b->first);
    bool const only_new = a == old_objects.end() || (b != new_objects.end() && b->first < a->first);
    if (only_old || only_new || a->second != b->second) {
      paths.emplace_back(only_new ? b->first : a->first);
    }
    if (!only_new) ++a;
    if (!only_old) ++b;
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

TreeScan without_seal_files(TreeScan tree) {
  std::erase_if(tree.entries,
                [](ScanEntry const& entry) { return is_seal_file(entry.path.str()); });
  return tree;
}

TreeScan with_folder_times_of(TreeScan before, TreeScan const& after) {
  take_times(before.folder, after.folder);
  return before;
}

std::set<std::string> find_tree_codes(TreeScan const& tree) {
  FindingSet findings;
  check_tree(tree, findings);
  std::set<std::string> codes = findings.codes();
  std::size_t const objects = without_seal_files(tree).entries.size() + tree.bad_names.size();
  if (objects + 2 > ScanLimits{}.objects_max) codes.insert("tree.too_many");
  return codes;
}

}  // namespace govseal
