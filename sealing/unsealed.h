#pragma once

#include <string_view>

#include "sealing/folder_reader.h"
#include "sealing/verify.h"

namespace govseal {

/// Judges a folder without a seal by sealing.md 4: fills dialect, codes, findings, warnings,
/// envelope and state of `look`, whose age is set. Hashes nothing. Throws Error.
void judge_unsealed(FolderReader& reader, VerifyOptions const& options, FolderLook& look);

/// The whole look at a folder with a reader: also the kind of its seal. Sets everything but the
/// scan.
[[nodiscard]] FolderLook look_with(FolderReader& reader, VerifyOptions const& options);

}  // namespace govseal
