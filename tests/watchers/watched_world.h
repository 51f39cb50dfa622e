#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/temp_directory.h"
#include "tests/watchers/mirror.h"
#include "tests/watchers/recording_sink.h"
#include "watchers/inotify_watcher.h"

namespace govseal {

/// An inotify watcher on several roots, followed as the agent follows it: looks where hints point,
/// arms again after a gap and when a root appears. Each crawl is a step of its own, so that it can
/// lie anywhere between the changes. For the differential tests.
class WatchedWorld {
 public:
  /// `roots`: paths below the directory, made as empty directories and armed.
  explicit WatchedWorld(std::vector<std::string> roots);

  [[nodiscard]] std::string path(std::string const& below) const { return directory_ / below; }

  /// One call of drain.
  void drain(DrainLimits limits);
  /// Begins to arm a root; the crawl runs by run_crawl, on any thread.
  void begin_arm(std::string const& root);
  [[nodiscard]] std::size_t crawls() const noexcept { return crawls_.size(); }
  void run_crawl(std::size_t which, std::stop_token stop = {});
  /// Of a crawl that has run.
  void finish_arm(std::size_t which);
  /// Everything to its end, also the time of unpaired renames.
  void come_to_rest();

  /// What the watcher does not know or knows wrong: names and bytes that no hint told of,
  /// directories that are not watched or watched needlessly, hints under another path than the
  /// present one. One line each; only when at rest.
  [[nodiscard]] std::vector<std::string> mistakes();

  std::size_t hints = 0;
  std::vector<PartialCoverage> partials;
  std::vector<Gap> gaps;

 private:
  struct Followed {
    WatchRoot root;
    Mirror mirror;
  };
  struct Arming {
    std::string root;
    std::unique_ptr<Crawl> crawl;
    std::optional<CrawlResult> result;
  };
  void take(RecordingSink& sink);
  void arm_those_due();
  [[nodiscard]] bool is_armed(RootId const& id) const;
  [[nodiscard]] bool is_there(Followed const& followed) const;
  void check_watches(std::vector<std::string>& lines) const;
  void check_probes(std::vector<std::string>& lines);

  TempDirectory directory_;
  InotifyWatcher watcher_;
  std::map<std::string, Followed> roots_;  // by path below the directory
  std::vector<Arming> crawls_;
  std::set<std::string> due_;  // to be armed again
};

}  // namespace govseal
