#include "watchers/git/history.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

// Trees are compared by name, not by walking both in git's order: git sorts directories as if their
// names ended in a slash, so a file and a directory of one name are not neighbours. Work lists take
// the place of recursion, because the depth of a tree is up to whoever wrote it.

namespace govseal {
namespace {

// A tree can name one subtree many times, so a few objects can stand for more files than any memory
// holds. What lies beyond is reported as unknown.
constexpr std::size_t kDiffPathsMax = 1'000'000;

struct Pair {
  std::string directory;  // with final slash, "" for the top
  ObjectId before;
  ObjectId after;
};

class Differ {
 public:
  explicit Differ(GitReader& git) : git_(git) {}

  TreeDiff run(ObjectId const& before, ObjectId const& after) {
    if (before != after) work_.push_back({"", before, after});
    while (!work_.empty()) {
      auto pair = std::move(work_.back());
      work_.pop_back();
      compare(pair);
    }
    std::sort(diff_.changes.begin(), diff_.changes.end(),
              [](auto const& a, auto const& b) { return a.path < b.path; });
    std::sort(diff_.unknown_below.begin(), diff_.unknown_below.end());
    return std::move(diff_);
  }

 private:
  using Entries = std::vector<TreeEntry>;

  std::optional<Entries> entries_of(ObjectId const& id) {
    if (id.empty()) return Entries();
    auto entries = git_.read_tree(id);
    if (entries) {
      std::sort(entries->begin(), entries->end(),
                [](auto const& a, auto const& b) { return a.name < b.name; });
    }
    return entries;
  }

  void compare(Pair const& pair) {
    auto before = entries_of(pair.before);
    auto after = entries_of(pair.after);
    if (!before || !after || diff_.changes.size() > kDiffPathsMax) {
      diff_.unknown_below.push_back(pair.directory);
      return;
    }
    auto b = before->begin();
    auto a = after->begin();
    while (b != before->end() || a != after->end()) {
      bool take_before = a == after->end() || (b != before->end() && b->name <= a->name);
      bool take_after = b == before->end() || (a != after->end() && a->name <= b->name);
      entry(pair.directory, take_before ? &*b : nullptr, take_after ? &*a : nullptr);
      if (take_before) ++b;
      if (take_after) ++a;
    }
  }

  void entry(std::string const& directory, TreeEntry const* before, TreeEntry const* after) {
    if (before != nullptr && after != nullptr && before->id == after->id &&
        before->mode == after->mode) {
      return;
    }
    bool tree_before = before != nullptr && before->kind == EntryKind::tree;
    bool tree_after = after != nullptr && after->kind == EntryKind::tree;
    auto const& name = before != nullptr ? before->name : after->name;
    if (tree_before || tree_after) {
      work_.push_back({directory + name + '/', tree_before ? before->id : ObjectId(),
                       tree_after ? after->id : ObjectId()});
    }
    auto const* file_before = tree_before ? nullptr : before;
    auto const* file_after = tree_after ? nullptr : after;
    if (file_before != nullptr || file_after != nullptr) {
      change(directory + name, file_before, file_after);
    }
  }

  static bool is_file(TreeEntry const& entry) {
    return entry.kind == EntryKind::regular || entry.kind == EntryKind::executable;
  }

  static ChangeKind kind_of(TreeEntry const* before, TreeEntry const* after) {
    if (before == nullptr) return ChangeKind::added;
    if (after == nullptr) return ChangeKind::deleted;
    if (before->kind != after->kind && !(is_file(*before) && is_file(*after))) {
      return ChangeKind::type_changed;
    }
    return before->id == after->id ? ChangeKind::mode_changed : ChangeKind::modified;
  }

  void change(std::string path, TreeEntry const* before, TreeEntry const* after) {
    ChangedPath changed;
    changed.path = std::move(path);
    changed.kind = kind_of(before, after);
    if (before != nullptr) changed.before = *before;
    if (after != nullptr) changed.after = *after;
    diff_.changes.push_back(std::move(changed));
  }

