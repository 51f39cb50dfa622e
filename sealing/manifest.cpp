#include "sealing/manifest.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/error.h"
#include "base/json.h"

namespace govseal {
namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;
constexpr std::size_t kHexDigits = 64;

/// One payload file with everything that is written of it.
struct Line {
  std::string text;  // `<sha256>  <relpath>`
  std::string_view hex() const { return std::string_view(text).substr(0, kHexDigits); }
  std::string_view path() const { return std::string_view(text).substr(kHexDigits + 2); }
};

Line make_line(Digest const& digest, std::string_view relpath) {
  Line line;
  line.text.reserve(kHexDigits + 2 + relpath.size());
  append_hex(line.text, digest);
  line.text += "  ";
  line.text += relpath;
  return line;
}

/// The JSON string of sealing.md 1.1. Nearly all names need no escapes.
void append_json_string(std::string& out, std::string_view text) {
  bool const plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
  });
  if (!plain) {
    JsonWriter writer(JsonWriter::Style::compact, JsonWriter::Escapes::ascii);
    out += writer.value(text).take();
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

/// Written by hand: with a hundred thousand files a general writer takes longer than hashing.
std::string manifest_json_of(std::vector<ManifestEntry> const& entries,
                             std::vector<Line> const& lines) {
  if (entries.empty()) return "[]\n";
  constexpr std::size_t kFrameBytes = 150;
  std::size_t size = 4;
  for (Line const& line : lines) size += line.text.size() + kFrameBytes;
  std::string out;
  out.reserve(size);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    out += i == 0 ? "[\n  {\n    \"relpath\": " : ",\n  {\n    \"relpath\": ";
    append_json_string(out, entries[i].relpath);
    out += ",\n    \"bytes\": ";
    out += std::to_string(entries[i].bytes);
    out += ",\n    \"sha256\": \"";
    out += lines[i].hex();
    out += "\"\n  }";
  }
  return out += "\n]\n";
}

/// Whole lines start with hashes, so the first bytes decide nearly every comparison without a look
/// at the lines themselves.
struct SortKey {
  std::uint64_t prefix;
  std::string_view line;
  friend bool operator<(SortKey const& a, SortKey const& b) {
    return a.prefix != b.prefix ? a.prefix < b.prefix : a.line < b.line;
  }
};

std::uint64_t first_bytes(std::string_view line) {
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < sizeof prefix; ++i) {
    prefix = prefix << 8 | (i < line.size() ? static_cast<unsigned char>(line[i]) : 0u);
  }
  return prefix;
}

void check(std::vector<ManifestEntry> const& sorted) {
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    std::string const& path = sorted[i].relpath;
    GOVSEAL_ASSERT(is_sealable_path(path) && !is_seal_file(path));
    GOVSEAL_ASSERT(i == 0 || sorted[i - 1].relpath != path);
  }
}

/// `h1:` over the lines by path, the one of manifest.json among them. `payload` is the text of all
/// other lines.
std::string second_commitment(std::vector<Line> const& lines, std::string_view payload,
                              Line const& manifest) {
  std::size_t before = 0;  // bytes of the lines that come before
  for (Line const& line : lines) {
    if (manifest.path() < line.path()) break;
    before += line.text.size() + 1;
  }
  Sha256 hash;
  hash.update(payload.substr(0, before)).update(manifest.text).update("\n");
  return "h1:" + to_base64(hash.update(payload.substr(before)).finish().span());
}

}  // namespace

void append_hex(std::string& out, Digest const& digest) {
  constexpr char kDigits[] = "0123456789abcdef";
  char digits[kHexDigits];
  char* next = digits;
  for (std::uint8_t const byte : digest.bytes) {
    *next++ = kDigits[byte >> 4];
    *next++ = kDigits[byte & 15];
  }
  out.append(digits, kHexDigits);
}

Digest root_of_lines(std::vector<std::string_view> const& lines) {
  std::vector<SortKey> keys;
  keys.reserve(lines.size());
  for (std::string_view const line : lines) keys.push_back({first_bytes(line), line});
  std::sort(keys.begin(), keys.end());
  Sha256 hash;
  std::string buffer;
  bool first = true;
  for (SortKey const& key : keys) {
    if (!first) buffer += '\n';
    first = false;
    buffer += key.line;
    if (buffer.size() >= kPieceBytes) {
      hash.update(buffer);
      buffer.clear();
    }
  }
  buffer += '\n';
  return hash.update(buffer).finish();
}

SealBytes make_seal_bytes(std::vector<ManifestEntry> entries) {
  auto const by_path = [](ManifestEntry const& a, ManifestEntry const& b) {
    return a.relpath < b.relpath;
  };
  if (!std::is_sorted(entries.begin(), entries.end(), by_path)) {
    std::sort(entries.begin(), entries.end(), by_path);
  }
  check(entries);
  std::vector<Line> lines;
  lines.reserve(entries.size());
  SealBytes seal;
  for (ManifestEntry const& entry : entries) {
    lines.push_back(make_line(entry.sha256, entry.relpath));
    seal.hashfile += lines.back().text;
    seal.hashfile += '\n';
    seal.bytes += entry.bytes;
  }
  seal.files = entries.size();
  seal.manifest_json = manifest_json_of(entries, lines);
  seal.manifest_sha256 = sha256(seal.manifest_json);
  Line const manifest_line = make_line(seal.manifest_sha256, kManifestName);
  seal.h1 = second_commitment(lines, seal.hashfile, manifest_line);
  std::vector<std::string_view> all;
  all.reserve(lines.size() + 1);
  for (Line const& line : lines) all.emplace_back(line.text);
  all.emplace_back(manifest_line.text);
  seal.root = root_of_lines(all);
  seal.hashfile += manifest_line.text + "\nROOT_SHA256  ";
  append_hex(seal.hashfile, seal.root);
  seal.hashfile += '\n';
  seal.hashfile_sha256 = sha256(seal.hashfile);
  return seal;
}

}  // namespace govseal
