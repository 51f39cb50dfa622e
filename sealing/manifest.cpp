#include "sealing/manifest.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/error.h"
#include "base/json.h"

namespace govseal {
namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;

std::string hash_line(std::string const& hex, std::string_view relpath) {
  std::string line;
  line.reserve(hex.size() + 2 + relpath.size());
  line += hex;
  line += "  ";
  return line += relpath;
}

std::string manifest_json_of(std::vector<ManifestEntry> const& entries) {
  JsonWriter writer(JsonWriter::Style::indent2, JsonWriter::Escapes::ascii);
  writer.begin_array();
  for (ManifestEntry const& entry : entries) {
    writer.begin_object();
    writer.member("relpath", entry.relpath);
    writer.member("bytes", entry.bytes);
    writer.member("sha256", entry.sha256.hex());
    writer.end_object();
  }
  writer.end_array();
  return writer.take() + "\n";
}

void check(std::vector<ManifestEntry> const& sorted) {
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    std::string const& path = sorted[i].relpath;
    GOVSEAL_ASSERT(is_sealable_path(path) && !is_seal_file(path));
    GOVSEAL_ASSERT(i == 0 || sorted[i - 1].relpath != path);
  }
}

/// `h1:` over the lines by path, the one of manifest.json among them.
std::string second_commitment(std::vector<std::string> const& lines, std::string const& manifest) {
  auto const path_of = [](std::string_view line) { return line.substr(66); };
  Sha256 hash;
  bool placed = false;
  for (std::string const& line : lines) {
    if (!placed && path_of(manifest) < path_of(line)) {
      hash.update(manifest).update("\n");
      placed = true;
    }
    hash.update(line).update("\n");
  }
  if (!placed) hash.update(manifest).update("\n");
  return "h1:" + to_base64(hash.finish().span());
}

}  // namespace

Digest root_of_lines(std::vector<std::string_view> lines) {
  std::sort(lines.begin(), lines.end());
  Sha256 hash;
  std::string buffer;
  bool first = true;
  for (std::string_view const line : lines) {
    if (!first) buffer += '\n';
    first = false;
    buffer += line;
    if (buffer.size() >= kPieceBytes) {
      hash.update(buffer);
      buffer.clear();
    }
  }
  buffer += '\n';
  return hash.update(buffer).finish();
}

SealBytes make_seal_bytes(std::vector<ManifestEntry> entries) {
  std::sort(entries.begin(), entries.end(),
            [](ManifestEntry const& a, ManifestEntry const& b) { return a.relpath < b.relpath; });
  check(entries);
  SealBytes seal;
  seal.manifest_json = manifest_json_of(entries);
  seal.manifest_sha256 = sha256(seal.manifest_json);
  std::vector<std::string> lines;
  lines.reserve(entries.size());
  for (ManifestEntry const& entry : entries) {
    lines.push_back(hash_line(entry.sha256.hex(), entry.relpath));
    seal.hashfile += lines.back();
    seal.hashfile += '\n';
    seal.bytes += entry.bytes;
  }
  seal.files = entries.size();
  std::string const manifest_line = hash_line(seal.manifest_sha256.hex(), kManifestName);
  std::vector<std::string_view> all(lines.begin(), lines.end());
  all.push_back(manifest_line);
  seal.root = root_of_lines(std::move(all));
  seal.hashfile += manifest_line + "\nROOT_SHA256  " + seal.root.hex() + "\n";
  seal.hashfile_sha256 = sha256(seal.hashfile);
  seal.h1 = second_commitment(lines, manifest_line);
  return seal;
}

}  // namespace govseal
