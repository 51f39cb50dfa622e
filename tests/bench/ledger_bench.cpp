// Every fact the agent states passes the ledger: a batch is written, hashed into the tree, signed
// and synced. In memory that is the cost of the product, on disk that of the disk as well. Reading
// stands for the start of the agent and for a reviewer's check of the whole history.
#include <benchmark/benchmark.h>

#include "base/clock.h"
#include "base/error.h"
#include "sealing/ledger/ledger.h"
#include "sealing/ledger/records.h"
#include "tests/bench/bench_world.h"
#include "tests/support/memory_file_system.h"

using namespace govseal;
using namespace govseal::bench;

namespace {

constexpr char const* kBootId = "11111111-2222-4333-8444-555555555555";

std::unique_ptr<Ledger> open_ledger(Directory& state, Instant now) {
  LedgerOptions options;
  options.origin = "govseal.example/bench";
  options.host_name = "bench";
  options.version = "1.0.0";
  options.boot_id = kBootId;
  options.own_uid = static_cast<std::uint32_t>(state.status().uid);
  auto opening = Ledger::open({.state = state}, options, now);
  auto* const opened = std::get_if<LedgerOpened>(&opening);
  GOVSEAL_ASSERT(opened != nullptr);
  return std::move(opened->ledger);
}

std::vector<RecordDraft> batch_of(std::size_t records) {
  std::vector<RecordDraft> batch;
  for (std::size_t i = 0; i < records; ++i) {
    batch.push_back(make_record(
        record::Heartbeat{.interval_s = 900, .uptime_s = static_cast<std::int64_t>(i)}));
  }
  return batch;
}

/// A ledger that goes on growing while it is measured.
class Writer {
 public:
  explicit Writer(Directory& state) {
    now_.wall = std::chrono::seconds(1'767'225'600);
    ledger_ = open_ledger(state, now_);
  }
  void append(std::vector<RecordDraft> const& batch) {
    now_.wall += nanoseconds(1000);
    auto const result = ledger_->append(batch, now_);
    GOVSEAL_ASSERT(std::holds_alternative<Appended>(result));
  }
  [[nodiscard]] Ledger& ledger() { return *ledger_; }
  [[nodiscard]] Instant now() const { return now_; }

 private:
  Instant now_;
  std::unique_ptr<Ledger> ledger_;
};

void append_batches(benchmark::State& state, Directory& directory) {
  Writer writer(directory);
  std::vector<RecordDraft> const batch = batch_of(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) writer.append(batch);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void BM_AppendInMemory(benchmark::State& state) {
  MemoryFileSystem files;
  files.make_directory("/state", 0700);
  append_batches(state, *files.open("/state"));
}
BENCHMARK(BM_AppendInMemory)->ArgName("batch")->Arg(1)->Arg(256)->Iterations(200);

void BM_AppendOnDisk(benchmark::State& state) {
  TempDirectory const place;
  auto opened = DiskFileSystem().open_directory(place.path());
  append_batches(state, *std::get<std::unique_ptr<Directory>>(opened));
}
BENCHMARK(BM_AppendOnDisk)->ArgName("batch")->Arg(1)->Arg(256)->UseRealTime()->Iterations(200);

/// A state directory in memory with a ledger of 256 times `batches` records.
std::unique_ptr<Directory> fill(MemoryFileSystem& files, int batches) {
  files.make_directory("/state", 0700);
  auto directory = files.open("/state");
  Writer writer(*directory);
  std::vector<RecordDraft> const batch = batch_of(256);
  for (int i = 0; i < batches; ++i) writer.append(batch);
  return directory;
}

void BM_OpenLedger(benchmark::State& state) {
  constexpr int kBatches = 200;
  MemoryFileSystem files;
  auto const directory = fill(files, kBatches);
  Instant now;
  now.wall = std::chrono::seconds(1'767'230'000);
  for (auto _ : state) benchmark::DoNotOptimize(open_ledger(*directory, now));
  state.SetItemsProcessed(state.iterations() * kBatches * 256);
}
BENCHMARK(BM_OpenLedger)->UseRealTime()->Unit(benchmark::kMillisecond);

void BM_ReadRecords(benchmark::State& state) {
  constexpr int kBatches = 200;
  MemoryFileSystem files;
  auto const directory = fill(files, kBatches);
  Instant now;
  now.wall = std::chrono::seconds(1'767'230'000);
  auto const ledger = open_ledger(*directory, now);
  for (auto _ : state) {
    std::uint64_t seen = 0;
    ledger->for_each_record(0, ledger->size(), [&seen](Record const&) { ++seen; });
    GOVSEAL_ASSERT(seen == ledger->size());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(ledger->size()));
}
BENCHMARK(BM_ReadRecords)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
