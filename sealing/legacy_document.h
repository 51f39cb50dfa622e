#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sealing/manifest_reader.h"

namespace govseal {

/// The JSON files of the legacy styles (sealing.md 7) in one reading: which members are there
/// depends on the style.
struct LegacyDocument {
  /// `artifacts`: {name: {bytes, sha256}}, of cartographer and catalog seals.
  std::optional<std::vector<ListedFile>> artifacts;
  /// `files`: [{bytes, relative_path, sha256}], of evidence packs.
  std::optional<std::vector<ListedFile>> files;
  /// `target`: {path, bytes, sha256}, of cartographer and catalog seals.
  std::optional<ListedFile> target;
  /// No strict JSON object, a key twice, or one of the three is not of its form.
  bool malformed = false;
};

/// Pure; never fails. Where the text is no JSON object at all, nothing is there.
[[nodiscard]] LegacyDocument read_legacy_document(std::string_view bytes);

}  // namespace govseal
