#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "watchers/git/commit_id.h"

namespace govseal {

/// Why a repository could not be opened.
struct Unreadable {
  enum class Kind {
    not_found,    // no repository at this path
    unsupported,  // a repository whose format this reader does not know (watching.md 17.6)
    failed,       // everything else: damaged, no permission
  };
  Kind kind = Kind::failed;
  std::string reason;  // one line for people
};

/// Where the parts of a repository lie. All paths are absolute, without a final slash.
struct GitLayout {
  std::string git_dir;                  // of this work tree
  std::string common_dir;               // equals git_dir but in linked work trees
  std::optional<std::string> work_dir;  // none: bare
  bool is_bare = false;
  std::vector<CommitId> shallow;       // commits whose parents were left out, sorted
  std::vector<std::string> worktrees;  // names of the directories in common_dir/worktrees, sorted
  std::string object_format = "sha1";  // or "sha256"
  std::string ref_format = "files";    // or "reftable"
};

struct GitHead {
  std::optional<std::string> branch;  // full name, e.g. refs/heads/main; none: detached
  std::optional<CommitId> commit;     // none: unborn branch, or the object is missing
};

/// What became of a full reference name.
enum class NoReference {
  absent,        // no such reference, or its target does not exist as a reference
  not_a_commit,  // it names a tree or a blob
  broken,        // the object it names is not there or unreadable
};
using ReferenceTarget = std::variant<CommitId, NoReference>;

/// The first paragraph of a commit message on one line, raw bytes (`git log --format=%s`).
[[nodiscard]] std::string commit_subject(std::string_view message);

struct CommitInfo {
  std::vector<CommitId> parents;     // as the commit names them, also at a shallow boundary
  bool at_shallow_boundary = false;  // its parents count as missing although it names some
  std::int64_t committed_s = 0;      // committer time, seconds since 1970-01-01T00:00:00Z
  std::string subject;               // first paragraph on one line, raw bytes
  ObjectId tree;
};

enum class EntryKind { regular, executable, symlink, submodule, tree };

struct TreeEntry {
  std::string name;  // raw bytes
  EntryKind kind = EntryKind::regular;
  std::uint32_t mode = 0;  // canonical: 0100644, 0100755, 0120000, 0160000 or 0040000
  ObjectId id;
  friend bool operator==(TreeEntry const&, TreeEntry const&) = default;
};

struct TooLarge {
  std::uint64_t size = 0;  // bytes
};
using BlobContent = std::variant<std::string, TooLarge>;

enum class ObjectKind { commit, tree, blob, tag };
struct FoundObject {
  ObjectId id;
  ObjectKind kind{};
  friend bool operator==(FoundObject const&, FoundObject const&) = default;
};
enum class NotFound { absent, ambiguous };
using PrefixMatch = std::variant<FoundObject, NotFound>;

/// One open repository, read only: the seam between govseal and git (real: libgit2).
///
/// One instance per job, used by one thread at a time. Nothing of the repository is ever executed:
/// no hook, filter, driver or configured command. A missing or damaged object is a value here and
/// never an exception (layer-down.md 1.2); Error is thrown for what concerns the repository as a
/// whole (it vanished, I/O fails). Renames, diffs and ancestry are algorithms over this seam, in
/// `watchers/git/history.h`, so that every implementation gives the same answers.
class GitReader {
 public:
  virtual ~GitReader() = default;

  // nullopt of the read_ methods: the object is missing (partial clone, shallow boundary), damaged
  // or of another type.

  [[nodiscard]] virtual GitLayout const& layout() const = 0;
  [[nodiscard]] virtual GitHead head() = 0;
  /// Follows symbolic references and annotated tags. `name` is a full name (`refs/...` or `HEAD`).
  [[nodiscard]] virtual ReferenceTarget resolve_reference(std::string_view name) = 0;
  /// All references that end in a commit, sorted by name; broken ones are left out.
  [[nodiscard]] virtual std::vector<std::pair<std::string, CommitId>> references() = 0;

  [[nodiscard]] virtual std::optional<CommitInfo> read_commit(CommitId const& id) = 0;
  /// Entries in git's order.
  [[nodiscard]] virtual std::optional<std::vector<TreeEntry>> read_tree(ObjectId const& id) = 0;
  [[nodiscard]] virtual std::optional<BlobContent> read_blob(ObjectId const& id,
                                                             std::uint64_t bytes_max) = 0;
  /// Looks among objects of every type; `prefix` is 4 to 40 (64) lower-case hex digits.
  [[nodiscard]] virtual PrefixMatch find_object(std::string_view prefix) = 0;

  /// Would git leave this untracked path of the work tree out? False for tracked paths and in bare
  /// repositories.
  [[nodiscard]] virtual bool is_ignored(std::string_view path) = 0;
  /// URL of a remote as configured.
  [[nodiscard]] virtual std::optional<std::string> remote_url(std::string_view remote) = 0;
};

using OpenedRepository = std::variant<std::unique_ptr<GitReader>, Unreadable>;

/// Opens repositories. Thread-safe.
class GitOpener {
 public:
  virtual ~GitOpener() = default;
  /// `path` is a work tree or a bare repository itself; parents are never searched.
  [[nodiscard]] virtual OpenedRepository open(std::string const& path) const = 0;
};

}  // namespace govseal
