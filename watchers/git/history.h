#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "watchers/git/git_reader.h"

namespace govseal {

/// Algorithms over GitReader that every implementation of the seam shares. Missing objects are part
/// of the results, never an exception.

enum class ChangeKind { added, modified, deleted, mode_changed, type_changed };

struct ChangedPath {
  std::string path;  // raw bytes
  ChangeKind kind{};
  std::optional<TreeEntry> before;  // none: added. `name` is the last element of `path`
  std::optional<TreeEntry> after;   // none: deleted
};

struct TreeDiff {
  std::vector<ChangedPath> changes;  // files, links and submodules; sorted by path
  /// Directories (with a final slash; "" for the whole tree) whose trees differ but of which one is
  /// missing, so nothing is known about changes below them. Sorted.
  std::vector<std::string> unknown_below;
};

/// Compares two trees without rename detection; an empty id is the empty tree. A file that became a
/// directory is one deletion and additions below.
[[nodiscard]] TreeDiff diff_trees(GitReader& git, ObjectId const& before, ObjectId const& after);

enum class Undecidable {
  object_missing,  // the commit itself or its tree
  parent_missing,  // a parent is named but not there: partial clone, shallow boundary
};

/// The diff of a commit against its first parent; of a root commit against the empty tree.
[[nodiscard]] std::variant<TreeDiff, Undecidable> diff_from_first_parent(GitReader& git,
                                                                         CommitInfo const& commit);

/// The entry at `path` below a tree; `tree` kind included. nullopt: not there. Undecidable: a tree
/// on the way is missing. The empty path is no entry.
[[nodiscard]] std::variant<std::optional<TreeEntry>, Undecidable> find_path(GitReader& git,
                                                                            ObjectId const& tree,
                                                                            std::string_view path);

/// Everything below `directory` (relative, without final slash; "" = all) that is no tree, with
/// paths from the top, sorted by path. Trees that are missing are skipped and make `complete`
/// false.
struct FileList {
  struct Item {
    std::string path;
    TreeEntry entry;
  };
  std::vector<Item> items;
  bool complete = true;
};
[[nodiscard]] FileList list_files(GitReader& git, ObjectId const& tree, std::string_view directory);

/// Tree id of `HEAD:<path>` and the commit of HEAD, the facts a seal record keeps (`tree`, `head`).
/// `tree` is nullopt when HEAD has no directory there (untracked or ignored).
struct HeadTree {
  std::optional<CommitId> head;
  std::optional<ObjectId> tree;
};
[[nodiscard]] HeadTree tree_at_head(GitReader& git, std::string_view path);

/// Is `ancestor` reachable from `commit` (a commit reaches itself)? Missing commits end the walk.
[[nodiscard]] bool is_ancestor(GitReader& git, CommitId const& ancestor, CommitId const& commit,
                               std::stop_token stop = {});

}  // namespace govseal
