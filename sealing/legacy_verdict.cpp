#include "sealing/legacy_verdict.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "sealing/contract_verdict.h"
#include "sealing/hash_file.h"
#include "sealing/legacy_document.h"
#include "sealing/listed_files.h"
#include "sealing/manifest.h"
#include "sealing/manifest_reader.h"

namespace govseal {
namespace {

constexpr std::uint64_t kTextBytesMax = 4096;

/// The text without white space at its ends.
std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  auto const from = text.find_first_not_of(kSpace);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kSpace) - from + 1);
}

class LegacyJudge {
 public:
  LegacyJudge(FolderReader& reader, SealStyle style) : reader_(reader) { out_.style = style; }

  void judge_path1() {
    std::string const* const bytes = seal_file(kHashFileName, kSealFileBytesMax);
    if (bytes == nullptr) return;
    HashFile file = read_hash_file(*bytes, kHashFileName);
    out_.warnings.merge(file.warnings);
    findings_.merge(std::exchange(file.findings, {}));
    for (HashLine const& line : file.lines) list(std::string(line.path), line.sha256);
  }

  void judge_cartographer() {
    if (auto document = read_document("MANIFEST.json")) {
      if (!document->artifacts) malformed("MANIFEST.json");
      append(document->artifacts);
    }
    if (auto document = read_document("SEAL.json")) {
      if (!document->target) malformed("SEAL.json");
      if (document->target) listed_.push_back(*std::move(document->target));
    }
    check_one_line(kHashFileName, "MANIFEST.json", "MANIFEST.json");
    check_one_line("SEAL.sha256", "SEAL.json", "SEAL.json");
  }

  void judge_evidence_pack() {
    auto const document = read_document(kManifestName);
    if (!document || !document->files) return;
    listed_ = *document->files;
    if (!document->malformed) check_pack_hash();
    if (auto const hash = read_hash_text("manifest_sha256.txt")) list(kManifestName, *hash);
    out_.manifest_sha256 = digest_of(kManifestName);
    out_.hashfile_sha256 = out_.manifest_sha256;  // the file that binds
  }

  void judge_catalog_file(RelativePath const& seal_file) {
    std::string const& path = seal_file.str();
    if (auto document = read_document(path)) {
      if (!document->artifacts && !document->target) malformed(path);
      append(document->artifacts);
      if (document->target) listed_.push_back(*std::move(document->target));
    }
    check_one_line(catalog_hash_file_of(path), std::string(seal_file.name()), path);
    out_.manifest_sha256 = digest_of(path);
    out_.hashfile_sha256 = digest_of(catalog_hash_file_of(path));
  }

  FolderVerdict finish() {
    check_listed_paths(listed_, false, findings_);
    ListedObjects objects;
    if (reader_.scan().too_many) {
      findings_.add("tree.too_many");
    } else {
      objects = find_listed(listed_, reader_.scan(), findings_);
      check_contents(listed_, objects, reader_, findings_);
    }
    drop_listed(objects.regular);
    set_sealed_files(out_, objects.regular, seal_files_, reader_);
    if (reader_.regular(kHashFileName) != nullptr && !out_.hashfile_sha256) {
      out_.hashfile_sha256 = digest_of(kHashFileName);
    }
    findings_.move_into(out_);
    out_.verdict = outcome_of(out_.codes, Verdict::legacy);
    return std::move(out_);
  }

 private:
  void malformed(std::string_view path) { findings_.add("legacy.malformed", path); }

  void list(std::string path, Digest const& sha256) {
    listed_.push_back({std::move(path), std::nullopt, sha256, false});
  }

  void append(std::optional<std::vector<ListedFile>>& files) {
    if (!files) return;
    std::move(files->begin(), files->end(), std::back_inserter(listed_));
  }

  std::optional<Digest> digest_of(std::string_view path) {
    ScanEntry const* const entry = reader_.regular(path);
    return entry == nullptr ? std::nullopt : reader_.digest_of(*entry);
  }

