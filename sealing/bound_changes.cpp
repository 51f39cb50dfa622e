// Two lists are merged: the records of the row, each with the path it had, and the objects that the
// scan found. What both have is compared by stat and, where that differs, by the digest that the
// verification has just found; what only one has was removed, renamed or created.
#include "sealing/bound_changes.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "sealing/manifest.h"
#include "sealing/stat_table.h"

namespace govseal {
namespace {

using Identity = std::pair<std::uint64_t, std::uint64_t>;  // dev, ino

Identity identity_of(FileStat const& stat) {
  return {stat.dev, stat.ino};
}

BoundChange make_change(std::string path, BoundChangeKind kind) {
  BoundChange change;
  change.path = std::move(path);
  change.kind = kind;
  change.effect = BoundEffect::content;
  return change;
}

bool is_about_content(std::string_view code) {
  return code.starts_with("content.") || code == "tree.missing" || code == "tree.listed_dir" ||
         code == "tree.symlink" || code == "tree.special" || code == "hashfile.manifest_hash";
}

class Comparer {
 public:
  explicit Comparer(BoundComparison const& input) : in_(input) {
    for (SealedFile const& file : in_.verdict.sealed_files)
      digests_.emplace(file.path, file.sha256);
    for (SealFinding const& finding : in_.verdict.findings) {
      if (is_about_content(finding.code)) wrong_.insert(finding.path);
    }
    for (ScanEntry const& entry : in_.scan.entries) {
      by_identity_.emplace(identity_of(entry.stat), &entry);
    }
  }

  std::vector<BoundChange> run() {
    for (std::size_t i = 0; i < in_.row.files.size(); ++i) compare_record(i);
    if (in_.row.style == seal_style_name(SealStyle::contract)) add_created();
    std::sort(changes_.begin(), changes_.end(),
              [](BoundChange const& a, BoundChange const& b) { return a.path < b.path; });
    return std::move(changes_);
  }

 private:
  void compare_record(std::size_t index) {
    StatRecord const record = in_.row.files.at(index);
    auto const at = by_identity_.find({record.dev, record.ino});
    ScanEntry const* const same_inode = at == by_identity_.end() ? nullptr : at->second;
    if (in_.names.empty()) {
      // Where it was is not known; where its inode is now will do.
      if (same_inode != nullptr) compare(record, *same_inode);
      return;
    }
    std::string const& name = in_.names[index];
    ScanEntry const* const entry = in_.scan.find(name);
    if (entry != nullptr) return compare(record, *entry);
    known_.insert(name);
    BoundChange change = make_change(name, BoundChangeKind::remove);
    change.was = record.sha256;
    if (same_inode != nullptr && same_inode->stat.kind == FileKind::regular) {
      change.kind = BoundChangeKind::rename;
      change.to = same_inode->path.str();
      renamed_to_.insert(same_inode->path.str());
    }
    changes_.push_back(std::move(change));
  }

  void compare(StatRecord const& record, ScanEntry const& entry) {
    std::string const& path = entry.path.str();
    known_.insert(path);
    std::optional<Digest> now;
    if (auto const at = digests_.find(path); at != digests_.end()) now = at->second;
    bool const same_content = now == record.sha256;
    if (is_same_state(record, entry.stat) && (same_content || !now)) return;
    BoundChange change = make_change(path, BoundChangeKind::write);
    change.was = record.sha256;
    change.now = now;
    change.effect = same_content ? effect_of_stat(record, entry.stat) : effect_of_write(path);
    if (change.effect == BoundEffect::metadata) change.kind = BoundChangeKind::attribute;
    changes_.push_back(std::move(change));
  }

  /// The bytes are the same. A device number alone moves when a filesystem is mounted again.
  static BoundEffect effect_of_stat(StatRecord const& was, FileStat const& now) {
    if (was.ino != now.ino || was.mtime_ns != now.mtime_ns) return BoundEffect::same_bytes;
    if (was.ctime_ns != now.ctime_ns || was.nlink != now.nlink) return BoundEffect::metadata;
    return BoundEffect::none;
  }

