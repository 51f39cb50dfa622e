#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "watchers/git/lib_git2_handles.h"

namespace govseal::libgit2 {
namespace {

EntryKind kind_of(git_filemode_t mode) {
  switch (mode) {
    case GIT_FILEMODE_TREE:
      return EntryKind::tree;
    case GIT_FILEMODE_LINK:
      return EntryKind::symlink;
    case GIT_FILEMODE_COMMIT:
      return EntryKind::submodule;
    case GIT_FILEMODE_BLOB_EXECUTABLE:
      return EntryKind::executable;
    case GIT_FILEMODE_BLOB:
    case GIT_FILEMODE_UNREADABLE:
      break;
  }
  return EntryKind::regular;
}

std::optional<ObjectKind> kind_of(git_object_t type) {
  switch (type) {
    case GIT_OBJECT_COMMIT:
      return ObjectKind::commit;
    case GIT_OBJECT_TREE:
      return ObjectKind::tree;
    case GIT_OBJECT_BLOB:
      return ObjectKind::blob;
    case GIT_OBJECT_TAG:
      return ObjectKind::tag;
    case GIT_OBJECT_ANY:
    case GIT_OBJECT_INVALID:
    case GIT_OBJECT_OFS_DELTA:
    case GIT_OBJECT_REF_DELTA:
      break;
  }
  return std::nullopt;
}

class LibGit2Reader final : public GitReader {
 public:
  LibGit2Reader(Repository repository, GitLayout layout)
      : repository_(std::move(repository)),
        layout_(std::move(layout)),
        shallow_(layout_.shallow.begin(), layout_.shallow.end()) {
    git_odb* odb = nullptr;
    if (git_repository_odb(&odb, repository_.get()) != 0) {
      throw Error("open objects", layout_.common_dir, last_message());
    }
    odb_.reset(odb);
  }

  GitLayout const& layout() const override { return layout_; }

  GitHead head() override {
    GitHead head;
    git_reference* raw = nullptr;
    if (git_reference_lookup(&raw, repository_.get(), "HEAD") != 0) return head;
    Reference reference(raw);
    if (git_reference_type(reference.get()) == GIT_REFERENCE_SYMBOLIC) {
      head.branch = git_reference_symbolic_target(reference.get());
    }
    auto target = resolve_reference("HEAD");
    if (auto const* commit = std::get_if<CommitId>(&target)) head.commit = *commit;
    return head;
  }

  ReferenceTarget resolve_reference(std::string_view name) override {
    git_reference* raw = nullptr;
    auto code = git_reference_lookup(&raw, repository_.get(), std::string(name).c_str());
    if (code == GIT_ENOTFOUND || code == GIT_EINVALIDSPEC) return NoReference::absent;
    if (code != 0) return NoReference::broken;
    return target_of(Reference(raw).get());
  }

