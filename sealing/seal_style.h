#pragma once

#include <optional>

#include "sealing/folder_reader.h"
#include "sealing/verdict.h"

namespace govseal {

/// Which kind of seal a folder has (sealing.md 3.2).
struct SealKind {
  std::optional<SealStyle> style;  // nullopt: none that is whole
  bool half = false;               // an object manifest.json and nothing that completes it
};

/// Reads what tells the style. Throws Error on read failures.
[[nodiscard]] SealKind read_seal_kind(FolderReader& reader);

}  // namespace govseal