  /// Other bytes than the row has. Where nothing is wrong with them now, the sealed ones came back.
  [[nodiscard]] BoundEffect effect_of_write(std::string const& path) const {
    if (path == kHashFileName && in_.verdict.hashfile_sha256 != in_.row.hashfile_sha) {
      return BoundEffect::hashfile;
    }
    bool const fine = in_.verdict.verdict != Verdict::invalid && !in_.verdict.findings_truncated &&
                      wrong_.count(path) == 0;
    return fine ? BoundEffect::same_bytes : BoundEffect::content;
  }

  void add_created() {
    std::set<std::string> const directories = known_directories();
    for (ScanEntry const& entry : in_.scan.entries) {
      std::string const& path = entry.path.str();
      bool const is_directory = entry.stat.kind == FileKind::directory;
      bool const old = known_.count(path) != 0 || (is_directory && directories.count(path) != 0);
      if (!old && renamed_to_.count(path) == 0) add_created(path);
    }
    for (BadName const& bad : in_.scan.bad_names) add_created(bad.path);
  }

  void add_created(std::string const& path) {
    auto const at = digests_.find(path);
    BoundChange change = make_change(path, BoundChangeKind::create);
    if (at != digests_.end()) change.now = at->second;
    changes_.push_back(std::move(change));
  }

  /// Every directory above a path of the row: those that were sealed.
  [[nodiscard]] std::set<std::string> known_directories() const {
    std::set<std::string> directories;
    auto const add = [&directories](std::string_view path) {
      for (auto slash = path.find('/'); slash != std::string_view::npos;
           slash = path.find('/', slash + 1)) {
        directories.emplace(path.substr(0, slash));
      }
    };
    for (std::string const& path : known_) add(path);
    for (std::string const& path : renamed_to_) add(path);
    return directories;
  }

  BoundComparison const& in_;
  std::unordered_map<std::string_view, Digest> digests_;
  std::set<std::string, std::less<>> wrong_;
  std::map<Identity, ScanEntry const*> by_identity_;
  std::set<std::string> known_;
  std::set<std::string> renamed_to_;
  std::vector<BoundChange> changes_;
};

}  // namespace

std::string_view bound_change_name(BoundChangeKind kind) noexcept {
  switch (kind) {
    case BoundChangeKind::write:
      return "write";
    case BoundChangeKind::create:
      return "create";
    case BoundChangeKind::remove:
      return "delete";
    case BoundChangeKind::rename:
      return "rename";
    case BoundChangeKind::attribute:
      return "attribute";
  }
  return {};
}

std::string_view bound_effect_name(BoundEffect effect) noexcept {
  switch (effect) {
    case BoundEffect::none:
      return {};
    case BoundEffect::metadata:
      return "metadata";
    case BoundEffect::transient:
      return "transient";
    case BoundEffect::same_bytes:
      return "same_bytes";
    case BoundEffect::hashfile:
      return "hashfile";
    case BoundEffect::content:
      return "content";
  }
  return {};
}

std::vector<BoundChange> find_changes(BoundComparison const& comparison) {
  return Comparer(comparison).run();
}

std::vector<BoundChange> changes_of_findings(FolderVerdict const& verdict) {
  std::map<std::string, BoundChange> by_path;
  for (SealFinding const& finding : verdict.findings) {
    if (finding.path.empty()) continue;
    BoundChange change = make_change(finding.path, BoundChangeKind::write);
    if (finding.code == "tree.missing") change.kind = BoundChangeKind::remove;
    if (finding.code == "tree.unlisted" || finding.code == "tree.empty_dir" ||
        finding.code == "tree.bad_name" || finding.code == "tree.mount") {
      change.kind = BoundChangeKind::create;
    }
    if (finding.code == "tree.hardlink" || finding.code == "tree.setid") {
      change.kind = BoundChangeKind::attribute;
      change.effect = BoundEffect::metadata;
    }
    auto const [at, is_new] = by_path.emplace(finding.path, change);
    if (!is_new && at->second.effect < change.effect) at->second = change;
  }
  std::vector<BoundChange> changes;
  for (auto& [path, change] : by_path) changes.push_back(std::move(change));
  return changes;
}

}  // namespace govseal
