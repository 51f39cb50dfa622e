#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "base/file_system.h"
#include "base/relative_path.h"
#include "base/sha256.h"
#include "base/task_pool.h"

namespace govseal {

/// A file to read, and what the scan saw of it.
struct HashJob {
  RelativePath path;
  FileStat expected;
};

/// How far a hash has come; readable from any thread.
struct HashProgress {
  std::atomic<std::uint64_t> files_done{0};
  std::atomic<std::uint64_t> bytes_done{0};
};

struct HashOptions {
  /// Files hashed at once; 0: as many as the pool has threads, at most 16.
  unsigned width = 0;
  /// What was read leaves the page cache again (POSIX_FADV_DONTNEED), for scrubs.
  bool drop_cache = false;
  /// The system is told to start writing what was read and is not on the disk yet, without waiting
  /// for it, so that syncing all files afterwards finds most of the work done. For seals.
  bool begin_sync = false;
  /// Called before each piece with its size in bytes, from any of the hashing threads; may block to
  /// limit the rate. Empty: unlimited.
  std::function<void(std::uint64_t)> pace{};
  HashProgress* progress = nullptr;  // outlives the call
};

/// The file at `path` was not what the scan saw, before, while or after it was read.
struct ChangedWhileHashing {
  std::string path;
};

/// The stop token ended the work; nothing was found out.
struct Stopped {};

/// Hashes `files` in parallel and returns their digests in the order given.
///
/// Large files start first (ties by path) so that one big file does not finish last. Device, inode,
/// size, mtime and ctime must equal `expected` before the first and after the last byte, and the
/// bytes read must be `size`; otherwise the result is ChangedWhileHashing and the caller waits or
/// scans again. The result does not depend on the number of threads or on timing. Any thread, also
/// one of the pool; blocks; looks at `stop` once per MiB. Throws Error on read failures.
[[nodiscard]] std::variant<std::vector<Digest>, ChangedWhileHashing, Stopped> hash_tree(
    Directory const& folder, std::span<HashJob const> files, TaskPool& pool,
    HashOptions const& options, std::stop_token const& stop);

/// True when device, inode, size, mtime and ctime agree (sealing.md 8).
[[nodiscard]] bool same_state(FileStat const& before, FileStat const& after) noexcept;

}  // namespace govseal
