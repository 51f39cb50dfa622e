#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/sha256.h"
#include "reporting/finding.h"
#include "reporting/run_key.h"
#include "reporting/snapshot.h"
#include "sealing/ledger/record.h"

namespace govseal {

/// The first record that ties a run path to a root hash and a hash file. Never replaced.
struct RunBinding {
  std::optional<Digest> root;  // none for legacy styles
  Digest hashfile;
  std::optional<Digest> manifest;
  std::string style = "contract";
  std::string verdict = "VALID";  // when it was bound
  std::optional<std::string> variant;
  std::optional<std::string> dialect;
  bool by_govseal = false;  // seal.created, else seal.observed
  std::uint64_t seq = 0;
  Digest record_sha256;
  nanoseconds at{};  // wall
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

/// A seal.intent without a later seal.created, seal.withdrawn or seal.aborted.
struct OpenIntent {
  std::uint64_t seq = 0;
  Digest root, hashfile, manifest;
};

/// What the ledger says about one run folder.
struct RunLedger {
  std::optional<RunBinding> binding;
  std::optional<OpenIntent> intent;
  /// Codes and verdict of the newest seal.failed; none after the folder was good again.
  std::optional<std::pair<std::string, std::vector<std::string>>> failed;
  /// The newest record `violation`: what a look that finds the same again need not repeat.
  struct LastViolation {
    Digest paths;  // of the list
    std::optional<Digest> now;
    std::string effect;
    friend bool operator==(LastViolation const&, LastViolation const&) = default;
  };
  std::optional<LastViolation> violation;
  /// Hash file of the newest seal.observed that did not bind.
  std::optional<Digest> observed_unbound;
  std::optional<std::uint64_t> unlock;  // newest seal.unlocked
  std::vector<HistoryItem> history;     // oldest first
};

/// What the ledger says about the dispatches of one repository.
struct DispatchLedger {
  struct Recorded {
    Digest sha256;
    std::string verdict;
  };
  std::optional<std::string> cursor;            // tip of the newest dispatch.evaluated, hex
  std::map<std::string, nanoseconds> arrivals;  // by commit, hex; wall
  std::map<std::string, Recorded> recorded;     // by path of the record file, raw bytes
  std::optional<nanoseconds> audited_at;        // newest dispatch.audit
};

/// A coverage.gap without its coverage.closed.
struct OpenGap {
  std::string repository;
  std::vector<std::string> roots;  // the first 32, encoded
  std::string cause;
  std::int64_t since_us = 0;
  nanoseconds at{};
};

/// The newest drift.reported of the whole agent.
struct ReportLedger {
  std::uint64_t upto = 0;
  std::string state;
  nanoseconds at{};
  std::string name;
};

/// Everything the agent remembers: a pure fold over the records of the ledger in order of `seq`.
/// Replaying the ledger gives the same object as following it live. Not thread-safe.
class Projection {
 public:
  using RunMap = std::unordered_map<RunKey, RunLedger>;

  /// Records must come in order, each once.
  void apply(Record const& record);

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] RunMap const& runs() const noexcept { return runs_; }
  [[nodiscard]] RunLedger const* find_run(RunKey const& key) const;
  /// Every bound run with this root, in order of binding.
  [[nodiscard]] std::vector<RunKey> find_bound(Digest const& root) const;
  [[nodiscard]] std::uint64_t bound_runs() const noexcept { return bound_runs_; }

  /// All findings ever opened, by id.
  [[nodiscard]] std::map<std::string, FindingPtr> const& findings() const noexcept {
    return findings_;
  }
  [[nodiscard]] Finding const* find_finding(std::string const& id) const;
  /// Not closed.
  [[nodiscard]] Finding const* find_open(std::string const& id) const;
  /// Ids of the findings about a run that are not closed.
  [[nodiscard]] std::vector<std::string> open_of_run(RunKey const& key) const;
  /// All findings about a run, closed ones too, by id.
  [[nodiscard]] std::vector<Finding const*> findings_of_run(RunKey const& key) const;
  /// The record that opened the finding the last time.
  [[nodiscard]] std::optional<std::uint64_t> opening_record(std::string const& id) const;

  [[nodiscard]] DispatchLedger const& dispatch(std::string const& repository) const;
  [[nodiscard]] std::map<std::uint64_t, OpenGap> const& gaps() const noexcept { return gaps_; }
  /// When the first scan of a run root ended; none: it has not.
  [[nodiscard]] std::optional<nanoseconds> baseline_of(std::string const& repository,
                                                       std::string const& path) const;
  [[nodiscard]] std::optional<ReportLedger> const& last_report() const noexcept { return report_; }
  /// Something happened since the last report that it would tell (api.md 11.1).
  [[nodiscard]] bool has_news() const noexcept { return news_; }
  [[nodiscard]] std::set<std::string> const& repositories() const noexcept { return repositories_; }
  /// Repositories whose watch roots were armed before: their next start begins with a gap.
  [[nodiscard]] nanoseconds last_wall() const noexcept { return last_wall_; }
  /// Boot id of the newest record of a process that ran, not of a recovery.
  [[nodiscard]] std::string const& last_boot() const noexcept { return last_boot_; }
  [[nodiscard]] bool epoch_break() const noexcept { return epoch_break_; }
  [[nodiscard]] std::optional<Digest> const& last_config() const noexcept { return last_config_; }

  /// Ids of findings and keys of runs that changed since the last call; for incremental snapshots.
  struct Changes {
    std::set<std::string> repositories;
  };
  [[nodiscard]] Changes take_changes();

 private:
  void apply_agent(Record const& record);
  void apply_seal(Record const& record);
  void apply_binding(RunKey const& key, Record const& record, bool by_govseal);
  void apply_violation(Record const& record);
  void apply_finding(Record const& record);
  void apply_dispatch(Record const& record);
  void apply_coverage(Record const& record);
  void open_finding(Finding finding, std::uint64_t seq);
  void note_failure_codes(RunKey const& key, Record const& record);

  std::uint64_t size_ = 0;
  RunMap runs_;
  std::unordered_multimap<Digest, RunKey> by_root_;
  std::uint64_t bound_runs_ = 0;
  std::map<std::string, FindingPtr> findings_;
  std::map<std::string, std::uint64_t> opened_by_;
  std::map<RunKey, std::set<std::string>> findings_of_run_;
  std::map<std::string, DispatchLedger> dispatch_;
  std::map<std::uint64_t, OpenGap> gaps_;
  std::map<std::pair<std::string, std::string>, nanoseconds> baselines_;
  std::set<std::string> repositories_;
  std::optional<ReportLedger> report_;
  std::optional<Digest> last_config_;
  bool news_ = false;
  bool epoch_break_ = false;
  nanoseconds last_wall_{};
  std::string last_boot_;
  Changes changes_;
};

}  // namespace govseal
