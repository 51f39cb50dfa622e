#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/task_pool.h"
#include "sealing/manifest.h"
#include "sealing/seal_plan.h"
#include "sealing/seal_publish.h"
#include "sealing/seal_step.h"
#include "sealing/tree_hasher.h"
#include "tests/support/temp_directory.h"

namespace govseal::bench {

inline constexpr char const* kRunName = "2026-01-05__090000__bench";
inline constexpr std::size_t kSmallFileBytes = 4096;

/// `bytes` of noise that differ from file to file.
[[nodiscard]] std::string noise(std::size_t bytes, std::uint64_t seed);

/// Hands over the files of a finished run: run.json and `count` small files, 1000 a directory.
void for_each_run_file(std::size_t count,
                       std::function<void(std::string const& path, std::string_view)> const& put);

/// A finished run below $TMPDIR (set it to /dev/shm to measure without a disk), in the page cache.
/// Removed at the end.
class DiskRun {
 public:
  explicit DiskRun(std::size_t files);

  [[nodiscard]] FileSystem const& files() const noexcept { return files_; }
  [[nodiscard]] Directory& root() const noexcept { return *root_; }
  [[nodiscard]] Directory& folder() const noexcept { return *folder_; }
  /// Everything but seal files.
  [[nodiscard]] std::vector<HashJob> payload() const;
  void remove_seal() const;

 private:
  TempDirectory place_;
  DiskFileSystem files_;
  std::unique_ptr<Directory> root_;
  std::unique_ptr<Directory> folder_;
};

struct SealedRun {
  SealPlan plan;
  Published published;
};

/// S1 to S4. Ends the program when the folder cannot be sealed.
[[nodiscard]] SealPlan prepare(Directory& folder, TaskPool& pool, SealStepHook const& hook = {});
/// S6 to S8, as prepare().
[[nodiscard]] Published publish(Directory& folder, SealPlan const& plan, TaskPool& pool);
[[nodiscard]] SealedRun seal(Directory& folder, TaskPool& pool);

/// Entries as a run of `count` files has them.
[[nodiscard]] std::vector<ManifestEntry> some_entries(std::size_t count);

}  // namespace govseal::bench
