#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/sha256.h"
#include "base/task_pool.h"
#include "sealing/line_ends.h"
#include "sealing/tree_hasher.h"
#include "sealing/tree_scan.h"
#include "sealing/verify.h"

namespace govseal {

/// A file whose content is not the one listed, to be read a second time.
struct LineEndQuestion {
  ScanEntry const* entry = nullptr;
  std::optional<std::uint64_t> bytes;
  Digest sha256;
};

/// The contents of one scanned folder: reads files as the scan saw them and keeps their digests.
///
/// As soon as a file is not what the scan saw, or the stop token is set, ok() turns false; what was
/// returned since is of no worth and the caller starts again or gives up. References outlive the
/// reader. Used by one thread at a time; hashing fans out on the pool. Throws Error on failures.
class FolderReader {
 public:
  /// `pool` may be nullptr where nothing is hashed or explained.
  FolderReader(Directory const& folder, TreeScan const& scan, HashOptions const& hash,
               KnownDigest const& known, TaskPool* pool, std::stop_token const& stop);

  [[nodiscard]] bool ok() const noexcept { return !changed_ && !stopped_; }
  [[nodiscard]] bool stopped() const noexcept { return stopped_; }
  [[nodiscard]] TreeScan const& scan() const noexcept { return scan_; }
  [[nodiscard]] Directory const& folder() const noexcept { return folder_; }
  [[nodiscard]] HashOptions const& options() const noexcept { return options_; }
  [[nodiscard]] TaskPool* pool() const noexcept { return pool_; }
  [[nodiscard]] std::stop_token const& stop() const noexcept { return stop_; }

  /// The entry at `path` when it is a regular file, else nullptr.
  [[nodiscard]] ScanEntry const* regular(std::string_view path) const noexcept;

  /// The whole content of a regular file of the scan, read once and kept; nullptr when there is
  /// none at `path`, it is larger than `bytes_max`, or ok() turned false.
  [[nodiscard]] std::string const* content(std::string_view path, std::uint64_t bytes_max);

  /// Finds the digests of these entries of the scan (regular files) that are not known yet.
  void hash(std::span<ScanEntry const* const> entries);
  /// The digest of an entry, if it was hashed, known or read.
  [[nodiscard]] std::optional<Digest> const& digest(ScanEntry const& entry) const noexcept;
  /// hash() and digest() for one file, also one over the size that content() takes.
  [[nodiscard]] std::optional<Digest> digest_of(ScanEntry const& entry);

  /// Which conversion of line ends explains each question, in their order.
  [[nodiscard]] std::vector<std::optional<LineEndChange>> explain(
      std::span<LineEndQuestion const> questions);

 private:
  [[nodiscard]] std::size_t index_of(ScanEntry const& entry) const noexcept;

  Directory const& folder_;
  TreeScan const& scan_;
  HashOptions const& options_;
  KnownDigest const& known_;
  TaskPool* pool_;
  std::stop_token const& stop_;
  std::vector<std::optional<Digest>> digests_;  // of scan_.entries, by index
  std::map<std::string, std::string, std::less<>> contents_;
  bool changed_ = false;
  bool stopped_ = false;
};

}  // namespace govseal
