#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/sha256.h"
#include "base/task_pool.h"
#include "sealing/bound_changes.h"
#include "sealing/stat_index.h"
#include "sealing/tree_hasher.h"
#include "sealing/verdict.h"

namespace govseal {

/// One bound folder to look at.
struct BoundLookRequest {
  std::string repo;
  RelativePath run_path;         // its last element is the folder's name
  std::uint64_t log_index = 0;   // of the binding record, for the row
  StatRow const* row = nullptr;  // nullptr: the index knows nothing, everything is read
  /// True: the index is ignored and every listed file is read (scrub, request, after a gap that
  /// lost trust).
  bool full_hash = false;
  /// Records of `row` that are read whatever their stat says (random re-hash). Ascending.
  std::vector<std::size_t> rehash;
  nanoseconds now_wall{};  // CLOCK_REALTIME when the look starts
  HashOptions hash;
};

/// The facts of one look at a bound folder; what they mean is judge_bound()'s.
struct BoundLook {
  bool missing = false;  // no directory of that name; all else is empty then
  /// By sealing.md 3, without compat. When nothing had to be read it is the verdict of the row,
  /// with its codes and without findings.
  FolderVerdict verdict;
  /// Digest of the file that binds: MANIFEST.sha256, for evidence packs manifest.json; nullopt
  /// when there is none.
  std::optional<Digest> hashfile;
  std::vector<BoundChange> changes;  // since the row, by path; without a row what is wrong now
  /// What the row said, when there was one.
  struct Before {
    std::optional<Verdict> verdict;
    std::string style;
    std::optional<Digest> root;
    Digest hashfile;
  };
  std::optional<Before> before;
  bool full_hash = false;  // every listed file was read: `basis` is `full-hash`, else `stat`
  /// Sealed files that were hashed, not taken from the table, and their bytes.
  std::uint64_t files_hashed = 0;
  std::uint64_t bytes_hashed = 0;
  enum class RowAction { keep, store, remove };
  RowAction row_action = RowAction::keep;
  StatRow row;  // with `store`
};

/// Compares a bound folder with what the index knows of it (sealing.md 10 and 11).
///
/// The usual case is one getdents and one statx for each entry, merged with the packed table in
/// order: no file is opened. Files whose stat differs, or whose ctime proves nothing (racy, or
/// ahead of the clock), are hashed, and the folder is judged again by section 3 with the other
/// digests taken from the table. Names need no manifest.json: the table has none, but the ROOT over
/// "<digest of the table>  <name found>" equals the row's root exactly when the names are the
/// sealed ones, so that a renamed directory, whose files keep all their times, does not pass.
///
/// `run_root` is the directory that holds the folder. Any thread, also one of `pool`; blocks.
/// Throws Error where the folder cannot be read: it then has no verdict, and nothing is concluded.
[[nodiscard]] std::variant<BoundLook, Stopped> look_at_bound(FileSystem const& files,
                                                             Directory const& run_root,
                                                             BoundLookRequest const& request,
                                                             TaskPool& pool,
                                                             std::stop_token const& stop);

}  // namespace govseal
