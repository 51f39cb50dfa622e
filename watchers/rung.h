#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace govseal {

/// The three ways to watch, best first (watching.md 4).
enum class Rung { fanotify, inotify, scan };

/// `A`, `C`, `D`.
[[nodiscard]] std::string_view name_of(Rung rung) noexcept;

/// Why a root has the rung it has: the tokens of watching.md 4.3.
enum class RungReason {
  no_helper,
  no_capability,
  watch_limit,
  filesystem_unsupported,
  permission_denied,
  io_error,
  event_silence,
  event_flood,
  malformed_events,
  hints_missed,
  configuration,
  restored,
};
[[nodiscard]] std::string_view name_of(RungReason reason) noexcept;

/// One filesystem: `f_fsid` of fstatfs, or the device number where that is zero.
struct FilesystemId {
  std::uint64_t value = 0;
  friend auto operator<=>(FilesystemId, FilesystemId) = default;
};

struct FilesystemFacts {
  FilesystemId id;
  std::uint64_t type = 0;  // f_type, e.g. 0xEF53
  bool read_only = false;
};

/// nullopt with errno set when fstatfs or fstat fails.
[[nodiscard]] std::optional<FilesystemFacts> read_filesystem_facts(int fd);

/// True for the types of watching.md 4.2: remote writers never make an event here.
[[nodiscard]] bool is_remote_filesystem(std::uint64_t type) noexcept;
[[nodiscard]] bool is_overlay_filesystem(std::uint64_t type) noexcept;
/// ext4, xfs, btrfs, tmpfs: there a lease tells the truth about writers (watching.md 15.2).
[[nodiscard]] bool is_lease_trusted(std::uint64_t type) noexcept;

/// What is known about one root when its rung is chosen.
struct RungFacts {
  std::uint64_t filesystem_type = 0;
  Rung best = Rung::fanotify;  // `watch.rung`: `auto` and `A` are the same
  /// Why rung A is out of reach; nullopt: the filesystem is marked.
  std::optional<RungReason> fanotify_refused = RungReason::no_helper;
  /// Overlayfs only: a cookie came back through a directory of the agent's own there.
  bool cookie_round_trip = false;
  /// Why rung C is out of reach (what begin_arm or the crawl said); nullopt: it was not refused.
  std::optional<RungReason> inotify_refused;
};

struct RungChoice {
  Rung rung = Rung::scan;
  std::optional<RungReason> reason;  // nullopt: the best that the configuration allows
};

/// Selection (watching.md 4.2). Pure.
[[nodiscard]] RungChoice select_rung(RungFacts const& facts) noexcept;

/// What `status` says is lost on a root: the closed set of watching.md 4.4.
enum class Lost {
  actor_of_short_lived_writers,
  actor,
  actor_beyond_mark_limit,
  writes_through_outside_links,
  writes_below_overlay,
  remote_writers,
  events_while_agent_is_down,
  transient_changes,
  rename_destination,
  round_trip,
  open_writer_probe,
};
[[nodiscard]] std::string_view name_of(Lost lost) noexcept;

struct LostFacts {
  Rung rung = Rung::scan;
  std::uint64_t filesystem_type = 0;
  enum class Attribution { off, live, exact };
  Attribution attribution = Attribution::off;  // rung A only
  bool beyond_mark_limit = false;              // rung A with `exact`
  bool helper = false;                         // the queue is held while the agent is down
  bool has_cookies = false;
  bool probe_sound = false;
};

/// In the order of the table. Pure.
[[nodiscard]] std::vector<Lost> lost_on(LostFacts const& facts);

}  // namespace govseal
