#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/sha256.h"

namespace govseal {

/// What one sealed file looked like when it was hashed, and its digest.
struct StatRecord {
  std::uint64_t dev = 0;
  std::uint64_t ino = 0;
  std::uint64_t size = 0;     // bytes
  std::int64_t mtime_ns = 0;  // since 1970-01-01T00:00:00Z
  std::int64_t ctime_ns = 0;  // the same
  std::uint32_t mode = 0;     // with the type bits
  std::uint32_t nlink = 0;
  Digest sha256;
  friend bool operator==(StatRecord const&, StatRecord const&) = default;
};

[[nodiscard]] StatRecord make_stat_record(FileStat const& stat, Digest const& sha256);

/// The `files` blob of the stat index (sealing.md 11): packed records of 80 bytes, little-endian,
/// in this order: dev u64, ino u64, size u64, mtime_ns i64, ctime_ns i64, mode u32, nlink u32,
/// sha256 32 bytes. It stays packed in memory, so a table costs what it costs on disk.
/// A value type; const methods are thread-safe.
class StatTable {
 public:
  static constexpr std::size_t kRecordBytes = 80;

  StatTable() = default;
  /// nullopt when `blob` is not a whole number of records.
  [[nodiscard]] static std::optional<StatTable> unpack(std::string blob);

  void reserve(std::size_t records) { blob_.reserve(records * kRecordBytes); }
  void append(StatRecord const& record);
  [[nodiscard]] std::size_t size() const noexcept { return blob_.size() / kRecordBytes; }
  [[nodiscard]] bool empty() const noexcept { return blob_.empty(); }
  /// Requires index < size().
  [[nodiscard]] StatRecord at(std::size_t index) const;
  [[nodiscard]] std::string_view blob() const noexcept { return blob_; }

  friend bool operator==(StatTable const&, StatTable const&) = default;

 private:
  std::string blob_;
};

/// A timestamp that lies this close to the start of a hash proves nothing: kernels up to 6.12 give
/// one ctime to everything within a jiffy, some filesystems to everything within two seconds.
inline constexpr nanoseconds kRacyMargin = std::chrono::seconds(2);

/// The two moments (CLOCK_REALTIME) that the racy rule compares a ctime with.
struct HashTimes {
  nanoseconds hashed{};  // start of the hash that the table is of
  nanoseconds now{};
};

/// True when `now` still shows what `then` recorded: dev, ino, size, mtime, ctime and nlink are
/// equal. (mode is left out: every change of it moves ctime, and after an enforcement the table
/// keeps the mode from before, sealing.md 12.)
[[nodiscard]] bool is_same_state(StatRecord const& then, FileStat const& now) noexcept;

/// True when the file needs no reading: the same state, and a ctime that is older than the hash by
/// more than kRacyMargin and does not lie ahead of the clock (watching.md 16).
[[nodiscard]] bool is_unchanged(StatRecord const& then, FileStat const& now,
                                HashTimes const& times) noexcept;

}  // namespace govseal
