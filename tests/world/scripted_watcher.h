#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "watchers/watch_limits.h"
#include "watchers/watcher.h"

namespace govseal {

/// The kernel and a watcher of the simulation: the test tells it what really happened, and it
/// passes that on as badly as the contract of watching.md 3 allows: late, twice, merged, in another
/// order, as "look at everything there", or not at all and a gap instead. The same seed makes the
/// same faults. Directories are listed through the file seam when a root is armed. Used by one
/// thread.
class ScriptedWatcher final : public Watcher {
 public:
  /// Chances in 1,000 for each event, at the moment it is delivered.
  struct Faults {
    unsigned lose = 0;       // the queue overflows here: what waits behind it is lost, then a gap
    unsigned duplicate = 0;  // told now and once more later
    unsigned reorder = 0;    // changes places with the one behind it
    unsigned merge = 0;      // the one behind it, if about the same name, goes into it
    unsigned collapse = 0;   // told as `subtree` of its directory
    unsigned delay = 0;      // this call of drain ends before it
  };
  struct Options {
    std::uint64_t seed = 1;
    Faults faults{};
    WatchLimits limits{};
    Rung rung = Rung::inotify;
    std::size_t queue_max = 16'384;  // events, watching.md K4
    std::optional<FilesystemId> cookie_filesystem = FilesystemId{1};
  };
  /// Something that happened to one name.
  struct Change {
    std::string path;  // absolute
    HintKinds kinds = HintKind::entry;
    bool is_directory = false;
    std::optional<std::string> moved_to{};  // absolute; with kind `renamed`
  };

  /// `files` outlives the watcher and its crawls.
  ScriptedWatcher(FileSystem const& files, Options options);
  ~ScriptedWatcher() override;

  // The world.

  /// To be called right after the change was made. Paths that no root has are ignored.
  void tell(Change change);
  void set_faults(Faults faults) noexcept { options_.faults = faults; }
  /// The queue overflows now: what is told until the next drain is lost.
  void overflow();
  /// The next buffer cannot be decoded; what waits behind it is lost.
  void malformed();
  /// True: events stop without a word, against the contract (a mark removed behind the agent's
  /// back); only canaries tell.
  void set_silent(bool silent) noexcept { silent_ = silent; }
  /// The filesystem under these roots was unmounted.
  void unmount(std::string const& path);
  /// begin_arm of that root says no from now on; nullopt: it may be armed again.
  void refuse(RootId const& root, std::optional<NotPossible> why);
  /// Something waits for drain.
  [[nodiscard]] bool readable() const noexcept { return !queue_.empty(); }

  // Watcher.
  [[nodiscard]] int fd() const override { return -1; }
  [[nodiscard]] ArmOutcome begin_arm(WatchRoot const& root) override;
  void finish_arm(CrawlResult result, HintSink& sink) override;
  void disarm(RootId const& root) override;
  DrainOutcome drain(HintSink& sink, DrainLimits const& limits) override;
  [[nodiscard]] CookieOutcome lay_cookie(FilesystemId filesystem, CookieId cookie) override;
  [[nodiscard]] WatcherState state() const override;

 private:
  struct Root {
    WatchRoot config;
    RootState::Phase phase = RootState::Phase::arming;
    RootPresence presence = RootPresence::missing;
    std::optional<DirectoryIdentity> identity{};
    std::uint64_t ticket = 0;
    std::uint64_t epoch = 0;
    std::size_t directories = 0;
    std::vector<Change> kept{};  // while it is being crawled
    bool crawling = false;
  };
  /// What stands in the queue.
  struct Queued {
    enum class Kind { change, cookie, loss, malformed, unmount };
    Kind kind = Kind::change;
    Change change{};
    CookieId cookie{};
    bool again = false;  // a second delivery: no further faults
  };

  [[nodiscard]] bool chance(unsigned per_mille);
  void push(Queued queued);
  void shuffle_front();
  void act(Queued const& queued, HintSink& sink);
  void deliver(Change const& change, bool collapse, HintSink& sink);
  void deliver_to(Root& root, Change const& change, bool collapse, HintSink& sink);
  void check_presence(Root& root, Change const& change, HintSink& sink);
  void lose(Root& root, GapCause cause, HintSink& sink);
  void gap_for_all(GapCause cause, HintSink& sink);
  void hint(Root const& root, Hint hint, HintSink& sink);
  [[nodiscard]] std::optional<RenameEnd> end_of(std::string const& path) const;
  [[nodiscard]] RootLook look_at(WatchRoot const& root) const;

  FileSystem const& files_;
  Options options_;
  std::mt19937_64 random_;
  std::map<RootId, Root> roots_;
  std::map<RootId, NotPossible> refused_;
  std::deque<Queued> queue_;
  bool overflowed_ = false;  // since the last drain
  bool silent_ = false;
  std::uint64_t tickets_ = 0;
  WatcherCounters counters_;
};

}  // namespace govseal