  GitReader& git_;
  TreeDiff diff_;
  std::vector<Pair> work_;
};

}  // namespace

TreeDiff diff_trees(GitReader& git, ObjectId const& before, ObjectId const& after) {
  return Differ(git).run(before, after);
}

std::variant<TreeDiff, Undecidable> diff_from_first_parent(GitReader& git,
                                                           CommitInfo const& commit) {
  ObjectId before;
  if (!commit.parents.empty()) {
    if (commit.at_shallow_boundary) return Undecidable::parent_missing;
    auto parent = git.read_commit(commit.parents.front());
    if (!parent) return Undecidable::parent_missing;
    before = parent->tree;
  }
  return diff_trees(git, before, commit.tree);
}

std::variant<std::optional<TreeEntry>, Undecidable> find_path(GitReader& git, ObjectId const& tree,
                                                              std::string_view path) {
  ObjectId id = tree;
  while (!path.empty()) {
    auto slash = path.find('/');
    auto name = path.substr(0, slash);
    auto entries = git.read_tree(id);
    if (!entries) return Undecidable::object_missing;
    auto found = std::find_if(entries->begin(), entries->end(),
                              [&](TreeEntry const& entry) { return entry.name == name; });
    if (found == entries->end()) return std::nullopt;
    if (slash == std::string_view::npos) return std::optional(std::move(*found));
    if (found->kind != EntryKind::tree) return std::nullopt;
    id = found->id;
    path.remove_prefix(slash + 1);
  }
  return std::nullopt;
}

FileList list_files(GitReader& git, ObjectId const& tree, std::string_view directory) {
  FileList list;
  std::vector<std::pair<std::string, ObjectId>> work;
  if (directory.empty()) {
    work.emplace_back("", tree);
  } else {
    auto found = find_path(git, tree, directory);
    list.complete = !std::holds_alternative<Undecidable>(found);
    auto const* entry = std::get_if<std::optional<TreeEntry>>(&found);
    if (entry != nullptr && *entry && (*entry)->kind == EntryKind::tree) {
      work.emplace_back(std::string(directory) + '/', (*entry)->id);
    }
  }
  while (!work.empty()) {
    auto [prefix, id] = std::move(work.back());
    work.pop_back();
    auto entries = git.read_tree(id);
    if (!entries || list.items.size() > kDiffPathsMax) {
      list.complete = false;
      continue;
    }
    for (auto& entry : *entries) {
      if (entry.kind == EntryKind::tree) {
        work.emplace_back(prefix + entry.name + '/', entry.id);
      } else {
        auto path = prefix + entry.name;
        list.items.push_back({std::move(path), std::move(entry)});
      }
    }
  }
  std::sort(list.items.begin(), list.items.end(),
            [](auto const& a, auto const& b) { return a.path < b.path; });
  return list;
}

HeadTree tree_at_head(GitReader& git, std::string_view path) {
  HeadTree result;
  result.head = git.head().commit;
  if (!result.head) return result;
  auto commit = git.read_commit(*result.head);
  if (!commit) return result;
  if (path.empty()) {
    result.tree = commit->tree;
    return result;
  }
  auto found = find_path(git, commit->tree, path);
  auto const* entry = std::get_if<std::optional<TreeEntry>>(&found);
  if (entry != nullptr && *entry && (*entry)->kind == EntryKind::tree) result.tree = (*entry)->id;
  return result;
}

bool is_ancestor(GitReader& git, CommitId const& ancestor, CommitId const& commit,
                 std::stop_token stop) {
  std::unordered_set<CommitId> seen{commit};
  std::vector<CommitId> work{commit};
  while (!work.empty() && !stop.stop_requested()) {
    auto id = work.back();
    work.pop_back();
    if (id == ancestor) return true;
    auto info = git.read_commit(id);
    if (!info || info->at_shallow_boundary) continue;
    for (auto const& parent : info->parents) {
      if (seen.insert(parent).second) work.push_back(parent);
    }
  }
  return false;
}

}  // namespace govseal
