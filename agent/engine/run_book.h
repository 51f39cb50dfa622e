#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/engine/outbox.h"
#include "config/config.h"
#include "reporting/projection.h"

// Every run folder is a small process of its own: at any time it rests, waits for a free place, or
// has exactly one job or one group of records under way. Hints that come meanwhile are noted, and
// the folder is looked at again when the job is done. So nothing about a folder ever overtakes
// itself, and no decision is taken from anything but the newest look.
//
// A folder without a binding is looked at after each hint, twice a quiet period apart, and then
// sealed, adopted or left waiting. A bound folder is compared with its binding after each hint and
// in every sweep. The rooms: run_settling.cpp until a folder is quiet, run_sealing.cpp our own
// seals, run_adopting.cpp seals of others, run_checking.cpp bound folders, run_sweeping.cpp whole
// roots.

namespace govseal {

/// When a run folder is tried again that could not be read.
inline constexpr auto kUnreachableRetry = std::chrono::seconds(60);

/// How well a root is seen at the moment.
struct RootSight {
  std::uint64_t epoch = 0;
  Rung rung = Rung::scan;
  bool live = false;  // armed, and in no gap
};

/// What the run folders need to know of the world around them.
class RunWorld {
 public:
  virtual ~RunWorld() = default;
  [[nodiscard]] virtual RootSight sight(RootId const& root) const = 0;
  [[nodiscard]] virtual Config const& config() const = 0;
  [[nodiscard]] virtual Projection const& projection() const = 0;
  /// False while the ledger cannot take records: sealing pauses.
  [[nodiscard]] virtual bool may_seal() const = 0;
  /// The machine went down under the agent: what was written shortly before may be lost although
  /// its stat is kept, so that no stat proves anything until all was read again.
  [[nodiscard]] virtual bool power_was_lost() const = 0;
  /// Wall time of the last record before this process.
  [[nodiscard]] virtual nanoseconds down_since() const = 0;
  /// Fingerprint of the seal key, for `seal.created`.
  [[nodiscard]] virtual std::string const& seal_key_fingerprint() const = 0;
};

/// One run root of one configured repository.
struct RunRoot {
  RootId id;
  std::string repository;
  std::string repository_path;
  RunRootConfig config;
  bool baseline_due = false;      // the first scan ever: ends with root.baseline
  std::set<std::string> names{};  // of the newest listing
  bool listing = false;
  bool list_again = false;
  nanoseconds list_due{};  // mono; zero: not wanted
};

/// What the last look at a bound or foreign seal found, for snapshots.
struct VerdictFacts {
  std::optional<Verdict> verdict;
  std::vector<std::string> codes, warnings;
  std::optional<std::string> style, dialect, variant;
  std::optional<Digest> root, manifest, hashfile;
  std::optional<std::uint64_t> files, bytes;
};

[[nodiscard]] VerdictFacts make_facts(FolderVerdict const& verdict);

struct RunState {
  enum class Work { none, look, prepare, publish, recover, copy, records, finish, foreign, check };

  RunPlace place;
  RunRoot* root = nullptr;
  Work work = Work::none;
  bool queued = false;
  bool again = false;   // something was hinted while work was under way
  nanoseconds due{};    // mono of the next look or check; zero: none
  bool urgent = false;  // the next turn comes before sweeps

  // Without a binding.
  struct Quiet {
    nanoseconds since{};  // mono, end of the first look
    Digest fingerprint;
    std::uint64_t epoch = 0;
  };
  std::optional<Quiet> quiet;
  nanoseconds quiet_seen{};  // how long the folder had been quiet at the last decision
  std::optional<LookFacts> look;
  nanoseconds look_cost{};
  unsigned withdrawals = 0;
  unsigned aborts = 0;  // in a row, of steps that failed
  unsigned probes = 0;  // in a row that found a writer
  bool resting = false;
  bool intent_settled = false;
  bool eio = false;  // a read or sync failed with EIO: not tried again before a restart
  std::optional<std::string> seal_job;  // an operator waits for this folder
  bool write_envelope = false;
  nanoseconds seal_deadline{};
  std::unique_ptr<SealPlan> plan;
  std::optional<std::string> tree, head;
  std::unique_ptr<ForeignFacts> foreign;
  StatTable published;  // of the folder just sealed

