#pragma once

#include <set>
#include <stop_token>
#include <string>
#include <variant>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/task_pool.h"
#include "sealing/seal_plan.h"
#include "sealing/seal_publish.h"
#include "sealing/tree_hasher.h"

namespace govseal {

struct RecoverOptions {
  std::string folder_name;
  nanoseconds now_wall{};  // CLOCK_REALTIME when the job starts
  HashOptions hash;
};

/// Neither file is there: as if sealing had never begun. The folder waits for its quiet period.
struct NeverBegun {};
/// manifest.json is this intent's (whole or torn) and the content still gives the intent's root:
/// publish_seal() with this plan goes on at S7.
struct ContinueSeal {
  SealPlan plan;
};
/// Both files are there with the intent's hashes: `seal.created` with `recovered: true`, then
/// verify; a difference is a `sealed_write`.
struct SealComplete {
  SealBytes bytes;
  std::set<std::string> warnings;
};
/// The folder could not be read or cleaned up; nothing is decided. Try again later.
struct RecoverFailed {
  StepFailure failure;
};

/// `Withdrawn`: the content differs from the intent, and our half of a seal is gone again.
/// `ForeignSeal`: what is there is not this intent's; nothing was touched (sealing.md 9.4).
using RecoverOutcome = std::variant<NeverBegun, ContinueSeal, SealComplete, Withdrawn, ForeignSeal,
                                    RecoverFailed, Stopped>;

/// What an intent without an end in the ledger has to come to (sealing.md 9.3). Changes nothing but
/// for Withdrawn, so calling it again gives the same answer. A torn MANIFEST.sha256 is treated like
/// a torn manifest.json: both come from a crash of the fallback of publish. Blocks; reads the
/// payload where only one file is there. Never throws Error.
[[nodiscard]] RecoverOutcome recover_intent(Directory& folder, SealIntent const& intent,
                                            RecoverOptions const& options, TaskPool& pool,
                                            std::stop_token const& stop);

}  // namespace govseal
