#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "reporting/layer_down/missing_objects.h"
#include "reporting/layer_down/owner_table.h"
#include "reporting/layer_down/rules.h"
#include "reporting/layer_down/workflow_file.h"
#include "watchers/git/git_reader.h"
#include "watchers/git/history.h"

namespace govseal {

enum class Priority { high, medium, low };

[[nodiscard]] char const* name_of(Priority priority) noexcept;   // HIGH, MEDIUM, LOW
[[nodiscard]] char const* name_of(Undecidable reason) noexcept;  // object_missing, ...

/// A commit of the line that touches a trigger path, or of which that cannot be told (`unknown`).
/// Depends on the commit alone, so it is worked out once.
struct DispatchEvent {
  std::uint32_t position = 0;  // on the line, root = 0
  CommitId commit;
  std::int64_t committed_s = 0;
  bool merge = false;
  std::string subject;             // raw bytes
  std::vector<std::string> lists;  // names of the lists it hits
  std::vector<std::string> paths;  // trigger paths, sorted, at most kEventPathsMax
  std::uint64_t paths_total = 0;
  Priority priority = Priority::medium;
  WorkflowValue workflow = WorkflowValue::unknown;
  std::optional<Undecidable> unknown;

  friend bool operator==(DispatchEvent const&, DispatchEvent const&) = default;
};
inline constexpr std::size_t kEventPathsMax = 1000;

/// Where a commit remembered from before (a cursor) lies now (layer-down.md 7.2).
enum class CursorPlace {
  on_line,     // evaluate the commits after it
  rewritten,   // no ancestor of the tip
  other_line,  // an ancestor of the tip, but on another line: a merge with swapped parents
};

class EventReader;

/// The line of a branch with its events and the owners of all commits the tip reaches.
///
/// Kept between evaluations: `advance` reads only the commits that are new, also after the branch
/// was moved back or rewritten. Move-only state of one repository; used by one thread at a time.
class DispatchHistory {
 public:
  /// Makes `tip` the end of the line. Everything is read again when `rules` differ from those of
  /// the last call in what a commit is judged by, and what was undecidable is tried again.
  /// False: `stop` was requested; the history is then a valid beginning of the line and the next
  /// call goes on from there.
  [[nodiscard]] bool advance(GitReader& git, DispatchRules const& rules, CommitId const& tip,
                             std::stop_token stop = {});

  [[nodiscard]] std::vector<CommitId> const& line() const noexcept { return line_; }  // root first
  /// The end of the line; requires a non-empty line.
  [[nodiscard]] CommitId const& tip() const { return line_.back(); }
  /// The first commit of the line names a parent that is not there.
  [[nodiscard]] bool starts_at_boundary() const noexcept { return starts_at_boundary_; }
  [[nodiscard]] std::vector<DispatchEvent> const& events() const noexcept { return events_; }
  [[nodiscard]] DispatchEvent const* find_event(std::uint32_t position) const noexcept;

  /// Position of the owner of a commit; nullopt: the tip does not reach it.
  [[nodiscard]] std::optional<std::uint32_t> owner_of(CommitId const& commit) const noexcept;
  [[nodiscard]] std::optional<std::uint32_t> position_on_line(
      CommitId const& commit) const noexcept;
  /// Newest commit of the line whose diff adds this path, for paths that match a plan glob.
  [[nodiscard]] std::optional<std::uint32_t> added_at(std::string const& plan_path) const;

  /// Committer time of the commit at a position of the line.
  [[nodiscard]] std::int64_t committed_s(std::uint32_t position) const {
    return committed_s_.at(position);
  }

  [[nodiscard]] CursorPlace place_of(CommitId const& cursor) const noexcept;
  /// The commits of the line after `cursor`, oldest first; all of them when it is not on the line.
  [[nodiscard]] std::vector<CommitId> commits_after(CommitId const& cursor) const;
  /// How many commits the last advance() read; for tests and metrics.
  [[nodiscard]] std::size_t commits_read() const noexcept { return commits_read_; }

 private:
  struct Addition {
    std::uint32_t position = 0;
    std::string path;
  };
  /// The part of the new line that is not known yet.
  struct Ahead {
    std::uint32_t keep = 0;         // length of the known beginning
    std::vector<CommitId> commits;  // newest first
    bool starts_at_boundary = false;
  };

  void forget_stale(GitReader& git, DispatchRules const& rules);
  [[nodiscard]] std::optional<Ahead> look_ahead(GitReader& git, CommitId const& tip,
                                                std::stop_token stop);
  void truncate(std::uint32_t length);
  void append(GitReader& git, EventReader& reader, CommitId const& id);
  void own_side_commits(GitReader& git, CommitInfo const& commit, std::uint32_t position);

  std::vector<CommitId> line_;
  std::vector<std::int64_t> committed_s_;  // one each
  std::vector<DispatchEvent> events_;      // by position
  std::vector<Addition> additions_;        // of plans, by position
  OwnerTable owners_;
  std::optional<DispatchRules> rules_;  // what commits were judged by
  std::vector<CommitId> shallow_;       // boundary at that time
  MissingObjects missing_;
  bool starts_at_boundary_ = false;
  bool appending_ = false;  // a commit is half way in
  std::size_t commits_read_ = 0;
};

}  // namespace govseal
