// The sweep is what a quiet agent does all day: each bound folder is compared with the stat index
// without opening a file. Compare it with `git status` and `find -printf` of the same folder.
#include <benchmark/benchmark.h>

#include <chrono>

#include "base/error.h"
#include "sealing/bound_look.h"
#include "sealing/stat_row.h"
#include "tests/bench/bench_world.h"

using namespace govseal;
using namespace govseal::bench;

namespace {

StatRow row_of(SealedRun const& run, nanoseconds hashed) {
  return make_stat_row(
      run.plan, run.published,
      {.repo = "bench", .run_path = RelativePath::of(kRunName), .log_index = 7, .hashed = hashed});
}

void BM_SweepUnchangedFolder(benchmark::State& state) {
  DiskRun const run(static_cast<std::size_t>(state.range(0)));
  ThreadPool pool(0);
  SealedRun const sealed = seal(run.folder(), pool);
  // Pretends that an hour lies between the last hash and now: a younger ctime proves nothing.
  nanoseconds const later =
      nanoseconds(newest_ctime_ns(scan_tree(run.folder(), {}, {}))) + std::chrono::hours(1);
  auto const index = StatIndex::open_in_memory();
  index->put(row_of(sealed, later));
  for (auto _ : state) {
    auto const row = index->get("bench", kRunName);
    BoundLookRequest request;
    request.repo = "bench";
    request.run_path = RelativePath::of(kRunName);
    request.row = &*row;
    request.now_wall = later;
    auto const found = look_at_bound(run.files(), run.root(), request, pool, {});
    BoundLook const& look = std::get<BoundLook>(found);
    GOVSEAL_ASSERT(look.verdict.verdict == Verdict::valid && look.files_hashed == 0);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_SweepUnchangedFolder)
    ->ArgName("files")
    ->Arg(10)
    ->Arg(10'000)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void BM_ScanTree(benchmark::State& state) {
  DiskRun const run(static_cast<std::size_t>(state.range(0)));
  ThreadPool pool(0);
  for (auto _ : state) {
    TreeScan const scan = scan_tree(run.folder(), {}, {}, &pool);
    benchmark::DoNotOptimize(tree_fingerprint(scan));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_ScanTree)->ArgName("files")->Arg(10'000)->UseRealTime()->Unit(benchmark::kMillisecond);

void BM_StoreRows(benchmark::State& state) {
  TempDirectory const place;
  auto opened = DiskFileSystem().open_directory(place.path());
  auto const index = StatIndex::open(*std::get<std::unique_ptr<Directory>>(opened), place.path());
  std::vector<StatRow> rows(static_cast<std::size_t>(state.range(0)));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].repo = "bench";
    rows[i].path = ".codex/RUNS/run" + std::to_string(i);
    rows[i].style = "contract";
    rows[i].root = sha256(rows[i].path);
    rows[i].state = "VALID";
    for (int file = 0; file < 20; ++file) rows[i].files.append({});
  }
  for (auto _ : state) index->put_all(rows);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_StoreRows)->ArgName("folders")->Arg(256)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
