#include "tests/watchers/watched_world.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <variant>

#include "tests/watchers/bench.h"

namespace govseal {
namespace {

namespace fs = std::filesystem;

std::uint64_t inode_of(std::string const& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

bool is_real_directory(std::string const& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

/// The directory and all below it.
std::vector<std::string> directories_of(std::string const& top) {
  std::vector<std::string> found{top};
  for (auto const& entry : fs::recursive_directory_iterator(top)) {
    if (is_real_directory(entry.path().string())) found.push_back(entry.path());
  }
  return found;
}

/// The inodes that the kernel watches for this descriptor, by proc(5).
std::multiset<std::uint64_t> watched_inodes(int fd) {
  std::multiset<std::uint64_t> found;
  std::ifstream lines("/proc/self/fdinfo/" + std::to_string(fd));
  for (std::string line; std::getline(lines, line);) {
    auto const at = line.find(" ino:");
    if (!line.starts_with("inotify ") || at == std::string::npos) continue;
    found.insert(std::stoull(line.substr(at + 5), nullptr, 16));
  }
  return found;
}

}  // namespace

WatchedWorld::WatchedWorld(std::vector<std::string> roots)
    : watcher_({.boot_id = std::string(kBootId), .now = present()}) {
  for (std::string const& root : roots) {
    fs::create_directories(path(root));
    roots_.emplace(root, Followed{{.id = {"repo/runs/" + root},
                                   .base = directory_.path(),
                                   .path = RelativePath::of(root)},
                                  Mirror(path(root))});
    due_.insert(root);
  }
  arm_those_due();
}

void WatchedWorld::drain(DrainLimits limits) {
  RecordingSink sink;
  limits.now = present();
  watcher_.drain(sink, limits);
  take(sink);
}

void WatchedWorld::begin_arm(std::string const& root) {
  auto outcome = watcher_.begin_arm(roots_.at(root).root);
  REQUIRE(std::holds_alternative<std::unique_ptr<Crawl>>(outcome));
  crawls_.push_back({root, std::get<std::unique_ptr<Crawl>>(std::move(outcome)), {}});
  due_.erase(root);
}

void WatchedWorld::run_crawl(std::size_t which, std::stop_token stop) {
  Arming& arming = crawls_.at(which);
  if (!arming.result) arming.result = arming.crawl->run(std::move(stop));
}

void WatchedWorld::finish_arm(std::size_t which) {
  Arming arming = std::move(crawls_.at(which));
  crawls_.erase(crawls_.begin() + static_cast<std::ptrdiff_t>(which));
  RecordingSink sink;
  if (arming.result->stopped) due_.insert(arming.root);
  // What was known of a root that was lost is forgotten: the crawl tells of what is there, and
  // nothing tells of what went before it.
  Followed& followed = roots_.at(arming.root);
  if (!is_armed(followed.root.id)) followed.mirror = Mirror(path(arming.root));
  watcher_.finish_arm(std::move(*arming.result), sink);
  take(sink);
}

void WatchedWorld::take(RecordingSink& sink) {
  for (auto& one : sink.told) {
    if (auto const* const hint = std::get_if<Hint>(&one)) {
      ++hints;
      for (auto& [name, followed] : roots_) {
        if (followed.root.id == hint->root) followed.mirror.apply(*hint);
      }
    } else if (auto* const gap = std::get_if<Gap>(&one)) {
      for (auto& [name, followed] : roots_) {
        for (RootId const& id : gap->roots) {
          if (followed.root.id != id) continue;
          followed.mirror.apply(Hint{.kinds = HintKind::subtree});
          due_.insert(name);
        }
      }
      gaps.push_back(std::move(*gap));
    } else if (auto* const partial = std::get_if<PartialCoverage>(&one)) {
      partials.push_back(std::move(*partial));
    } else if (auto const* const appeared = std::get_if<RecordingSink::Appeared>(&one)) {
      for (auto const& [name, followed] : roots_) {
        if (followed.root.id == appeared->root) due_.insert(name);
      }
    }
  }
}

bool WatchedWorld::is_armed(RootId const& id) const {
  for (RootState const& root : watcher_.state().roots) {
    if (root.root == id) return root.phase == RootState::Phase::armed;
  }
  return false;
}

/// Every element of its path is a directory, not a link to one.
bool WatchedWorld::is_there(Followed const& followed) const {
  std::string way = directory_.path();
  for (std::string_view const element : followed.root.path.elements()) {
    way += "/" + std::string(element);
    if (!is_real_directory(way)) return false;
  }
  return true;
}

void WatchedWorld::arm_those_due() {
  while (!due_.empty() || !crawls_.empty()) {
    for (std::string const& root : std::set(due_)) begin_arm(root);
    for (std::size_t i = 0; i < crawls_.size(); ++i) run_crawl(i);
    while (!crawls_.empty()) finish_arm(0);
  }
}

void WatchedWorld::come_to_rest() {
  Instant now = present();
  // Twice: what an unpaired rename leaves behind is found only when its time is over.
  for (int i = 0; i < 2; ++i) {
    while (true) {
      arm_those_due();
      RecordingSink sink;
      DrainOutcome const outcome = watcher_.drain(sink, {.now = now});
      bool const something = outcome.more || !sink.told.empty();
      take(sink);
      if (!something && due_.empty()) break;
    }
    now.mono += std::chrono::seconds(2);
  }
}

std::vector<std::string> WatchedWorld::mistakes() {
  std::vector<std::string> lines;
  for (auto const& [name, followed] : roots_) {
    bool const there = is_there(followed);
    if (is_armed(followed.root.id) != there) lines.push_back("armed or not: " + name);
    if (!there) continue;
    for (std::string const& line : followed.mirror.differences()) {
      lines.push_back(name + ": " + line);
    }
  }
  check_watches(lines);
  check_probes(lines);
  return lines;
}

/// The kernel's own list against the directories that are there.
void WatchedWorld::check_watches(std::vector<std::string>& lines) const {
  std::set<std::uint64_t> wanted;
  auto const watched = watched_inodes(watcher_.fd());
  auto const want = [&](std::string const& directory) {
    std::uint64_t const inode = inode_of(directory);
    if (!watched.contains(inode)) lines.push_back("not watched: " + directory);
    wanted.insert(inode);
  };
  for (auto const& [name, followed] : roots_) {
    std::string way = directory_.path();
    for (std::string_view const element : followed.root.path.elements()) {
      if (!is_real_directory(way)) break;
      want(way);
      way += "/" + std::string(element);
    }
    if (!is_there(followed)) continue;
    for (std::string const& directory : directories_of(path(name))) want(directory);
  }
  if (watched.size() != wanted.size()) {
    lines.push_back("watched: " + std::to_string(watched.size()) +
                    " inodes, needed: " + std::to_string(wanted.size()));
  }
  if (watcher_.state().watches != watched.size()) {
    lines.push_back("said to be watched: " + std::to_string(watcher_.state().watches));
  }
}

/// A file in every directory must be told under its present path, and under no other.
void WatchedWorld::check_probes(std::vector<std::string>& lines) {
  std::set<std::string> expected;
  for (auto const& [name, followed] : roots_) {
    if (!is_there(followed)) continue;
    for (std::string const& directory : directories_of(path(name))) {
      std::ofstream(directory + "/probe") << "x";
      expected.insert(followed.root.id.text + ":" +
                      directory.substr(path(name).size()).append("/probe"));
    }
  }
  RecordingSink sink;
  while (watcher_.drain(sink, {.now = present()}).more) {
  }
  auto missing = expected;
  for (Hint const& hint : sink.all<Hint>()) {
    std::string told = hint.root.text + ":";
    if (!hint.directory.is_root()) told += "/" + hint.directory.str();
    told += "/" + hint.name;
    if (!expected.contains(told)) lines.push_back("told under another path: " + told);
    missing.erase(told);
  }
  for (std::string const& one : missing) lines.push_back("not told: " + one);
}

}  // namespace govseal
