#include "sealing/unsealed.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "sealing/json_scanner.h"
#include "sealing/listed_files.h"
#include "sealing/manifest.h"
#include "sealing/manifest_reader.h"
#include "sealing/seal_style.h"
#include "sealing/tree_check.h"

namespace govseal {
namespace {

constexpr char const* kChecksName = "checks.json";

constexpr std::array<char const*, 7> kPath1Files{
    "RUN.md",
    "DIS_v1_1_evidence.md",
    "RES_v1_0_evidence.md",
    "LID_v1_0_evidence.md",
    "outputs/study_dis_v1_1.txt",
    "outputs/study_res_v1_0.txt",
    "outputs/study_lid_v1_0.txt",
};

bool is_path1(FolderReader const& reader) {
  return std::all_of(kPath1Files.begin(), kPath1Files.end(), [&reader](char const* path) {
    ScanEntry const* const entry = reader.regular(path);
    return entry != nullptr && entry->stat.size > 0;
  });
}

bool has_checks(FolderReader& reader) {
  std::string const* const bytes = reader.content(kChecksName, kSealFileBytesMax);
  return bytes != nullptr && is_strict_json(*bytes);
}

/// Everything that `run.json` says; empty without one.
EnvelopeJudgement read_envelope(FolderReader& reader, std::string_view folder_name,
                                Envelope& envelope) {
  EnvelopeJudgement nothing;
  ScanEntry const* const entry = reader.regular(kEnvelopeName);
  if (entry != nullptr && entry->stat.size > kEnvelopeBytesMax) {
    nothing.codes.emplace("run_json.too_large");
  }
  std::string const* const bytes = reader.content(kEnvelopeName, kEnvelopeBytesMax);
  if (bytes == nullptr) return nothing;
  envelope = parse_envelope(*bytes);
  return judge_envelope(envelope, folder_name, has_checks(reader));
}

/// Those codes of run.json that a complete folder can have.
bool can_be_complete_with(std::string const& code) {
  return code == "run_json.id_mismatch" || code == "run_json.duplicate_key";
}

std::vector<std::string_view> regular_paths(TreeScan const& scan) {
  std::vector<std::string_view> paths;
  for (ScanEntry const& entry : scan.entries) {
    if (entry.stat.kind == FileKind::regular) paths.emplace_back(entry.path.str());
  }
  return paths;
}

}  // namespace

void judge_unsealed(FolderReader& reader, VerifyOptions const& options, FolderLook& look) {
  FindingSet findings;
  auto const judged = read_envelope(reader, options.folder_name, look.envelope);
  if (look.envelope.run_id) look.dialect = judged.dialect;
  if (!look.dialect && is_path1(reader)) look.dialect = Dialect::path1;
  if (!look.dialect) {
    findings.add("run.no_envelope");
    for (std::string const& code : judged.codes) findings.add(code, kEnvelopeName);
  } else {
    look.warnings = warnings_about_names(regular_paths(reader.scan()));
    if (look.dialect != Dialect::path1) {
      look.warnings.insert(judged.warnings.begin(), judged.warnings.end());
      for (std::string const& code : judged.codes) {
        if (can_be_complete_with(code)) findings.add(code, kEnvelopeName);
      }
      check_tree(reader.scan(), findings);
    }
  }
  look.state = state_by_age(look.dialect.has_value(), look.age, options.age_limits);
  look.codes = findings.codes();
  look.findings = findings.take();
  look.findings_truncated = findings.truncated();
}

FolderLook look_with(FolderReader& reader, VerifyOptions const& options) {
  FolderLook look;
  TreeScan const& scan = reader.scan();
  look.fingerprint = tree_fingerprint(scan);
  look.has_manifest = scan.find(kManifestName) != nullptr;
  look.has_hashfile = scan.find(kHashFileName) != nullptr;
  look.newest_ctime_ns = newest_ctime_ns(scan);
  std::chrono::nanoseconds const since =
      options.now_wall - std::chrono::nanoseconds(look.newest_ctime_ns);
  look.age = options.age.value_or(std::max(since, std::chrono::nanoseconds(0)));
  SealKind const kind = read_seal_kind(reader);
  look.style = kind.style;
  if (kind.half) {
    FindingSet findings;
    findings.add("seal.incomplete", kManifestName);
    look.state = Verdict::incomplete;
    look.codes = findings.codes();
    look.findings = findings.take();
  } else if (!kind.style) {
    judge_unsealed(reader, options, look);
  }
  return look;
}

Verdict state_by_age(bool complete, std::chrono::nanoseconds age,
                     AgeLimits const& limits) noexcept {
  if (complete) return Verdict::unsealed;
  if (age >= limits.abandoned_after) return Verdict::abandoned;
  return age >= limits.incomplete_after ? Verdict::incomplete : Verdict::open;
}

}  // namespace govseal
