#pragma once

#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "base/file_system.h"
#include "base/task_pool.h"
#include "sealing/seal_plan.h"
#include "sealing/seal_step.h"
#include "sealing/stat_table.h"

namespace govseal {

/// Both files are there and durable, and nothing else changed. The folder counts as sealed once the
/// ledger says so (S9).
struct Published {
  StatTable files;  // payload by path, manifest.json, MANIFEST.sha256
};
/// Something moved between S4 and S8: `seal.withdrawn` with these paths. `left` names seal files
/// that were not removed because they no longer have the bytes of the intent.
struct Withdrawn {
  std::vector<std::string> paths;
  std::vector<std::string> left;
};
/// A name was taken: somebody else sealed. Everything was left as it is (sealing.md 9.4).
struct ForeignSeal {
  std::string name;
};
/// A call failed. `withdrawn`: what had been published is gone again, `seal.aborted` may be
/// recorded. Otherwise the clean-up failed too: the intent must stay open in the ledger, so that
/// recovery at the next start settles it.
struct Aborted {
  StepFailure failure;
  bool withdrawn = false;
};

using PublishOutcome = std::variant<Published, Withdrawn, ForeignSeal, Aborted>;

/// Steps S6 to S8 (sealing.md 9.2), once `seal.intent` is durable. Publishes manifest.json, then
/// MANIFEST.sha256, scans again, and withdraws both if anything but them is new. Not interrupted by
/// a stop request: half a seal is worse than a late end. With a pool large directories are scanned
/// in parallel. Blocks; any thread, also one of `pool`. Never throws Error.
[[nodiscard]] PublishOutcome publish_seal(Directory& folder, SealPlan const& plan,
                                          SealStepHook const& before_step = {},
                                          TaskPool* pool = nullptr);

}  // namespace govseal
