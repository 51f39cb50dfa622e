#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace govseal {

// Which sealed bytes are read again although nothing says that they changed (sealing.md 11). All
// pure: randomness, time and rows are handed in.

/// Uniform 64-bit numbers; seeded by getrandom where it matters.
using RandomSource = std::function<std::uint64_t()>;

/// Files of one folder that were drawn: indices into its stat table, ascending.
struct RehashPick {
  std::size_t folder = 0;  // index into the folders handed in
  std::vector<std::size_t> files;
};

/// Draws `percent` (0..100) of all files, rounded down but at least one, uniformly and without
/// repetition; 0 draws none. `files_per_folder` counts the records of each folder's table.
[[nodiscard]] std::vector<RehashPick> pick_for_rehash(
    std::span<std::uint64_t const> files_per_folder, unsigned percent, RandomSource const& random);

/// How far a scrub has come. It walks the index by row id, so rows that are added meanwhile come at
/// the end; kept as text over a restart.
struct ScrubCursor {
  nanoseconds started{};   // CLOCK_REALTIME
  std::int64_t after = 0;  // id of the last row that is done (StatIndex::page)
  std::uint64_t folders = 0;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t changed = 0;  // folders in which something was not as it was
  friend bool operator==(ScrubCursor const&, ScrubCursor const&) = default;
};
/// One line of JSON without a line end.
[[nodiscard]] std::string to_text(ScrubCursor const& cursor);
/// nullopt: not such a text; the scrub then starts again.
[[nodiscard]] std::optional<ScrubCursor> parse_scrub_cursor(std::string_view text);

/// True when the next scrub has to start: none was finished, or the newest one started `days` ago
/// or more. `days` 0: never. A start that lies ahead of the clock counts as long ago.
[[nodiscard]] bool is_scrub_due(std::optional<nanoseconds> last_started, unsigned days,
                                nanoseconds now_wall) noexcept;

/// Spreads reads over time so that no more than a given number of bytes is read in a second. There
/// is no burst: time that was not used is gone. Not thread-safe.
class ReadBudget {
 public:
  /// Requires bytes_per_second > 0.
  explicit ReadBudget(std::uint64_t bytes_per_second);
  /// Books `bytes` and returns how long to wait before reading them. `now`: CLOCK_MONOTONIC.
  [[nodiscard]] nanoseconds book(std::uint64_t bytes, nanoseconds now);

 private:
  std::uint64_t bytes_per_second_;
  nanoseconds free_at_{};  // when everything booked so far has been read
};

}  // namespace govseal