  /// The content of a file that belongs to the seal itself; a code where there is none.
  std::string const* seal_file(std::string_view path, std::uint64_t bytes_max) {
    std::vector<ListedFile> const one{{std::string(path), std::nullopt, std::nullopt, true}};
    ListedObjects const found = find_listed(one, reader_.scan(), findings_);
    if (found.regular.empty()) return nullptr;
    seal_files_.push_back(found.regular.front());
    std::string const* const bytes = reader_.content(path, bytes_max);
    if (bytes == nullptr && reader_.ok()) malformed(path);
    return bytes;
  }

  std::optional<LegacyDocument> read_document(std::string_view path) {
    std::string const* const bytes = seal_file(path, kSealFileBytesMax);
    if (bytes == nullptr) return std::nullopt;
    LegacyDocument document = read_legacy_document(*bytes);
    if (document.malformed) malformed(path);
    return document;
  }

  /// A hash file with one line, which names `name`; that is the file at `path`.
  void check_one_line(std::string_view hash_file, std::string const& name,
                      std::string const& path) {
    std::string const* const bytes = seal_file(hash_file, kSealFileBytesMax);
    if (bytes == nullptr) return;
    HashFile file = read_hash_file(*bytes, hash_file);
    out_.warnings.merge(file.warnings);
    findings_.merge(std::exchange(file.findings, {}));
    bool const one = file.others.size() == 1 && file.root_lines.empty();
    if (one && file.lines.size() == 1 && file.lines.front().path == name) {
      list(path, file.lines.front().sha256);
    } else if (!file.stopped && !(one && file.has_bad_line())) {
      malformed(hash_file);  // Beside this, stop codes and bad lines have codes of their own.
    }
  }

  /// A text file with a hash and nothing else.
  std::optional<Digest> read_hash_text(std::string_view path) {
    std::string const* const bytes = seal_file(path, kTextBytesMax);
    if (bytes == nullptr) return std::nullopt;
    auto const hash = Digest::from_hex(trimmed(*bytes));
    if (!hash) malformed(path);
    return hash;
  }

  void check_pack_hash() {
    auto const claimed = read_hash_text("pack_sha256.txt");
    if (!claimed) return;
    Sha256 hash;
    for (ListedFile const& file : listed_) {
      hash.update(file.sha256->hex()).update("  ").update(file.path).update("\n");
    }
    Digest const computed = hash.finish();
    if (computed == *claimed) return;
    findings_.add("legacy.pack_hash", "pack_sha256.txt", claimed->hex(), computed.hex());
  }

  /// What is listed as well is not named twice.
  void drop_listed(std::vector<ScanEntry const*> const& listed) {
    std::vector<ScanEntry const*> sorted = listed;
    std::sort(sorted.begin(), sorted.end());
    auto const is_listed = [&sorted](ScanEntry const* entry) {
      return std::binary_search(sorted.begin(), sorted.end(), entry);
    };
    seal_files_.erase(std::remove_if(seal_files_.begin(), seal_files_.end(), is_listed),
                      seal_files_.end());
  }

  FolderReader& reader_;
  FolderVerdict out_;
  FindingSet findings_;
  std::vector<ListedFile> listed_;
  std::vector<ScanEntry const*> seal_files_;
};

}  // namespace

FolderVerdict judge_legacy(FolderReader& reader, SealStyle style) {
  LegacyJudge judge(reader, style);
  if (style == SealStyle::path1) judge.judge_path1();
  if (style == SealStyle::cartographer) judge.judge_cartographer();
  if (style == SealStyle::evidence_pack) judge.judge_evidence_pack();
  return judge.finish();
}

FolderVerdict judge_catalog(FolderReader& reader, RelativePath const& seal_file) {
  LegacyJudge judge(reader, SealStyle::catalog);
  judge.judge_catalog_file(seal_file);
  return judge.finish();
}

std::string catalog_hash_file_of(std::string const& seal_file) {
  constexpr std::string_view kSuffix = "json";
  return seal_file.substr(0, seal_file.size() - kSuffix.size()) + "sha256";
}

}  // namespace govseal
