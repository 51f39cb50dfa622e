// The order here is the promise: what is hashed is what the first scan saw, the payload is on the
// disk before anything names its hashes, and the last look before the ledger record finds the same
// tree again. Each step either goes on or ends the preparation with an outcome.
#include "sealing/seal_prepare.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "sealing/ask_writers.h"
#include "sealing/manifest.h"
#include "sealing/manifest_reader.h"
#include "sealing/seal_tree.h"
#include "sealing/verify.h"

namespace govseal {
namespace {

constexpr std::uint32_t kEnvelopeMode = 0644;
constexpr std::size_t kFilesPerPiece = 64;  // synced one after the other by one thread

class Preparation {
 public:
  Preparation(Directory& folder, PrepareOptions const& options, TaskPool& pool,
              std::stop_token const& stop)
      : folder_(folder), options_(options), pool_(pool), stop_(stop) {}

  PrepareOutcome run() {
    do_step(SealStep::s1_look, [this] { look(); });
    do_step(SealStep::s2_hash, [this] { hash(); });
    do_step(SealStep::s3_sync, [this] { sync(); });
    do_step(SealStep::s4_look_again, [this] { look_again(); });
    if (outcome_) return *std::move(outcome_);
    return std::move(plan_);
  }

 private:
  void do_step(SealStep step, std::function<void()> const& action) {
    if (outcome_) return;
    auto failure = attempt(step, options_.before_step, action);
    if (failure) end(PrepareFailed{*std::move(failure)});
  }

  void end(PrepareOutcome outcome) { outcome_.emplace(std::move(outcome)); }
  void refuse(std::set<std::string> codes) { end(SealRefused{std::move(codes)}); }

  // S1.

  void look() {
    auto found = read_look();
    if (!found) return;
    if (options_.quiet_fingerprint && found->fingerprint != *options_.quiet_fingerprint) {
      return end(NotSettled{});
    }
    if (options_.write_envelope) {
      write_envelope(*found);
      if (outcome_) return;
      found = read_look();
      if (!found) return;
    }
    take(*std::move(found));
    if (!outcome_) ask_writers(files_);
  }

  std::optional<FolderLook> read_look() {
    VerifyOptions look;
    look.folder_name = options_.folder_name;
    look.now_wall = options_.now_wall;
    auto found = look_at_folder(folder_, look, stop_, &pool_);
    if (std::holds_alternative<Stopped>(found)) {
      end(Stopped{});
      return std::nullopt;
    }
    return std::get<FolderLook>(std::move(found));
  }

  /// The envelope cannot be taken back: whatever would refuse the seal afterwards is asked first.
  void write_envelope(FolderLook const& found) {
    if (found.has_manifest || found.has_hashfile) return refuse({"seal.exists"});
    if (folder_.find(kEnvelopeName)) return refuse({"seal.envelope_exists"});
    if (found.scan.unstable) return end(NotSettled{});
    auto codes = find_tree_codes(found.scan);
    if (!codes.empty()) return refuse(std::move(codes));
    std::vector<HashJob> const files = regular_files_of(found.scan);
    ask_writers(files);
    if (outcome_) return;
    std::vector<std::string_view> payload;
    for (HashJob const& file : files) payload.push_back(file.path.str());
    std::string const bytes =
        make_envelope_bytes(options_.folder_name, *options_.write_envelope, payload);
    if (folder_.publish(kEnvelopeName, bytes_of(bytes), kEnvelopeMode)) {
      refuse({"seal.envelope_exists"});
    }
  }

  void take(FolderLook found) {
    if (found.has_manifest || found.has_hashfile) return refuse({"seal.exists"});
    if (found.scan.unstable) return end(NotSettled{});
    bool const has_envelope =
        found.state == Verdict::unsealed && found.dialect && *found.dialect != Dialect::path1;
    std::set<std::string> codes = std::move(found.codes);
    codes.merge(find_tree_codes(found.scan));
    if (!has_envelope) {
      codes.erase("run.no_envelope");
      codes.insert("seal.no_envelope");
    }
    if (!codes.empty()) return refuse(std::move(codes));
    plan_.dialect = found.dialect;
    plan_.warnings = std::move(found.warnings);
    plan_.tree = std::move(found.scan);
    files_ = regular_files_of(plan_.tree);
  }

