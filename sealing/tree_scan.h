#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/relative_path.h"
#include "base/sha256.h"
#include "base/task_pool.h"

namespace govseal {

/// One object below a folder, with lstat semantics.
struct ScanEntry {
  RelativePath path;
  FileStat stat;
  bool empty_directory = false;  // a directory that was read and has no entries
};

/// An object whose name breaks the path rules of sealing.md 3.4 or is not UTF-8. Directories among
/// them are not descended.
struct BadName {
  std::string path;  // raw bytes, relative to the folder
  FileStat stat;
};

struct ScanLimits {
  std::size_t objects_max = 1'000'000;  // sealing.md 3.1
  /// Levels below the folder. A path of 4096 bytes cannot have more than 2048, so by default the
  /// path rules are what ends a descent.
  unsigned depth_max = 2048;
  /// True: names are not judged; every object is an entry and every directory is descended.
  bool any_name = false;
};

/// Everything below a folder at one moment: names and metadata, no contents.
///
/// All vectors are sorted by path bytes. A scan of a folder in motion is a mixture of moments:
/// `unstable` says that something vanished or was replaced under the scan's hands.
struct TreeScan {
  FileStat folder;                 // of the folder itself
  std::vector<ScanEntry> entries;  // all kinds, directories included
  std::vector<BadName> bad_names;
  std::vector<RelativePath> mounts;    // directories on another device, also entries, not descended
  std::vector<RelativePath> too_deep;  // directories below depth_max, also entries, not descended
  bool too_many = false;               // more than objects_max: the rest was not looked at
  bool unstable = false;
  bool stopped = false;  // the stop token ended the scan early

  /// Binary search; nullptr when there is no such entry.
  [[nodiscard]] ScanEntry const* find(std::string_view path) const noexcept;
};

/// Walks `folder` without following a link or crossing a mount point. Any thread; blocks; looks at
/// `stop` once per directory and every few hundred names. At most depth / 16 + 2 directories are
/// held open at once. With a pool, the objects of large directories are looked at in parallel.
/// Throws Error (EACCES, EIO): a folder that cannot be read has no verdict.
[[nodiscard]] TreeScan scan_tree(Directory const& folder, ScanLimits const& limits,
                                 std::stop_token const& stop, TaskPool* pool = nullptr);

/// A digest over the folder itself and its sorted entries: path, kind, device, inode, size, mtime,
/// ctime, link count and mode (watching.md 15.1, 3). Equal fingerprints of two scans mean that the
/// folder held still between them as far as metadata can tell.
[[nodiscard]] Digest tree_fingerprint(TreeScan const& scan);

/// The newest ctime of the folder and everything below it, since 1970-01-01T00:00:00Z.
[[nodiscard]] std::int64_t newest_ctime_ns(TreeScan const& scan) noexcept;

}  // namespace govseal
