#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/json.h"
#include "base/task_pool.h"
#include "sealing/manifest.h"
#include "sealing/verify.h"
#include "tests/support/temp_directory.h"

namespace govseal {

/// The run folders of tests/fixtures/seal_cases, copied or built from their recipes into a fresh
/// directory as its README describes. Built once for a test program.
class SealFixtures {
 public:
  static SealFixtures const& get();

  [[nodiscard]] std::vector<std::string> const& names() const noexcept { return names_; }
  [[nodiscard]] JsonValue const& expected(std::string const& name) const;
  [[nodiscard]] std::string folder(std::string const& name) const;

 private:
  SealFixtures();
  void build_recipe(std::string const& name);

  TempDirectory directory_;
  JsonValue expected_;
  std::vector<std::string> names_;
};

/// Opens a directory of the disk that must exist.
[[nodiscard]] std::unique_ptr<Directory> open_folder(std::string const& absolute_path);

/// verify_folder() as the command line calls it, for a folder that is not stopped.
[[nodiscard]] FolderVerdict verify_path(std::string const& absolute_path,
                                        VerifyOptions options = {});

/// The seal of what lies in a folder now, apart from its seal files.
[[nodiscard]] SealBytes seal_of(std::string const& absolute_path, unsigned hash_threads);

/// Writes both seal files into a folder, as a producer would.
void write_seal(TempDirectory const& directory, std::string const& folder);

/// A pool for tests, made once.
[[nodiscard]] TaskPool& test_pool();

}  // namespace govseal
