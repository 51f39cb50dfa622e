#include "sealing/seal_publish.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "sealing/manifest.h"
#include "sealing/seal_files.h"
#include "sealing/seal_tree.h"

namespace govseal {
namespace {

constexpr std::uint32_t kSealFileMode = 0444;

bool has_right_mode(std::optional<FileStat> const& stat) {
  return stat && (stat->mode & 07777U) == kSealFileMode && stat->nlink == 1;
}

class Publication {
 public:
  Publication(Directory& folder, SealPlan const& plan, SealStepHook const& before_step,
              TaskPool* pool)
      : folder_(folder), plan_(plan), before_step_(before_step), pool_(pool) {}

  PublishOutcome run() {
    do_step(SealStep::s6_manifest, [this] { put(kManifestName); });
    do_step(SealStep::s7_hashfile, [this] { put(kHashFileName); });
    do_step(SealStep::s8_look_after, [this] { look_after(); });
    return *std::move(outcome_);
  }

 private:
  void do_step(SealStep step, std::function<void()> const& action) {
    if (outcome_) return;
    auto failure = attempt(step, before_step_, action);
    if (failure) abort(*std::move(failure));
  }

  void end(PublishOutcome outcome) { outcome_.emplace(std::move(outcome)); }

  void put(char const* name) {
    if (plan_.recovered && complete(name)) return;
    if (outcome_) return;
    if (folder_.publish(name, bytes_of(bytes_for(name)), kSealFileMode)) end(ForeignSeal{name});
  }

  /// After a crash: true when the file is there already. A torn one is removed. Ends with
  /// ForeignSeal when it is somebody else's.
  bool complete(char const* name) {
    std::string const& bytes = bytes_for(name);
    SealFileFound const found = read_seal_file(folder_, name);
    if (!found.exists) return false;
    if (!found.bytes || !is_torn_copy(*found.bytes, bytes)) {
      end(ForeignSeal{name});
      return false;
    }
    if (*found.bytes == bytes && has_right_mode(folder_.find(name))) {
      folder_.sync();  // the crash may have come between the name and its sync
      return true;
    }
    folder_.unlink(name);
    return false;
  }

  void look_after() {
    TreeScan const after = scan_tree(folder_, ScanLimits{}, std::stop_token{}, pool_);
    bool const same = is_same_payload(plan_.tree, after) && is_own(after, kManifestName) &&
                      is_own(after, kHashFileName);
    if (same) return end(Published{table_of(after)});
    TreeScan const expected = with_folder_times_of(plan_.tree, after);
    Withdrawn withdrawn{.paths = changed_paths(expected, without_seal_files(after)), .left = {}};
    for (char const* name : {kHashFileName, kManifestName}) {
      if (!is_own(after, name)) withdrawn.paths.emplace_back(name);
    }
    std::sort(withdrawn.paths.begin(), withdrawn.paths.end());
    withdrawn.left = withdraw_seal(folder_, intent_of(plan_.bytes));
    end(std::move(withdrawn));
  }

  [[nodiscard]] bool is_own(TreeScan const& after, std::string_view name) const {
    ScanEntry const* const entry = after.find(name);
    if (entry == nullptr || entry->stat.kind != FileKind::regular) return false;
    return has_right_mode(entry->stat) && read_seal_file(folder_, name).bytes == bytes_for(name);
  }

  [[nodiscard]] std::string const& bytes_for(std::string_view name) const {
    return name == kManifestName ? plan_.bytes.manifest_json : plan_.bytes.hashfile;
  }

  [[nodiscard]] StatTable table_of(TreeScan const& after) const {
    StatTable table;
    table.reserve(plan_.digests.size() + 2);
    std::size_t next = 0;
    for (ScanEntry const& entry : plan_.tree.entries) {
      if (entry.stat.kind != FileKind::regular) continue;
      table.append(make_stat_record(entry.stat, plan_.digests[next++]));
    }
    table.append(make_stat_record(after.find(kManifestName)->stat, plan_.bytes.manifest_sha256));
    table.append(make_stat_record(after.find(kHashFileName)->stat, plan_.bytes.hashfile_sha256));
    return table;
  }

  void abort(StepFailure failure) {
    bool left = false;
    auto const second = attempt(failure.step, {}, [this, &left] {
      for (std::string const& name : withdraw_seal(folder_, intent_of(plan_.bytes))) {
        SealFileFound const found = read_seal_file(folder_, name);
        left = left || (found.bytes && is_torn_copy(*found.bytes, bytes_for(name)));
      }
    });
    end(Aborted{std::move(failure), !left && !second});
  }

  Directory& folder_;
  SealPlan const& plan_;
  SealStepHook const& before_step_;
  TaskPool* pool_;
  std::optional<PublishOutcome> outcome_;
};

}  // namespace

PublishOutcome publish_seal(Directory& folder, SealPlan const& plan,
                            SealStepHook const& before_step, TaskPool* pool) {
  return Publication(folder, plan, before_step, pool).run();
}

}  // namespace govseal
