#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "agent/events.h"
#include "base/error.h"
#include "base/file_system.h"

namespace govseal {

/// A run folder with the directories on the way to it.
struct OpenRun {
  std::unique_ptr<Directory> repository;
  std::unique_ptr<Directory> run_root;
  std::unique_ptr<Directory> folder;
};
using OpenRunOutcome = std::variant<OpenRun, RunGone, NotAFolder, Unreachable>;

/// Opens a run folder from its repository's top, following no link inside. A repository that is not
/// there makes its runs unreachable, never gone: nothing tells deletion from relocation. Throws
/// Error.
[[nodiscard]] OpenRunOutcome open_run(FileSystem const& files, RunPlace const& place);

/// The run root alone; RunRootMissing when the repository is there and the root is not.
[[nodiscard]] std::variant<std::unique_ptr<Directory>, RunRootMissing, Unreachable> open_run_root(
    FileSystem const& files, std::string const& repository_path, RelativePath const& run_root);

[[nodiscard]] std::string_view folder_name_of(RunKey const& key) noexcept;
[[nodiscard]] JobFailure failure_of(Error const& error);

}  // namespace govseal
