#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/engine/outbox.h"
#include "agent/engine/run_book.h"
#include "reporting/projection.h"

namespace govseal {

/// When a lost root, or one whose recovery failed, is tried again.
inline constexpr auto kLostRetry = std::chrono::seconds(60);

/// What a watch root is for (watching.md 10).
enum class RootKind { runs, guards, references, records, config };
[[nodiscard]] std::string_view name_of(RootKind kind) noexcept;

struct RootSpec {
  WatchRoot watch;
  std::string repository;  // empty: the agent's own
  RootKind kind = RootKind::runs;
  bool operator==(RootSpec const& other) const noexcept {
    return watch.id == other.watch.id && watch.base == other.watch.base &&
           watch.path == other.watch.path && watch.names == other.watch.names;
  }
};

/// What is seen of the watch roots and what was not (watching.md 12 and 14): arming, gaps, their
/// recovery, epochs and the timeline. One object for all roots; part of the engine.
class RootBook {
 public:
  struct Interval {
    enum class State { live, scanned, gap };
    State state = State::live;
    nanoseconds from{};  // wall
    std::optional<GapCause> cause;
    std::optional<std::string> closed_by;
    std::optional<std::uint64_t> gap_record, closed_record;
  };
  struct Root {
    RootSpec spec;
    enum class Phase { unarmed, arming, armed };
    Phase phase = Phase::unarmed;
    bool arm_again = false;
    Rung rung = Rung::inotify;
    std::optional<RungReason> reason;
    std::vector<Lost> lost;
    RootPresence presence = RootPresence::missing;
    std::optional<DirectoryIdentity> identity;
    bool lost_recorded = false;  // root.lost without root.returned
    std::uint64_t epoch = 1;
    std::optional<GapCause> gap;             // open
    bool gap_recorded = false;               // its newest record is durable
    std::vector<std::uint64_t> gap_records;  // durable coverage.gap records not closed yet
    nanoseconds gap_since{};                 // mono
    bool recovering = false;
    bool full_hash = false;       // the recovery reads everything
    nanoseconds recover_due{};    // mono; zero: not wanted
    nanoseconds recover_pause{};  // between two recoveries
    nanoseconds last_recovery{};
    nanoseconds retry_due{};          // arm again at this time
    std::set<std::string> partial;    // directories not seen
    std::vector<Interval> intervals;  // oldest first
    [[nodiscard]] bool live() const noexcept { return phase == Phase::armed && !gap; }
  };
  struct Recovered {
    std::uint64_t entries = 0;
    std::uint64_t changed = 0;
    bool complete = true;
  };
  /// Looks at everything in a root again and calls back once.
  using Recover = std::function<void(Root const&, bool full_hash,
                                     std::function<void(Recovered, Instant)> done, Instant now)>;

  RootBook(RunWorld& world, Outbox& out, Recover recover)
      : world_(world), out_(out), recover_(std::move(recover)) {}

  /// The roots of a repository are exactly these from now on: new ones are armed, others disarmed.
  /// `known`: the ledger knows the repository, so new roots begin with the gap `agent-down`.
  void set_roots(std::string const& repository, std::vector<RootSpec> specs, bool known,
                 Instant now);
  /// Nothing of the repository can be seen (`root-missing`, `unreadable-repository`, ...).
  void lose_repository(std::string const& repository, GapCause cause, Instant now);

  void on_armed(RootArmed const& event, Instant now);
  void on_gap(Gap const& gap, Instant now);
  void on_appeared(RootId const& root, Instant now);
  void on_partial(PartialCoverage const& partial, Instant now);
  void on_time(Instant now);
  [[nodiscard]] std::optional<nanoseconds> next_due() const;

  [[nodiscard]] RootSight sight(RootId const& root) const;
  [[nodiscard]] std::map<RootId, Root> const& roots() const noexcept { return roots_; }
  [[nodiscard]] Root const* find(RootId const& root) const;
  [[nodiscard]] std::uint64_t gaps_opened() const noexcept { return gaps_opened_; }

 private:
  void arm(Root& root, Instant now);
  void open_gap(std::vector<Root*> const& roots, GapCause cause, int error_number,
                std::uint64_t lost, nanoseconds since_boot, Instant now);
  void want_recovery(Root& root, Instant now);
  void start_recovery(Root& root, Instant now);
  void close_gap(RootId const& id, std::uint64_t epoch, bool full_hash, Recovered const& found,
                 Instant now);
  void note_lost(Root& root, GapCause cause, Instant now);
  void note_returned(Root& root, bool same, Instant now);
  void close_records(Root& root, bool full_hash, Recovered const& found, Instant now);
  void set_blind(Root const& root, bool blind);
  void note_rung(Root& root, Rung to, std::optional<RungReason> reason);

  RunWorld& world_;
  Outbox& out_;
  Recover recover_;
  /// A coverage.gap record: closed by one record when all its roots have recovered.
  struct OpenRecord {
    std::string repository;
    std::set<RootId> open;
    std::vector<std::string> roots;
    bool full_hash = true;
    Recovered found;
  };
  std::map<RootId, Root> roots_;
  std::map<std::uint64_t, OpenRecord> records_;
  std::uint64_t gaps_opened_ = 0;
};

}  // namespace govseal
