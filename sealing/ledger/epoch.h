#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_system.h"
#include "sealing/ledger/ledger.h"
#include "sealing/ledger/log_keys.h"
#include "sealing/ledger/log_verify.h"
#include "sealing/ledger/record.h"

namespace govseal {

/// The first records of a ledger that is to be made.
struct EpochPlan {
  LedgerIdentity identity;
  std::optional<Checkpoint> previous;  // the largest known one of the epoch before
  std::optional<RecordDraft> reason;   // why this epoch begins; none for the first
};

/// What making a ledger needs besides its plan.
struct EpochMaker {
  Directory& state;  // $S
  Directory& keys;   // $S/keys
  AgentKeys const& agent_keys;
  LedgerOptions const& options;
  Instant now;
};

/// The number in keys/epoch, at least the largest N of the directories `ledger.e<N>`; nullopt: no
/// ledger has ever begun. Throws Error when the file is malformed.
[[nodiscard]] std::optional<std::uint64_t> read_largest_epoch(Directory const& state,
                                                              Directory const& keys);
/// `ledger.e<N>`.
[[nodiscard]] std::string closed_ledger_name(std::uint64_t epoch);
/// N of a name of that form.
[[nodiscard]] std::optional<std::uint64_t> parse_closed_ledger_name(std::string_view name);

/// Builds `ledger.new` completely and durably, after writing keys/epoch. Throws Error.
void build_ledger(EpochMaker const& maker, EpochPlan const& plan);
/// True when `ledger.new` is a whole ledger that this key has signed.
[[nodiscard]] bool is_new_ledger_complete(Directory const& state, AgentKeys const& agent_keys);
/// Renames `ledger.new` to `ledger`, durably. Throws Error.
void install_ledger(Directory& state);
/// Renames `ledger` to `ledger.e<epoch>`, durably. Throws Error, also when that name is taken.
void close_ledger(Directory& state, std::uint64_t epoch);

}  // namespace govseal
