#include "tests/bench/bench_world.h"

#include <cstdio>
#include <cstring>
#include <random>
#include <utility>
#include <variant>

#include "base/error.h"
#include "sealing/seal_prepare.h"
#include "sealing/seal_tree.h"

namespace govseal::bench {
namespace {

std::string path_of(std::size_t file) {
  char path[64];
  std::snprintf(path, sizeof path, "part%03zu/result-%06zu.csv", file / 1000, file);
  return path;
}

std::unique_ptr<Directory> open_directory(FileSystem const& files, std::string const& path) {
  return std::get<std::unique_ptr<Directory>>(files.open_directory(path));
}

}  // namespace

std::string noise(std::size_t bytes, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string text(bytes, '\0');
  for (std::size_t at = 0; at + 8 <= bytes; at += 8) {
    std::uint64_t const word = random();
    std::memcpy(text.data() + at, &word, 8);
  }
  return text;
}

void for_each_run_file(std::size_t count,
                       std::function<void(std::string const&, std::string_view)> const& put) {
  put("run.json", "{\"run_id\": \"" + std::string(kRunName) +
                      "\", \"created_utc\": \"2026-01-05T09:00:00Z\"}\n");
  for (std::size_t i = 0; i < count; ++i) put(path_of(i), noise(kSmallFileBytes, i));
}

DiskRun::DiskRun(std::size_t files) {
  for_each_run_file(files, [this](std::string const& path, std::string_view bytes) {
    place_.write(std::string(kRunName) + "/" + path, bytes);
  });
  root_ = open_directory(files_, place_.path());
  folder_ = open_directory(files_, place_ / kRunName);
}

std::vector<HashJob> DiskRun::payload() const {
  return regular_files_of(without_seal_files(scan_tree(*folder_, ScanLimits{}, {})));
}

void DiskRun::remove_seal() const {
  folder_->unlink(kHashFileName);
  folder_->unlink(kManifestName);
}

SealPlan prepare(Directory& folder, TaskPool& pool, SealStepHook const& hook) {
  PrepareOptions options;
  options.folder_name = kRunName;
  options.before_step = hook;
  auto outcome = prepare_seal(folder, options, pool, {});
  auto* const plan = std::get_if<SealPlan>(&outcome);
  GOVSEAL_ASSERT(plan != nullptr);
  return std::move(*plan);
}

Published publish(Directory& folder, SealPlan const& plan, TaskPool& pool) {
  auto outcome = publish_seal(folder, plan, {}, &pool);
  auto* const published = std::get_if<Published>(&outcome);
  GOVSEAL_ASSERT(published != nullptr);
  return std::move(*published);
}

SealedRun seal(Directory& folder, TaskPool& pool) {
  SealedRun run;
  run.plan = prepare(folder, pool);
  run.published = publish(folder, run.plan, pool);
  return run;
}

std::vector<ManifestEntry> some_entries(std::size_t count) {
  std::vector<ManifestEntry> entries;
  entries.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    entries.push_back({path_of(i), kSmallFileBytes, sha256(path_of(i))});
  }
  return entries;
}

}  // namespace govseal::bench
