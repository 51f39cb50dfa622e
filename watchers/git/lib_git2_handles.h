#pragma once

#include <git2.h>
#include <sys/stat.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "watchers/git/git_reader.h"

/// Owners of libgit2's handles and small conversions, for the files of the real reader alone.
namespace govseal::libgit2 {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* pointer) const noexcept {
    Free(pointer);
  }
};
template <typename T, auto Free>
using Owned = std::unique_ptr<T, Deleter<Free>>;

using Repository = Owned<git_repository, git_repository_free>;
using Odb = Owned<git_odb, git_odb_free>;
using OdbObject = Owned<git_odb_object, git_odb_object_free>;
using Commit = Owned<git_commit, git_commit_free>;
using Tree = Owned<git_tree, git_tree_free>;
using Reference = Owned<git_reference, git_reference_free>;
using References = Owned<git_reference_iterator, git_reference_iterator_free>;
using Object = Owned<git_object, git_object_free>;
using Config = Owned<git_config, git_config_free>;
using Index = Owned<git_index, git_index_free>;

inline std::string last_message() {
  auto const* error = git_error_last();
  return error != nullptr && error->message != nullptr ? error->message : "unknown failure";
}

inline ObjectId id_of(git_oid const& oid) {
  return *ObjectId::from_raw({reinterpret_cast<char const*>(oid.id), GIT_OID_RAWSZ});
}

inline std::optional<git_oid> oid_of(ObjectId const& id) {
  if (id.raw().size() != GIT_OID_RAWSZ) return std::nullopt;
  git_oid oid;
  git_oid_fromraw(&oid, reinterpret_cast<unsigned char const*>(id.raw().data()));
  return oid;
}

/// Something that is neither absent nor a regular file.
inline bool is_special(std::string const& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
}

/// A whole regular file, at most 16 MiB of it; empty when there is none.
[[nodiscard]] std::string read_small_file(std::string const& path);
/// The commits that `shallow` of the common directory lists, sorted (gitformat-shallow: one hex id
/// a line).
[[nodiscard]] std::vector<CommitId> read_shallow(std::string const& common_dir);

/// Opens an already opened repository as the seam; throws Error when its objects cannot be reached.
[[nodiscard]] std::unique_ptr<GitReader> make_reader(Repository repository, GitLayout layout);

}  // namespace govseal::libgit2
