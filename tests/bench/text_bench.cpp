// The texts of a seal: with a hundred thousand files they are tens of megabytes, and anything slow
// about them would cost more than hashing. Plus the general JSON reader, behind every answer and
// every record.
#include <benchmark/benchmark.h>

#include "base/error.h"
#include "base/json.h"
#include "sealing/hash_file.h"
#include "sealing/manifest_reader.h"
#include "sealing/path_rules.h"
#include "tests/bench/bench_world.h"

using namespace govseal;
using namespace govseal::bench;

namespace {

constexpr std::size_t kFiles = 10'000;

void count(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kFiles));
}

void BM_MakeSealBytes(benchmark::State& state) {
  std::vector<ManifestEntry> const entries = some_entries(kFiles);
  std::size_t bytes = 0;
  for (auto _ : state) {
    SealBytes const seal = make_seal_bytes(entries);
    bytes = seal.manifest_json.size() + seal.hashfile.size();
  }
  count(state, bytes);
}
BENCHMARK(BM_MakeSealBytes)->Unit(benchmark::kMillisecond);

void BM_ReadManifest(benchmark::State& state) {
  std::string const text = make_seal_bytes(some_entries(kFiles)).manifest_json;
  for (auto _ : state) GOVSEAL_ASSERT(read_manifest(text).entries.size() == kFiles);
  count(state, text.size());
}
BENCHMARK(BM_ReadManifest)->Unit(benchmark::kMillisecond);

void BM_ReadHashFile(benchmark::State& state) {
  std::string const text = make_seal_bytes(some_entries(kFiles)).hashfile;
  for (auto _ : state) {
    GOVSEAL_ASSERT(read_hash_file(text, kHashFileName).lines.size() == kFiles + 1);
  }
  count(state, text.size());
}
BENCHMARK(BM_ReadHashFile)->Unit(benchmark::kMillisecond);

void BM_ParseJson(benchmark::State& state) {
  std::string const text = make_seal_bytes(some_entries(kFiles)).manifest_json;
  for (auto _ : state) {
    auto const parsed = parse_json(text);
    GOVSEAL_ASSERT(std::holds_alternative<JsonValue>(parsed));
  }
  count(state, text.size());
}
BENCHMARK(BM_ParseJson)->Unit(benchmark::kMillisecond);

void BM_PathRules(benchmark::State& state) {
  std::vector<ManifestEntry> const entries = some_entries(kFiles);
  std::vector<std::string_view> paths;
  std::size_t bytes = 0;
  for (ManifestEntry const& entry : entries) {
    paths.emplace_back(entry.relpath);
    bytes += entry.relpath.size();
  }
  for (auto _ : state) {
    for (std::string_view const path : paths) {
      GOVSEAL_ASSERT(path_codes(path).empty() && name_warnings(path).empty());
    }
    GOVSEAL_ASSERT(prefix_conflicts(paths).empty());
  }
  count(state, bytes);
}
BENCHMARK(BM_PathRules)->Unit(benchmark::kMillisecond);

}  // namespace
