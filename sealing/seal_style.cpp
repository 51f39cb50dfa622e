#include "sealing/seal_style.h"

#include <algorithm>

#include "sealing/hash_file.h"
#include "sealing/legacy_document.h"
#include "sealing/manifest.h"
#include "sealing/manifest_reader.h"

namespace govseal {
namespace {

SealStyle style_of_hash_file(FolderReader& reader) {
  if (reader.scan().find(kManifestName) != nullptr) return SealStyle::contract;
  std::string const* const bytes = reader.content(kHashFileName, kSealFileBytesMax);
  if (bytes == nullptr) return SealStyle::contract;
  HashFile const file = read_hash_file(*bytes, kHashFileName);
  bool const has_manifest_line =
      std::any_of(file.lines.begin(), file.lines.end(),
                  [](HashLine const& line) { return line.path == kManifestName; });
  if (file.stopped || !file.root_lines.empty() || has_manifest_line || file.others.empty()) {
    return SealStyle::contract;
  }
  bool const cartographer =
      reader.regular("MANIFEST.json") != nullptr && reader.regular("SEAL.json") != nullptr;
  return cartographer ? SealStyle::cartographer : SealStyle::path1;
}

bool is_evidence_pack(FolderReader& reader) {
  if (reader.regular("pack_sha256.txt") == nullptr) return false;
  std::string const* const bytes = reader.content(kManifestName, kSealFileBytesMax);
  return bytes != nullptr && read_legacy_document(*bytes).files.has_value();
}

}  // namespace

SealKind read_seal_kind(FolderReader& reader) {
  if (reader.regular(kHashFileName) != nullptr) return {style_of_hash_file(reader), false};
  if (is_evidence_pack(reader)) return {SealStyle::evidence_pack, false};
  return {std::nullopt, reader.scan().find(kManifestName) != nullptr};
}

}  // namespace govseal
