#pragma once

#include "sealing/ledger/records_common.h"

namespace govseal::record {

struct AnchorPublished {
  std::string kind{};  // git witness tsa
  std::string target{};
  std::int64_t size = 0;
  Digest root{};
  std::optional<std::string> ref{};
};
[[nodiscard]] RecordDraft make_record(AnchorPublished const& record);

struct AnchorFailed {
  std::string kind{};  // git witness tsa
  std::string target{};
  std::int64_t size = 0;
  std::string code{};  // unreachable auth rejected conflict invalid timeout
  std::string detail{};
};
[[nodiscard]] RecordDraft make_record(AnchorFailed const& record);

struct LogRecovered {
  std::string cause{};  // crash poisoned
  std::int64_t signed_size = 0;
  std::int64_t kept = 0;  // complete lines beyond it
  std::int64_t cut_bytes = 0;
  Digest cut_sha256{};
};
[[nodiscard]] RecordDraft make_record(LogRecovered const& record);

struct LogDamaged {
  std::string origin{};
  std::int64_t signed_size = 0;
  Digest root{};
  std::string code{};  // SHORT RECORD ROOT CHECKPOINTS
  std::optional<std::int64_t> at{};
  std::string kept_as{};
};
[[nodiscard]] RecordDraft make_record(LogDamaged const& record);

struct LogRolledBack {
  std::string origin{};
  std::int64_t local_size = 0;
  Digest local_root{};
  std::int64_t seen_size = 0;
  Digest seen_root{};
  std::string source{};
  std::optional<std::string> kept_as{};
};
[[nodiscard]] RecordDraft make_record(LogRolledBack const& record);

}  // namespace govseal::record
