#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "reporting/drift_report.h"
#include "reporting/projection.h"
#include "reporting/snapshot.h"
#include "sealing/ledger/record.h"

namespace govseal::drift_test {

/// Wall clock of the first record; every further one is a minute later.
inline constexpr char const* kStart = "2026-08-08T12:00:00Z";
[[nodiscard]] nanoseconds minute(std::uint64_t number);
[[nodiscard]] Digest digest_of(std::string_view text);

/// A ledger in memory: real lines, chained and checked, and what follows from them.
class Book {
 public:
  /// Appends a record; returns its index.
  std::uint64_t add(RecordDraft const& draft);

  [[nodiscard]] std::vector<Record> const& records() const noexcept { return records_; }
  [[nodiscard]] Projection const& projection() const noexcept { return projection_; }

 private:
  std::vector<Record> records_;
  Projection projection_;
};

/// Two repositories with something in every part of a report that this version evaluates, hostile
/// names among it. `first_period` is the number of records of the period before.
struct World {
  World();
  /// From the records and the hand-made facts that the engine would add.
  [[nodiscard]] Snapshot snapshot() const;
  [[nodiscard]] DriftInput input(Snapshot const& snapshot) const;

  Book book;
  std::uint64_t first_period = 0;
};

/// A snapshot of an agent that has nothing to tell, and the ledger for it.
[[nodiscard]] Book quiet_book();
[[nodiscard]] Snapshot quiet_snapshot(Book const& book);
[[nodiscard]] DriftInput input_of(Snapshot const& snapshot, Book const& book, std::uint64_t from);

}  // namespace govseal::drift_test
