#include "tests/watchers/bench.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <variant>

#include "watchers/rung.h"

namespace govseal {
namespace {

namespace fs = std::filesystem;

InotifyWatcher::Options inotify_options(std::string const& cookies) {
  return {.limits = {.directories_max = 5'000},
          .cookie_directories = {cookies},
          .boot_id = std::string(kBootId),
          .now = present()};
}

}  // namespace

Instant present() {
  return SystemClock().now();
}

WatchRoot Bench::root(std::string_view name) const {
  return {.id = RootId{"repo/runs/" + std::string(name)},
          .base = directory.path(),
          .path = RelativePath::of(name)};
}

std::unique_ptr<Crawl> Bench::begin(WatchRoot const& root) {
  ArmOutcome outcome = watcher().begin_arm(root);
  REQUIRE(std::holds_alternative<std::unique_ptr<Crawl>>(outcome));
  return std::get<std::unique_ptr<Crawl>>(std::move(outcome));
}

void Bench::arm(WatchRoot const& root) {
  watcher().finish_arm(begin(root)->run({}), sink);
  while (watcher().drain(sink, {.now = present()}).more) {
  }
}

void Bench::look() {
  while (watcher().drain(sink, {.now = present()}).more) {
  }
}

void Bench::make_directory(std::string const& below) {
  REQUIRE(::mkdir(path(below).c_str(), 0755) == 0);
  told({.path = path(below), .kinds = HintKind::entry, .is_directory = true});
}

void Bench::make_directories(std::string const& below) {
  for (auto end = below.find('/'); end != std::string::npos; end = below.find('/', end + 1)) {
    if (!fs::exists(path(below.substr(0, end)))) make_directory(below.substr(0, end));
  }
  if (!fs::exists(path(below))) make_directory(below);
}

void Bench::write(std::string const& below, std::string_view bytes) {
  bool const there = fs::exists(path(below));
  std::ofstream(path(below), std::ios::binary) << bytes;
  told({.path = path(below), .kinds = there ? HintKind::content : HintKind::entry});
}

void Bench::append(std::string const& below, std::string_view bytes) {
  std::ofstream(path(below), std::ios::binary | std::ios::app) << bytes;
  told({.path = path(below), .kinds = HintKind::content});
}

void Bench::remove(std::string const& below) {
  bool const is_directory = fs::is_directory(fs::symlink_status(path(below)));
  fs::remove_all(path(below));
  told({.path = path(below), .kinds = HintKind::entry, .is_directory = is_directory});
}

void Bench::rename(std::string const& from, std::string const& to) {
  bool const is_directory = fs::is_directory(fs::symlink_status(path(from)));
  fs::rename(path(from), path(to));
  told({.path = path(from),
        .kinds = {HintKind::entry, HintKind::renamed},
        .is_directory = is_directory,
        .moved_to = path(to)});
}

void Bench::exchange(std::string const& one, std::string const& other) {
  REQUIRE(::renameat2(AT_FDCWD, path(one).c_str(), AT_FDCWD, path(other).c_str(),
                      RENAME_EXCHANGE) == 0);
  for (std::string const& end : {one, other}) {
    bool const is_directory = fs::is_directory(fs::symlink_status(path(end)));
    told({.path = path(end),
          .kinds = {HintKind::entry, HintKind::renamed},
          .is_directory = is_directory,
          .moved_to = path(end == one ? other : one)});
  }
}

void Bench::set_mode(std::string const& below, unsigned mode) {
  REQUIRE(::chmod(path(below).c_str(), mode) == 0);
  told({.path = path(below), .kinds = HintKind::metadata});
}

DrainLimits Bench::narrow() const {
  return {.now = present(),
          .reads_max = 1,
          .buffer_bytes = 4'096,
          .directories_max = 2,
          .entries_max = 4};
}

InotifyBench::InotifyBench() : watcher_(inotify_options(cookies_.path())) {}

/// The kernel keeps max_queued_events of them; two names in turn cannot be merged.
void InotifyBench::lose_events() {
  long most = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> most;
  REQUIRE(most > 0);
  std::string const flood = path("flooded-root");
  fs::create_directories(flood);
  arm(root("flooded-root"));
  for (long i = 0; i < most + 10; i += 2) {
    ::close(::open((flood + "/f").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    ::unlink((flood + "/f").c_str());
  }
}

bool InotifyBench::feed_garbage() {
  std::string const garbage(37, '\xff');
  watcher_.take_bytes(bytes_of(garbage), sink, present());
  return true;
}

WatchRoot InotifyBench::refused_root() {
  // More directories than `directories_max` leaves.
  for (int i = 0; i < 5'010; ++i) {
    fs::create_directories(path("refused/" + std::to_string(i)));
  }
  return root("refused");
}

std::optional<FilesystemId> InotifyBench::cookie_filesystem() {
  auto const known = watcher_.state().cookie_filesystems;
  return known.empty() ? std::nullopt : std::optional(known.front());
}

ScanBench::ScanBench() : watcher_(files, {}) {}

void ScanBench::scan() {
  for (RootState const& known : watcher_.state().roots) {
    auto const work = watcher_.begin_scan(known.root);
    if (work != nullptr) (void)watcher_.finish_scan(work->run({}), sink);
  }
}

void ScanBench::look() {
  scan();
  Bench::look();
}

/// What a scan cannot see at all is what it loses.
void ScanBench::lose_events() {
  for (RootState const& known : watcher_.state().roots) {
    auto const name = known.root.text.substr(known.root.text.rfind('/') + 1);
    fs::rename(path(name), path(name + ".away"));
    scan();
    fs::rename(path(name + ".away"), path(name));
  }
}

WatchRoot ScanBench::refused_root() {
  WatchRoot refused = root("refused");
  refused.base = path("no such repository");
  return refused;
}

ScriptedBench::ScriptedBench()
    : watcher_(
          files,
          {.seed = 7, .faults = {.duplicate = 100, .reorder = 200, .merge = 300, .collapse = 50}}) {
}

bool ScriptedBench::feed_garbage() {
  watcher_.malformed();
  return true;
}

WatchRoot ScriptedBench::refused_root() {
  WatchRoot refused = root("refused");
  refused.base = path("no such repository");
  return refused;
}

}  // namespace govseal
