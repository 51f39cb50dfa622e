#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sealing/ledger/merkle.h"

namespace govseal {

/// One record's way into a checkpoint, for offline use (https://c2sp.org/tlog-proof).
struct TlogProof {
  std::uint64_t index = 0;
  Proof path;              // leaf side first, at most 63 hashes
  std::string checkpoint;  // the note, verbatim
};

[[nodiscard]] std::string write_tlog_proof(TlogProof const& proof);
/// Accepts and drops an `extra` line; nullopt when malformed. Signatures are not checked.
[[nodiscard]] std::optional<TlogProof> parse_tlog_proof(std::string_view text);

}  // namespace govseal
