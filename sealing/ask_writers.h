#pragma once

#include <span>

#include "base/file_system.h"
#include "base/task_pool.h"
#include "sealing/seal_plan.h"
#include "sealing/tree_hasher.h"

namespace govseal {

/// Asks about all of `files`, in pieces of a few hundred on up to `width` threads at once: `ask` is
/// called from several of them. `open` when any piece is, else `unknown` when any piece is, with
/// the reason of the first, else `clear`; `open_files` in the order of `files`. Blocks; any thread,
/// also one of `pool`. Throws what `ask` throws.
[[nodiscard]] WriterAnswer ask_writers_of(std::span<HashJob const> files, Directory const& folder,
                                          AskWriters const& ask, TaskPool& pool, unsigned width);

}  // namespace govseal
