#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>

#include "base/file_system.h"
#include "base/relative_path.h"
#include "base/task_pool.h"
#include "sealing/tree_hasher.h"
#include "sealing/verdict.h"

namespace govseal {

/// True for a name `X.seal.json`.
[[nodiscard]] bool is_catalog_seal_name(std::string_view name) noexcept;

/// A catalog seal file and the repository whose paths it lists.
struct CatalogPlace {
  std::unique_ptr<Directory> repository;
  RelativePath seal_file;
};

/// The nearest directory above `absolute_path` that has an object `.git`; nullopt when there is
/// none. Throws Error.
[[nodiscard]] std::optional<CatalogPlace> find_catalog(FileSystem const& files,
                                                       std::string const& absolute_path);

/// Judges a catalog seal file (sealing.md 7): the listed files and `X.seal.sha256` beside it. Reads
/// below `repository` only. Throws Error.
[[nodiscard]] std::variant<FolderVerdict, Stopped> verify_catalog(Directory const& repository,
                                                                  RelativePath const& seal_file,
                                                                  HashOptions const& hash,
                                                                  TaskPool& pool,
                                                                  std::stop_token const& stop);

}  // namespace govseal
