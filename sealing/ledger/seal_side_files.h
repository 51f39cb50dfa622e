#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/ed25519.h"
#include "base/file_system.h"

namespace govseal {

/// The run a side file belongs to, both words exactly as in the binding record.
struct SealPlace {
  std::string repo;
  std::string run;
};

/// What the state directory keeps below `seals/<repo>/<run>/` for each bound seal.
struct SideFiles {
  std::optional<std::string> hashfile;   // MANIFEST.sha256
  std::optional<std::string> signature;  // MANIFEST.sha256.sig, armored
  std::optional<std::string> proof;      // seal.tlog-proof
};

/// True when the run's encoded path can be stored: at most 1024 bytes, no element over 255. A run
/// for which this is false is not sealed.
[[nodiscard]] bool can_store_side_files(std::string_view run);

/// Writes the copy and its signature durably, replacing what a crash left. Call before the binding
/// record is appended: a binding never exists without its signature. Throws Error.
void write_seal_copy(Directory& state, SealPlace const& place, std::string_view hashfile_bytes,
                     Ed25519PrivateKey const& seal_key);
/// Writes `seal.tlog-proof` durably. Call after the binding record is acknowledged. Throws Error.
void write_seal_proof(Directory& state, SealPlace const& place, std::string_view proof);
/// What is there. Throws Error.
[[nodiscard]] SideFiles read_side_files(Directory const& state, SealPlace const& place);
/// Removes the side files of a run without a binding, and directories that are empty then.
void remove_side_files(Directory& state, SealPlace const& place);

}  // namespace govseal
