#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "sealing/ledger/epoch.h"
#include "sealing/ledger/ledger.h"
#include "sealing/ledger/ledger_state.h"
#include "sealing/ledger/log_keys.h"
#include "sealing/ledger/log_verify.h"

namespace govseal {

/// The way from a state directory to a ledger that can be appended to (LEDGER_FORMAT.md, "Start").
/// Used once.
class LedgerOpener {
 public:
  LedgerOpener(LedgerPlace place, LedgerOptions options, Instant now)
      : place_(place), options_(std::move(options)), now_(now) {}

  [[nodiscard]] LedgerOpening open();

 private:
  /// nullopt: go on.
  using Ending = std::optional<LedgerOpening>;

  [[nodiscard]] Ending check_options();
  [[nodiscard]] Ending take_lock();
  [[nodiscard]] Ending open_keys();
  [[nodiscard]] Ending load_keys();
  [[nodiscard]] Ending make_missing_keys(bool log_is_missing, bool seal_is_missing);
  /// Makes sure that there is a directory `ledger`.
  [[nodiscard]] Ending provide_ledger();
  void create_first();
  void create_after_removal(std::uint64_t largest_epoch);
  void begin_epoch(LogDamage const& damage);
  void begin_epoch(LogRollback const& rollback);
  void replace_ledger(EpochPlan plan, std::uint64_t old_epoch);

  [[nodiscard]] EpochMaker maker();
  [[nodiscard]] LedgerIdentity default_identity() const;
  [[nodiscard]] LedgerIdentity last_closed_identity() const;
  [[nodiscard]] LedgerIdentity next_identity(LedgerIdentity const& old,
                                             std::uint64_t closing) const;
  [[nodiscard]] std::uint64_t closing_epoch(LedgerIdentity const& old) const;
  [[nodiscard]] LogVerdict verify(Directory const& ledger);
  [[nodiscard]] LedgerOpening finish(std::unique_ptr<Directory> ledger, LogSound sound);

  LedgerPlace place_;
  LedgerOptions options_;
  Instant now_;
  std::unique_ptr<File> lock_;
  std::unique_ptr<Directory> keys_directory_;
  std::optional<Ed25519PrivateKey> log_key_;
  std::optional<Ed25519PrivateKey> seal_key_;
  std::optional<AgentKeys> keys_;
  bool is_poisoned_ = false;
  bool is_first_ = false;
  bool is_new_epoch_ = false;
};

}  // namespace govseal
