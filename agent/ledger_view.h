#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/api/api.h"
#include "agent/ledger_writer.h"
#include "agent/workers.h"
#include "base/ed25519.h"

namespace govseal {

/// The ledger as the API reads it. Every call waits for a commit that is under way.
class WriterLedgerView final : public LedgerView {
 public:
  explicit WriterLedgerView(LedgerWriter& writer) : writer_(writer) {}
  [[nodiscard]] std::uint64_t size() const override;
  [[nodiscard]] std::string checkpoint() const override;
  [[nodiscard]] std::optional<std::string> checkpoint_of(std::uint64_t size) const override;
  [[nodiscard]] std::vector<std::string> lines(std::uint64_t from, std::uint64_t to,
                                               std::uint64_t bytes_max) const override;
  [[nodiscard]] std::vector<Digest> inclusion_proof(std::uint64_t index,
                                                    std::uint64_t size) const override;
  [[nodiscard]] std::vector<Digest> consistency_proof(std::uint64_t first,
                                                      std::uint64_t second) const override;

 private:
  LedgerWriter& writer_;
};

/// Writes the side files of seals below the state directory. Thread-safe.
class StateSealKeeper final : public SealKeeper {
 public:
  /// `state` outlives the keeper.
  StateSealKeeper(Directory& state, Ed25519PrivateKey seal_key)
      : state_(state), seal_key_(std::move(seal_key)) {}
  /// Called once, before the first seal: proofs come from the ledger.
  void set_writer(LedgerWriter& writer) { writer_ = &writer; }

  void write_copy(RunKey const& key, std::string const& hashfile) override;
  void write_proof(RunKey const& key, std::uint64_t log_index) override;

 private:
  Directory& state_;
  Ed25519PrivateKey seal_key_;
  LedgerWriter* writer_ = nullptr;
};

}  // namespace govseal
