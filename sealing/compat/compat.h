#pragma once

#include "base/file_system.h"
#include "sealing/folder_reader.h"
#include "sealing/verdict.h"

namespace govseal {

/// The verdict of the reference validator of Registry Seal Contract v0.1 (sealing.md 5), identical
/// in outcome. Uses the digests of the strict pass. With `allow_outside` links and paths out of the
/// folder are followed with the caller's rights; without, they make the verdict null. The reason
/// `changed` means that a file was not what the scan saw: the caller starts again. Throws Error.
[[nodiscard]] CompatVerdict compat_verdict(FileSystem const& files, FolderReader& strict,
                                           bool allow_outside);

}  // namespace govseal
