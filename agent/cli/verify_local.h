#pragma once

#include <optional>
#include <string>
#include <variant>

#include "base/task_pool.h"
#include "sealing/tree_hasher.h"
#include "sealing/verdict_json.h"

namespace govseal {

/// The argument of `govseal verify` is not something that can be verified: it is not there, or
/// neither a directory nor a catalog seal file of a repository.
struct NoSuchFolder {
  std::string why;
};

/// Hashes and judges a folder or a catalog seal file with the caller's rights (sealing.md 14). A
/// folder that cannot be read gives a verdict null. `path` as the user wrote it. Blocks; may be
/// watched through `progress`, which outlives the call.
[[nodiscard]] std::variant<FolderVerdict, NoSuchFolder> verify_local(std::string const& path,
                                                                     TaskPool& pool,
                                                                     HashProgress* progress);

/// Sum of the sizes of all files below a folder, for progress; 0 when that cannot be told.
[[nodiscard]] std::uint64_t folder_bytes(std::string const& path);

/// The verdict of the reference validator for whatever was given (sealing.md 14, `--compat`): what
/// was not computed is a FAIL that says why.
[[nodiscard]] CompatVerdict compat_of(std::variant<FolderVerdict, NoSuchFolder> const& outcome,
                                      std::string const& path);

/// What a run folder is bound to, and what the agent holds against it.
struct KnownBinding {
  VerdictHistory history;         // with the open violations
  std::set<std::string> excused;  // names of violations that somebody acknowledged
};

/// Adds to the agent's violations those that this look shows and the agent has not seen yet
/// (sealing.md 10). Pure.
[[nodiscard]] VerdictHistory compare_with_binding(FolderVerdict const& verdict,
                                                  KnownBinding const& binding);

/// 0, 1, 2 or 69 of sealing.md 14. Pure.
[[nodiscard]] int exit_of_look(FolderVerdict const& verdict,
                               std::optional<VerdictHistory> const& history) noexcept;
/// Of several paths: 2, then what could not be looked at (69, 66), then 1. Pure.
[[nodiscard]] int worse_look(int left, int right) noexcept;

}  // namespace govseal