  std::vector<std::pair<std::string, CommitId>> references() override {
    std::vector<std::pair<std::string, CommitId>> found;
    git_reference_iterator* raw_iterator = nullptr;
    if (git_reference_iterator_new(&raw_iterator, repository_.get()) != 0) {
      throw Error("list references", layout_.common_dir, last_message());
    }
    References iterator(raw_iterator);
    git_reference* raw = nullptr;
    while (git_reference_next(&raw, iterator.get()) == 0) {
      Reference reference(raw);
      auto target = target_of(reference.get());
      if (auto const* commit = std::get_if<CommitId>(&target)) {
        found.emplace_back(git_reference_name(reference.get()), *commit);
      }
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  std::optional<CommitInfo> read_commit(CommitId const& id) override {
    auto oid = oid_of(id);
    git_commit* raw = nullptr;
    if (!oid || git_commit_lookup(&raw, repository_.get(), &*oid) != 0) return std::nullopt;
    Commit commit(raw);
    CommitInfo info;
    for (unsigned i = 0; i < git_commit_parentcount(commit.get()); ++i) {
      info.parents.push_back(id_of(*git_commit_parent_id(commit.get(), i)));
    }
    info.at_shallow_boundary = !info.parents.empty() && shallow_.contains(id);
    info.committed_s = git_commit_time(commit.get());
    info.subject = commit_subject(git_commit_message_raw(commit.get()));
    info.tree = id_of(*git_commit_tree_id(commit.get()));
    return info;
  }

  std::optional<std::vector<TreeEntry>> read_tree(ObjectId const& id) override {
    auto oid = oid_of(id);
    git_tree* raw = nullptr;
    if (!oid || git_tree_lookup(&raw, repository_.get(), &*oid) != 0) return std::nullopt;
    Tree tree(raw);
    std::vector<TreeEntry> entries;
    entries.reserve(git_tree_entrycount(tree.get()));
    for (std::size_t i = 0; i < git_tree_entrycount(tree.get()); ++i) {
      auto const* entry = git_tree_entry_byindex(tree.get(), i);
      auto mode = git_tree_entry_filemode(entry);
      entries.push_back({git_tree_entry_name(entry), kind_of(mode),
                         static_cast<std::uint32_t>(mode), id_of(*git_tree_entry_id(entry))});
    }
    return entries;
  }

  std::optional<BlobContent> read_blob(ObjectId const& id, std::uint64_t bytes_max) override {
    auto oid = oid_of(id);
    std::size_t size = 0;
    git_object_t type = GIT_OBJECT_INVALID;
    if (!oid || git_odb_read_header(&size, &type, odb_.get(), &*oid) != 0 ||
        type != GIT_OBJECT_BLOB) {
      return std::nullopt;
    }
    if (size > bytes_max) return TooLarge{size};
    git_odb_object* raw = nullptr;
    if (git_odb_read(&raw, odb_.get(), &*oid) != 0) return std::nullopt;
    OdbObject object(raw);
    return std::string(static_cast<char const*>(git_odb_object_data(object.get())),
                       git_odb_object_size(object.get()));
  }

  PrefixMatch find_object(std::string_view prefix) override {
    git_oid short_id{};
    git_oid full{};
    if (prefix.size() > GIT_OID_HEXSZ ||
        git_oid_fromstrn(&short_id, prefix.data(), prefix.size()) != 0) {
      return NotFound::absent;
    }
    auto code = git_odb_exists_prefix(&full, odb_.get(), &short_id, prefix.size());
    if (code == GIT_EAMBIGUOUS) return NotFound::ambiguous;
    std::size_t size = 0;
    git_object_t type = GIT_OBJECT_INVALID;
    if (code != 0 || git_odb_read_header(&size, &type, odb_.get(), &full) != 0) {
      return NotFound::absent;
    }
    auto kind = kind_of(type);
    if (!kind) return NotFound::absent;
    return FoundObject{id_of(full), *kind};
  }

  bool is_ignored(std::string_view path) override {
    if (!layout_.work_dir) return false;
    std::string text(path);
    for (std::size_t at = 0; at != std::string::npos; at = text.find('/', at + 1)) {
      if (is_special(*layout_.work_dir + '/' + text.substr(0, at) + "/.gitignore")) return false;
    }
    if (is_special(layout_.common_dir + "/info/exclude") ||
        is_special(layout_.git_dir + "/index")) {
      return false;
    }
    git_index* raw = nullptr;
    if (git_repository_index(&raw, repository_.get()) == 0) {
      Index index(raw);
      if (git_index_get_bypath(index.get(), text.c_str(), 0) != nullptr) return false;
    }
    int ignored = 0;
    return git_ignore_path_is_ignored(&ignored, repository_.get(), text.c_str()) == 0 &&
           ignored != 0;
  }

  // Not by git_remote_lookup(): it looks for url.*.insteadOf with git_regexp_match(), see
  // git_layout.cpp.
  std::optional<std::string> remote_url(std::string_view remote) override {
    git_config* raw = nullptr;
    if (git_repository_config_snapshot(&raw, repository_.get()) != 0) return std::nullopt;
    Config config(raw);
    char const* url = nullptr;
    auto key = "remote." + std::string(remote) + ".url";
    if (git_config_get_string(&url, config.get(), key.c_str()) != 0) return std::nullopt;
    return std::string(url);
  }

 private:
  ReferenceTarget target_of(git_reference* reference) {
    git_reference* raw = nullptr;
    auto code = git_reference_resolve(&raw, reference);
    if (code == GIT_ENOTFOUND) return NoReference::absent;
    if (code != 0) return NoReference::broken;
    Reference direct(raw);
    git_object* raw_object = nullptr;
    code = git_reference_peel(&raw_object, direct.get(), GIT_OBJECT_COMMIT);
    if (code == GIT_EPEEL || code == GIT_EINVALIDSPEC) return NoReference::not_a_commit;
    if (code != 0) return NoReference::broken;
    Object object(raw_object);
    return id_of(*git_object_id(object.get()));
  }

  Repository repository_;
  Odb odb_;
  GitLayout layout_;
  std::unordered_set<ObjectId> shallow_;
};

}  // namespace

std::unique_ptr<GitReader> make_reader(Repository repository, GitLayout layout) {
  return std::make_unique<LibGit2Reader>(std::move(repository), std::move(layout));
}

}  // namespace govseal::libgit2
