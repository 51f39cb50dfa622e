#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "base/relative_path.h"
#include "watchers/actor.h"
#include "watchers/gap_cause.h"
#include "watchers/watch_root.h"

namespace govseal {

/// What a hint is about (watching.md 3). No decision is taken from these but where to look.
enum class HintKind : std::uint8_t {
  entry = 1,               // the name appeared, disappeared or was found by a listing
  content = 2,             // written to
  closed_after_write = 4,  // closed by somebody who could write
  metadata = 8,            // mode, owner, times, attributes, link count
  self_gone = 16,          // the watched directory itself was deleted or moved
  renamed = 32,            // one end of a rename; the other is `Hint::other_end` where known
  subtree = 64,            // look at everything below the name
};

class HintKinds {
 public:
  constexpr HintKinds() = default;
  constexpr HintKinds(HintKind kind) : bits_(static_cast<std::uint8_t>(kind)) {}
  constexpr HintKinds(std::initializer_list<HintKind> kinds) {
    for (HintKind const kind : kinds) *this |= kind;
  }
  [[nodiscard]] constexpr bool has(HintKind kind) const noexcept {
    return (bits_ & static_cast<std::uint8_t>(kind)) != 0;
  }
  [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
  [[nodiscard]] constexpr std::uint8_t bits() const noexcept { return bits_; }
  constexpr HintKinds& operator|=(HintKinds more) noexcept {
    bits_ = static_cast<std::uint8_t>(bits_ | more.bits_);
    return *this;
  }
  friend constexpr bool operator==(HintKinds, HintKinds) = default;

 private:
  std::uint8_t bits_ = 0;
};

/// The other end of a rename. No root: outside of every watched directory.
struct RenameEnd {
  std::optional<RootId> root{};
  RelativePath directory{};
  std::string name{};
  [[nodiscard]] bool outside() const noexcept { return !root.has_value(); }
  friend bool operator==(RenameEnd const&, RenameEnd const&) = default;
};

/// "Look at `name` in `directory` again." Hints come twice, too many, merged and in any order.
struct Hint {
  RootId root{};
  RelativePath directory{};  // below the root
  std::string name{};        // raw bytes, at most 255; empty: the directory itself
  HintKinds kinds{};
  bool is_directory = false;  // as the event told; the filesystem is the truth
  std::optional<RenameEnd> other_end{};
  std::vector<HintActor> actors{};  // rung A only; at most 3, newest last
  /// `WatchRoot::epoch` plus the gaps that this watcher has reported for the root since. The engine
  /// opens gaps of its own too: its count is the one that is kept.
  std::uint64_t epoch = 0;
};

/// From here on something about these roots may have been lost. Comes before the next hint. The
/// watcher's idea of their directories may be stale: arm them again (begin_arm) before the rescan
/// that closes the gap.
struct Gap {
  std::vector<RootId> roots{};  // never empty
  GapCause cause = GapCause::io_error;
  int error_number = 0;           // errno, 0 when there is none
  std::uint64_t lost_events = 0;  // 0: not counted
  /// True: the watcher has dropped the root and delivers nothing more for it; it goes to a lower
  /// rung, or is armed again later.
  bool disarmed = false;
};

/// A part of a root that is not seen: the finding `coverage.partial` (watching.md 4.3, 19).
struct PartialCoverage {
  enum class Reason {
    permission,        // EACCES
    depth,             // below tree_depth_max
    entries,           // more than entries_per_directory_max
    other_filesystem,  // a mount point
    failure,           // another errno
  };
  RootId root;
  RelativePath directory;
  Reason reason = Reason::failure;
  int error_number = 0;
};

/// Number of a cookie (watching.md 13). A process starts counting at a random number, so that two
/// instances that share a directory do not meet.
struct CookieId {
  std::uint64_t number = 0;
  friend auto operator<=>(CookieId, CookieId) = default;
};

/// Receives what a watcher has to tell, on the thread that called it and before that call returns.
/// Must not call the watcher.
class HintSink {
 public:
  virtual ~HintSink() = default;
  virtual void hint(Hint hint) = 0;
  virtual void gap(Gap gap) = 0;
  /// Everything that happened on that filesystem before the cookie was laid has been delivered.
  virtual void cookie_seen(CookieId cookie) = 0;
  virtual void partial(PartialCoverage partial) = 0;
  /// What is at the path of a root that is missing, lost or no directory has changed, or what is on
  /// the way to it: arm it again. Told once for each arming.
  virtual void root_appeared(RootId root) = 0;
};

}  // namespace govseal
