#pragma once

#include <string>

#include "sealing/folder_reader.h"
#include "sealing/verdict.h"

namespace govseal {

/// Judges a folder of the style path1, cartographer or evidence_pack by sealing.md 7. Where
/// `reader` is no longer ok() afterwards, the verdict is of no worth. Throws Error.
[[nodiscard]] FolderVerdict judge_legacy(FolderReader& reader, SealStyle style);

/// The same for a catalog seal file. `reader` reads the repository; its scan has the seal file, the
/// file beside it and everything that is listed.
[[nodiscard]] FolderVerdict judge_catalog(FolderReader& reader, RelativePath const& seal_file);

/// `X.seal.sha256` of `X.seal.json`.
[[nodiscard]] std::string catalog_hash_file_of(std::string const& seal_file);

}  // namespace govseal
