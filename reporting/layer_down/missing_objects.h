#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "watchers/git/git_reader.h"

namespace govseal {

/// Objects that were not there when commits of a line were judged (partial clone, damage), so that
/// a later evaluation notices when they have been fetched. Bounded: of many, the first and the
/// newest are remembered.
class MissingObjects {
 public:
  void add(std::uint32_t position, ObjectKind kind, ObjectId const& id);
  /// Forgets what belongs to `position` and later.
  void truncate(std::uint32_t position);
  /// The first position of which an object can be read now.
  [[nodiscard]] std::optional<std::uint32_t> find_returned(GitReader& git) const;

 private:
  static constexpr std::size_t kRememberedMax = 64;
  struct Missing {
    std::uint32_t position;
    ObjectKind kind;
    ObjectId id;
  };
  std::vector<Missing> missing_;  // by position
};

/// A reader that notes which objects another one could not read.
class NoticingReader final : public GitReader {
 public:
  /// Both must outlive this reader.
  NoticingReader(GitReader& git, MissingObjects& missing) : git_(git), missing_(missing) {}
  /// The commit of the line that is judged from now on.
  void set_position(std::uint32_t position) { position_ = position; }

  GitLayout const& layout() const override { return git_.layout(); }
  GitHead head() override { return git_.head(); }
  ReferenceTarget resolve_reference(std::string_view name) override {
    return git_.resolve_reference(name);
  }
  std::vector<std::pair<std::string, CommitId>> references() override { return git_.references(); }
  std::optional<CommitInfo> read_commit(CommitId const& id) override {
    return noticed(ObjectKind::commit, id, git_.read_commit(id));
  }
  std::optional<std::vector<TreeEntry>> read_tree(ObjectId const& id) override {
    return noticed(ObjectKind::tree, id, git_.read_tree(id));
  }
  std::optional<BlobContent> read_blob(ObjectId const& id, std::uint64_t bytes_max) override {
    return noticed(ObjectKind::blob, id, git_.read_blob(id, bytes_max));
  }
  PrefixMatch find_object(std::string_view prefix) override { return git_.find_object(prefix); }
  bool is_ignored(std::string_view path) override { return git_.is_ignored(path); }
  std::optional<std::string> remote_url(std::string_view remote) override {
    return git_.remote_url(remote);
  }

 private:
  template <typename T>
  std::optional<T> noticed(ObjectKind kind, ObjectId const& id, std::optional<T> result) {
    if (!result) missing_.add(position_, kind, id);
    return result;
  }

  GitReader& git_;
  MissingObjects& missing_;
  std::uint32_t position_ = 0;
};

}  // namespace govseal
