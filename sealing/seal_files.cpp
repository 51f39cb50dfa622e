#include "sealing/seal_files.h"

#include <memory>
#include <utility>
#include <variant>

#include "base/json.h"
#include "sealing/manifest_reader.h"
#include "sealing/path_rules.h"

namespace govseal {
namespace {

bool remove_if(Directory& folder, std::string_view name, Digest const& expected) {
  SealFileFound const found = read_seal_file(folder, name);
  if (!found.bytes || sha256(*found.bytes) != expected) return !found.exists;
  folder.unlink(name);
  return true;
}

}  // namespace

SealFileFound read_seal_file(Directory const& folder, std::string_view name) {
  SealFileFound found;
  found.exists = folder.find(name).has_value();
  if (!found.exists) return found;
  auto const opened = folder.open_file(RelativePath::of(name));
  if (auto const* const file = std::get_if<std::unique_ptr<File>>(&opened)) {
    found.bytes = read_all(**file, kSealFileBytesMax);
  } else if (std::get<OpenFailure>(opened) == OpenFailure::not_found) {
    found.exists = false;
  }
  return found;
}

bool is_torn_copy(std::string_view found, std::string_view whole) noexcept {
  if (found.size() > whole.size()) return false;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i] != whole[i] && found[i] != '\0') return false;
  }
  return true;
}

std::vector<std::string> withdraw_seal(Directory& folder, SealIntent const& intent) {
  std::vector<std::string> left;
  if (!remove_if(folder, kHashFileName, intent.hashfile)) left.emplace_back(kHashFileName);
  if (!remove_if(folder, kManifestName, intent.manifest)) left.emplace_back(kManifestName);
  folder.sync();
  return left;
}

std::optional<std::vector<ManifestEntry>> parse_own_manifest(std::string_view bytes) {
  auto const parsed = parse_json(bytes);
  auto const* const json = std::get_if<JsonValue>(&parsed);
  auto const* const array = json == nullptr ? nullptr : json->as_array();
  if (array == nullptr) return std::nullopt;
  std::vector<ManifestEntry> entries;
  for (JsonValue const& item : *array) {
    auto const* const path = item.find_string("relpath");
    auto const size = item.find_int("bytes");
    auto const* const hex = item.find_string("sha256");
    auto const digest = hex == nullptr ? std::nullopt : Digest::from_hex(*hex);
    if (path == nullptr || !size || *size < 0 || !digest) return std::nullopt;
    if (!is_sealable_path(*path) || is_seal_file(*path)) return std::nullopt;
    if (!entries.empty() && *path <= entries.back().relpath) return std::nullopt;
    entries.push_back({*path, static_cast<std::uint64_t>(*size), *digest});
  }
  return entries;
}

}  // namespace govseal
