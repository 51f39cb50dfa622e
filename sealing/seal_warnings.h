#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "sealing/envelope.h"
#include "sealing/manifest.h"

namespace govseal {

/// The warnings of a folder with these payload files, and its dialect: those of the names
/// (sealing.md 3.7) and of run.json (3.3), as a verification would find them. For a seal that is
/// completed after a crash, when the look that found them first is gone. `codes` are those of
/// run.json. Reads run.json; throws Error.
[[nodiscard]] EnvelopeJudgement judge_payload(Directory const& folder, std::string_view folder_name,
                                              std::vector<ManifestEntry> const& payload);

}  // namespace govseal
