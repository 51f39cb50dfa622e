#include "sealing/verify.h"

#include <algorithm>
#include <utility>

#include "sealing/compat/compat.h"
#include "sealing/contract_verdict.h"
#include "sealing/folder_reader.h"
#include "sealing/legacy_verdict.h"
#include "sealing/manifest.h"
#include "sealing/unsealed.h"

namespace govseal {
namespace {

/// A scan that gave up early may have missed the files that tell what the folder is.
void add_top_level(TreeScan& scan, Directory const& folder) {
  for (char const* name : {kHashFileName, kManifestName, kEnvelopeName}) {
    if (scan.find(name) != nullptr) continue;
    auto const stat = folder.find(name);
    if (!stat) continue;
    auto const at = std::lower_bound(
        scan.entries.begin(), scan.entries.end(), std::string_view(name),
        [](ScanEntry const& entry, std::string_view wanted) { return entry.path.str() < wanted; });
    scan.entries.insert(at, {RelativePath::of(name), *stat, false});
  }
}

TreeScan scan_folder(Directory const& folder, ScanLimits const& limits, std::stop_token const& stop,
                     TaskPool* pool) {
  TreeScan scan = scan_tree(folder, limits, stop, pool);
  if (scan.too_many) add_top_level(scan, folder);
  return scan;
}

FolderVerdict judge(FolderReader& reader, FolderLook look, VerifyOptions const& options) {
  FolderVerdict verdict;
  if (look.style == SealStyle::contract) {
    verdict = judge_contract(reader, options.folder_name);
  } else if (look.style) {
    verdict = judge_legacy(reader, *look.style);
  } else {
    verdict.verdict = look.state;
    verdict.codes = std::move(look.codes);
    verdict.warnings = std::move(look.warnings);
    verdict.findings = std::move(look.findings);
    verdict.findings_truncated = look.findings_truncated;
    verdict.dialect = look.dialect;
  }
  verdict.has_manifest = look.has_manifest;
  verdict.has_hashfile = look.has_hashfile;
  verdict.fingerprint = look.fingerprint;
  verdict.newest_ctime_ns = look.newest_ctime_ns;
  verdict.age = look.age;
  return verdict;
}

/// The folder did not hold still in any attempt: of a sealed one nothing else is known for sure.
void set_tree_changed(FolderVerdict& verdict, bool contents_changed) {
  if (!verdict.style) return;  // A folder without a seal may be in motion.
  if (contents_changed) {
    FolderVerdict fresh;
    fresh.style = verdict.style;
    fresh.has_manifest = verdict.has_manifest;
    fresh.has_hashfile = verdict.has_hashfile;
    fresh.fingerprint = verdict.fingerprint;
    fresh.newest_ctime_ns = verdict.newest_ctime_ns;
    fresh.age = verdict.age;
    fresh.files = 0;
    fresh.bytes = 0;
    verdict = std::move(fresh);
  }
  verdict.codes.emplace("tree.changed");
  SealFinding const finding{"tree.changed", "", std::nullopt, std::nullopt};
  auto const at = std::lower_bound(verdict.findings.begin(), verdict.findings.end(), finding);
  verdict.findings.insert(at, finding);
  verdict.verdict = Verdict::invalid;
  verdict.compat = {};
  verdict.compat.reason = "changed";
}

}  // namespace

std::variant<FolderVerdict, Stopped> verify_folder(FileSystem const& files, Directory const& folder,
                                                   VerifyOptions const& options, TaskPool& pool,
                                                   std::stop_token const& stop) {
  unsigned const attempts = std::max(1u, options.attempts_max);
  for (unsigned attempt = 1;; ++attempt) {
    TreeScan const scan = scan_folder(folder, options.scan, stop, &pool);
    if (scan.stopped) return Stopped{};
    bool const last = attempt >= attempts;
    if (scan.unstable && !last) continue;
    FolderReader reader(folder, scan, options.hash, options.known, &pool, stop);
    FolderVerdict verdict = judge(reader, look_with(reader, options), options);
    if (options.compat && reader.ok()) {
      verdict.compat = compat_verdict(files, reader, options.allow_outside);
    }
    if (reader.stopped() || stop.stop_requested()) return Stopped{};
    bool const held_still = reader.ok() && !scan.unstable;
    if (!held_still && !last) continue;
    if (!held_still) set_tree_changed(verdict, !reader.ok());
    return verdict;
  }
}

std::variant<FolderLook, Stopped> look_at_folder(Directory const& folder,
                                                 VerifyOptions const& options,
                                                 std::stop_token const& stop, TaskPool* pool) {
  unsigned const attempts = std::max(1u, options.attempts_max);
  for (unsigned attempt = 1;; ++attempt) {
    TreeScan scan = scan_folder(folder, options.scan, stop, pool);
    if (scan.stopped) return Stopped{};
    FolderReader reader(folder, scan, options.hash, options.known, nullptr, stop);
    FolderLook look = look_with(reader, options);
    if (reader.stopped() || stop.stop_requested()) return Stopped{};
    if (!reader.ok() && attempt < attempts) continue;
    look.scan = std::move(scan);
    return look;
  }
}

}  // namespace govseal
