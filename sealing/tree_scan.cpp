// A depth-first walk with its own stack: hostile trees are as deep as 2048 levels. Descriptors are
// kept for every kLevelsPerHeld-th level only, so that neither the depth nor the length of a path
// handed to openat2 (PATH_MAX) ends it.
#include "sealing/tree_scan.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "base/utf8.h"

namespace govseal {
namespace {

constexpr std::size_t kPathBytesMax = 4096;
constexpr std::size_t kNameBytesMax = 255;
constexpr unsigned kLevelsPerHeld = 15;  // 15 names of 255 bytes and slashes stay below PATH_MAX
constexpr std::size_t kNamesPerPiece = 256;  // between two looks at the stop token

/// The rules of sealing.md 3.4 for one more name below a path that obeys them. A name from a
/// directory has no `/` and is neither empty nor `.` nor `..`.
bool may_be_sealed(RelativePath const& parent, std::string_view name) {
  if (name.size() > kNameBytesMax) return false;
  std::size_t const length = parent.str().size() + (parent.is_root() ? 0 : 1) + name.size();
  if (length > kPathBytesMax || (parent.is_root() && name == "-")) return false;
  bool ascii = true;
  for (char const c : name) {
    auto const byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F || byte == '\\') return false;
    ascii = ascii && byte < 0x80;
  }
  return ascii || is_utf8(name);
}

bool same_moment(FileStat const& a, FileStat const& b) {
  return a.dev == b.dev && a.ino == b.ino && a.mtime_ns == b.mtime_ns && a.ctime_ns == b.ctime_ns;
}

/// What a directory holds, in the order in which the scan gives it out.
struct Level {
  struct Item {
    std::string name;
    FileStat stat;
    bool is_content = false;       // stands for what is in the directory of that name
    std::size_t entry = SIZE_MAX;  // where the object itself went in TreeScan::entries
  };
  RelativePath path;
  unsigned level = 0;  // of the directory; the folder itself is 0
  std::vector<Item> items;
  std::size_t next = 0;
};

/// Byte order of whole paths: what is in `a` sorts like `a/`, so behind `a-b`.
bool in_path_order(Level::Item const& a, Level::Item const& b) {
  std::size_t const common = std::min(a.name.size(), b.name.size());
  int const order = std::memcmp(a.name.data(), b.name.data(), common);
  if (order != 0) return order < 0;
  auto const behind = [common](Level::Item const& item) {
    if (item.name.size() > common)
      return static_cast<int>(static_cast<unsigned char>(item.name[common]));
    return item.is_content ? static_cast<int>('/') : -1;
  };
  return behind(a) < behind(b);
}

class Walk {
 public:
  Walk(Directory const& folder, ScanLimits const& limits, TaskPool* pool,
       std::stop_token const& stop)
      : folder_(folder), limits_(limits), pool_(pool), stop_(stop) {}

  TreeScan run() {
    out_.folder = folder_.status();
    if (!read_level(folder_, {}, out_.folder, 0)) return std::move(out_);
    while (!levels_.empty()) {
      Level& top = levels_.back();
      if (top.next == top.items.size()) {
        levels_.pop_back();
      } else if (Level::Item& item = top.items[top.next++]; item.is_content) {
        if (!descend(top.path / item.name, item, top.level + 1)) break;
      } else {
        give_out(top, item);
      }
    }
    return std::move(out_);
  }

 private:
  struct Held {
    RelativePath path;
    unsigned level = 0;
    std::unique_ptr<Directory> directory;
  };

  void give_out(Level& level, Level::Item& item) {
    if (!limits_.any_name && !may_be_sealed(level.path, item.name)) {
      std::string const& above = level.path.str();
      out_.bad_names.push_back({above.empty() ? item.name : above + '/' + item.name, item.stat});
      return;
    }
    std::size_t const place = out_.entries.size();
    out_.entries.push_back({level.path / item.name, item.stat, false});
    if (item.stat.kind != FileKind::directory) return;
    if (item.stat.dev != out_.folder.dev) {
      out_.mounts.push_back(out_.entries.back().path);
    } else if (level.level + 1 > limits_.depth_max) {
      out_.too_deep.push_back(out_.entries.back().path);
    } else {
      content_of(level, item).entry = place;
    }
  }

  /// A directory's content comes after itself, usually as the very next item.
  static Level::Item& content_of(Level& level, Level::Item const& item) {
    std::size_t at = level.next;
    while (!level.items[at].is_content || level.items[at].name != item.name) ++at;
    return level.items[at];
  }

  /// False: the walk is over.
  bool descend(RelativePath const& path, Level::Item const& item, unsigned level) {
    bool const wanted = item.entry != SIZE_MAX;  // no bad name, mount or too deep
    if (!wanted || out_.too_many) return true;
    std::unique_ptr<Directory> directory = open(path);
    if (!directory) return true;
    std::size_t const entry = item.entry;  // reading the level moves the items
    if (!read_level(*directory, path, item.stat, level)) return false;
    out_.entries[entry].empty_directory = levels_.back().items.empty();
    bool const far = level >= (held_.empty() ? 0 : held_.back().level) + kLevelsPerHeld;
    if (far) held_.push_back({path, level, std::move(directory)});
    return true;
  }

  std::unique_ptr<Directory> open(RelativePath const& path) {
    while (!held_.empty() && !path.is_within(held_.back().path)) held_.pop_back();
    auto opened = held_.empty()
                      ? folder_.open_directory(path)
                      : held_.back().directory->open_directory(path.below(held_.back().path));
    if (auto* directory = std::get_if<std::unique_ptr<Directory>>(&opened)) {
      return std::move(*directory);
    }
    if (std::get<OpenFailure>(opened) == OpenFailure::other_device) {
      out_.mounts.push_back(path);  // A bind mount of the same filesystem has the same device.
    } else {
      out_.unstable = true;
    }
    return nullptr;
  }

