#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "reporting/snapshot.h"
#include "sealing/ledger/record.h"

namespace govseal {

/// Everything a drift report is made of (api.md 11). The same input gives the same bytes: no clock
/// is read, the time of the report is that of the newest record it covers.
struct DriftInput {
  Snapshot const& snapshot;
  std::string host;
  std::uint64_t from_index = 0;  // first record of the period
  std::uint64_t to_index = 0;    // last record covered
  /// Calls `visit` for the records [from, to) in order; throws Error.
  std::function<void(std::uint64_t from, std::uint64_t to,
                     std::function<void(Record const&)> const& visit)>
      read_records;
  std::optional<std::string> repository;            // only this one
  std::optional<std::vector<std::string>> visible;  // ids the reader may see; none: all
};

struct DriftReport {
  std::string json;   // the document with its final LF: what the other forms are rendered from
  std::string state;  // critical, findings, blind, clean
  std::int64_t findings = 0;  // open ones
};

/// Throws Error when records cannot be read.
[[nodiscard]] DriftReport make_drift_report(DriftInput const& input);

/// The other forms of the JSON document (api.md 11.3). Pure; text from repositories is escaped for
/// each form. `json` is what make_drift_report wrote.
[[nodiscard]] std::string render_drift_text(std::string const& json);
[[nodiscard]] std::string render_drift_markdown(std::string const& json);

}  // namespace govseal