  void ask_writers(std::vector<HashJob> const& files) {
    plan_.writers = {.state = WriterAnswer::State::unknown, .reason = "off", .open_files = {}};
    if (options_.ask_writers) {
      plan_.writers = ask_writers_of(files, folder_, options_.ask_writers, pool_, width());
    }
    switch (plan_.writers.state) {
      case WriterAnswer::State::clear:
        return;
      case WriterAnswer::State::open:
        return end(WriterOpen{plan_.writers.open_files});
      case WriterAnswer::State::unknown:
        if (!options_.accept_unknown_writers) end(WriterUnknown{plan_.writers.reason});
        return;
    }
  }

  // S2.

  void hash() {
    plan_.hashed = options_.now_wall;
    HashOptions options = options_.hash;
    options.begin_sync = true;
    auto hashed = hash_tree(folder_, files_, pool_, options, stop_);
    if (std::holds_alternative<Stopped>(hashed)) return end(Stopped{});
    if (auto* const changed = std::get_if<ChangedWhileHashing>(&hashed)) {
      return end(NotSettled{{changed->path}});
    }
    plan_.digests = std::get<std::vector<Digest>>(std::move(hashed));
    plan_.bytes = make_seal_bytes(entries_of(files_, plan_.digests));
    // A seal that our own rules would call too large is never written.
    if (plan_.bytes.manifest_json.size() > kSealFileBytesMax ||
        plan_.bytes.hashfile.size() > kSealFileBytesMax) {
      refuse({"manifest.too_large"});
    }
  }

  // S3. Files in parallel, because a filesystem that journals commits many syncs as one.

  void sync() {
    std::size_t const pieces = (files_.size() + kFilesPerPiece - 1) / kFilesPerPiece;
    parallel_for(pool_, pieces, width(), stop_, [this](std::size_t piece) {
      std::size_t const end = std::min(files_.size(), (piece + 1) * kFilesPerPiece);
      for (std::size_t i = piece * kFilesPerPiece; i < end && !stop_.stop_requested(); ++i) {
        auto opened = folder_.open_found(files_[i].path);
        // What is gone meanwhile is found by the scan that follows.
        if (auto* const file = std::get_if<std::unique_ptr<File>>(&opened)) (*file)->sync();
      }
    });
    for (auto entry = plan_.tree.entries.rbegin(); entry != plan_.tree.entries.rend(); ++entry) {
      if (stop_.stop_requested()) return end(Stopped{});
      if (entry->stat.kind != FileKind::directory) continue;
      auto opened = folder_.open_directory(entry->path);
      if (auto* const below = std::get_if<std::unique_ptr<Directory>>(&opened)) (*below)->sync();
    }
    folder_.sync();
    if (options_.run_root != nullptr) options_.run_root->sync();
    if (stop_.stop_requested()) end(Stopped{});
  }

  [[nodiscard]] unsigned width() const {
    return options_.hash.width != 0 ? options_.hash.width : pool_.concurrency();
  }

  // S4.

  void look_again() {
    TreeScan const again = scan_tree(folder_, ScanLimits{}, stop_, &pool_);
    if (again.stopped) return end(Stopped{});
    if (!is_same_tree(plan_.tree, again)) return end(NotSettled{changed_paths(plan_.tree, again)});
    ask_writers(files_);
  }

  Directory& folder_;
  PrepareOptions const& options_;
  TaskPool& pool_;
  std::stop_token const& stop_;
  SealPlan plan_;
  std::vector<HashJob> files_;
  std::optional<PrepareOutcome> outcome_;
};

}  // namespace

PrepareOutcome prepare_seal(Directory& folder, PrepareOptions const& options, TaskPool& pool,
                            std::stop_token const& stop) {
  return Preparation(folder, options, pool, stop).run();
}

}  // namespace govseal
