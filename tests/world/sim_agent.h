#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "agent/engine/engine.h"
#include "agent/workers.h"
#include "sealing/ledger/batch_queue.h"
#include "sealing/ledger/ledger.h"
#include "tests/support/inline_pool.h"
#include "tests/support/manual_clock.h"
#include "tests/support/memory_file_system.h"
#include "tests/world/memory_git.h"

namespace govseal {

/// The whole agent over the fakes: the real engine, workers, sealing and ledger; a file system and
/// a git repository in memory; jobs, records, hints and time move only when the seed says so.
///
/// One seed is one history. Nothing here sleeps or reads a clock.
class SimAgent {
 public:
  explicit SimAgent(std::uint64_t seed);
  ~SimAgent();

  static constexpr char const* kRunRoot = "/repo/.codex/RUNS";
  static constexpr char const* kRootId = "demo/runs/.codex/RUNS";

  // The life of the process.
  void start();
  /// SIGTERM: everything under way ends, agent.stop is the last record.
  void stop();
  /// kill -9: what the kernel has, it keeps.
  void kill();
  /// The power goes off; each unsynced piece persists or not.
  void power_cut();
  [[nodiscard]] bool running() const noexcept { return engine_ != nullptr; }

  // One small thing happens.
  void run_a_job();
  void commit_a_batch();
  void deliver_an_event();
  void deliver_a_hint();
  /// The kernel's queue overflows: every hint that waits is lost, and the loss is told.
  void overflow();
  void pass_time(nanoseconds by);
  /// Everything that can go on without anything happening outside goes on, for that long.
  void settle(nanoseconds period);

  /// A foreign process changed `path` (below the run root); the kernel may tell of it.
  void hint(std::string const& path, HintKinds kinds);

  [[nodiscard]] MemoryFileSystem& files() noexcept { return files_; }
  [[nodiscard]] std::mt19937_64& random() noexcept { return random_; }
  [[nodiscard]] std::uint64_t draw(std::uint64_t below) { return random_() % below; }
  [[nodiscard]] ManualClock& clock() noexcept { return clock_; }
  [[nodiscard]] Engine& engine() { return *engine_; }
  [[nodiscard]] SnapshotPtr snapshot() { return engine_->make_snapshot(clock_.now()); }
  /// Every line of the ledger, signed ones only.
  [[nodiscard]] std::vector<Record> records() const;
  /// The writing operation that many from now ends the power.
  void arm_power_cut(std::size_t operations);

 private:
  class Keeper;
  void execute(Actions actions);
  void step(Event event);
  void begin_life();

  std::mt19937_64 random_;
  MemoryFileSystem files_;
  ManualClock clock_;
  MemoryGitOpener git_;
  Config config_;
  std::unique_ptr<WriterProbe> probe_;
  std::unique_ptr<StatIndex> index_;

  std::unique_ptr<Directory> state_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<Keeper> keeper_;
  std::unique_ptr<InlinePool> pool_;
  std::unique_ptr<BatchQueue> queue_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Workers> workers_;
  std::deque<Event> events_;
  std::deque<Hint> hints_;
  bool stopped_ = false;
};

}  // namespace govseal
