#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ed25519.h"
#include "base/file_system.h"
#include "sealing/ledger/checkpoint.h"
#include "sealing/ledger/checkpoints_log.h"
#include "sealing/ledger/ledger.h"
#include "sealing/ledger/log_scan.h"
#include "sealing/ledger/log_writer.h"

namespace govseal {

/// Who a ledger directory says it is.
struct LedgerIdentity {
  std::string origin{};        // of this epoch
  std::string first_origin{};  // of epoch 1
  std::uint64_t epoch = 1;
  std::optional<std::string> root_key{};  // in force at the end of the log
};
/// Reads it from a genesis line; nullopt when that is none.
[[nodiscard]] std::optional<LedgerIdentity> read_identity(std::string_view genesis_line);
/// Splits `<first origin>/e<N>`; `origin` itself is epoch 1 when it has no such end.
[[nodiscard]] LedgerIdentity split_origin(std::string_view origin);

struct LogVerifyOptions {
  Ed25519PublicKey log_key{};
  Ed25519PublicKey seal_key{};
  /// Used only where the directory itself does not tell.
  LedgerIdentity fallback;
  std::span<SeenCheckpoint const> seen;
  TaskPool* pool = nullptr;
  bool is_poisoned = false;
};

/// Everything is as it must be, apart from what a crash may leave.
struct LogSound {
  LedgerIdentity identity;
  LogScan scan;
  CheckpointsScan checkpoints;
  /// A published checkpoint that checkpoints.log has lost: its line has to be appended.
  std::optional<CheckpointLine> lost;
  bool is_published = false;  // `checkpoint` is what it must be
  bool drop_cache = false;    // the tiles are to be read from the disk too

  [[nodiscard]] CheckpointLine const& signed_line() const {
    return lost ? *lost : *checkpoints.last;
  }
};
/// Damage below the signed size, or of checkpoints.log.
struct LogDamage {
  LedgerIdentity identity;
  std::string code;  // SHORT RECORD ROOT CHECKPOINTS
  std::optional<std::uint64_t> at;
  TreeHead signed_tree;
  std::optional<Checkpoint> best_known;
};
/// Somebody knows a later or another state of this ledger.
struct LogRollback {
  LedgerIdentity identity;
  TreeHead local;
  Checkpoint seen;
  std::string source;
  std::optional<Checkpoint> best_known;
};
using LogVerdict = std::variant<LogSound, LogDamage, LogRollback, LedgerRefused>;

/// Looks at a ledger directory and changes nothing. Throws Error on I/O failure.
[[nodiscard]] LogVerdict verify_log(Directory const& ledger, LogVerifyOptions const& options);

/// The checkpoint in `seen` that the ledger `local` contradicts, if there is one.
struct Contradiction {
  Checkpoint seen;
  std::string source;
  std::uint64_t epoch = 1;
};
[[nodiscard]] std::optional<Contradiction> find_contradiction(LedgerIdentity const& identity,
                                                              Ed25519PublicKey const& log_key,
                                                              LogScan const& local,
                                                              std::span<SeenCheckpoint const> seen);

/// The largest epoch of this ledger in `seen`, 0 when there is none.
[[nodiscard]] std::uint64_t largest_epoch(LedgerIdentity const& identity,
                                          Ed25519PublicKey const& log_key,
                                          std::span<SeenCheckpoint const> seen);

/// Makes the directory what the verdict says it is: cuts what was torn, appends a lost line,
/// rewrites tiles, publishes. Throws Error.
[[nodiscard]] LogEnd repair_log(Directory& ledger, LogSound& sound);

}  // namespace govseal
