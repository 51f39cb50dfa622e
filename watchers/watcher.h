#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "watchers/hint.h"
#include "watchers/rung.h"
#include "watchers/watch_root.h"

// How directories become known.
//
// A root is armed in two steps. `begin_arm` hands out a crawl, plain work that the caller runs on
// the pool: it opens directories one element at a time beneath held descriptors, sets the watch of
// a directory before it lists it, and works from a list, never by recursion. Meanwhile the loop
// goes on draining; events about directories that only the crawl knows yet are kept. `finish_arm`
// takes the result over and looks at what was kept, so no moment is unseen.
//
// Directories that appear later are entered by `drain` itself, in the same order (open, watch,
// list, deeper), but only `directories_max` of them and `entries_max` entries in one call; the rest
// waits in memory while the kernel's queue goes on being emptied. `DrainOutcome::more` says so, and
// the loop calls again when it has served others. A tree of any size that is moved into a root is
// therefore worked off in slices. A cookie is reported only after all that waited before it.
//
// The same holds for the hints of a big crawl: what finish_arm does not deliver at once follows
// with the next calls of drain.

namespace govseal {

/// Why a root cannot be watched by this watcher.
struct NotPossible {
  GapCause cause = GapCause::io_error;
  int error_number = 0;
};

/// What only the watcher that made a crawl can read in its result.
class CrawlData {
 public:
  virtual ~CrawlData() = default;
};

/// What a crawl found. Every result goes back by finish_arm, also a failed or a stopped one.
struct CrawlResult {
  RootId root;
  std::uint64_t ticket = 0;  // tells results of different begin_arm calls apart
  /// Set: the root cannot be watched; finish_arm then reports Gap{cause, disarmed} for it.
  std::optional<NotPossible> failure;
  bool stopped = false;  // the stop token was set; finish_arm forgets the root
  RootPresence presence = RootPresence::missing;
  std::optional<DirectoryIdentity> identity;  // of a root that is a directory
  std::optional<FilesystemFacts> filesystem;  // of the root, or of its nearest existing parent
  std::vector<PartialCoverage> partial;       // finish_arm hands them to the sink
  std::size_t directories = 0;
  std::size_t entries = 0;
  std::unique_ptr<CrawlData> data;
};

/// The work that arms a root (or, on rung D, scans it). Runs once, on any thread; does not throw.
/// Independent of the watcher's life time. Looks at `stop` at every directory.
class Crawl {
 public:
  virtual ~Crawl() = default;
  [[nodiscard]] virtual CrawlResult run(std::stop_token stop) = 0;
};

using ArmOutcome = std::variant<std::unique_ptr<Crawl>, NotPossible>;

/// What one call of drain may take at most.
struct DrainLimits {
  Instant now;                         // the moment of the call
  unsigned reads_max = 16;             // buffers read from the kernel
  std::size_t buffer_bytes = 262'144;  // size of one
  std::size_t directories_max = 256;   // directories entered
  std::size_t entries_max = 8'192;     // entries listed, or hints of a crawl delivered
};

struct DrainOutcome {
  bool more = false;  // call again soon: something waits here or in the kernel
  /// Call again at this CLOCK_MONOTONIC time even if nothing arrives (an unpaired rename).
  std::optional<nanoseconds> again_at;
};

enum class CookieOutcome {
  laid,          // wait for cookie_seen
  no_directory,  // this filesystem has no cookie directory: `round-trip` is lost
  failed,        // could not be created this time
};

struct RootState {
  RootId root;
  enum class Phase { arming, armed, waiting, lost };  // waiting: armed, but nothing is there yet
  Phase phase = Phase::arming;
  RootPresence presence = RootPresence::missing;
  std::size_t directories = 0;
  std::uint64_t epoch = 0;
};

struct WatcherCounters {
  std::uint64_t events = 0;          // records read from the kernel
  std::uint64_t hints = 0;           // delivered
  std::uint64_t overflows = 0;       // kernel-overflow and ring-overflow
  std::uint64_t malformed = 0;       // buffers
  std::uint64_t unknown_events = 0;  // about directories nobody knows; dropped
  std::uint64_t directories_entered = 0;
};

struct WatcherState {
  Rung rung = Rung::scan;
  std::size_t watches = 0;
  std::size_t queue_bytes = 0;  // waiting in the kernel
  std::size_t waiting = 0;      // directories, listings and hints that wait for drain
  WatcherCounters counters{};
  std::vector<RootState> roots{};                  // in order of their ids
  std::vector<FilesystemId> cookie_filesystems{};  // those with a usable cookie directory
};

/// One source of hints about a set of watch roots. Passive: never owns a thread or the loop, never
/// judges. All calls come from the loop thread and do not block; the crawl that `begin_arm` hands
/// out is plain work for the pool. Conditions a caller must handle are return values; Error is
/// thrown only for failures that concern the whole source.
///
/// The contract S1 to S12 of watching.md 3 is tested unchanged against every implementation.
class Watcher {
 public:
  virtual ~Watcher() = default;
  /// Poll for POLLIN; -1 on rung D and while the kernel refuses a descriptor. Ask again after every
  /// begin_arm.
  [[nodiscard]] virtual int fd() const = 0;
  /// Crawl, or NotPossible{cause, error}. A root that is armed already stays so until finish_arm,
  /// which then replaces what was known about it.
  [[nodiscard]] virtual ArmOutcome begin_arm(WatchRoot const& root) = 0;
  /// The directories of the crawl become known. Call drain afterwards until it has no more.
  virtual void finish_arm(CrawlResult result, HintSink& sink) = 0;
  virtual void disarm(RootId const& root) = 0;
  /// Takes all that waits, within the limits.
  virtual DrainOutcome drain(HintSink& sink, DrainLimits const& limits) = 0;
  [[nodiscard]] virtual CookieOutcome lay_cookie(FilesystemId filesystem, CookieId cookie) = 0;
  [[nodiscard]] virtual WatcherState state() const = 0;
};

}  // namespace govseal