  // With a binding.
  bool content_hint = false;  // written to, since the last comparison
  bool full_hash = false;     // the next comparison reads everything
  bool missing_seen = false;  // gone or without a seal the last time, to be confirmed
  nanoseconds own_until{};    // mono; hints about the two seal files are our own until then
  std::optional<Digest> violation_mark;  // over the changes of the newest violation record
  nanoseconds violation_at{};            // mono of the newest violation record
  std::optional<std::string> moved_to;   // where a rename took it, as far as a hint told
  bool checking_full = false;            // what the comparison under way was asked for
  bool checking_content = false;
  std::size_t open_records = 0;    // of the decision that is being written
  std::optional<StatRow> new_row;  // for the index, once the decision is durable
  bool drop_row = false;           // or that it forgets the folder
  std::vector<std::string> verify_jobs;

  // For snapshots.
  std::optional<VerdictFacts> facts;
  std::string error;  // why nothing is known
  Verified verified;
};

/// A sweep over one run root: every bound folder compared once.
struct Sweep {
  RootId root;
  bool full_hash = false;
  bool listed = false;
  std::set<RunKey> open;
  std::uint64_t entries = 0;  // folders compared
  std::uint64_t changed = 0;  // that differed
  bool complete = true;       // nothing was unreachable
  std::function<void(Sweep const&, Instant now)> done;
};

class RunBook {
 public:
  RunBook(RunWorld& world, Outbox& out) : world_(world), out_(out) {}

  void add_root(RunRoot root, Instant now);
  void remove_root(RootId const& id);
  [[nodiscard]] std::map<RootId, RunRoot> const& roots() const noexcept { return roots_; }

  /// Lists the root and compares every bound folder of it; `done` is called once.
  void sweep(RootId const& root, bool full_hash, std::function<void(Sweep const&, Instant)> done,
             Instant now);

  void on_hint(Hint const& hint, Instant now);
  void on_gap(RootId const& root, Instant now);
  void on_listed(RunRootListed event, Instant now);
  void on_looked(RunLooked event, Instant now);
  void on_prepared(SealPrepared event, Instant now);
  void on_published(SealPublished event, Instant now);
  void on_recovered(SealRecovered event, Instant now);
  void on_copy_written(SealCopyWritten event, Instant now);
  void on_finished(SealFinished event, Instant now);
  void on_foreign(ForeignVerified event, Instant now);
  void on_checked(BoundChecked event, Instant now);
  void on_time(Instant now);
  /// Sealing may go on: the ledger has room again.
  void resume(Instant now);

  /// The next moment on_time has something to do, CLOCK_MONOTONIC.
  [[nodiscard]] std::optional<nanoseconds> next_due() const;

  /// An operator's seal; the job is finished or failed by the book.
  void seal_by_hand(RunKey const& key, bool write_envelope, std::string job, By by, Instant now);
  /// An operator's verification of one run; false: no such run.
  [[nodiscard]] bool verify_by_hand(RunKey const& key, bool full_hash, std::string job,
                                    Instant now);
  /// Full hash of `count` bound folders, drawn by `draw(n)` giving a number below n.
  void rehash(std::size_t count, std::function<std::size_t(std::size_t)> const& draw, Instant now);

  [[nodiscard]] RunState const* find(RunKey const& key) const;
  [[nodiscard]] std::vector<RunState const*> runs_of(std::string const& repository) const;
  [[nodiscard]] std::size_t size() const noexcept { return runs_.size(); }
  [[nodiscard]] std::size_t jobs() const noexcept { return working_; }
  /// A bound folder is being compared, waits for it, or will be within moments of a hint.
  [[nodiscard]] bool is_checking() const;
  [[nodiscard]] std::size_t waiting() const noexcept { return urgent_.size() + normal_.size(); }

  /// Repositories of which a run changed its shown state since the last call.
  [[nodiscard]] std::set<std::string> take_changed() { return std::exchange(changed_, {}); }

  struct Counters {
    std::int64_t verified = 0;  // folders fully hashed
    std::int64_t hashed_bytes = 0;
  };
  [[nodiscard]] Counters take_counters() { return std::exchange(counters_, {}); }

