#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/sha256.h"
#include "sealing/finding_set.h"

namespace govseal {

/// Files over this size get `manifest.too_large` and `hashfile.too_large`.
inline constexpr std::uint64_t kSealFileBytesMax = 64ull << 20;

/// A path that something lists, with what it says about the file. Used for every style.
struct ListedFile {
  std::string path;
  std::optional<std::uint64_t> bytes;  // nullopt: not well-formed or not recorded; not compared
  std::optional<Digest> sha256;        // the same
  /// May be looked up on disk: no `path.*` code but `path.prefix_conflict`, not reserved.
  bool lookup = false;
};

/// What manifest.json of a contract seal says (sealing.md 3.4).
struct ManifestReading {
  bool stopped = false;             // a stop code: there are no entries
  std::vector<ListedFile> entries;  // those that list a path, in order
  FindingSet findings;
};

/// Reads the bytes of manifest.json with all checks of sealing.md 3.4. `manifest.missing` and
/// `manifest.too_large` are the caller's. Pure; never fails.
[[nodiscard]] ManifestReading read_manifest(std::string_view bytes);

/// Path rules for what a seal lists: adds `path.*` codes for each, `path.prefix_conflict` among
/// those without one, and sets `lookup`. `reserve` also refuses the two seal files
/// (`manifest.reserved_path`).
void check_listed_paths(std::vector<ListedFile>& files, bool reserve, FindingSet& findings);

/// `0` or `[1-9][0-9]*` up to 2^53-1.
[[nodiscard]] std::optional<std::uint64_t> parse_listed_bytes(std::string_view token);

}  // namespace govseal
