// Hashing is what sealing cannot avoid. Big files show the speed of SHA-256 and of reading pieces;
// many small files show what each file costs beside its bytes, and how far threads help. Compare
// them with `openssl speed -evp sha256`.
#include <benchmark/benchmark.h>

#include "base/error.h"
#include "tests/bench/bench_world.h"

using namespace govseal;
using namespace govseal::bench;

namespace {

void count_bytes(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

void BM_Sha256InMemory(benchmark::State& state) {
  std::string const text = noise(static_cast<std::size_t>(state.range(0)), 1);
  for (auto _ : state) benchmark::DoNotOptimize(sha256(text));
  count_bytes(state, text.size());
}
BENCHMARK(BM_Sha256InMemory)->Arg(64)->Arg(4096)->Arg(1 << 20);

void BM_HashOneBigFile(benchmark::State& state) {
  constexpr std::size_t kBytes = 256 << 20;
  TempDirectory const place;
  place.write("big", noise(kBytes, 1));
  auto opened = DiskFileSystem().open_directory(place.path());
  auto const& folder = *std::get<std::unique_ptr<Directory>>(opened);
  std::vector<HashJob> const jobs{{RelativePath::of("big"), *folder.find("big")}};
  ThreadPool pool(0);
  for (auto _ : state) {
    auto const hashed = hash_tree(folder, jobs, pool, {}, {});
    GOVSEAL_ASSERT(std::holds_alternative<std::vector<Digest>>(hashed));
  }
  count_bytes(state, kBytes);
}
BENCHMARK(BM_HashOneBigFile)->UseRealTime()->Unit(benchmark::kMillisecond);

void BM_HashSmallFiles(benchmark::State& state) {
  constexpr std::size_t kFiles = 20'000;
  DiskRun const run(kFiles);
  std::vector<HashJob> const jobs = run.payload();
  auto const threads = static_cast<unsigned>(state.range(0));
  ThreadPool pool(threads);
  HashOptions const options{.width = threads};
  for (auto _ : state) {
    auto const hashed = hash_tree(run.folder(), jobs, pool, options, {});
    GOVSEAL_ASSERT(std::holds_alternative<std::vector<Digest>>(hashed));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(jobs.size()));
}
BENCHMARK(BM_HashSmallFiles)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->Arg(4)
    ->Arg(16)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