 private:
  using Work = RunState::Work;

  // run_book.cpp
  RunState& make_run(RunRoot& root, std::string const& name);
  RunState* find_mutable(RunKey const& key);
  void forget(RunKey const& key, Instant now);
  void schedule(RunState& run, nanoseconds due, bool urgent);
  void enqueue(RunState& run);
  void start_waiting(Instant now);
  void start(RunState& run, Instant now);
  void start_work(RunState& run, Work work);
  void end_work(RunState& run, Instant now);
  void list(RunRoot& root, Instant now);
  void sweep_saw(RunState const& run, bool changed, bool reached, Instant now);
  void finish_sweep_if_done(std::size_t index, Instant now);
  void touch(RunState const& run) { changed_.insert(run.place.key.repository); }
  [[nodiscard]] RunLedger const* ledger_of(RunState const& run) const;
  [[nodiscard]] bool is_bound(RunState const& run) const;
  void note_not_a_folder(RunRoot& root, std::string const& name, bool symlink, bool seen);
  void write_baselines(Instant now);
  void raise(RunState& run, std::string const& kind, std::set<std::string> const& codes,
             std::string const& reason, std::string const& detail = {});
  void close(RunKey const& key, std::string const& kind, std::string const& reason);
  void close_id(std::string const& id, std::string const& reason);

  // run_settling.cpp
  void look(RunState& run, Instant now);
  void after_look(RunState& run, LookFacts const& facts, RunLooked const& event, Instant now);
  void decide(RunState& run, Instant now);
  void rest(RunState& run, Instant now);
  [[nodiscard]] nanoseconds needed_quiet(RunState const& run) const;
  void begin_seal(RunState& run, Instant now);
  void refuse(RunState& run, std::set<std::string> codes, Instant now);
  void append_intent(RunState& run, Instant now);
  void append_created(RunState& run, bool recovered, Instant now);
  void append_observed(RunState& run, Instant now);
  void append_withdrawn(RunState& run, Withdrawn const& withdrawn, Instant now);
  void append_aborted(RunState& run, StepFailure const& failure, bool with_intent, Instant now);
  void found_writer(RunState& run, Instant now);
  void wait_again(RunState& run, nanoseconds pause, Instant now);
  void adopt_or_report(RunState& run, Instant now);
  void report_invalid(RunState& run, Instant now);
  [[nodiscard]] bool report_copy(RunState& run);
  void close_settled(RunState& run);
  void finish_with_row(RunState& run, StatTable files, std::uint64_t log_index, nanoseconds hashed);
  void report_half_seal(RunState& run, Instant now);
  void watch_age(RunState& run, Instant now);
  void settle_seal_job(RunState& run, std::optional<std::string> refusal);

  // run_checking.cpp
  void check(RunState& run, Instant now);
  void judge(RunState& run, BoundLook& look, BoundChecked const& event, Instant now);
  void note_facts(RunState& run, BoundLook const& look, BoundChecked const& event);
  [[nodiscard]] std::vector<RecordDraft> records_of(RunState& run, BoundLook const& look,
                                                    BoundJudgement const& judgement,
                                                    BoundChecked const& event, Instant now) const;
  void add_write(std::vector<RecordDraft>& records, RunState& run, BoundLook const& look,
                 BoundJudgement const& judgement) const;
  void add_closings(std::vector<RecordDraft>& records, RunState const& run, bool good,
                    BoundLook const& look) const;
  void write_decision(RunState& run, std::vector<RecordDraft> records, Instant now);
  void decision_written(RunState& run, Instant now);
  void finish_verify_jobs(RunState& run);

  RunWorld& world_;
  Outbox& out_;
  std::map<RootId, RunRoot> roots_;
  std::unordered_map<RunKey, std::unique_ptr<RunState>> runs_;
  std::set<std::pair<nanoseconds, RunKey>> due_;
  std::deque<RunKey> urgent_, normal_;
  std::size_t working_ = 0;
  std::vector<Sweep> sweeps_;
  std::set<std::string> changed_;
  Counters counters_;
  std::map<RunKey, By> by_;
};

}  // namespace govseal
