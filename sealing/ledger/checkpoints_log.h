#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/ed25519.h"
#include "base/file_system.h"
#include "sealing/ledger/checkpoint.h"

namespace govseal {

/// Longest line of checkpoints.log that is read: a note of 64 KiB in base64 and its frame.
inline constexpr std::size_t kCheckpointLineBytesMax = 128U << 10;

/// checkpoints.log as it is.
struct CheckpointsScan {
  std::optional<CheckpointLine> last;    // of the good lines
  std::optional<Checkpoint> best_known;  // the largest that is validly signed
  std::uint64_t good_bytes = 0;
  std::uint64_t torn_bytes = 0;  // of a last line that is cut at recovery
  bool is_damaged = false;
};

/// Reads and judges the file; a missing one is damaged. `drop_cache`: from the disk, not from
/// memory. Throws Error on I/O failure.
[[nodiscard]] CheckpointsScan scan_checkpoints(Directory const& ledger,
                                               Ed25519PublicKey const& log_key, bool drop_cache);

/// A checkpoint that this key has signed under the checkpoint's own origin; nullopt otherwise.
[[nodiscard]] std::optional<Checkpoint> open_own_checkpoint(std::string_view note,
                                                            Ed25519PublicKey const& log_key);
/// The larger of two; on equal sizes the first.
[[nodiscard]] std::optional<Checkpoint> larger_checkpoint(std::optional<Checkpoint> a,
                                                          std::optional<Checkpoint> b);

}  // namespace govseal
