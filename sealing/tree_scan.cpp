// A depth-first walk with its own stack: hostile trees are as deep as 2048 levels. Descriptors are
// kept for every kLevelsPerHeld-th level only, so that neither the depth nor the length of a path
// handed to openat2 (PATH_MAX) ends it.
#include "sealing/tree_scan.h"

#include <algorithm>
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
constexpr std::size_t kNamesPerStopLook = 512;

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

class Walk {
 public:
  Walk(Directory const& folder, ScanLimits const& limits, std::stop_token const& stop)
      : folder_(folder), limits_(limits), stop_(stop) {}

  TreeScan run() {
    out_.folder = folder_.status();
    if (read_level(folder_, {}, out_.folder, 0, nullptr)) descend();
    sort_all();
    return std::move(out_);
  }

 private:
  struct Pending {
    std::size_t entry;  // index in entries; the path is there
    unsigned level;     // of the directory itself; those of the folder are on level 1
  };
  struct Held {
    RelativePath path;
    unsigned level = 0;
    std::unique_ptr<Directory> directory;
  };

  void descend() {
    while (!pending_.empty()) {
      Pending const next = pending_.back();
      pending_.pop_back();
      // A copy: reading a level adds entries, which may move the others.
      RelativePath const path = out_.entries[next.entry].path;
      FileStat const stat = out_.entries[next.entry].stat;
      std::unique_ptr<Directory> directory = open(path);
      if (!directory) continue;
      if (!read_level(*directory, path, stat, next.level, &next.entry)) return;
      bool const far = next.level >= (held_.empty() ? 0 : held_.back().level) + kLevelsPerHeld;
      if (far) held_.push_back({path, next.level, std::move(directory)});
    }
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

  /// False: the walk is over.
  bool read_level(Directory const& directory, RelativePath const& path, FileStat const& seen,
                  unsigned level, std::size_t const* entry) {
    if (stop_.stop_requested()) return stopped();
    std::vector<DirectoryEntry> names = directory.list();
    if (names.empty() && entry != nullptr) out_.entries[*entry].empty_directory = true;
    std::sort(names.begin(), names.end());
    std::size_t looked_at = 0;
    for (DirectoryEntry const& name : names) {
      if (++looked_at % kNamesPerStopLook == 0 && stop_.stop_requested()) return stopped();
      if (!add(directory, path, name.name, level + 1)) return false;
    }
    if (!same_moment(directory.status(), seen)) out_.unstable = true;
    return true;
  }

  bool stopped() {
    out_.stopped = true;
    return false;
  }

  /// False: there are more objects than allowed.
  bool add(Directory const& directory, RelativePath const& parent, std::string const& name,
           unsigned level) {
    if (out_.entries.size() + out_.bad_names.size() >= limits_.objects_max) {
      out_.too_many = true;
      return false;
    }
    auto const stat = directory.find(name);
    if (!stat) {
      out_.unstable = true;
      return true;
    }
    if (!limits_.any_name && !may_be_sealed(parent, name)) {
      std::string const& above = parent.str();
      out_.bad_names.push_back({above.empty() ? name : above + '/' + name, *stat});
      return true;
    }
    out_.entries.push_back({parent / name, *stat, false});
    if (stat->kind == FileKind::directory) plan_descent(level);
    return true;
  }

  void plan_descent(unsigned level) {
    ScanEntry const& entry = out_.entries.back();
    if (entry.stat.dev != out_.folder.dev) {
      out_.mounts.push_back(entry.path);
    } else if (level > limits_.depth_max) {
      out_.too_deep.push_back(entry.path);
    } else {
      pending_.push_back({out_.entries.size() - 1, level});
    }
  }

  void sort_all() {
    auto const by_path = [](auto const& a, auto const& b) { return a.path < b.path; };
    if (!std::is_sorted(out_.entries.begin(), out_.entries.end(), by_path)) {
      std::sort(out_.entries.begin(), out_.entries.end(), by_path);
    }
    std::sort(out_.bad_names.begin(), out_.bad_names.end(), by_path);
    std::sort(out_.mounts.begin(), out_.mounts.end());
    std::sort(out_.too_deep.begin(), out_.too_deep.end());
  }

  Directory const& folder_;
  ScanLimits const& limits_;
  std::stop_token const& stop_;
  TreeScan out_;
  std::vector<Pending> pending_;
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

TreeScan scan_tree(Directory const& folder, ScanLimits const& limits, std::stop_token const& stop) {
  return Walk(folder, limits, stop).run();
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
