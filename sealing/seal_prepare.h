#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/sha256.h"
#include "base/task_pool.h"
#include "sealing/seal_envelope.h"
#include "sealing/seal_plan.h"
#include "sealing/seal_step.h"
#include "sealing/tree_hasher.h"

namespace govseal {

struct PrepareOptions {
  std::string folder_name;  // last element of the run path
  nanoseconds now_wall{};   // CLOCK_REALTIME when the job starts
  /// tree_fingerprint() at the end of the quiet period; the folder must still have it.
  std::optional<Digest> quiet_fingerprint;
  AskWriters ask_writers;  // empty: unknown, reason `off`
  /// False: a probe that cannot tell gives WriterUnknown, because the quiet period that was waited
  /// for was not the longer one that this needs (sealing.md 9.1, condition 6).
  bool accept_unknown_writers = true;
  /// Set by an operator's `--write-envelope`: run.json is written first.
  std::optional<EnvelopeFacts> write_envelope;
  /// The directory of the run folder. Set: synced too, so that a power cut cannot take away the
  /// folder itself. Outlives the call.
  Directory* run_root = nullptr;
  HashOptions hash;
  SealStepHook before_step;
};

/// The folder is not the one that was quiet, or did not hold still while it was read: wait for the
/// next quiet period.
struct NotSettled {
  std::vector<std::string> paths;  // what changed, as far as known
};
/// Somebody has files open for writing.
struct WriterOpen {
  std::vector<RelativePath> files;
};
struct WriterUnknown {
  std::string reason;
};
/// May not be sealed as it is. Codes of sealing.md 4, or `seal.no_envelope`, `seal.exists`,
/// `seal.envelope_exists`, `tree.too_many`, `manifest.too_large`.
struct SealRefused {
  std::set<std::string> codes;
};
/// A read or sync failed. Nothing was published; after S3 `seal.aborted` with no intent.
struct PrepareFailed {
  StepFailure failure;
};

using PrepareOutcome = std::variant<SealPlan, NotSettled, WriterOpen, WriterUnknown, SealRefused,
                                    PrepareFailed, Stopped>;

/// Steps S1 to S4 (sealing.md 9.2): looks, checks the conditions 2, 3 and 6 of 9.1 and the quiet
/// fingerprint on the disk, hashes, builds both seal files in memory, syncs the payload and looks
/// again. Writes nothing but, when asked for, run.json. Blocks; for a thread of `pool` or any
/// other. Never throws Error.
[[nodiscard]] PrepareOutcome prepare_seal(Directory& folder, PrepareOptions const& options,
                                          TaskPool& pool, std::stop_token const& stop);

}  // namespace govseal
