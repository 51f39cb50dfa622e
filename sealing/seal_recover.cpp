// The folder is compared with what the intent promised: by digest where a file is whole, and by the
// rebuilt bytes where it may be torn. Only what is provably of this intent is ever touched.
#include "sealing/seal_recover.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "sealing/manifest.h"
#include "sealing/seal_files.h"
#include "sealing/seal_tree.h"
#include "sealing/seal_warnings.h"

namespace govseal {
namespace {

bool has_digest(SealFileFound const& found, Digest const& digest) {
  return found.bytes && sha256(*found.bytes) == digest;
}

/// Absent, or a torn copy of `whole`.
bool is_replaceable(SealFileFound const& found, std::string_view whole) {
  return !found.exists || (found.bytes && is_torn_copy(*found.bytes, whole));
}

/// Absent, or without a single byte of content: torn, whatever the whole would have been.
bool is_blank(SealFileFound const& found) {
  if (!found.exists) return true;
  return found.bytes && found.bytes->find_first_not_of('\0') == std::string::npos;
}

class Recovery {
 public:
  Recovery(Directory& folder, SealIntent const& intent, RecoverOptions const& options,
           TaskPool& pool, std::stop_token const& stop)
      : folder_(folder), intent_(intent), options_(options), pool_(pool), stop_(stop) {}

  RecoverOutcome run() {
    auto failure = attempt(SealStep::s1_look, {}, [this] { decide(); });
    if (failure) return RecoverFailed{*std::move(failure)};
    return *std::move(outcome_);
  }

 private:
  void end(RecoverOutcome outcome) { outcome_.emplace(std::move(outcome)); }

  void decide() {
    manifest_ = read_seal_file(folder_, kManifestName);
    hashfile_ = read_seal_file(folder_, kHashFileName);
    bool const own_manifest = has_digest(manifest_, intent_.manifest);
    if (!manifest_.exists && !hashfile_.exists) return end(NeverBegun{});
    if (own_manifest && has_digest(hashfile_, intent_.hashfile)) return complete();
    if (!manifest_.exists) return end(ForeignSeal{kHashFileName});
    std::optional<SealPlan> plan = rebuild();
    if (outcome_) return;
    if (plan && intent_of(plan->bytes) == intent_) return go_on(*std::move(plan));
    // The content is another one: what is provably ours goes away.
    if (!is_blank(hashfile_)) return end(ForeignSeal{kHashFileName});
    if (!own_manifest && !is_blank(manifest_)) return end(ForeignSeal{kManifestName});
    withdraw();
  }

  void complete() {
    auto entries = parse_own_manifest(*manifest_.bytes);
    if (!entries) return end(ForeignSeal{kManifestName});
    auto judgement = judge_payload(folder_, options_.folder_name, *entries);
    end(SealComplete{make_seal_bytes(*std::move(entries)), std::move(judgement.warnings)});
  }

  void go_on(SealPlan plan) {
    if (!is_replaceable(manifest_, plan.bytes.manifest_json)) {
      return end(ForeignSeal{kManifestName});
    }
    if (!is_replaceable(hashfile_, plan.bytes.hashfile)) return end(ForeignSeal{kHashFileName});
    auto judgement = judge_payload(folder_, options_.folder_name, entries_);
    plan.dialect = judgement.dialect;
    plan.warnings = std::move(judgement.warnings);
    end(ContinueSeal{std::move(plan)});
  }

  /// The plan of what the folder holds now; nullopt where no seal is possible any more.
  std::optional<SealPlan> rebuild() {
    SealPlan plan;
    plan.recovered = true;
    plan.hashed = options_.now_wall;
    plan.tree = without_seal_files(scan_tree(folder_, ScanLimits{}, stop_));
    if (plan.tree.stopped) {
      end(Stopped{});
      return std::nullopt;
    }
    if (plan.tree.unstable || !find_tree_codes(plan.tree).empty()) return {};
    std::vector<HashJob> const files = regular_files_of(plan.tree);
    auto hashed = hash_tree(folder_, files, pool_, options_.hash, stop_);
    if (std::holds_alternative<Stopped>(hashed)) {
      end(Stopped{});
      return std::nullopt;
    }
    if (!std::holds_alternative<std::vector<Digest>>(hashed)) return std::nullopt;
    plan.digests = std::get<std::vector<Digest>>(std::move(hashed));
    entries_ = entries_of(files, plan.digests);
    plan.bytes = make_seal_bytes(entries_);
    return plan;
  }

  void withdraw() {
    Withdrawn withdrawn{.paths = differing_paths(), .left = {}};
    for (char const* name : {kHashFileName, kManifestName}) {
      SealFileFound const& found = name == std::string_view(kManifestName) ? manifest_ : hashfile_;
      if (found.exists && is_blank(found)) folder_.unlink(name);
    }
    withdrawn.left = withdraw_seal(folder_, intent_);
    end(std::move(withdrawn));
  }

  /// What the manifest lists and the folder holds differently; empty where that cannot be told.
  [[nodiscard]] std::vector<std::string> differing_paths() const {
    auto const listed = manifest_.bytes ? parse_own_manifest(*manifest_.bytes) : std::nullopt;
    if (!listed || entries_.empty()) return {};
    std::map<std::string_view, Digest> now;
    for (ManifestEntry const& entry : entries_) now.emplace(entry.relpath, entry.sha256);
    std::vector<std::string> paths;
    for (ManifestEntry const& entry : *listed) {
      auto const at = now.find(entry.relpath);
      if (at == now.end() || at->second != entry.sha256) paths.push_back(entry.relpath);
      if (at != now.end()) now.erase(at);
    }
    for (auto const& [path, digest] : now) paths.emplace_back(path);
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  Directory& folder_;
  SealIntent const& intent_;
  RecoverOptions const& options_;
  TaskPool& pool_;
  std::stop_token const& stop_;
  SealFileFound manifest_;
  SealFileFound hashfile_;
  std::vector<ManifestEntry> entries_;  // of the payload as it is now
  std::optional<RecoverOutcome> outcome_;
};

}  // namespace

RecoverOutcome recover_intent(Directory& folder, SealIntent const& intent,
                              RecoverOptions const& options, TaskPool& pool,
                              std::stop_token const& stop) {
  return Recovery(folder, intent, options, pool, stop).run();
}

}  // namespace govseal
