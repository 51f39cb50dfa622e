#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/sha256.h"
#include "sealing/path_rules.h"

namespace govseal {

inline constexpr char const* kManifestName = "manifest.json";
inline constexpr char const* kHashFileName = "MANIFEST.sha256";
inline constexpr char const* kEnvelopeName = "run.json";

/// One payload file of a seal. `relpath` obeys path_codes() and is no seal file.
struct ManifestEntry {
  std::string relpath;
  std::uint64_t bytes = 0;
  Digest sha256;
};

/// Both seal files of a folder in memory, byte-exact as in sealing.md 1.
struct SealBytes {
  std::string manifest_json;
  std::string hashfile;
  Digest root;              // ROOT_SHA256
  Digest manifest_sha256;   // of manifest_json
  Digest hashfile_sha256;   // of hashfile
  std::uint64_t files = 0;  // entries
  std::uint64_t bytes = 0;  // sum of their sizes
  std::string h1;           // second commitment, `h1:` and base64 (ledger.md 3.5)
};

/// Makes the seal of these files, in any order given. Asserts that the paths are sealable, no seal
/// files and different from each other: the caller has scanned them. Pure; thread-safe.
[[nodiscard]] SealBytes make_seal_bytes(std::vector<ManifestEntry> entries);

/// Appends the 64 lower-case hex digits. Faster than Digest::hex() where there are many.
void append_hex(std::string& out, Digest const& digest);

/// ROOT over hash lines without line ends, in any order (sealing.md 1, step 4).
[[nodiscard]] Digest root_of_lines(std::vector<std::string_view> const& lines);

}  // namespace govseal