  /// Puts what is in the directory on top of the levels. False: the walk is over.
  bool read_level(Directory const& directory, RelativePath const& path, FileStat seen,
                  unsigned level) {
    std::vector<DirectoryEntry> names = directory.list();
    std::sort(names.begin(), names.end());
    std::size_t const room = limits_.objects_max - objects_;
    if (names.size() > room) {
      out_.too_many = true;
      names.resize(room);
    }
    objects_ += names.size();
    std::vector<std::optional<FileStat>> const stats = look_at(directory, names);
    if (stop_.stop_requested()) {
      out_.stopped = true;
      return false;
    }
    levels_.push_back({path, level, items_of(names, stats), 0});
    if (!same_moment(directory.status(), seen)) out_.unstable = true;
    return true;
  }

  std::vector<Level::Item> items_of(std::vector<DirectoryEntry>& names,
                                    std::vector<std::optional<FileStat>> const& stats) {
    std::vector<Level::Item> items;
    items.reserve(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!stats[i]) {
        out_.unstable = true;
        continue;
      }
      bool const is_directory = stats[i]->kind == FileKind::directory;
      items.push_back({names[i].name, *stats[i]});
      if (is_directory) items.push_back({std::move(names[i].name), *stats[i], true});
    }
    // The names are in order already; only what is in a directory may have to move back.
    if (!std::is_sorted(items.begin(), items.end(), in_path_order)) {
      std::sort(items.begin(), items.end(), in_path_order);
    }
    return items;
  }

  /// lstat of each name; large directories in parallel.
  std::vector<std::optional<FileStat>> look_at(Directory const& directory,
                                               std::vector<DirectoryEntry> const& names) {
    std::vector<std::optional<FileStat>> stats(names.size());
    std::size_t const pieces = (names.size() + kNamesPerPiece - 1) / kNamesPerPiece;
    auto const look = [&](std::size_t piece) {
      std::size_t const end = std::min(names.size(), (piece + 1) * kNamesPerPiece);
      for (std::size_t i = piece * kNamesPerPiece; i < end; ++i) {
        stats[i] = directory.find(names[i].name);
      }
    };
    if (pool_ != nullptr && pieces > 1) {
      parallel_for(*pool_, pieces, pool_->concurrency(), stop_, look);
      return stats;
    }
    for (std::size_t piece = 0; piece < pieces && !stop_.stop_requested(); ++piece) look(piece);
    return stats;
  }

  Directory const& folder_;
  ScanLimits const& limits_;
  TaskPool* pool_;
  std::stop_token const& stop_;
  TreeScan out_;
  std::size_t objects_ = 0;
  std::vector<Level> levels_;
  std::vector<Held> held_;
};

/// Serialises numbers and texts without ambiguity into a hash, in large pieces.
class FingerprintWriter {
 public:
  void add(std::string_view path, FileStat const& stat) {
    number(path.size());
    buffer_ += path;
    number(static_cast<std::uint64_t>(stat.kind));
    number(stat.dev);
    number(stat.ino);
    number(stat.size);
    number(static_cast<std::uint64_t>(stat.mtime_ns));
    number(static_cast<std::uint64_t>(stat.ctime_ns));
    number(stat.nlink);
    number(stat.mode);
    if (buffer_.size() >= kPieceBytes) flush();
  }
  void number(std::uint64_t value) {
    char bytes[8];
    for (unsigned i = 0; i < 8; ++i) bytes[i] = static_cast<char>(value >> (8 * i));
    buffer_.append(bytes, sizeof bytes);
  }
  Digest finish() {
    flush();
    return hash_.finish();
  }

 private:
  static constexpr std::size_t kPieceBytes = 64 * 1024;
  void flush() {
    hash_.update(buffer_);
    buffer_.clear();
  }
  Sha256 hash_;
  std::string buffer_;
};

}  // namespace

ScanEntry const* TreeScan::find(std::string_view path) const noexcept {
  auto const at = std::lower_bound(
      entries.begin(), entries.end(), path,
      [](ScanEntry const& entry, std::string_view wanted) { return entry.path.str() < wanted; });
  return at != entries.end() && at->path.str() == path ? &*at : nullptr;
}

TreeScan scan_tree(Directory const& folder, ScanLimits const& limits, std::stop_token const& stop,
                   TaskPool* pool) {
  TreeScan scan = Walk(folder, limits, pool, stop).run();
  std::sort(scan.bad_names.begin(), scan.bad_names.end(),
            [](BadName const& a, BadName const& b) { return a.path < b.path; });
  std::sort(scan.mounts.begin(), scan.mounts.end());
  std::sort(scan.too_deep.begin(), scan.too_deep.end());
  return scan;
}

Digest tree_fingerprint(TreeScan const& scan) {
  FingerprintWriter out;
  out.add("", scan.folder);
  out.number(scan.entries.size());
  for (ScanEntry const& entry : scan.entries) out.add(entry.path.str(), entry.stat);
  out.number(scan.bad_names.size());
  for (BadName const& bad : scan.bad_names) out.add(bad.path, bad.stat);
  return out.finish();
}

std::int64_t newest_ctime_ns(TreeScan const& scan) noexcept {
  std::int64_t newest = scan.folder.ctime_ns;
  for (ScanEntry const& entry : scan.entries) newest = std::max(newest, entry.stat.ctime_ns);
  for (BadName const& bad : scan.bad_names) newest = std::max(newest, bad.stat.ctime_ns);
  return newest;
}

}  // namespace govseal
