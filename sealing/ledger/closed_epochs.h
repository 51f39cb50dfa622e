#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/ed25519.h"
#include "base/file_system.h"
#include "sealing/ledger/record.h"

namespace govseal {

/// The epochs that `ledger.e<N>` directories keep, ascending.
[[nodiscard]] std::vector<std::uint64_t> list_closed_epochs(Directory const& state);

/// Calls `visit` for the records of a closed epoch that verify, in order: those below the largest
/// checkpoint that this key has signed and whose root the log still has. None when there is no such
/// checkpoint. Throws Error on I/O failure.
void for_each_verified_record(Directory const& state, std::uint64_t epoch,
                              Ed25519PublicKey const& log_key,
                              std::function<void(Record const&)> const& visit);

}  // namespace govseal
