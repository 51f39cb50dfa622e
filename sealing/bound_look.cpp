#include "sealing/bound_look.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "base/error.h"
#include "sealing/bound_names.h"
#include "sealing/stat_row.h"
#include "sealing/tree_scan.h"
#include "sealing/verify.h"

namespace govseal {
namespace {

constexpr int kAttemptsMax = 3;  // as in a verification (sealing.md 8)
constexpr std::string_view kEnforceNone = "none";

using Identity = std::pair<std::uint64_t, std::uint64_t>;  // dev, ino

std::optional<SealStyle> parse_style(std::string_view name) {
  for (SealStyle const style : {SealStyle::contract, SealStyle::path1, SealStyle::cartographer,
                                SealStyle::evidence_pack, SealStyle::catalog}) {
    if (seal_style_name(style) == name) return style;
  }
  return std::nullopt;
}

/// What the row said, for a folder that is unchanged since.
FolderVerdict verdict_of_row(StatRow const& row, TreeScan const& scan) {
  FolderVerdict verdict;
  verdict.verdict = parse_verdict(row.state);
  verdict.codes.insert(row.codes.begin(), row.codes.end());
  verdict.style = parse_style(row.style);
  verdict.root = row.root;
  verdict.manifest_sha256 = row.manifest_sha;
  verdict.hashfile_sha256 = row.hashfile_sha;
  verdict.has_manifest = true;
  verdict.has_hashfile = true;
  verdict.files = row.files.size() - 2;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < *verdict.files; ++i) bytes += row.files.at(i).size;
  verdict.bytes = bytes;
  verdict.newest_ctime_ns = newest_ctime_ns(scan);
  return verdict;
}

/// The names of a legacy listing that is the same as when the row was made.
std::vector<std::string> names_of_listing(StatRow const& row, FolderVerdict const& verdict) {
  bool const same_listing = verdict.style && seal_style_name(*verdict.style) == row.style &&
                            verdict.manifest_sha256 == row.manifest_sha &&
                            binding_file_of(verdict) == row.hashfile_sha &&
                            verdict.sealed_files.size() == row.files.size();
  std::vector<std::string> names;
  if (!same_listing) return names;
  for (SealedFile const& file : verdict.sealed_files) names.push_back(file.path);
  return names;
}

class Look {
 public:
  Look(FileSystem const& files, Directory const& folder, BoundLookRequest const& request,
       TaskPool& pool, std::stop_token const& stop)
      : files_(files), folder_(folder), request_(request), pool_(pool), stop_(stop) {}

  std::variant<BoundLook, Stopped> run() {
    remember_row();
    for (int attempt = 1;; ++attempt) {
      TreeScan const scan = scan_tree(folder_, ScanLimits{}, stop_, &pool_);
      if (scan.stopped) return Stopped{};
      if (is_untouched(scan)) return std::move(out_);
      if (!verify()) return Stopped{};
      // Changes are told by comparing the scan with the verdict: both must be of one moment.
      bool const one_moment = tree_fingerprint(scan) == out_.verdict.fingerprint;
      if (!one_moment && attempt < kAttemptsMax) continue;
      find_what_changed(scan);
      set_row();
      return std::move(out_);
    }
  }

 private:
  void remember_row() {
    if (request_.row == nullptr) return;
    StatRow const& row = *request_.row;
    out_.before =
        BoundLook::Before{parse_verdict(row.state), row.style, row.root, row.hashfile_sha};
  }

  /// Not before something has to be verified: it costs as much as the scan.
  void index_row() {
    if (request_.row == nullptr || request_.full_hash || !known_.empty()) return;
    StatRow const& row = *request_.row;
    for (std::size_t i = 0; i < row.files.size(); ++i) {
      if (std::binary_search(request_.rehash.begin(), request_.rehash.end(), i)) continue;
      StatRecord const record = row.files.at(i);
      known_.emplace(Identity(record.dev, record.ino), i);
    }
  }

  [[nodiscard]] HashTimes times() const { return {request_.row->hashed, request_.now_wall}; }

  /// The fast way: true when nothing has to be opened.
  bool is_untouched(TreeScan const& scan) {
    StatRow const* const row = request_.row;
    if (row == nullptr || request_.full_hash || !request_.rehash.empty()) return false;
    if (!matches_table(scan, *row, times())) return false;
    if (!has_names_of_root(scan, *row) && !has_names_of_manifest(scan, *row)) return false;
    out_.verdict = verdict_of_row(*row, scan);
    out_.hashfile = row->hashfile_sha;
    return true;
  }

  /// For rows whose digests are not the sealed ones (converted line ends, changed content).
  [[nodiscard]] bool has_names_of_manifest(TreeScan const& scan, StatRow const& row) const {
    std::vector<std::string> names = find_row_names(folder_, scan, row);
    if (names.empty()) return false;
    std::sort(names.begin(), names.end());
    auto next = names.begin();
    for (ScanEntry const& entry : scan.entries) {
      if (entry.stat.kind != FileKind::regular) continue;
      if (next == names.end() || *next++ != entry.path.str()) return false;
    }
    return next == names.end();
  }

