// Scenarios of watching.md 20.1 on rung C.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>
#include <unordered_set>

#include "tests/watchers/bench.h"
#include "tests/watchers/ordinary_user.h"
#include "tests/watchers/world_of_runs.h"

namespace govseal {
namespace {

namespace fs = std::filesystem;

void write_file(std::string const& path, std::string_view bytes) {
  int const fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  REQUIRE(fd >= 0);
  REQUIRE(::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  ::close(fd);
}

TEST_CASE("W1: 2,000 deep trees made as fast as possible are all seen, to the last file") {
  World world;
  world.arm();
  std::atomic<bool> done = false;
  std::thread producer([&] {
    for (int i = 0; i < 2'000; ++i) {
      std::string path = world.top + "/r" + std::to_string(i);
      for (char const* const element : {"", "/a", "/b", "/c", "/d"}) {
        path += element;
        ::mkdir(path.c_str(), 0755);
      }
      write_file(path + "/file", "bytes");
    }
    done = true;
  });
  world.follower.keep_hints = false;
  world.follower.follow_until([&] { return done.load(); });
  producer.join();
  CHECK(world.follower.mirror.size() == 2'000 * 6);
  CHECK_MIRROR(world.follower);
  MESSAGE("gaps: " << world.follower.gaps.size() << ", hints: " << world.follower.hint_count);
}

/// GOVSEAL_SCALE=full makes the number of watching.md W1, which takes a minute.
int scaled(int full) {
  char const* const scale = std::getenv("GOVSEAL_SCALE");
  return scale != nullptr && std::string_view(scale) == "full" ? full : full / 10;
}

TEST_CASE(
    "W1: 200,000 files (20,000 unless GOVSEAL_SCALE=full) in new directories are all told of") {
  int const runs = scaled(20'000);
  World world;
  world.arm();
  std::atomic<bool> done = false;
  std::thread producer([&] {
    for (int i = 0; i < runs; ++i) {
      std::string const path = world.top + "/r" + std::to_string(i);
      ::mkdir(path.c_str(), 0755);
      for (int k = 0; k < 10; ++k) write_file(path + "/f" + std::to_string(k), "");
    }
    done = true;
  });
  // Counting is all this receiver has time for.
  std::unordered_set<std::string> seen;
  std::size_t gaps = 0;
  auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(300);
  for (bool resting = false; !resting;) {
    bool const finished = done;
    RecordingSink sink;
    DrainOutcome const outcome = world.watcher.drain(sink, {.now = present()});
    resting = finished && !outcome.more && sink.told.empty();
    for (Hint const& hint : sink.all<Hint>()) seen.insert((hint.directory / hint.name).str());
    if (sink.count<Gap>() > 0) {
      ++gaps;
      // What the agent does after a gap: look at everything again, under watches that are complete.
      ArmOutcome again = world.watcher.begin_arm(world.root());
      RecordingSink listed;
      world.watcher.finish_arm(std::get<std::unique_ptr<Crawl>>(again)->run({}), listed);
      for (Hint const& hint : listed.all<Hint>()) seen.insert((hint.directory / hint.name).str());
    }
    REQUIRE(std::chrono::steady_clock::now() < deadline);
  }
  producer.join();
  std::size_t missed = 0;
  for (int i = 0; i < runs; ++i) {
    for (int k = 0; k < 10; ++k) {
      missed += 1 - seen.count("r" + std::to_string(i) + "/f" + std::to_string(k));
    }
  }
  CHECK(missed == 0);
  MESSAGE("gaps: " << gaps);
}

TEST_CASE("W2: a file at the bottom of a renamed tree is told under its new path") {
  World world;
  fs::create_directories(world.top + "/run/old/x/y");
  write_file(world.top + "/run/old/x/y/file", "1");
  world.arm();
  world.follower.follow();
  world.follower.hints.clear();
  fs::rename(world.top + "/run/old", world.top + "/run/new");
  write_file(world.top + "/run/new/x/y/file", "2");
  world.follower.follow();
  CHECK_MIRROR(world.follower);
  bool renamed = false;
  for (Hint const& hint : world.follower.hints) {
    bool const source = hint.directory.str() == "run" && hint.name == "old";
    if (!source || !hint.other_end) continue;
    renamed =
        *hint.other_end == RenameEnd{RootId{"repo/runs/runs"}, RelativePath::of("run"), "new"};
  }
  CHECK(renamed);
}

TEST_CASE("W4: chains, exchanges and renames over something end in the right state") {
  World world;
  for (char const* const name : {"a", "b", "c"}) {
    fs::create_directories(world.top + "/" + name + "/in");
    write_file(world.top + "/" + name + "/in/file", name);
  }
  write_file(world.top + "/one", "1");
  write_file(world.top + "/two", "2");
  world.arm();
  world.follower.follow();
  auto const path = [&](char const* name) { return world.top + "/" + name; };
  fs::rename(path("a"), path("spare"));
  fs::rename(path("c"), path("a"));
  fs::rename(path("b"), path("c"));
  fs::rename(path("spare"), path("b"));
  REQUIRE(::renameat2(AT_FDCWD, path("a").c_str(), AT_FDCWD, path("b").c_str(), RENAME_EXCHANGE) ==
          0);
  fs::rename(path("one"), path("two"));
  world.follower.follow();
  CHECK_MIRROR(world.follower);
  // And every directory is still watched under its present name.
  world.follower.hints.clear();
  for (char const* const name : {"a/in/file", "b/in/file", "c/in/file"})
    write_file(path(name), "n");
  world.follower.follow();
  CHECK_MIRROR(world.follower);
  for (Hint const& hint : world.follower.hints) CHECK(fs::exists(path("") + hint.directory.str()));
}

TEST_CASE("W5: a file that becomes a directory and back is told each time, also on one inode") {
  World world;
  write_file(world.top + "/x", "1");
  fs::create_directory(world.top + "/y");
  world.arm();
  for (int i = 0; i < 50; ++i) {
    fs::remove_all(world.top + "/x");
    fs::remove_all(world.top + "/y");
    bool const even = i % 2 == 0;
    fs::create_directories(world.top + (even ? "/x/in" : "/y/in"));
    write_file(world.top + (even ? "/x/in/f" : "/y/in/f"), std::to_string(i));
    write_file(world.top + (even ? "/y" : "/x"), std::to_string(i));
    if (i % 7 == 0) world.follower.follow();
  }
  world.follower.follow();
  CHECK_MIRROR(world.follower);
}

TEST_CASE("a tree that is renamed again and again between two calls is entered once") {
  World world;
  constexpr std::size_t kDirectories = 50;
  for (std::size_t i = 0; i < kDirectories; ++i) {
    fs::create_directories(world.top + "/a/d" + std::to_string(i));
  }
  world.arm();
  world.follower.follow();
  auto const entered = [&] { return world.watcher.state().counters.directories_entered; };
  std::uint64_t const before = entered();
  for (int i = 0; i < 301; ++i) {
    fs::rename(world.top + (i % 2 == 0 ? "/a" : "/b"), world.top + (i % 2 == 0 ? "/b" : "/a"));
  }
  world.follower.follow();
  CHECK(entered() - before == 1 + kDirectories);
  CHECK_MIRROR(world.follower);
}

TEST_CASE("W6: what is moved out is watched no longer, and again when it comes back") {
  World world;
  fs::create_directories(world.top + "/run/a/b");
  write_file(world.top + "/run/a/b/file", "1");
  world.arm();
  world.follower.follow();
  std::size_t const before = world.watcher.state().watches;
  TempDirectory elsewhere;
  std::string const outside = elsewhere / "outside";
  fs::rename(world.top + "/run", outside);
  world.follower.follow();
  CHECK_MIRROR(world.follower);

  // After rename_pair_ms nobody waits for the other end any more.
  RecordingSink sink;
  Instant later = present();
  DrainOutcome const waiting = world.watcher.drain(sink, {.now = later});
  REQUIRE(waiting.again_at);
  later.mono = *waiting.again_at;
  CHECK(!world.watcher.drain(sink, {.now = later}).again_at);
  CHECK(world.watcher.state().watches == before - 3);
  auto const hints = sink.all<Hint>();
  REQUIRE(hints.size() == 1);
  REQUIRE(hints[0].other_end);
  CHECK(hints[0].other_end->outside());
  write_file(outside + "/a/b/file", "2");
  world.follower.hints.clear();
  world.follower.follow();
  CHECK(world.follower.hints.empty());

  fs::rename(outside, world.top + "/run");
  world.follower.follow();
  CHECK_MIRROR(world.follower);
  CHECK(world.watcher.state().watches == before);
  write_file(world.top + "/run/a/b/file", "3");
  world.follower.follow();
  CHECK_MIRROR(world.follower);
}

TEST_CASE("W6: a directory moved into one that is new itself is not said to be outside") {
  World world;
  fs::create_directories(world.top + "/run/in");
  world.arm();
  world.follower.follow();
  fs::create_directory(world.top + "/new");
  fs::rename(world.top + "/run", world.top + "/new/run");
  write_file(world.top + "/new/run/in/file", "1");
  world.follower.follow();
  CHECK_MIRROR(world.follower);
  RecordingSink sink;
  Instant later = present();
  later.mono += std::chrono::seconds(2);
  world.watcher.drain(sink, {.now = later});
  for (Hint const& hint : sink.all<Hint>()) {
    REQUIRE(hint.other_end);
    CHECK(hint.other_end->directory.str() == "new");
    CHECK(hint.other_end->name == "run");
  }
  write_file(world.top + "/new/run/in/file", "2");
  world.follower.follow();
  CHECK_MIRROR(world.follower);
}

TEST_CASE("W7: a run copied in from elsewhere is seen to its end") {
  World world;
  fs::create_directories(world.temp / "source/a/b");
  for (int i = 0; i < 50; ++i) {
    write_file(world.temp / ("source/a/b/f" + std::to_string(i)), std::string(5'000, 'x'));
  }
  world.arm();
  std::atomic<bool> done = false;
  std::thread copier([&] {
    fs::copy(world.temp / "source", world.top + "/run", fs::copy_options::recursive);
    fs::remove_all(world.temp / "source");
    done = true;
  });
  world.follower.follow_until([&] { return done.load(); });
  copier.join();
  CHECK_MIRROR(world.follower);
}

TEST_CASE("W8: a run that arrives complete by one rename is told of with everything in it") {
  World world;
  fs::create_directories(world.temp / "source/a/b");
  write_file(world.temp / "source/a/b/file", "1");
  world.arm();
  fs::rename(world.temp / "source", world.top + "/run");
  world.follower.follow();
  CHECK_MIRROR(world.follower);
  bool told = false;
  for (Hint const& hint : world.follower.hints) {
    told = told || (hint.directory.str() == "run/a/b" && hint.name == "file");
  }
  CHECK(told);
  write_file(world.top + "/run/a/b/file", "2");
  world.follower.follow();
  CHECK_MIRROR(world.follower);
}

TEST_CASE("W9: folders that vanish while they are entered leave nothing behind") {
  World world;
  world.arm();
  std::atomic<bool> done = false;
  std::thread producer([&] {
    for (int i = 0; i < 500; ++i) {
      std::string const path = world.top + "/r" + std::to_string(i);
      fs::create_directories(path + "/a/b/c");
      write_file(path + "/a/b/c/file", "x");
      if (i % 3 != 0) fs::remove_all(path);
    }
    done = true;
  });
  world.follower.follow_until([&] { return done.load(); });
  producer.join();
  CHECK_MIRROR(world.follower);
  // base, the root, and four directories of each run that is left.
  CHECK(world.watcher.state().watches == 2U + 4U * 167U);
}

TEST_CASE("random renames, removals and writes by several hands at once are followed to the end") {
  for (unsigned seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    World world;
    for (int i = 0; i < 5; ++i) fs::create_directories(world.top + "/d" + std::to_string(i));
    world.arm();
    std::atomic<int> working = 3;
    auto const hand = [&](unsigned number) {
      std::mt19937 random(seed * 100 + number);
      auto const place = [&] {
        std::string path = world.top;
        for (auto depth = 1 + random() % 4; depth > 0; --depth) {
          path += "/d" + std::to_string(random() % 5);
        }
        return path;
      };
      std::error_code ignored;
      for (int i = 0; i < 1'500; ++i) {
        switch (random() % 6) {
          case 0:
          case 1:
            fs::create_directories(place(), ignored);
            break;
          case 2:
          case 3: {
            int const fd = ::open((place() + "/f" + std::to_string(random() % 3)).c_str(),
                                  O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
            if (fd < 0) break;
            CHECK(::write(fd, "x", 1) == 1);
            ::close(fd);
            break;
          }
          case 4:
            fs::rename(place(), place(), ignored);
            break;
          default:
            if (random() % 3 == 0) fs::remove_all(place(), ignored);
        }
      }
      --working;
    };
    std::vector<std::thread> hands;
    for (unsigned number = 0; number < 3; ++number) hands.emplace_back(hand, number);
    world.follower.keep_hints = false;
    world.follower.follow_until([&] { return working == 0; }, std::chrono::seconds(300));
    for (std::thread& one : hands) one.join();
    world.follower.follow();
    CHECK_MIRROR(world.follower);
    // Not a watch too many, not one too few: base, the root and what is below it.
    RecordingSink sink;
    Instant later = present();
    later.mono += std::chrono::seconds(2);
    while (world.watcher.drain(sink, {.now = later}).more) {
    }
    std::size_t directories = 2;
    for (auto const& entry : fs::recursive_directory_iterator(world.top)) {
      if (entry.is_directory()) ++directories;
    }
    CHECK(world.watcher.state().watches == directories);
  }
}

TEST_CASE("a root that is crawled while others write in it misses nothing") {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    World world;
    for (int i = 0; i < 200; ++i) {
      fs::create_directories(world.top + "/d" + std::to_string(i) + "/a/b");
    }
    std::atomic<bool> stop = false;
    std::thread writer([&] {
      std::mt19937 random(seed);
      std::error_code ignored;
      for (int i = 0; !stop; ++i) {
        std::string const one = world.top + "/d" + std::to_string(random() % 200);
        std::string const other = world.top + "/d" + std::to_string(random() % 200);
        if (i % 5 == 0) fs::rename(one + "/a", other + "/m" + std::to_string(i), ignored);
        if (i % 5 == 1) fs::create_directories(one + "/n" + std::to_string(i) + "/p", ignored);
        if (i % 5 == 2) std::ofstream(one + "/f" + std::to_string(i)) << i;
        if (i % 5 == 3) std::ofstream(one + "/a/b/f", std::ios::app) << i;
        if (i % 50 == 4) fs::remove_all(one, ignored);
      }
    });
    for (int round = 0; round < 5; ++round) {
      ArmOutcome outcome = world.watcher.begin_arm(world.root());
      auto& crawl = std::get<std::unique_ptr<Crawl>>(outcome);
      std::optional<CrawlResult> result;
      std::atomic<bool> crawled = false;
      std::thread pool([&] {
        result = crawl->run({});
        crawled = true;
      });
      RecordingSink sink;
      while (!crawled) world.watcher.drain(sink, {.now = present()});
      pool.join();
      world.watcher.finish_arm(std::move(*result), sink);
      for (auto const& hint : sink.all<Hint>()) world.follower.mirror.apply(hint);
      for (int i = 0; i < 20; ++i) world.follower.step();
    }
    stop = true;
    writer.join();
    world.follower.follow();
    CHECK_MIRROR(world.follower);
  }
}

TEST_CASE(
    "what left a directory between its hint and its watch is told when the root is armed anew") {
  World world;
  fs::create_directories(world.temp / "new/gone");
  world.arm();
  world.follower.follow();
  fs::rename(world.temp / "new", world.top + "/new");
  RecordingSink sink;
  Instant const now = present();
  // Told of with everything in it, but not entered in this call.
  world.watcher.drain(sink, {.now = now, .directories_max = 0});
  for (Hint const& hint : sink.all<Hint>()) world.follower.mirror.apply(hint);
  fs::remove(world.top + "/new/gone");
  world.follower.arm(world.root());
  world.follower.follow();
  CHECK_MIRROR(world.follower);
}

TEST_CASE("W11: what lies deeper than the limit is named, and the rest is watched") {
  World world(WatchLimits{.tree_depth_max = 20});
  std::string path = world.top;
  for (int i = 0; i < 25; ++i) path += "/d";
  fs::create_directories(path);
  world.arm();
  REQUIRE(world.follower.partials.size() == 1);
  CHECK(world.follower.partials[0].reason == PartialCoverage::Reason::depth);
  CHECK(world.follower.partials[0].directory.elements().size() == 21);

  // The same for a tree that appears later.
  world.follower.partials.clear();
  path = world.top + "/late";
  for (int i = 0; i < 25; ++i) path += "/d";
  fs::create_directories(path);
  world.follower.follow();
  CHECK(!world.follower.partials.empty());
  CHECK(world.watcher.state().roots.at(0).directories == 1 + 20 + 20);
}

/// Makes `levels` directories named `name` below an open one, each by its parent's descriptor, and
/// returns the last.
int make_deep(int from, std::string const& name, int levels) {
  int at = ::dup(from);
  for (int i = 0; i < levels; ++i) {
    REQUIRE(::mkdirat(at, name.c_str(), 0755) == 0);
    int const next = ::openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ::close(at);
    at = next;
    REQUIRE(at >= 0);
  }
  return at;
}

void remove_deep(int from, std::string const& name) {
  int const at = ::openat(from, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (at < 0) return;
  ::unlinkat(at, "file", 0);
  remove_deep(at, name);
  ::close(at);
  ::unlinkat(from, name.c_str(), AT_REMOVEDIR);
}

TEST_CASE("W11: paths longer than PATH_MAX of 255-byte names are watched") {
  World world;
  std::string const name(255, 'n');
  int const top = ::open(world.top.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int bottom = make_deep(top, name, 60);
  world.arm();
  CHECK(world.watcher.state().roots.at(0).directories == 61);
  int const file = ::openat(bottom, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  ::close(file);
  // And one level more, entered by drain.
  int const deeper = make_deep(bottom, name, 3);
  std::size_t told = 0;
  RecordingSink sink;
  while (world.watcher.drain(sink, {.now = present()}).more) {
  }
  for (Hint const& hint : sink.all<Hint>()) {
    if (hint.name == "file") {
      ++told;
      CHECK(hint.directory.str().size() == 60 * 256 - 1);
    }
  }
  CHECK(told > 0);
  CHECK(world.watcher.state().roots.at(0).directories == 64);
  ::close(deeper);
  ::close(bottom);
  remove_deep(top, name);
  ::close(top);
}

TEST_CASE("W12: names are bytes, whatever they hold") {
  World world;
  world.arm();
  std::vector<std::string> const names{
      "new\nline",    "\x1b[31mred", "bad\xff\xfeutf8", "\xe2\x80\xaeright", "nfc\xc3\xa9",
      "nfde\xcc\x81", " leading",    "-dash",           "tab\there",         "\x7f",
      "...",          "quote\"'\\"};
  for (std::string const& name : names) {
    fs::create_directory(world.top + "/" + name);
    write_file(world.top + "/" + name + "/" + name, "x");
  }
  world.follower.follow();
  CHECK_MIRROR(world.follower);
  CHECK(world.follower.mirror.size() == 2 * names.size());
}

TEST_CASE("W12: a repository path with blanks and other scripts is watched") {
  TempDirectory temp;
  std::string const base = temp / "with blanks \xd0\xb6";
  fs::create_directories(base + "/runs");
  InotifyWatcher watcher({.boot_id = std::string(kBootId), .now = present()});
  Follower follower(watcher, base + "/runs");
  follower.arm({.id = {"repo/runs/runs"}, .base = base, .path = RelativePath::of("runs")});
  write_file(base + "/runs/file", "x");
  follower.follow();
  CHECK_MIRROR(follower);
}

TEST_CASE("W13: links are never followed, and special files are never opened") {
  World world;
  TempDirectory outside;
  fs::create_directories(outside / "secret/in");
  fs::create_directory(world.top + "/run");
  fs::create_directory_symlink(outside / "secret", world.top + "/run/to directory");
  fs::create_symlink("nowhere", world.top + "/run/dangling");
  fs::create_symlink("loop", world.top + "/run/loop");
  REQUIRE(::mkfifo((world.top + "/run/fifo").c_str(), 0644) == 0);
  world.arm();
  CHECK(world.watcher.state().roots.at(0).directories == 2);
  fs::create_directory_symlink(outside / "secret", world.top + "/run/later");
  int const listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_un address {};
  address.sun_family = AF_UNIX;
  std::string const socket_path = world.top + "/run/socket";
  REQUIRE(socket_path.size() < sizeof address.sun_path);
  socket_path.copy(address.sun_path, socket_path.size());
  REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  ::close(listener);
  world.follower.follow();
  CHECK_MIRROR(world.follower);
  world.follower.hints.clear();
  write_file(outside / "secret/in/file", "x");
  world.follower.follow();
  CHECK(world.follower.hints.empty());
}

TEST_CASE("W13: a directory that is swapped for a link while it is entered is not followed") {
  World world;
  TempDirectory outside;
  fs::create_directories(outside / "secret/in");
  world.arm();
  std::atomic<bool> done = false;
  std::thread swapper([&] {
    std::string const path = world.top + "/x";
    for (int i = 0; i < 1'000; ++i) {
      fs::create_directories(path + "/in");
      fs::rename(path, world.top + "/y");
      fs::create_directory_symlink(outside / "secret", path);
      fs::remove_all(world.top + "/y");
      fs::remove(path);
    }
    done = true;
  });
  world.follower.follow_until([&] { return done.load(); });
  swapper.join();
  CHECK_MIRROR(world.follower);
  CHECK(world.watcher.state().watches == 2);
}

TEST_CASE("W14: a directory without read permission is named, and the rest is watched") {
  World world;
  fs::permissions(world.temp.path(), fs::perms::all);
  fs::permissions(world.top, fs::perms::all);
  fs::create_directories(world.top + "/run/closed/in");
  fs::create_directories(world.top + "/run/open");
  fs::permissions(world.top + "/run/closed", fs::perms::none);
  {
    OrdinaryUser const user;
    world.arm();
    world.follower.follow();
  }
  REQUIRE(world.follower.partials.size() == 1);
  CHECK(world.follower.partials[0].reason == PartialCoverage::Reason::permission);
  CHECK(world.follower.partials[0].directory.str() == "run/closed");
  CHECK(world.follower.gaps.empty());
  {
    OrdinaryUser const user;
    world.follower.hints.clear();
    // Closed ones that appear later are named as well.
    fs::create_directory(world.top + "/later");
    fs::permissions(world.top + "/later", fs::perms::none);
    world.follower.follow();
  }
  CHECK(world.follower.partials.size() == 2);
  write_file(world.top + "/run/open/file", "x");
  world.follower.hints.clear();
  world.follower.follow();
  CHECK(!world.follower.hints.empty());
}

TEST_CASE("W14: a directory that is given read permission is entered then") {
  World world;
  fs::permissions(world.temp.path(), fs::perms::all);
  fs::permissions(world.top, fs::perms::all);
  fs::create_directories(world.top + "/run/closed/in");
  fs::permissions(world.top + "/run/closed", fs::perms::none);
  OrdinaryUser user;
  world.arm();
  world.follower.follow();
  REQUIRE(world.follower.partials.size() == 1);
  user.as_before([&] { fs::permissions(world.top + "/run/closed", fs::perms::all); });
  world.follower.follow();
  user.as_before([&] { write_file(world.top + "/run/closed/in/file", "x"); });
  world.follower.follow();
  CHECK(world.follower.partials.size() == 1);
  CHECK_MIRROR(world.follower);
}

TEST_CASE("W14: a root without read permission is a gap, and the watcher has dropped it") {
  World world;
  fs::permissions(world.top, fs::perms::none);
  fs::permissions(world.temp.path(), fs::perms::all);
  OrdinaryUser const user;
  world.arm();
  REQUIRE(world.follower.gaps.size() == 1);
  CHECK(world.follower.gaps[0].cause == GapCause::permission_denied);
  CHECK(world.follower.gaps[0].error_number == EACCES);
  CHECK(world.follower.gaps[0].disarmed);
  CHECK(world.watcher.state().roots.empty());
}

}  // namespace
}  // namespace govseal
