#include "sealing/contract_verdict.h"

#include <algorithm>
#include <utility>

#include "sealing/hash_file.h"
#include "sealing/line_check.h"
#include "sealing/listed_files.h"
#include "sealing/manifest.h"
#include "sealing/manifest_reader.h"
#include "sealing/tree_check.h"

namespace govseal {
namespace {

class Judge {
 public:
  Judge(FolderReader& reader, std::string_view folder_name)
      : reader_(reader), folder_name_(folder_name) {}

  FolderVerdict judge() {
    out_.style = SealStyle::contract;
    manifest_ = reader_.regular(kManifestName);
    hashfile_ = reader_.regular(kHashFileName);
    read_manifest_file();
    check_run_json();
    check_hash_file();
    check_folder();
    if (!reader_.ok()) return std::move(out_);
    findings_.move_into(out_);
    out_.verdict = outcome_of(out_.codes, Verdict::valid);
    return std::move(out_);
  }

 private:
  void read_manifest_file() {
    manifest_reading_.stopped = true;
    if (manifest_ == nullptr) return findings_.add("manifest.missing", kManifestName);
    out_.manifest_sha256 = digest_of(*manifest_);
    if (manifest_->stat.size > kSealFileBytesMax) {
      return findings_.add("manifest.too_large", kManifestName);
    }
    if (!reader_.ok()) return;
    manifest_reading_ = read_manifest(*reader_.content(kManifestName, kSealFileBytesMax));
    findings_.merge(std::exchange(manifest_reading_.findings, {}));
  }

  /// Reads what fits as a whole first, so that it is read once.
  std::optional<Digest> digest_of(ScanEntry const& entry) {
    (void)reader_.content(entry.path.str(), kSealFileBytesMax);
    return reader_.digest_of(entry);
  }

  bool is_listed(std::string_view path) const {
    return std::any_of(manifest_reading_.entries.begin(), manifest_reading_.entries.end(),
                       [path](ListedFile const& file) { return file.path == path; });
  }

  void check_run_json() {
    ScanEntry const* const entry = reader_.regular(kEnvelopeName);
    if (entry == nullptr) return findings_.add("run_json.missing", kEnvelopeName);
    if (entry->stat.size > kEnvelopeBytesMax) {
      return findings_.add("run_json.too_large", kEnvelopeName);
    }
    std::string const* const bytes = reader_.content(kEnvelopeName, kEnvelopeBytesMax);
    if (bytes == nullptr) return;
    auto const judged =
        judge_envelope(parse_envelope(*bytes), folder_name_, is_listed("checks.json"));
    for (std::string const& code : judged.codes) findings_.add(code, kEnvelopeName);
    out_.warnings.insert(judged.warnings.begin(), judged.warnings.end());
    out_.dialect = judged.dialect;
  }

  void check_hash_file() {
    out_.hashfile_sha256 = digest_of(*hashfile_);
    if (hashfile_->stat.size > kSealFileBytesMax) {
      return findings_.add("hashfile.too_large", kHashFileName);
    }
    if (!reader_.ok()) return;
    HashFile file =
        read_hash_file(*reader_.content(kHashFileName, kSealFileBytesMax), kHashFileName);
    findings_.merge(std::exchange(file.findings, {}));
    if (file.stopped) return;
    out_.warnings.merge(file.warnings);
    out_.root = file.root;
    out_.root_computed = file.root_computed;
    check_root_lines(file, findings_);
    if (!manifest_reading_.stopped) {
      out_.variant = check_lines(file, manifest_reading_.entries, findings_);
    }
    if (out_.manifest_sha256) check_manifest_line(file);
  }

  void check_manifest_line(HashFile const& file) {
    std::vector<LineEndQuestion> questions;
    for (HashLine const& line : wrong_manifest_lines(file, *out_.manifest_sha256, findings_)) {
      bool const asked = std::any_of(questions.begin(), questions.end(), [&](auto const& question) {
        return question.sha256 == line.sha256;
      });
      if (asked) continue;
      // Each question reads the file again, and only two hashes can be explained.
      if (questions.size() < kManifestLinesMax) {
        questions.push_back({manifest_, std::nullopt, line.sha256});
      } else {
        add_manifest_hash(line.sha256);
      }
    }
    auto const changes = reader_.explain(questions);
    for (std::size_t i = 0; i < questions.size(); ++i) {
      if (changes[i]) {
        add_line_end_finding(findings_, kManifestName, questions[i].sha256, *changes[i]);
      } else {
        add_manifest_hash(questions[i].sha256);
      }
    }
  }

  void add_manifest_hash(Digest const& claimed) {
    findings_.add("hashfile.manifest_hash", kManifestName, claimed.hex(),
                  out_.manifest_sha256->hex());
  }

  void check_folder() {
    TreeScan const& scan = reader_.scan();
    check_tree(scan, findings_);
    ListedObjects objects;
    if (!manifest_reading_.stopped && !scan.too_many) {
      std::vector<ListedFile> const& files = manifest_reading_.entries;
      objects = find_listed(files, scan, findings_);
      check_unlisted(scan, objects, findings_);
      check_contents(files, objects, reader_, findings_);
      warn_about_names(files);
    }
    set_sealed_files(out_, objects.regular, {manifest_, hashfile_}, reader_);
  }

  void warn_about_names(std::vector<ListedFile> const& files) {
    std::vector<std::string_view> paths;
    for (ListedFile const& file : files) {
      if (file.lookup) paths.emplace_back(file.path);
    }
    out_.warnings.merge(warnings_about_names(std::move(paths)));
  }

  static constexpr std::size_t kManifestLinesMax = 16;

  FolderReader& reader_;
  std::string_view folder_name_;
  FolderVerdict out_;
  FindingSet findings_;
  ScanEntry const* manifest_ = nullptr;
  ScanEntry const* hashfile_ = nullptr;
  ManifestReading manifest_reading_;
};

}  // namespace

FolderVerdict judge_contract(FolderReader& reader, std::string_view folder_name) {
  return Judge(reader, folder_name).judge();
}

Verdict outcome_of(std::set<std::string> const& codes, Verdict clean) {
  if (codes.empty()) return clean;
  bool const only_line_ends = codes.size() == 1 && codes.count("content.eol") == 1;
  return only_line_ends ? Verdict::eol_normalized : Verdict::invalid;
}

void set_sealed_files(FolderVerdict& verdict, std::vector<ScanEntry const*> const& listed,
                      std::vector<ScanEntry const*> const& seal_files, FolderReader const& reader) {
  auto const add = [&](ScanEntry const* entry) {
    if (entry == nullptr || !reader.digest(*entry)) return false;
    verdict.sealed_files.push_back({entry->path.str(), entry->stat, *reader.digest(*entry)});
    return true;
  };
  verdict.files = 0;
  verdict.bytes = 0;
  for (ScanEntry const* entry : listed) {
    if (!add(entry)) continue;
    ++*verdict.files;
    *verdict.bytes += entry->stat.size;
  }
  for (ScanEntry const* entry : seal_files) add(entry);
}

}  // namespace govseal
