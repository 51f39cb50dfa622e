#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "watchers/directory_tree.h"
#include "watchers/hint.h"

namespace govseal {

/// One IN_MOVED_FROM that waits for its IN_MOVED_TO, as one root saw it.
struct RenameSource {
  std::uint32_t cookie = 0;
  std::uint32_t root = 0;    // number of the root
  std::uint64_t ticket = 0;  // its arming
  RelativePath directory{};
  std::string name{};
  bool is_directory = false;
  bool makes_hint = true;         // by the rules of its root
  bool announced = false;         // a hint about the source has been delivered
  DirectoryTree::Handle moved{};  // the detached directory, if it was one
  std::optional<RenameEnd> destination{};
};

/// The first halves of renames, for `rename_pair_ms` at most (watching.md 8). Pure; time is handed
/// in. Not thread-safe.
class RenamePairs {
 public:
  RenamePairs(nanoseconds keep, std::size_t sources_max);

  void add(RenameSource source, Instant now);
  /// All sources of that cookie; they are no longer kept.
  [[nodiscard]] std::vector<RenameSource> take(std::uint32_t cookie);
  /// Those whose time is over, or that were too many.
  [[nodiscard]] std::vector<RenameSource> take_expired(Instant now);
  /// Those that have not been announced yet; they count as announced from now on.
  [[nodiscard]] std::vector<RenameSource> take_unannounced();
  /// CLOCK_MONOTONIC of the next expiry.
  [[nodiscard]] std::optional<nanoseconds> next_expiry() const;
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  struct Deadline {
    nanoseconds mono{};
    std::uint32_t cookie = 0;
  };
  void drop_old_deadlines();

  nanoseconds keep_;
  std::size_t sources_max_;
  std::unordered_map<std::uint32_t, std::vector<RenameSource>> sources_;
  std::deque<Deadline> deadlines_;  // ascending; those of taken cookies are skipped
  std::vector<std::uint32_t> unannounced_;
  std::size_t size_ = 0;
};

}  // namespace govseal