  /// False: stopped.
  bool verify() {
    index_row();
    VerifyOptions options;
    options.folder_name = std::string(request_.run_path.name());
    options.now_wall = request_.now_wall;
    options.compat = false;
    options.hash = request_.hash;
    if (!known_.empty()) {
      options.known = [this](std::string_view, FileStat const& stat) { return find_known(stat); };
    }
    auto verified = verify_folder(files_, folder_, options, pool_, stop_);
    if (std::holds_alternative<Stopped>(verified)) return false;
    out_.verdict = std::get<FolderVerdict>(std::move(verified));
    count_hashed();
    return true;
  }

  /// What could not be taken from the table was read.
  void count_hashed() {
    out_.files_hashed = 0;
    out_.bytes_hashed = 0;
    for (SealedFile const& file : out_.verdict.sealed_files) {
      if (find_known(file.stat)) continue;
      ++out_.files_hashed;
      out_.bytes_hashed += file.stat.size;
    }
  }

  /// By inode: content that did not change since it was hashed is known under any name.
  [[nodiscard]] std::optional<Digest> find_known(FileStat const& stat) const {
    auto const at = known_.find({stat.dev, stat.ino});
    if (at == known_.end()) return std::nullopt;
    StatRecord const record = request_.row->files.at(at->second);
    if (!is_unchanged(record, stat, times())) return std::nullopt;
    return record.sha256;
  }

  void find_what_changed(TreeScan const& scan) {
    out_.hashfile = binding_file_of(out_.verdict);
    out_.full_hash = request_.full_hash || request_.row == nullptr;
    if (request_.row == nullptr) {
      out_.changes = changes_of_findings(out_.verdict);
      return;
    }
    StatRow const& row = *request_.row;
    std::vector<std::string> names = find_row_names(folder_, scan, row);
    if (names.empty()) names = names_of_listing(row, out_.verdict);
    out_.changes = find_changes({row, names, scan, out_.verdict});
    if (names.empty()) add_findings();
  }

  /// Where the names of the row are lost, its removed files are known only by what is wrong now.
  void add_findings() {
    std::set<std::string_view> told;
    for (BoundChange const& change : out_.changes) told.insert(change.path);
    std::vector<BoundChange> more = changes_of_findings(out_.verdict);
    std::erase_if(more,
                  [&told](BoundChange const& change) { return told.count(change.path) != 0; });
    std::move(more.begin(), more.end(), std::back_inserter(out_.changes));
    std::sort(out_.changes.begin(), out_.changes.end(),
              [](BoundChange const& a, BoundChange const& b) { return a.path < b.path; });
  }

  void set_row() {
    if (out_.verdict.codes.count("tree.changed") != 0) return;  // of no moment in particular
    auto row = make_stat_row(out_.verdict, {.repo = request_.repo,
                                            .run_path = request_.run_path,
                                            .log_index = request_.log_index,
                                            .hashed = request_.now_wall});
    if (!row) {
      out_.row_action =
          request_.row == nullptr ? BoundLook::RowAction::keep : BoundLook::RowAction::remove;
      return;
    }
    out_.row_action = BoundLook::RowAction::store;
    out_.row = *std::move(row);
    if (request_.row != nullptr) inherit(*request_.row);
  }

  /// What a look cannot see: under an enforcement the table keeps the modes from before it.
  void inherit(StatRow const& old) {
    out_.row.git_tree = old.git_tree;
    out_.row.enforce = old.enforce;
    if (old.enforce == kEnforceNone) return;
    std::map<Identity, std::uint32_t> modes;
    for (std::size_t i = 0; i < old.files.size(); ++i) {
      StatRecord const record = old.files.at(i);
      modes.emplace(Identity(record.dev, record.ino), record.mode);
    }
    StatTable table;
    for (std::size_t i = 0; i < out_.row.files.size(); ++i) {
      StatRecord record = out_.row.files.at(i);
      auto const at = modes.find({record.dev, record.ino});
      if (at != modes.end()) record.mode = at->second;
      table.append(record);
    }
    out_.row.files = std::move(table);
  }

  FileSystem const& files_;
  Directory const& folder_;
  BoundLookRequest const& request_;
  TaskPool& pool_;
  std::stop_token const& stop_;
  std::map<Identity, std::size_t> known_;  // records that may be taken from the table
  BoundLook out_;
};

}  // namespace

std::variant<BoundLook, Stopped> look_at_bound(FileSystem const& files, Directory const& run_root,
                                               BoundLookRequest const& request, TaskPool& pool,
                                               std::stop_token const& stop) {
  auto opened = run_root.open_directory(RelativePath::of(request.run_path.name()));
  if (auto* const folder = std::get_if<std::unique_ptr<Directory>>(&opened)) {
    return Look(files, **folder, request, pool, stop).run();
  }
  if (std::get<OpenFailure>(opened) == OpenFailure::other_device) {
    throw_errno(EXDEV, "open run folder", request.run_path.str());  // covered, not gone
  }
  BoundLook gone;
  gone.missing = true;
  return gone;
}

}  // namespace govseal
