#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "agent/api/api.h"
#include "agent/ledger_writer.h"
#include "agent/workers.h"
#include "base/file_system.h"
#include "config/config.h"
#include "reporting/drift_report.h"

namespace govseal {

/// Makes drift reports and keeps them in `<state_dir>/reports` (api.md 11.1). Called on pool
/// threads; throws Error.
class ReportStore {
 public:
  /// Everything outlives the store.
  ReportStore(Directory& state, LedgerWriter& ledger, std::string host)
      : state_(state), ledger_(ledger), host_(std::move(host)) {}

  /// Writes `drift-<index>.json`, `.md` and `.txt`, each durably, then the links `latest.*`.
  /// `from` is the first record of the period.
  [[nodiscard]] StoredReport store(Snapshot const& snapshot, std::uint64_t upto);
  /// Computes one and stores nothing.
  [[nodiscard]] std::string render(DriftRequest const& request) const;

 private:
  [[nodiscard]] DriftInput make_input(Snapshot const& snapshot, std::uint64_t from,
                                      std::uint64_t upto) const;
  [[nodiscard]] std::uint64_t last_reported(std::uint64_t upto) const;

  Directory& state_;
  LedgerWriter& ledger_;
  std::string host_;
};

}  // namespace govseal
