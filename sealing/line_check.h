#pragma once

#include <optional>
#include <vector>

#include "base/sha256.h"
#include "sealing/finding_set.h"
#include "sealing/hash_file.h"
#include "sealing/manifest_reader.h"

namespace govseal {

/// Compares the lines of a hash file with the entries of manifest.json (sealing.md 3.6), except
/// `hashfile.manifest_hash`. Returns the order of the lines: the first of A, B, C that fits,
/// nullopt when none does or where it is not checked. Pure.
[[nodiscard]] std::optional<LineOrder> check_lines(HashFile const& file,
                                                   std::vector<ListedFile> const& entries,
                                                   FindingSet& findings);

/// The lines of `manifest.json` whose hash is not `actual`; adds `hashfile.no_manifest_line` when
/// there is no such line at all.
[[nodiscard]] std::vector<HashLine> wrong_manifest_lines(HashFile const& file, Digest const& actual,
                                                         FindingSet& findings);

}  // namespace govseal
