#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/sha256.h"
#include "reporting/actor.h"
#include "reporting/finding.h"

/// The picture of everything the agent knows at one moment: what the socket answers from. All of it
/// is immutable once it is shared. A new snapshot shares with the one before it every repository,
/// run and finding that did not change; these and the snapshot itself are the only things that are
/// held by shared_ptr. Times are nanoseconds of the wall clock, paths are raw bytes, words whose
/// vocabulary another part owns (verdicts, codes, causes) are text.
namespace govseal {

/// The verdict words of sealing.md 3 in the order of api.md 5.2; `unknown` stands for no verdict.
inline constexpr std::array<std::string_view, 9> kVerdictWords = {
    "VALID",    "EOL_NORMALIZED", "INVALID",   "LEGACY", "INCOMPLETE",
    "UNSEALED", "OPEN",           "ABANDONED", "unknown"};

/// How sure a statement about a sealed run or a guard is (watching.md 12.3).
struct Verified {
  std::optional<std::chrono::nanoseconds> hashed_at;
  std::optional<std::chrono::nanoseconds> stat_at;
  std::optional<std::string> basis;  // event, stat, full-hash
  std::optional<std::chrono::nanoseconds> verified_at;
  bool covered = false;
};

/// Why a run folder is still OPEN (api.md 5.5).
struct Settling {
  std::int64_t quiet_ms = 0;
  std::int64_t needs_ms = 0;
  std::optional<std::int64_t> writers;
  std::string probe;   // clear, open, unknown, ...
  std::string reason;  // run.writer_open, run.too_young, ...
};

struct LedgerReference {
  std::uint64_t index = 0;
  Digest record_sha256;  // of the record's line
};

struct RunGit {
  std::optional<std::string> tree;
  std::optional<bool> stored;
  std::vector<std::string> warnings;
};

struct ViolationReference {
  std::string id;    // of the finding
  std::string name;  // sealed_write, seal_rewritten, seal_copied, run_missing
  FindingState state = FindingState::open;
};

struct HistoryItem {
  std::uint64_t index = 0;
  std::string type;
  std::chrono::nanoseconds time{};
};

/// One run folder (api.md 5.5).
struct RunView {
  std::string run;                     // run path
  std::string run_root;                // path of the run root, from the repository's top
  std::optional<std::string> verdict;  // empty: unknown, and `error` says why
  std::string error;
  std::vector<std::string> codes;
  std::vector<std::string> warnings;
  std::optional<std::string> style;
  std::optional<std::string> dialect;
  std::optional<std::string> variant;
  std::optional<Digest> root;
  std::optional<Digest> manifest_sha256;
  std::optional<Digest> hashfile_sha256;
  std::optional<std::uint64_t> files;
  std::optional<std::uint64_t> bytes;
  std::optional<std::string> origin;  // sealed, observed
  std::optional<std::chrono::nanoseconds> sealed_at;
  std::string enforce = "none";
  Verified verified;
  std::optional<Settling> settling;
  std::optional<LedgerReference> ledger;  // the binding
  std::optional<Digest> bound_root;       // what the binding says; absent for LEGACY
  std::optional<RunGit> git;
  std::vector<ViolationReference> violations;
  std::vector<HistoryItem> history;  // oldest first
  std::optional<std::string> waiver;
};
using RunViewPtr = std::shared_ptr<RunView const>;

struct CoverageInterval {
  std::string state;  // live, scanned, gap
  std::chrono::nanoseconds from{};
  std::optional<std::chrono::nanoseconds> to;  // empty: still open
  std::optional<std::string> cause;            // watching.md 12.1
  std::optional<std::string> closed_by;        // stat, full-hash
  std::optional<std::uint64_t> gap_record;     // ledger indices
  std::optional<std::uint64_t> closed_record;
};

/// One watch root (api.md 5.2, 5.3, 5.4; watching.md 4.4, 10).
struct WatchRootView {
  std::string id;    // <repository id>/<kind>/<path>
  std::string kind;  // runs, guards, references, records, attributes, config
  std::string path;  // from the repository's top
  bool recursive = true;
  char rung = 'D';  // A, C, D
  char best_rung = 'D';
  std::optional<std::string> reason;
  std::vector<std::string> lost;
  std::string state = "gap";  // live, scanned, gap
  std::chrono::nanoseconds since{};
  std::optional<std::string> cause;  // of the gap it is in
  std::uint64_t epoch = 0;
  std::optional<std::chrono::nanoseconds> synchronised_at;
  std::optional<bool> writable;  // dry probe of a run root with seal = "auto"
  std::optional<bool> lease;
  Verified verified;
  std::vector<CoverageInterval> intervals;  // oldest first, the last one open
};

/// An event of the dispatch audit that is not dispatched (layer-down.md 8).
struct DispatchEventView {
  std::string commit;
  std::chrono::nanoseconds committed{};  // whole seconds
  std::optional<std::chrono::nanoseconds> arrived;
  bool merge = false;
  std::string subject;
  std::vector<std::string> lists;
  std::vector<std::string> paths;  // sorted, at most 1000
  std::uint64_t paths_total = 0;
  std::string priority;  // HIGH, MEDIUM, LOW
  std::string workflow;
  std::string state;  // undispatched, pending, unknown
  std::vector<std::string> records;
  std::optional<std::string> finding_id;  // when undispatched
  std::optional<std::string> reason;      // when unknown
};

/// An undispatched ripple plan (layer-down.md 8).
struct DispatchPlanView {
  std::string path;
  std::string family;  // ripple, extra
  std::string status;
  std::optional<std::string> owner;
  std::vector<std::string> records;
  std::string state;
  std::optional<std::string> finding_id;
  std::string priority = "MEDIUM";  // severity of its finding; not part of the object
};

/// The layer-down side of one repository; absent where it is not enabled.
struct DispatchView {
  std::string branch;
  std::optional<std::string> tip;
  std::optional<std::string> audited_tip;
  bool complete = false;                  // the audited tip is the branch's tip
  std::vector<DispatchEventView> events;  // undispatched, pending, unknown; oldest first
  std::vector<DispatchPlanView> plans;    // undispatched, by path
};

/// A guard as far as `explain` needs it: globs of layer-down.md 1.1.
struct GuardView {
  std::string name;
  std::string kind;
  std::vector<std::string> paths;
  std::vector<std::string> exclude;
};

/// Counted once by make_repository, so that no request walks thousands of runs for one status.
struct RepositoryCounts {
  std::array<std::uint64_t, kVerdictWords.size()> runs{};
  std::array<std::uint64_t, 4> open{};        // by Severity, neither acknowledged nor waived
  std::array<std::uint64_t, 4> open_blind{};  // of these repository.unreadable and .missing and
                                              // coverage.blind, which make `blind` instead
  std::uint64_t acknowledged = 0;
  std::uint64_t waived = 0;
  std::uint64_t undispatched_commits = 0;
  std::uint64_t undispatched_plans = 0;  // family ripple
  std::uint64_t roots_live = 0;
  std::uint64_t roots_scanned = 0;
  std::uint64_t roots_gap = 0;
  std::optional<std::chrono::nanoseconds> oldest_full_hash;
};

/// One repository (api.md 5.3). Built by make_repository, shared between snapshots.
struct RepositorySnapshot {
  std::string id;
  std::string path;  // absolute, canonical
  std::optional<std::string> branch;
  std::string reader;  // libgit2, plumbing
  std::string object_format = "sha1";
  std::string reference_format = "files";
  bool readable = true;
  std::optional<std::string> unreadable_reason;
  std::optional<std::string> head;
  std::optional<std::string> audited_tip;
  std::optional<std::chrono::nanoseconds> audited_at;
  std::string source = "configured";  // configured, discovered
  bool configured = true;             // false: removed by a reload, its bound runs are still shown
  std::vector<WatchRootView> roots;   // by id
  std::vector<RunViewPtr> runs;       // by run path
  std::vector<FindingPtr> findings;   // in the order of finding_before, closed ones too
  std::optional<DispatchView> dispatch;
  std::vector<GuardView> guards;
  RepositoryCounts counts;
};
using RepositorySnapshotPtr = std::shared_ptr<RepositorySnapshot const>;

/// Sorts roots, runs and findings and fills in `counts`.
[[nodiscard]] RepositorySnapshotPtr make_repository(RepositorySnapshot repository);

/// The run at that path; nullptr when there is none. Logarithmic.
[[nodiscard]] RunView const* find_run(RepositorySnapshot const& repository, std::string_view run);

struct ConfigurationView {
  Digest sha256;
  std::chrono::nanoseconds loaded_at{};
  bool differs_on_disk = false;
  std::optional<std::string> last_error;
};

struct AgentView {
  std::int64_t pid = 0;
  std::int64_t uid = 0;
  std::chrono::nanoseconds started_at{};
  std::string boot_id;
  std::string attribution = "off";  // off, live, exact
  std::string helper = "absent";    // connected, disconnected, absent
  ConfigurationView configuration;
};

struct LedgerStatus {
  std::string origin;
  std::uint64_t epoch = 1;
  std::uint64_t size = 0;
  Digest root;
  std::optional<std::chrono::nanoseconds> checkpoint_at;
  std::optional<std::uint64_t> anchored_size;
  std::optional<std::chrono::nanoseconds> anchored_at;
  std::vector<std::string> flags;  // STALE, EPOCH_BREAK, ledger_full, ..., conflict, rejected
  bool writable = true;
};

struct ScrubView {
  std::string state = "idle";  // idle, running
  std::optional<std::int64_t> percent;
};

struct QueueView {
  std::uint64_t hints = 0;
  std::uint64_t jobs = 0;
  std::uint64_t ring_percent = 0;
};

struct ReportView {
  std::optional<std::chrono::nanoseconds> last_written_at;
  std::optional<std::chrono::nanoseconds> last_checked_at;
};

enum class AgentPhase { starting, running, stopping };

/// Everything the agent knows. `number` grows by one with every snapshot of one run of the agent.
struct Snapshot {
  std::uint64_t number = 0;
  std::chrono::nanoseconds as_of{};
  AgentPhase phase = AgentPhase::running;
  bool loop_stalled = false;  // the engine has not taken a step for longer than it promises
  AgentView agent;
  LedgerStatus ledger;
  std::vector<RepositorySnapshotPtr> repositories;  // by id
  std::vector<WatchRootView> roots;                 // of the agent itself: agent/config
  std::vector<FindingPtr> findings;                 // those of no repository
  ScrubView scrub;
  QueueView queue;
  ReportView report;
};
using SnapshotPtr = std::shared_ptr<Snapshot const>;

[[nodiscard]] RepositorySnapshot const* find_repository(Snapshot const& snapshot,
                                                        std::string_view id);

/// The one word for everything (api.md 5.2), worst first.
enum class AgentState { critical, findings, blind, clean };
[[nodiscard]] std::string_view to_text(AgentState state) noexcept;

/// Counts over some repositories of the snapshot and the agent's own roots and findings.
[[nodiscard]] RepositoryCounts sum_counts(Snapshot const& snapshot,
                                          std::vector<RepositorySnapshot const*> const& some);
[[nodiscard]] AgentState state_of(RepositoryCounts const& counts, LedgerStatus const& ledger);

}  // namespace govseal
