#include "watchers/scan_listing.h"

#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/error.h"

namespace govseal {
namespace {

constexpr std::uint32_t kNone = ScanListing::kNone;

HintKinds difference(ScanListing::Item const& before, ScanListing::Item const& now) {
  HintKinds kinds;
  if (before.kind == FileKind::directory) {
    bool const same =
        std::tie(before.mode, before.uid, before.gid) == std::tie(now.mode, now.uid, now.gid);
    return same ? kinds : HintKinds(HintKind::metadata);
  }
  if (before.size != now.size || before.mtime_ns != now.mtime_ns) kinds |= HintKind::content;
  bool const same_metadata =
      std::tie(before.ctime_ns, before.mode, before.nlink, before.uid, before.gid) ==
      std::tie(now.ctime_ns, now.mode, now.nlink, now.uid, now.gid);
  if (!same_metadata) kinds |= HintKind::metadata;
  return kinds;
}

bool is_same_object(ScanListing::Item const& one, ScanListing::Item const& other) {
  return one.kind == other.kind && one.ino == other.ino;
}

/// Walks two listings side by side. A pair of directory numbers waits for its turn on a stack;
/// kNone stands for a side on which the directory is not there.
class Comparison {
 public:
  Comparison(ScanListing const& before, ScanListing const& now) : before_(before), now_(now) {}

  ScanChanges run() {
    compare_objects();
    push(before_.empty() ? kNone : 0, now_.empty() ? kNone : 0, RelativePath());
    while (!waiting_.empty()) {
      Pair const pair = std::move(waiting_.back());
      waiting_.pop_back();
      path_ = pair.path;
      path_number_.reset();
      compare_directories(pair.before, pair.now);
    }
    match_renames();
    return std::move(result_);
  }

 private:
  using Item = ScanListing::Item;
  struct Pair {
    std::uint32_t before = kNone;
    std::uint32_t now = kNone;
    RelativePath path;
  };

  void push(std::uint32_t before, std::uint32_t now, RelativePath path) {
    if (before != kNone || now != kNone) waiting_.push_back({before, now, std::move(path)});
  }

  void compare_objects() {
    if (before_.object == now_.object) return;
    bool const both = before_.object && now_.object;
    note({}, both ? HintKinds(HintKind::content) : HintKinds(HintKind::entry), false);
  }

  void compare_directories(std::uint32_t before, std::uint32_t now) {
    auto [old_at, old_left] = before == kNone ? ScanListing::Range{} : before_.directory(before);
    auto [new_at, new_left] = now == kNone ? ScanListing::Range{} : now_.directory(now);
    while (old_left > 0 || new_left > 0) {
      int const order =
          old_left == 0 ? 1
          : new_left == 0
              ? -1
              : before_.name(before_.item(old_at)).compare(now_.name(now_.item(new_at)));
      if (order < 0) removed(before_.item(old_at));
      if (order > 0) added(now_.item(new_at));
      if (order == 0) compare_items(before_.item(old_at), now_.item(new_at));
      if (order <= 0) ++old_at, --old_left;
      if (order >= 0) ++new_at, --new_left;
    }
  }

  void compare_items(Item const& before, Item const& now) {
    if (!is_same_object(before, now)) {
      removed(before);
      added(now);
      return;
    }
    HintKinds const kinds = difference(before, now);
    bool const is_directory = now.kind == FileKind::directory;
    if (!kinds.empty()) note(now_.name(now), kinds, is_directory);
    push(before.directory, now.directory, below(now_.name(now)));
  }

  void removed(Item const& item) {
    bool const is_directory = note_end(before_, item);
    removed_.push_back({result_.changes.size() - 1, &item});
    if (is_directory) push(item.directory, kNone, below(before_.name(item)));
  }

  void added(Item const& item) {
    bool const is_directory = note_end(now_, item);
    added_.push_back({result_.changes.size() - 1, &item});
    if (is_directory) push(kNone, item.directory, below(now_.name(item)));
  }

  bool note_end(ScanListing const& listing, Item const& item) {
    bool const is_directory = item.kind == FileKind::directory;
    HintKinds kinds = HintKind::entry;
    if (is_directory) kinds |= HintKind::subtree;
    note(listing.name(item), kinds, is_directory);
    return is_directory;
  }

  void note(std::string_view name, HintKinds kinds, bool is_directory) {
    if (!path_number_) {
      path_number_ = static_cast<std::uint32_t>(result_.directories.size());
      result_.directories.push_back(path_);
    }
    result_.changes.push_back({*path_number_, std::string(name), kinds, is_directory, {}});
  }

  [[nodiscard]] RelativePath below(std::string_view name) const { return path_ / name; }

  /// What has the number of something that left, and for a file its bytes' size and time, is taken
  /// for the same object.
  void match_renames() {
    if (removed_.empty()) return;
    std::unordered_map<std::uint64_t, End> sources;
    for (End const& end : removed_) sources.emplace(end.item->ino, end);
    for (End const& target : added_) {
      auto const found = sources.find(target.item->ino);
      if (found == sources.end()) continue;
      End const source = found->second;
      if (!is_same_object(*source.item, *target.item)) continue;
      bool const is_file = source.item->kind == FileKind::regular;
      if (is_file && std::tie(source.item->size, source.item->mtime_ns) !=
                         std::tie(target.item->size, target.item->mtime_ns)) {
        continue;
      }
      link(source.change, target.change);
      link(target.change, source.change);
    }
  }

  void link(std::size_t change, std::size_t other) {
    result_.changes[change].kinds |= HintKind::renamed;
    result_.changes[change].other_end = other;
  }

  struct End {
    std::size_t change = 0;
    Item const* item = nullptr;
  };

  ScanListing const& before_;
  ScanListing const& now_;
  ScanChanges result_;
  std::vector<Pair> waiting_;
  std::vector<End> removed_;
  std::vector<End> added_;
  RelativePath path_;
  std::optional<std::uint32_t> path_number_;
};

}  // namespace

std::uint32_t ScanListing::begin_directory() {
  directories_.push_back({static_cast<std::uint32_t>(items_.size()), 0});
  return static_cast<std::uint32_t>(directories_.size() - 1);
}

std::uint32_t ScanListing::add(std::string_view name, FileStat const& status) {
  GOVSEAL_ASSERT(!directories_.empty());
  Item item;
  item.name_at = static_cast<std::uint32_t>(names_.size());
  item.name_bytes = static_cast<std::uint16_t>(name.size());
  item.kind = status.kind;
  item.ino = status.ino;
  item.size = status.size;
  item.mtime_ns = status.mtime_ns;
  item.ctime_ns = status.ctime_ns;
  item.mode = status.mode;
  item.nlink = status.nlink;
  item.uid = status.uid;
  item.gid = status.gid;
  names_ += name;
  items_.push_back(item);
  ++directories_.back().count;
  return static_cast<std::uint32_t>(items_.size() - 1);
}

ScanChanges compare_listings(ScanListing const& before, ScanListing const& now) {
  return Comparison(before, now).run();
}

}  // namespace govseal
