// Overflows, limits and cookies on rung C (watching.md 13, 20.3).
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/watchers/child_process.h"
#include "tests/watchers/world_of_runs.h"
#include "watchers/inotify_decoder.h"

namespace govseal {
namespace {

namespace fs = std::filesystem;

void write_file(std::string const& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string event_bytes(std::int32_t wd, std::uint32_t mask, std::string_view name = {}) {
  return encode_inotify_event({wd, mask, 0, name});
}

TEST_CASE("W29: a flood past the queue is one gap, and after it every final state is right") {
  World world;
  world.arm();
  world.follower.follow();
  long queue_max = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> queue_max;
  if (queue_max > 1'000'000) {
    MESSAGE("skipped: max_queued_events is too large to be flooded");
    return;
  }
  for (long i = 0; i < queue_max; ++i) {
    std::string const path = world.top + "/f" + std::to_string(i % 500);
    int const fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    ::close(fd);
    if (i % 3 == 0) ::unlink(path.c_str());
    if (i % 1'000 == 0) fs::create_directories(world.top + "/d" + std::to_string(i) + "/e");
  }
  write_file(world.top + "/last", "x");
  world.follower.keep_hints = false;
  world.follower.follow();
  REQUIRE(world.follower.gaps.size() == 1);
  CHECK(world.follower.gaps[0].cause == GapCause::kernel_overflow);
  CHECK(!world.follower.gaps[0].disarmed);
  CHECK_MIRROR(world.follower);
  // Directories made during the loss are watched.
  write_file(world.top + "/d0/e/file", "x");
  world.follower.follow();
  CHECK_MIRROR(world.follower);
}

TEST_CASE("W30: after an overflow record the rest of that buffer is not acted on") {
  World world;
  world.arm();
  world.follower.follow();
  std::string const bytes = event_bytes(2, IN_CREATE, "before") + event_bytes(-1, IN_Q_OVERFLOW) +
                            event_bytes(2, IN_CREATE, "after");
  RecordingSink sink;
  world.watcher.take_bytes(bytes_of(bytes), sink, present());
  CHECK(sink.has_hint("", "before"));
  CHECK(sink.has_gap(GapCause::kernel_overflow));
  CHECK(!sink.has_hint("", "after"));
  CHECK(world.watcher.state().roots.at(0).epoch == 1);
}

TEST_CASE("W30: a hundred overflows in a row leave the watcher serving") {
  World world;
  world.arm();
  std::string const bytes = event_bytes(-1, IN_Q_OVERFLOW);
  RecordingSink sink;
  for (int i = 0; i < 100; ++i) world.watcher.take_bytes(bytes_of(bytes), sink, present());
  CHECK(sink.count<Gap>() == 100);
  CHECK(world.watcher.state().roots.at(0).epoch == 100);
  world.arm();
  write_file(world.top + "/file", "x");
  world.follower.follow();
  CHECK_MIRROR(world.follower);
}

TEST_CASE("an overflow while a root is crawled is a gap of that root too") {
  World world;
  auto outcome = world.watcher.begin_arm(world.root());
  RecordingSink sink;
  std::string const bytes = event_bytes(-1, IN_Q_OVERFLOW);
  world.watcher.take_bytes(bytes_of(bytes), sink, present());
  REQUIRE(sink.count<Gap>() == 1);
  CHECK(sink.all<Gap>()[0].roots == std::vector{world.root().id});
  world.watcher.finish_arm(std::get<std::unique_ptr<Crawl>>(outcome)->run({}), sink);
  CHECK(world.watcher.state().roots.at(0).epoch == 1);
}

TEST_CASE("events that find no room while a root is crawled are a gap ring-overflow, told once") {
  World world(WatchLimits{.ring_entries_max = 10});
  fs::create_directory(world.temp / "other");
  WatchRoot other = world.root();
  other.id = {"repo/runs/other"};
  other.path = RelativePath::of("other");
  world.arm();
  world.follower.arm(other);
  auto outcome = world.watcher.begin_arm(world.root());
  CrawlResult result = std::get<std::unique_ptr<Crawl>>(outcome)->run({});
  for (int i = 0; i < 30; ++i) write_file(world.top + "/f" + std::to_string(i), "x");
  RecordingSink sink;
  while (world.watcher.drain(sink, {.now = present()}).more) {
  }
  auto const gaps = sink.all<Gap>();
  REQUIRE(gaps.size() == 1);
  CHECK(gaps[0].cause == GapCause::ring_overflow);
  CHECK(gaps[0].roots == std::vector{world.root().id});
  world.watcher.finish_arm(std::move(result), sink);
}

TEST_CASE(
    "W37: a watch limit costs the root that meets it, and it comes back when the limit is raised") {
  World outside;
  for (int i = 0; i < 50; ++i) fs::create_directories(outside.top + "/d" + std::to_string(i));
  fs::create_directories(outside.temp / "small/run");
  auto const status = run_in_child(Isolation::user, [&] {
    constexpr char const* kLimit = "/proc/sys/user/max_inotify_watches";
    if (!set_limit(kLimit, 20)) return kNotPossible;
    InotifyWatcher watcher({.boot_id = std::string(kBootId), .now = present()});
    RecordingSink sink;
    auto const arm = [&](WatchRoot const& root) {
      auto outcome = watcher.begin_arm(root);
      watcher.finish_arm(std::get<std::unique_ptr<Crawl>>(outcome)->run({}), sink);
    };
    WatchRoot small = outside.root();
    small.id = {"repo/runs/small"};
    small.path = RelativePath::of("small");
    arm(small);
    if (sink.count<Gap>() != 0) return 2;
    arm(outside.root());
    auto gaps = sink.all<Gap>();
    if (gaps.size() != 1 || gaps[0].cause != GapCause::watch_limit) return 3;
    if (gaps[0].error_number != ENOSPC || !gaps[0].disarmed) return 4;
    // Its watches are given back, and the other root is served.
    if (watcher.state().watches != 3) return 5;
    sink.clear();
    write_file(outside.temp / "small/run/file", "x");
    watcher.drain(sink, {.now = present()});
    if (!sink.has_hint("run", "file")) return 6;

    // The same while directories appear one by one.
    for (int i = 0; i < 30; ++i) {
      fs::create_directories(outside.temp / ("small/late" + std::to_string(i)));
    }
    sink.clear();
    while (watcher.drain(sink, {.now = present()}).more) {
    }
    gaps = sink.all<Gap>();
    if (gaps.size() != 1 || gaps[0].cause != GapCause::watch_limit || !gaps[0].disarmed) return 7;
    if (watcher.state().watches != 0) return 8;

    if (!set_limit(kLimit, 1'000)) return kNotPossible;
    sink.clear();
    arm(outside.root());
    arm(small);
    if (sink.count<Gap>() != 0) return 9;
    return watcher.state().roots.size() == 2 ? 0 : 10;
  });
  if (!status) {
    MESSAGE("skipped: no user namespace with limits of its own here");
    return;
  }
  CHECK(*status == 0);
}

TEST_CASE("W37: without an inotify instance nothing can be armed, until there is one") {
  World outside;
  auto const status = run_in_child(Isolation::user, [&] {
    constexpr char const* kLimit = "/proc/sys/user/max_inotify_instances";
    if (!set_limit(kLimit, 0)) return kNotPossible;
    InotifyWatcher watcher({.boot_id = std::string(kBootId), .now = present()});
    if (watcher.fd() != -1) return 2;
    auto outcome = watcher.begin_arm(outside.root());
    auto const* const refused = std::get_if<NotPossible>(&outcome);
    if (refused == nullptr || refused->cause != GapCause::watch_limit) return 3;
    if (refused->error_number != EMFILE && refused->error_number != ENOSPC) return 4;
    RecordingSink sink;
    if (watcher.drain(sink, {.now = present()}).more) return 5;
    if (watcher.lay_cookie({1}, {1}) != CookieOutcome::no_directory) return 6;
    if (!set_limit(kLimit, 10)) return kNotPossible;
    outcome = watcher.begin_arm(outside.root());
    return std::holds_alternative<NotPossible>(outcome) || watcher.fd() < 0 ? 7 : 0;
  });
  if (!status) {
    MESSAGE("skipped: no user namespace with limits of its own here");
    return;
  }
  CHECK(*status == 0);
}

TEST_CASE(
    "W37: without free descriptors a root is dropped with watch-limit, and the process lives") {
  World world;
  fs::create_directories(world.top + "/a/b");
  world.arm();
  world.follower.follow();
  fs::create_directories(world.top + "/later/c");
  struct rlimit before {};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  struct rlimit const none{0, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  RecordingSink sink;
  while (world.watcher.drain(sink, {.now = present()}).more) {
  }
  auto const refused = world.watcher.begin_arm(world.root());
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  REQUIRE(sink.count<Gap>() == 1);
  CHECK(sink.all<Gap>()[0].cause == GapCause::watch_limit);
  CHECK(sink.all<Gap>()[0].error_number == EMFILE);
  CHECK(sink.all<Gap>()[0].disarmed);
  CHECK(std::holds_alternative<NotPossible>(refused));
  CHECK(world.watcher.state().watches == 0);
  world.arm();
  CHECK(world.watcher.state().roots.size() == 1);
}

/// A watcher with a cookie directory of its own.
struct Cookies {
  Cookies()
      : watcher({.cookie_directories = {directory.path()},
                 .boot_id = std::string(kBootId),
                 .now = present()}) {}
  [[nodiscard]] FilesystemId filesystem() const { return watcher.state().cookie_filesystems.at(0); }
  [[nodiscard]] std::vector<CookieId> seen() {
    RecordingSink sink;
    while (watcher.drain(sink, {.now = present()}).more) {
    }
    return sink.all<CookieId>();
  }

  TempDirectory directory;
  InotifyWatcher watcher;
};

TEST_CASE("a cookie comes back once, and leaves no file") {
  Cookies cookies;
  CHECK(cookies.watcher.lay_cookie(cookies.filesystem(), {41}) == CookieOutcome::laid);
  CHECK(fs::is_empty(cookies.directory.path()));
  CHECK(cookies.seen() == std::vector{CookieId{41}});
  CHECK(cookies.seen().empty());
}

TEST_CASE("W40: cookies of another instance, of another boot and other files are ignored") {
  Cookies cookies;
  for (char const* const name : {"c.0badcafe.99", "c.0badcafe.x", "c.00000000.41", "else"}) {
    write_file(cookies.directory / name, "");
    fs::remove(cookies.directory / name);
  }
  CHECK(cookies.seen().empty());
}

TEST_CASE("W40: a cookie directory that was deleted is made again") {
  Cookies cookies;
  fs::remove_all(cookies.directory.path());
  CHECK(cookies.watcher.lay_cookie(cookies.filesystem(), {1}) == CookieOutcome::laid);
  CHECK(cookies.seen() == std::vector{CookieId{1}});
  // The same when the event about it was read before.
  fs::remove_all(cookies.directory.path());
  CHECK(cookies.seen().empty());
  CHECK(cookies.watcher.lay_cookie(cookies.filesystem(), {2}) == CookieOutcome::laid);
  CHECK(cookies.seen() == std::vector{CookieId{2}});
  // Moved away, with another one in its place.
  fs::rename(cookies.directory.path(), cookies.directory.path() + ".moved");
  fs::create_directory(cookies.directory.path());
  CHECK(cookies.seen().empty());
  CHECK(cookies.watcher.lay_cookie(cookies.filesystem(), {3}) == CookieOutcome::laid);
  CHECK(cookies.seen() == std::vector{CookieId{3}});
  fs::remove_all(cookies.directory.path() + ".moved");
}

TEST_CASE("W40: a cookie directory that cannot be made again ends cookies there") {
  Cookies cookies;
  FilesystemId const filesystem = cookies.filesystem();
  fs::remove_all(cookies.directory.path());
  write_file(cookies.directory.path(), "in the way");
  CHECK(cookies.watcher.lay_cookie(filesystem, {1}) != CookieOutcome::laid);
  CHECK(cookies.watcher.lay_cookie(filesystem, {2}) == CookieOutcome::no_directory);
  CHECK(cookies.watcher.state().cookie_filesystems.empty());
}

TEST_CASE("a cookie that was out when events were lost is not reported any more") {
  Cookies cookies;
  CHECK(cookies.watcher.lay_cookie(cookies.filesystem(), {5}) == CookieOutcome::laid);
  RecordingSink sink;
  std::string const bytes = event_bytes(-1, IN_Q_OVERFLOW);
  cookies.watcher.take_bytes(bytes_of(bytes), sink, present());
  CHECK(cookies.seen().empty());
}

TEST_CASE("leftover cookies older than a minute go when the directory is opened, others stay") {
  TempDirectory directory;
  for (char const* const name : {"c.11111111.7", "c.22222222.8", "c.no.9", "own file"}) {
    write_file(directory / name, "");
  }
  auto const old = fs::file_time_type::clock::now() - std::chrono::minutes(5);
  fs::last_write_time(directory / "c.11111111.7", old);
  fs::last_write_time(directory / "c.no.9", old);
  fs::last_write_time(directory / "own file", old);
  InotifyWatcher const watcher({.cookie_directories = {directory.path()},
                                .boot_id = std::string(kBootId),
                                .now = present()});
  CHECK(!fs::exists(directory / "c.11111111.7"));
  CHECK(fs::exists(directory / "c.22222222.8"));
  CHECK(fs::exists(directory / "c.no.9"));
  CHECK(fs::exists(directory / "own file"));
}

TEST_CASE("a cookie directory of somebody else is not used") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: needs root to give a directory away");
    return;
  }
  TempDirectory directory;
  REQUIRE(::chown(directory.path().c_str(), 65'534, 65'534) == 0);
  InotifyWatcher const watcher({.cookie_directories = {directory.path()},
                                .boot_id = std::string(kBootId),
                                .now = present()});
  CHECK(watcher.state().cookie_filesystems.empty());
}

}  // namespace
}  // namespace govseal
