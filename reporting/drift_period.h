#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "reporting/actor.h"
#include "reporting/drift_report.h"

/// What the records of the period of a drift report say, for each repository: everything in the
/// report that is not the picture of now. Plain values; texts are raw bytes, times wall clock.
namespace govseal::drift {

/// Time in which watch roots were not seen (ledger.md 3.5, coverage.gap and coverage.closed).
struct Gap {
  std::vector<std::string> roots;  // ids, at most 32 of them
  std::uint64_t roots_total = 0;
  std::string cause;
  std::string rung;
  std::uint64_t record = 0;  // coverage.gap
  nanoseconds from{};
  std::optional<nanoseconds> to;        // empty: still open
  std::optional<std::string> how;       // stat, full-hash
  std::optional<std::uint64_t> closed;  // coverage.closed
  std::uint64_t entries = 0;
  std::uint64_t changed = 0;
  std::string boot;            // of the record
  std::uint64_t since_us = 0;  // of that boot's clock
};

/// Something that changed in the repository's place, its roots or the configuration.
struct Change {
  std::uint64_t record = 0;
  nanoseconds time{};
  std::string type;                 // of the record
  std::optional<std::string> root;  // id of a watch root
  std::vector<std::string> roots;   // the same for several
  std::optional<std::string> detail;
  std::optional<Digest> config;  // configuration digest after it
  std::vector<std::string> keys;
};

/// A finding `dispatch.undispatched` that ended with a dispatch.
struct Dispatched {
  std::uint64_t record = 0;
  std::string commit;
  std::string finding;
  std::vector<std::string> files;  // dispatch records
};

/// A dispatch record that was seen for the first time or with other bytes.
struct RecordFile {
  std::uint64_t record = 0;
  std::string file;
  Digest sha256;
  std::string verdict;
  std::optional<std::string> commit;
  std::optional<std::string> owner;
  std::optional<std::string> reason;
};

/// A change of guarded paths.
struct GovernanceChange {
  std::uint64_t record = 0;
  nanoseconds time{};
  std::string source;  // commit, worktree, ref
  std::optional<std::string> commit;
  std::optional<Actor> actor;
  std::vector<std::string> paths;  // at most 32 of them
};

struct RungChange {
  std::uint64_t record = 0;
  nanoseconds time{};
  std::vector<std::string> roots;
  char from = 'D';
  char to = 'D';
};

/// A full re-read of run folders.
struct Scrub {
  std::uint64_t record = 0;
  std::string scope;
  std::vector<std::string> runs;  // run paths, at most 32 of them
  std::uint64_t runs_total = 0;
  std::uint64_t changed = 0;
  nanoseconds started{};
  nanoseconds finished{};
};

struct RepositoryPeriod {
  std::map<std::string, std::uint64_t> sealed;    // newest record by run
  std::map<std::string, std::uint64_t> observed;  // the same
  std::map<std::string, std::uint64_t> verified;  // the same
  std::vector<Scrub> scrubs;
  std::vector<Scrub> older_scrubs;          // of before the period, as far as they were looked for
  std::optional<std::string> audited_from;  // tip before the first evaluation
  std::vector<std::uint64_t> evaluations;   // records
  std::vector<Dispatched> dispatched;
  std::vector<RecordFile> files;
  std::vector<GovernanceChange> governance;
  std::vector<Change> changes;
  std::vector<RungChange> rungs;
  std::map<std::uint64_t, Gap> gaps;  // by record
  std::optional<nanoseconds> added;   // repository.added

  /// Runs that were read again: at least these, when a scrub names only a part of its runs.
  [[nodiscard]] std::uint64_t verified_runs() const;
};

struct Period {
  std::optional<nanoseconds> from;
  std::optional<nanoseconds> to;
  std::map<std::string, RepositoryPeriod> repositories;
  std::vector<Change> configuration;

  /// An empty one for a repository without a record.
  [[nodiscard]] RepositoryPeriod const& of(std::string const& repository) const;
};

/// The reader may see that repository and asked for it.
[[nodiscard]] bool shows(DriftInput const& input, std::string const& repository);

/// Reads the period, and beyond it the records of gaps that began before and of the scrubs that
/// still count. Throws Error when records cannot be read.
[[nodiscard]] Period read_period(DriftInput const& input);

}  // namespace govseal::drift
