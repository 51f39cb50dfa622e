#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "agent/engine/dispatch_book.h"
#include "agent/engine/root_book.h"
#include "agent/engine/run_book.h"
#include "agent/events.h"
#include "config/config.h"
#include "reporting/projection.h"
#include "reporting/snapshot.h"

namespace govseal {

/// A repository is inspected at most this often, however much happens in it.
inline constexpr auto kInspectPause = std::chrono::milliseconds(500);

/// What the engine is told once, when it is made.
struct EngineParts {
  Config config;          // every repository has a path and a name
  Projection projection;  // the whole ledger, replayed
  std::string seal_key_fingerprint;
  std::string version;
  std::string ledger_origin;
  std::uint64_t ledger_epoch = 1;
  Digest ledger_root;
  std::string boot_id;
  std::int64_t pid = 0;
  std::int64_t uid = 0;
  bool clean = false;  // of agent.start
  std::optional<IndexRebuild> index_rebuilt;
  std::set<std::string> discovered;  // ids of repositories that a glob found
  std::uint64_t seed = 0;            // for drawing folders to hash again
};

/// All policy of the agent as one deterministic state machine: events in, actions out.
///
/// It reads no clock, opens nothing, starts nothing and holds no lock. The same events at the same
/// moments give the same actions, whatever the machine does. One thread.
class Engine final : private RunWorld {
 public:
  Engine(EngineParts parts, Instant now);
  ~Engine() override;
  Engine(Engine const&) = delete;
  Engine& operator=(Engine const&) = delete;

  /// The first step: agent.start, repositories, watch roots.
  [[nodiscard]] Actions start(Instant now);
  [[nodiscard]] Actions step(Event event, Instant now);
  /// When TimeCame is wanted next, CLOCK_MONOTONIC.
  [[nodiscard]] std::optional<nanoseconds> next_due(Instant now) const;

  /// Everything known now. Shares with the one before what did not change.
  [[nodiscard]] SnapshotPtr make_snapshot(Instant now);
  /// True when make_snapshot would give something else than the last time.
  [[nodiscard]] bool changed() const noexcept { return changed_; }

  [[nodiscard]] Config const& config() const override { return config_; }
  [[nodiscard]] Projection const& projection() const override { return projection_; }
  /// True when everything that the hints taken so far can lead to within moments is done and on
  /// the ledger: no bound folder waits for a comparison, no record for its place.
  [[nodiscard]] bool has_acted(Instant now) const;
  [[nodiscard]] RunBook const& runs() const noexcept { return runs_; }
  [[nodiscard]] RootBook const& roots() const noexcept { return roots_; }

 private:
  struct Repository {
    RepositoryConfig const* config = nullptr;
    std::optional<RepositoryFacts> facts;
    bool inspecting = false;
    bool inspect_again = false;
    nanoseconds inspect_due{};  // mono
    std::string unreadable;
    bool gone = false;
  };
  /// A client's job that waits for sweeps.
  struct SweepJob {
    std::string job;
    std::set<RootId> open;
    bool verify = false;
    std::optional<std::string> repository;
    std::uint64_t entries = 0;
    std::uint64_t changed = 0;
  };

  // RunWorld
  [[nodiscard]] RootSight sight(RootId const& root) const override { return roots_.sight(root); }
  [[nodiscard]] bool may_seal() const override { return !ledger_full_ && !stopping_; }
  [[nodiscard]] bool power_was_lost() const override { return power_was_lost_; }
  [[nodiscard]] nanoseconds down_since() const override { return down_since_; }
  [[nodiscard]] std::string const& seal_key_fingerprint() const override {
    return seal_key_fingerprint_;
  }

  void handle(TimeCame const&, Instant now);
  void handle(HintSeen const& event, Instant now);
  void handle(GapSeen const& event, Instant now);
  void handle(RootAppeared const& event, Instant now);
  void handle(PartSeen const& event, Instant now);
  void handle(RootArmed const& event, Instant now);
  void handle(RepositoryInspected& event, Instant now);
  void handle(RunRootListed& event, Instant now);
  void handle(RunLooked& event, Instant now);
  void handle(SealPrepared& event, Instant now);
  void handle(SealPublished& event, Instant now);
  void handle(SealRecovered& event, Instant now);
  void handle(SealCopyWritten& event, Instant now);
  void handle(SealFinished& event, Instant now);
  void handle(ForeignVerified& event, Instant now);
  void handle(BoundChecked& event, Instant now);
  void handle(RecordsAppended& event, Instant now);
  void handle(LedgerSpace const& event, Instant now);
  void handle(DispatchEvaluated& event, Instant now);
  void handle(ReportStored& event, Instant now);
  void handle(CommandReceived& event, Instant now);
  void handle(ReloadRequested const&, Instant now);
  void handle(ConfigRead& event, Instant now);
  void handle(ConfigDigested const& event, Instant now);
  void handle(ClockStepped const& event, Instant now);
  void handle(StopRequested const& event, Instant now);

