#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "watchers/git/git_reader.h"

namespace govseal {

/// A file of a commit. For a submodule `bytes` is the 40 hex digits of its commit.
struct MemoryFile {
  std::string bytes;
  EntryKind kind = EntryKind::regular;
  friend bool operator==(MemoryFile const&, MemoryFile const&) = default;
};
using MemoryFiles = std::map<std::string, MemoryFile>;

/// A git repository in memory. Objects are the real bytes with their real SHA-1 names, so the same
/// history has the same ids in a repository on disk. Thread-safe.
class MemoryRepository {
 public:
  explicit MemoryRepository(std::string path, bool bare = false);

  struct NewCommit {
    std::vector<CommitId> parents = {};
    MemoryFiles files = {};
    std::string message = "Commit\n";
    std::int64_t committed_s = 0;
  };
  CommitId commit(NewCommit const& what);
  /// Commits on top of a branch (made when absent) with these files changed; nullopt removes one.
  CommitId commit_on(std::string const& branch,
                     std::map<std::string, std::optional<MemoryFile>> const& changes,
                     std::string const& message, std::int64_t committed_s,
                     std::vector<CommitId> const& merged = {});
  ObjectId write_blob(std::string_view bytes);
  ObjectId write_tree(MemoryFiles const& files);
  ObjectId write_tag(ObjectId const& target, ObjectKind kind, std::string const& name);

  void set_reference(std::string const& name, ObjectId const& target);
  void set_symbolic(std::string const& name, std::string const& target);
  void delete_reference(std::string const& name);
  [[nodiscard]] std::optional<ObjectId> reference(std::string const& name) const;
  /// As in a partial clone, or as if somebody had pruned.
  void remove_object(ObjectId const& id);
  void restore_object(ObjectId const& id);
  void set_shallow(std::vector<CommitId> boundary);
  void set_ignored(std::string const& path, bool ignored);
  void set_remote(std::string const& name, std::string const& url);
  [[nodiscard]] MemoryFiles files_of(CommitId const& commit) const;

  struct Object {
    ObjectKind kind{};
    std::string raw;  // the body, without git's header
    bool removed = false;
    CommitInfo commit;               // commit
    MemoryFiles files;               // commit
    std::vector<TreeEntry> entries;  // tree
    ObjectId target;                 // tag
  };
  /// All objects that are not removed, for copies on disk.
  [[nodiscard]] std::map<ObjectId, Object> objects() const;
  /// All references; symbolic ones as `ref: <name>`.
  [[nodiscard]] std::map<std::string, std::string> raw_references() const;

 private:
  friend class MemoryGitReader;
  ObjectId store(Object object);
  ObjectId store_tree(MemoryFiles::const_iterator first, MemoryFiles::const_iterator last,
                      std::size_t depth);
  [[nodiscard]] Object const* find(ObjectId const& id) const;
  [[nodiscard]] ReferenceTarget resolve(std::string name) const;

  mutable std::recursive_mutex mutex_;
  GitLayout layout_;
  std::map<ObjectId, Object> objects_;
  std::map<std::string, std::string> references_;  // hex or "ref: <name>"
  std::set<std::string> ignored_;
  std::map<std::string, std::string> remotes_;
};

/// Opens repositories that a test put there.
class MemoryGitOpener final : public GitOpener {
 public:
  /// Makes an empty repository with HEAD on refs/heads/main.
  MemoryRepository& add(std::string const& path, bool bare = false);
  void set_unreadable(std::string const& path, Unreadable why);
  void remove(std::string const& path);
  [[nodiscard]] OpenedRepository open(std::string const& path) const override;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<MemoryRepository>> repositories_;
  std::map<std::string, Unreadable> unreadable_;
};

}  // namespace govseal
