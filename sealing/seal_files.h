#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "sealing/manifest.h"
#include "sealing/seal_plan.h"

namespace govseal {

/// The bytes of a seal file that is there; nullopt for what is no regular file or is larger than a
/// seal file may be. Throws Error.
struct SealFileFound {
  bool exists = false;  // an object of any kind has the name
  std::optional<std::string> bytes;
};
[[nodiscard]] SealFileFound read_seal_file(Directory const& folder, std::string_view name);

/// True when `found` can be what a crash left of `whole`, written in place by the fallback of
/// publish: a part of its beginning, in which blocks that never reached the disk read as zeros.
/// The whole itself counts too.
[[nodiscard]] bool is_torn_copy(std::string_view found, std::string_view whole) noexcept;

/// Unlinks MANIFEST.sha256, then manifest.json, each only if its SHA-256 is that of the intent, and
/// syncs the folder (sealing.md 9.2, withdraw). Returns the names that exist and were left because
/// they are somebody else's. Throws Error.
std::vector<std::string> withdraw_seal(Directory& folder, SealIntent const& intent);

/// The entries of a manifest.json that govseal wrote; nullopt when these bytes are none.
[[nodiscard]] std::optional<std::vector<ManifestEntry>> parse_own_manifest(std::string_view bytes);

}  // namespace govseal
