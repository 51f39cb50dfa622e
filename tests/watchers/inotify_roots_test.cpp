// Roots that come, go, lie in each other or are no directories (watching.md 10, 17.5, 20.4).
#include <doctest/doctest.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "tests/watchers/child_process.h"
#include "tests/watchers/ordinary_user.h"
#include "tests/watchers/world_of_runs.h"

namespace govseal {
namespace {

namespace fs = std::filesystem;

void write_file(std::string const& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

bool has_self_gone(std::vector<Hint> const& hints) {
  return std::any_of(hints.begin(), hints.end(), [](Hint const& hint) {
    return hint.kinds.has(HintKind::self_gone) && hint.directory.is_root() && hint.name.empty();
  });
}

RootState::Phase phase_of(World const& world) {
  return world.watcher.state().roots.at(0).phase;
}

TEST_CASE("W45: a deleted root is a gap root-missing, and is armed again when it comes back") {
  World world;
  fs::create_directories(world.top + "/run");
  world.arm();
  world.follower.follow();
  fs::remove_all(world.top);
  world.follower.follow();
  REQUIRE(world.follower.gaps.size() == 1);
  CHECK(world.follower.gaps[0].cause == GapCause::root_missing);
  CHECK(!world.follower.gaps[0].disarmed);
  CHECK(has_self_gone(world.follower.hints));
  CHECK(phase_of(world) == RootState::Phase::waiting);

  fs::create_directories(world.top + "/run/a");
  write_file(world.top + "/run/a/file", "x");
  world.follower.follow();
  CHECK(phase_of(world) == RootState::Phase::armed);
  CHECK_MIRROR(world.follower);
}

TEST_CASE("W45: a renamed root is a gap root-replaced, and nothing is told of its new place") {
  World world;
  fs::create_directories(world.top + "/run");
  world.arm();
  world.follower.follow();
  fs::rename(world.top, world.temp / "renamed");
  world.follower.follow();
  REQUIRE(world.follower.gaps.size() == 1);
  CHECK(world.follower.gaps[0].cause == GapCause::root_replaced);
  world.follower.hints.clear();
  write_file(world.temp / "renamed/run/file", "x");
  world.follower.follow();
  CHECK(world.follower.hints.empty());
  CHECK(world.watcher.state().watches == 1);
}

TEST_CASE(
    "W45: a root replaced by a symbolic link is a gap root-replaced, and the link is not "
    "followed") {
  World world;
  TempDirectory elsewhere;
  fs::create_directories(elsewhere / "target/in");
  world.arm();
  world.follower.follow();
  fs::remove(world.top);
  fs::create_directory_symlink(elsewhere / "target", world.top);
  world.follower.follow();
  REQUIRE(!world.follower.gaps.empty());
  CHECK(world.follower.gaps[0].cause == GapCause::root_replaced);
  CHECK(world.watcher.state().roots.at(0).presence == RootPresence::other);
  world.follower.hints.clear();
  write_file(elsewhere / "target/in/file", "x");
  world.follower.follow();
  CHECK(world.follower.hints.empty());
}

TEST_CASE("W45: a root replaced by another directory is a gap root-replaced and armed anew") {
  World world;
  world.arm();
  world.follower.follow();
  fs::create_directories(world.temp / "other/inside");
  fs::rename(world.temp / "other", world.top);
  world.follower.follow();
  REQUIRE(!world.follower.gaps.empty());
  CHECK(world.follower.gaps[0].cause == GapCause::root_replaced);
  CHECK(phase_of(world) == RootState::Phase::armed);
  CHECK_MIRROR(world.follower);
  write_file(world.top + "/inside/file", "x");
  world.follower.follow();
  CHECK_MIRROR(world.follower);
}

TEST_CASE("W45: a root whose replacement is crawled before the events about it is root-replaced") {
  World world;
  fs::create_directories(world.top + "/run");
  world.arm();
  world.follower.follow();
  fs::rename(world.top, world.temp / "renamed");
  fs::create_directories(world.top + "/other");
  RecordingSink sink;
  auto outcome = world.watcher.begin_arm(world.root());
  world.watcher.finish_arm(std::get<std::unique_ptr<Crawl>>(outcome)->run({}), sink);
  REQUIRE(sink.count<Gap>() == 1);
  CHECK(sink.has_gap(GapCause::root_replaced));
  CHECK(has_self_gone(sink.all<Hint>()));
  CHECK(sink.has_hint("", "other"));
  CHECK(sink.count<RecordingSink::Appeared>() == 1);
  CHECK(phase_of(world) == RootState::Phase::armed);

  fs::remove_all(world.top);
  sink.clear();
  outcome = world.watcher.begin_arm(world.root());
  world.watcher.finish_arm(std::get<std::unique_ptr<Crawl>>(outcome)->run({}), sink);
  CHECK(sink.has_gap(GapCause::root_missing));
  CHECK(phase_of(world) == RootState::Phase::waiting);
}

TEST_CASE("W45: a repository that is moved takes all its roots along: root-missing for each") {
  TempDirectory temp;
  fs::create_directories(temp / "repo/runs/run");
  fs::create_directories(temp / "repo/.git/refs");
  InotifyWatcher watcher({.boot_id = std::string(kBootId), .now = present()});
  RecordingSink sink;
  for (char const* const path : {"runs", ".git/refs"}) {
    auto outcome = watcher.begin_arm({.id = {std::string("repo/") + path},
                                      .base = temp / "repo",
                                      .path = RelativePath::of(path)});
    watcher.finish_arm(std::get<std::unique_ptr<Crawl>>(outcome)->run({}), sink);
  }
  sink.clear();
  fs::rename(temp / "repo", temp / "moved");
  while (watcher.drain(sink, {.now = present()}).more) {
  }
  auto const gaps = sink.all<Gap>();
  REQUIRE(gaps.size() == 2);
  for (Gap const& gap : gaps) CHECK(gap.cause == GapCause::root_missing);

  // Arming again cannot succeed without the base, and says so.
  sink.clear();
  auto outcome = watcher.begin_arm(
      {.id = {"repo/runs"}, .base = temp / "repo", .path = RelativePath::of("runs")});
  watcher.finish_arm(std::get<std::unique_ptr<Crawl>>(outcome)->run({}), sink);
  REQUIRE(sink.count<Gap>() == 1);
  CHECK(sink.all<Gap>()[0].disarmed);
  CHECK(sink.all<Gap>()[0].cause == GapCause::root_missing);
}

TEST_CASE("a root that is taken away together with the right to look for it is permission-denied") {
  World world;
  fs::permissions(world.temp.path(), fs::perms::all);
  fs::permissions(world.top, fs::perms::all);
  RecordingSink sink;
  {
    OrdinaryUser user;
    world.arm();
    world.follower.follow();
    user.as_before([&] {
      fs::rename(world.top, world.temp / "renamed");
      fs::create_directory(world.top);
      fs::permissions(world.top, fs::perms::none);
    });
    world.watcher.drain(sink, {.now = present()});
  }
  auto const gaps = sink.all<Gap>();
  REQUIRE(gaps.size() == 1);
  CHECK(gaps[0].cause == GapCause::permission_denied);
  CHECK(gaps[0].error_number == EACCES);
  CHECK(gaps[0].disarmed);
}

TEST_CASE("W45: a renamed .git is noticed through the directory that holds it") {
  TempDirectory temp;
  fs::create_directories(temp / "repo/.git/refs/heads");
  InotifyWatcher watcher({.boot_id = std::string(kBootId), .now = present()});
  Follower follower(watcher, temp / "repo/.git/refs");
  follower.arm({.id = {"repo/refs"}, .base = temp / "repo", .path = RelativePath::of(".git/refs")});
  follower.follow();
  fs::rename(temp / "repo/.git", temp / "repo/git.old");
  follower.follow();
  REQUIRE(follower.gaps.size() == 1);
  CHECK(follower.gaps[0].cause == GapCause::root_missing);
  CHECK(watcher.state().roots.at(0).phase == RootState::Phase::waiting);
  fs::rename(temp / "repo/git.old", temp / "repo/.git");
  follower.follow();
  CHECK(watcher.state().roots.at(0).phase == RootState::Phase::armed);
  write_file(temp / "repo/.git/refs/heads/main", "x");
  follower.follow();
  CHECK_MIRROR(follower);
  CHECK(follower.gaps.size() == 1);
}

TEST_CASE("W46: an unmounted filesystem is a gap unmounted, and no watch keeps it from going") {
  TempDirectory temp;
  std::string const place = temp / "mounted";
  fs::create_directory(place);
  auto const status = run_in_child(Isolation::mounts, [&] {
    if (::mount("none", place.c_str(), "tmpfs", 0, nullptr) != 0) return kNotPossible;
    fs::create_directories(place + "/runs/run");
    InotifyWatcher watcher({.boot_id = std::string(kBootId), .now = present()});
    RecordingSink sink;
    auto outcome =
        watcher.begin_arm({.id = {"repo/runs"}, .base = place, .path = RelativePath::of("runs")});
    watcher.finish_arm(std::get<std::unique_ptr<Crawl>>(outcome)->run({}), sink);
    while (watcher.drain(sink, {.now = present()}).more) {
    }
    if (::umount(place.c_str()) != 0) return 2;
    sink.clear();
    while (watcher.drain(sink, {.now = present()}).more) {
    }
    auto const gaps = sink.all<Gap>();
    if (gaps.size() != 1 || gaps[0].cause != GapCause::unmounted) return 3;
    return watcher.state().watches == 0 ? 0 : 4;
  });
  if (!status) {
    MESSAGE("skipped: no mount namespace for this user");
    return;
  }
  CHECK(*status == 0);
}

TEST_CASE("W47: a root that does not exist yet is armed when it appears, also bit by bit") {
  TempDirectory temp;
  InotifyWatcher watcher({.boot_id = std::string(kBootId), .now = present()});
  Follower follower(watcher, temp / "out/data/runs");
  follower.arm(
      {.id = {"repo/runs"}, .base = temp.path(), .path = RelativePath::of("out/data/runs")});
  CHECK(watcher.state().roots.at(0).phase == RootState::Phase::waiting);
  CHECK(follower.gaps.empty());
  CHECK(watcher.state().watches == 1);
  for (char const* const step : {"out", "out/data"}) {
    fs::create_directory(temp / step);
    follower.follow();
    CHECK(watcher.state().roots.at(0).phase == RootState::Phase::waiting);
  }
  fs::create_directories(temp / "out/data/runs/first");
  write_file(temp / "out/data/runs/first/file", "x");
  follower.follow();
  CHECK(watcher.state().roots.at(0).phase == RootState::Phase::armed);
  CHECK_MIRROR(follower);
  CHECK(follower.gaps.empty());
}

TEST_CASE("W47: a whole way that is made or moved in at once is found to its end") {
  for (bool const moved : {false, true}) {
    TempDirectory temp;
    TempDirectory elsewhere;
    InotifyWatcher watcher({.boot_id = std::string(kBootId), .now = present()});
    Follower follower(watcher, temp / "a/b/runs");
    follower.arm({.id = {"repo/runs"}, .base = temp.path(), .path = RelativePath::of("a/b/runs")});
    std::string const made = (moved ? elsewhere.path() : temp.path()) + "/a";
    fs::create_directories(made + "/b/runs/run");
    if (moved) fs::rename(made, temp / "a");
    follower.follow();
    CHECK(watcher.state().roots.at(0).phase == RootState::Phase::armed);
    CHECK_MIRROR(follower);
  }
}

TEST_CASE("a guarded file is told of by the empty name, through writes, replacement and removal") {
  World world;
  fs::create_directory(world.temp / "docs");
  std::string const file = world.temp / "docs/POLICY.md";
  write_file(file, "1");
  WatchRoot const guard{.id = {"repo/guards/docs/POLICY.md"},
                        .base = world.temp.path(),
                        .path = RelativePath::of("docs/POLICY.md")};
  world.follower.arm(guard);
  world.follower.follow();
  CHECK(world.watcher.state().roots.at(0).presence == RootPresence::other);
  auto const told = [&] {
    world.follower.follow();
    auto const hints = std::exchange(world.follower.hints, {});
    for (Hint const& hint : hints) CHECK((hint.directory.is_root() && hint.name.empty()));
    return !hints.empty();
  };
  (void)told();
  write_file(world.temp / "docs/OTHER.md", "x");
  CHECK(!told());
  write_file(file, "2");
  CHECK(told());
  write_file(world.temp / "docs/tmp", "3");
  CHECK(!told());
  fs::rename(world.temp / "docs/tmp", file);
  CHECK(told());
  fs::permissions(file, fs::perms::owner_read);
  CHECK(told());
  fs::remove(file);
  CHECK(told());
  CHECK(world.watcher.state().roots.at(0).presence == RootPresence::missing);
  write_file(file, "4");
  CHECK(told());
  fs::remove(file);
  fs::create_directory(file);
  write_file(file + "/now in it", "5");
  world.follower.follow();
  CHECK(world.watcher.state().roots.at(0).presence == RootPresence::directory);
  CHECK(world.follower.gaps.empty());
}

TEST_CASE("a filter on names tells of these names only, and never of lock files") {
  World world;
  std::string const git = world.temp / "git";
  fs::create_directories(git + "/objects");
  world.follower.arm({.id = {"repo/references/HEAD"},
                      .base = git,
                      .recursive = false,
                      .names = {"HEAD", "packed-refs"},
                      .ignore_locks = true});
  world.follower.follow();
  world.follower.hints.clear();
  for (char const* const name : {"index", "index.lock", "HEAD.lock", "config", "objects/x"}) {
    write_file(git + "/" + name, "x");
  }
  fs::create_directory(git + "/logs");
  world.follower.follow();
  CHECK(world.follower.hints.empty());
  fs::rename(git + "/HEAD.lock", git + "/HEAD");
  write_file(git + "/packed-refs", "x");
  world.follower.follow();
  CHECK(!world.follower.hints.empty());
  for (Hint const& hint : world.follower.hints) {
    CHECK((hint.name == "HEAD" || hint.name == "packed-refs"));
  }
  CHECK(world.watcher.state().watches == 1);
}

TEST_CASE("levels: worktrees/*/HEAD is told, and nothing deeper is entered") {
  World world;
  std::string const worktrees = world.temp / "worktrees";
  fs::create_directories(worktrees + "/one/logs");
  world.follower.arm(
      {.id = {"repo/references/worktrees"}, .base = worktrees, .levels = 1, .names = {"HEAD"}});
  fs::create_directories(worktrees + "/two/logs/refs");
  world.follower.follow();
  world.follower.hints.clear();
  for (char const* const run : {"one", "two"}) {
    write_file(worktrees + "/" + run + "/index", "x");
    write_file(worktrees + "/" + run + "/logs/HEAD", "x");
  }
  world.follower.follow();
  CHECK(world.follower.hints.empty());
  write_file(worktrees + "/two/HEAD", "x");
  world.follower.follow();
  REQUIRE(!world.follower.hints.empty());
  CHECK(world.follower.hints[0].directory.str() == "two");
  CHECK(world.watcher.state().watches == 3);
  CHECK(world.follower.partials.empty());
}

TEST_CASE("W10: roots in each other share watches, and each is told of every change in it") {
  World world;
  fs::create_directories(world.top + "/sub/runs/a");
  WatchRoot inner{.id = {"sub/runs"}, .base = world.top + "/sub", .path = RelativePath::of("runs")};
  world.arm();
  std::size_t const outer_watches = world.watcher.state().watches;
  world.follower.arm(inner);
  CHECK(world.watcher.state().watches == outer_watches);
  world.follower.follow();
  world.follower.hints.clear();
  write_file(world.top + "/sub/runs/a/file", "x");
  fs::create_directories(world.top + "/sub/runs/b/c");
  fs::rename(world.top + "/sub/runs/b", world.top + "/moved out of inner");
  world.follower.follow();
  std::vector<std::string> told;
  bool crossed = false;
  for (Hint const& hint : world.follower.hints) {
    told.push_back(hint.root.text + ":" + (hint.directory / hint.name).str());
    bool const leaves = hint.root == inner.id && hint.name == "b" && hint.other_end;
    if (leaves) crossed = hint.other_end->root == world.root().id;
  }
  CHECK(std::count(told.begin(), told.end(), "sub/runs:a/file") > 0);
  CHECK(std::count(told.begin(), told.end(), "repo/runs/runs:sub/runs/a/file") > 0);
  CHECK(crossed);

  // The outer root goes; the watches that the inner one needs stay.
  world.watcher.disarm(world.root().id);
  world.follower.hints.clear();
  write_file(world.top + "/sub/runs/a/file", "y");
  write_file(world.top + "/top", "y");
  world.follower.follow();
  REQUIRE(!world.follower.hints.empty());
  for (Hint const& hint : world.follower.hints) CHECK(hint.root == inner.id);
  CHECK(world.watcher.state().watches == 3);
  world.watcher.disarm(inner.id);
  CHECK(world.watcher.state().watches == 0);
}

TEST_CASE("a base that is a symbolic link is followed once, as the operator wrote it") {
  World world;
  fs::create_directory_symlink(world.temp.path(), world.temp / "link");
  WatchRoot root = world.root();
  root.base = world.temp / "link";
  world.follower.arm(root);
  write_file(world.top + "/file", "x");
  world.follower.follow();
  CHECK_MIRROR(world.follower);
}

TEST_CASE("a crawl that is stopped leaves the root forgotten, or as it was") {
  World world;
  fs::create_directories(world.top + "/a/b");
  std::stop_source stop;
  stop.request_stop();
  auto first = world.watcher.begin_arm(world.root());
  RecordingSink sink;
  world.watcher.finish_arm(std::get<std::unique_ptr<Crawl>>(first)->run(stop.get_token()), sink);
  CHECK(sink.told.empty());
  CHECK(world.watcher.state().roots.empty());
  CHECK(world.watcher.state().watches == 0);
  world.arm();
  auto again = world.watcher.begin_arm(world.root());
  world.watcher.finish_arm(std::get<std::unique_ptr<Crawl>>(again)->run(stop.get_token()), sink);
  CHECK(world.watcher.state().roots.at(0).phase == RootState::Phase::armed);
  write_file(world.top + "/a/b/file", "x");
  world.follower.follow();
  CHECK_MIRROR(world.follower);
}

TEST_CASE("looking at a root tells a directory, another object and nothing apart") {
  World world;
  WatchRoot root = world.root();
  RootLook const look = look_at_root(root);
  CHECK(look.presence == RootPresence::directory);
  REQUIRE(look.identity);
  CHECK(is_same(*look.identity, *look_at_root(root).identity));
  root.path = RelativePath::of("runs/none/below");
  CHECK(look_at_root(root).presence == RootPresence::missing);
  write_file(world.top + "/file", "x");
  root.path = RelativePath::of("runs/file");
  CHECK(look_at_root(root).presence == RootPresence::other);
  root.path = RelativePath::of("runs/file/below");
  CHECK(look_at_root(root).presence == RootPresence::missing);
  fs::create_symlink("file", world.top + "/link");
  root.path = RelativePath::of("runs/link");
  CHECK(look_at_root(root).presence == RootPresence::other);
}

}  // namespace
}  // namespace govseal