  // engine.cpp
  void begin(Instant now);
  void inspect(std::string const& id, nanoseconds pause, Instant now);
  void start_repository(RepositoryConfig const& config, Instant now);
  [[nodiscard]] std::vector<RootSpec> root_specs(Repository const& repository) const;
  void watch_repository(Repository& repository, bool known, Instant now);
  void watch_config(Instant now);
  void set_finding(std::string const& kind, std::string const& repository,
                   std::vector<std::string> const& parts, bool open, std::string const& reason,
                   std::string const& detail = {});
  void recover(RootBook::Root const& root, bool full_hash,
               std::function<void(RootBook::Recovered, Instant)> done, Instant now);
  void begin_cycle(Instant now);
  void beat(Instant now);
  void mark(std::string const& repository);

  // engine_commands.cpp
  void run_command(std::string const& job, ScanCommand const& command, By const& by, Instant now);
  void run_command(std::string const& job, VerifyCommand const& command, By const& by, Instant now);
  void run_command(std::string const& job, SealCommand const& command, By const& by, Instant now);
  void run_command(std::string const& job, ReportCommand const& command, By const& by, Instant now);
  void run_command(std::string const& job, ReloadCommand const& command, By const& by, Instant now);
  void run_command(std::string const& job, AcknowledgeCommand const& command, By const& by,
                   Instant now);
  void sweep_for(SweepJob job, bool full_hash, Instant now);
  void sweep_ended(std::string const& job, Sweep const& sweep, Instant now);
  void finish_sweep_job(SweepJob const& job);
  void check_report(Instant now);
  void store_report(Instant now);
  void schedule_report(Instant now);
  [[nodiscard]] std::string state_word(Instant now);

  // engine_config.cpp
  void apply_config(Config config, Instant now);
  void drop_repository(std::string const& id, Instant now);
  void configure_repository(RepositoryConfig const& repository, Config const& before, Instant now);
  void refuse_config(std::size_t problems, std::optional<Digest> digest, std::string const& first,
                     Instant now);
  void end_reload(std::optional<Problem> const& problem);

  // engine_snapshot.cpp
  [[nodiscard]] RepositorySnapshotPtr make_repository_snapshot(std::string const& id, Instant now);
  [[nodiscard]] RunViewPtr make_run_view(RunState const& run, Instant now) const;
  [[nodiscard]] WatchRootView make_root_view(RootBook::Root const& root, Instant now) const;
  [[nodiscard]] std::optional<DispatchView> make_dispatch_view(std::string const& id) const;

  Config config_;
  Projection projection_;
  std::string seal_key_fingerprint_;
  EngineParts parts_;  // what is left of it: words and numbers
  Outbox out_;
  RunBook runs_;
  RootBook roots_;
  DispatchBook dispatch_;
  std::map<std::string, Repository> repositories_;
  std::mt19937_64 random_;

  Instant started_;
  bool power_was_lost_ = false;
  nanoseconds down_since_{};     // wall
  std::set<std::string> known_;  // repositories that the ledger knew before this process
  bool ledger_full_ = false;
  std::uint64_t ledger_size_ = 0;
  Digest ledger_root_;
  nanoseconds checkpoint_at_{};
  nanoseconds heartbeat_due_{};
  nanoseconds cycle_due_{};
  std::uint64_t gaps_told_ = 0;
  bool stopping_ = false;

  nanoseconds config_loaded_at_{};
  bool config_differs_ = false;
  std::optional<Digest> config_on_disk_;  // of the files that differ
  std::optional<std::string> config_error_;
  nanoseconds digest_due_{};
  std::vector<std::pair<std::string, By>> reload_jobs_;
  bool reading_config_ = false;
  bool read_config_again_ = false;

  nanoseconds report_due_wall_{};
  nanoseconds report_checked_at_{};
  nanoseconds report_written_mono_{};
  bool report_running_ = false;
  std::vector<std::pair<std::string, By>> report_jobs_;
  std::string reported_state_;
  std::size_t reported_open_ = 0;

  std::vector<SweepJob> sweep_jobs_;

  bool changed_ = true;
  std::uint64_t snapshot_number_ = 0;
  std::set<std::string> dirty_;
  std::map<std::string, RepositorySnapshotPtr> shown_;
};

}  // namespace govseal
