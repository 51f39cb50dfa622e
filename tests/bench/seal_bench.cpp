// A run folder from finished to sealed and back to verified, in the steps of SEAL_FORMAT.md. In
// memory only the work of the product itself counts; on disk everything does, the syncs too. The
// ledger records between prepare and publish are measured in ledger_bench.cpp.
#include <benchmark/benchmark.h>

#include <chrono>
#include <map>
#include <optional>

#include "base/error.h"
#include "sealing/verify.h"
#include "tests/bench/bench_world.h"
#include "tests/support/memory_file_system.h"

using namespace govseal;
using namespace govseal::bench;

namespace {

void count_files(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void BM_SealInMemory(benchmark::State& state) {
  MemoryFileSystem files;
  std::string const run = "/repo/.codex/RUNS/" + std::string(kRunName);
  for_each_run_file(static_cast<std::size_t>(state.range(0)),
                    [&](std::string const& path, std::string_view bytes) {
                      files.write(run + "/" + path, bytes);
                    });
  auto const folder = files.open(run);
  ThreadPool pool(0);
  for (auto _ : state) {
    (void)seal(*folder, pool);
    state.PauseTiming();
    files.remove(run + "/" + kHashFileName);
    files.remove(run + "/" + kManifestName);
    state.ResumeTiming();
  }
  count_files(state);
}
BENCHMARK(BM_SealInMemory)
    ->ArgName("files")
    ->Arg(1000)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// Adds up how long each step takes.
class StepTimes {
 public:
  [[nodiscard]] SealStepHook hook() {
    return [this](SealStep step) {
      end();
      step_ = step;
      begin_ = Clock::now();
    };
  }
  void end() {
    if (step_) times_[seal_step_name(*step_)] += Clock::now() - begin_;
    step_.reset();
  }
  void report(benchmark::State& state) const {
    for (auto const& [name, time] : times_) {
      std::chrono::duration<double, std::milli> const ms = time;
      state.counters[std::string(name) + "_ms"] =
          benchmark::Counter(ms.count(), benchmark::Counter::kAvgIterations);
    }
  }

 private:
  using Clock = std::chrono::steady_clock;
  std::map<std::string_view, Clock::duration> times_;
  std::optional<SealStep> step_;
  Clock::time_point begin_;
};

/// S3 syncs files that are on the disk already.
void BM_PrepareOnDisk(benchmark::State& state) {
  DiskRun const run(static_cast<std::size_t>(state.range(0)));
  ThreadPool pool(0);
  (void)prepare(run.folder(), pool);
  StepTimes times;
  for (auto _ : state) {
    (void)prepare(run.folder(), pool, times.hook());
    times.end();
  }
  times.report(state);
  count_files(state);
}
BENCHMARK(BM_PrepareOnDisk)
    ->ArgName("files")
    ->Arg(10)
    ->Arg(10'000)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// Everything was just written: S3 is what the disk takes for it.
void BM_PrepareUnsynced(benchmark::State& state) {
  ThreadPool pool(0);
  StepTimes times;
  for (auto _ : state) {
    state.PauseTiming();
    auto run = std::make_unique<DiskRun>(static_cast<std::size_t>(state.range(0)));
    state.ResumeTiming();
    (void)prepare(run->folder(), pool, times.hook());
    times.end();
    state.PauseTiming();
    run.reset();
    state.ResumeTiming();
  }
  times.report(state);
  count_files(state);
}
BENCHMARK(BM_PrepareUnsynced)
    ->ArgName("files")
    ->Arg(10)
    ->Arg(10'000)
    ->Iterations(5)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void BM_PublishOnDisk(benchmark::State& state) {
  DiskRun const run(static_cast<std::size_t>(state.range(0)));
  ThreadPool pool(0);
  for (auto _ : state) {
    state.PauseTiming();
    SealPlan const plan = prepare(run.folder(), pool);
    state.ResumeTiming();
    (void)publish(run.folder(), plan, pool);
    state.PauseTiming();
    run.remove_seal();
    state.ResumeTiming();
  }
  count_files(state);
}
BENCHMARK(BM_PublishOnDisk)
    ->ArgName("files")
    ->Arg(10)
    ->Arg(10'000)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void BM_VerifyOnDisk(benchmark::State& state) {
  DiskRun const run(static_cast<std::size_t>(state.range(0)));
  ThreadPool pool(0);
  (void)seal(run.folder(), pool);
  VerifyOptions options;
  options.folder_name = kRunName;
  options.compat = false;
  for (auto _ : state) {
    auto const found = verify_folder(run.files(), run.folder(), options, pool, {});
    GOVSEAL_ASSERT(std::get<FolderVerdict>(found).verdict == Verdict::valid);
  }
  count_files(state);
}
BENCHMARK(BM_VerifyOnDisk)
    ->ArgName("files")
    ->Arg(10)
    ->Arg(10'000)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
