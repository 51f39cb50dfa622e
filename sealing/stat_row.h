#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/relative_path.h"
#include "base/sha256.h"
#include "sealing/seal_plan.h"
#include "sealing/seal_publish.h"
#include "sealing/stat_index.h"
#include "sealing/verdict.h"

namespace govseal {

/// What a row of the stat index needs beside what was found.
struct StatRowContext {
  std::string repo;
  RelativePath run_path;
  std::uint64_t log_index = 0;  // of the binding record
  nanoseconds hashed{};         // CLOCK_REALTIME before the first byte was read
};

/// The digest of the file that binds a folder: of MANIFEST.sha256, for evidence packs of
/// manifest.json (sealing.md 9.4); nullopt when there is none.
[[nodiscard]] std::optional<Digest> binding_file_of(FolderVerdict const& verdict);

/// The row of a folder that was just sealed (S10). `context.hashed` is `plan.hashed`.
[[nodiscard]] StatRow make_stat_row(SealPlan const& plan, Published const& published,
                                    StatRowContext const& context);

/// The row of a folder that was just verified; nullopt when it has no seal.
[[nodiscard]] std::optional<StatRow> make_stat_row(FolderVerdict const& verdict,
                                                   StatRowContext const& context);

}  // namespace govseal
