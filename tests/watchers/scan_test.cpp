// Rung D: what a scan finds, and how it says it (watching.md 9).
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "tests/support/memory_file_system.h"
#include "tests/watchers/recording_sink.h"
#include "watchers/scan_listing.h"
#include "watchers/scan_watcher.h"

namespace govseal {
namespace {

/// A scanner on /repo/runs of a file system in memory.
struct Scene {
  Scene() { files.make_directory("/repo/runs"); }
  explicit Scene(WatchLimits limits) : watcher(files, limits) {
    files.make_directory("/repo/runs");
  }

  [[nodiscard]] static WatchRoot root() {
    return {.id = {"repo/runs"}, .base = "/repo", .path = RelativePath::of("runs")};
  }
  void arm(WatchRoot const& root_to_arm = root()) {
    ArmOutcome outcome = watcher.begin_arm(root_to_arm);
    watcher.finish_arm(std::get<std::unique_ptr<Crawl>>(outcome)->run({}), sink);
    drain();
  }
  ScanOutcome scan(std::stop_token stop = {}) {
    files.advance_ns(1'000'000);
    sink.clear();
    auto const work = watcher.begin_scan(root().id);
    REQUIRE(work != nullptr);
    ScanOutcome const outcome = watcher.finish_scan(work->run(stop), sink);
    drain();
    return outcome;
  }
  void drain() {
    while (watcher.drain(sink, {}).more) {
    }
  }
  /// The one hint about that name; fails when there is none or another.
  [[nodiscard]] Hint only_hint() const {
    auto const hints = sink.all<Hint>();
    REQUIRE(hints.size() == 1);
    return hints[0];
  }

  MemoryFileSystem files;
  ScanWatcher watcher{files, {}};
  RecordingSink sink;
};

TEST_CASE("a scan without a change tells nothing") {
  Scene scene;
  scene.files.write("/repo/runs/a/b/file", "x");
  scene.arm();
  ScanOutcome const outcome = scene.scan();
  CHECK(outcome.complete);
  CHECK(outcome.entries == 3);
  CHECK(outcome.changed == 0);
  CHECK(scene.sink.told.empty());
}

TEST_CASE("a scan tells content, metadata and entries apart") {
  Scene scene;
  scene.files.write("/repo/runs/file", "1");
  scene.arm();
  scene.files.advance_ns(1'000'000);
  scene.files.write("/repo/runs/file", "2");
  scene.scan();
  CHECK(scene.only_hint().kinds.has(HintKind::content));
  scene.files.set_mode("/repo/runs/file", 0600);
  scene.scan();
  CHECK(scene.only_hint().kinds == HintKinds(HintKind::metadata));
  scene.files.remove("/repo/runs/file");
  scene.scan();
  CHECK(scene.only_hint().kinds == HintKinds(HintKind::entry));
}

TEST_CASE("a change that restored size and mtime shows by its ctime") {
  Scene scene;
  scene.files.write("/repo/runs/file", "1");
  auto const before = scene.files.stat("/repo/runs/file");
  scene.arm();
  scene.files.advance_ns(1'000'000);
  scene.files.write("/repo/runs/file", "2");
  scene.files.set_mtime_ns("/repo/runs/file", before->mtime_ns);
  scene.scan();
  CHECK(scene.only_hint().name == "file");
}

TEST_CASE("a rename is matched by identity, with both ends") {
  Scene scene;
  scene.files.write("/repo/runs/a/file", "x");
  scene.files.make_directory("/repo/runs/b");
  scene.arm();
  scene.files.rename("/repo/runs/a/file", "/repo/runs/b/other");
  scene.scan();
  auto const hints = scene.sink.all<Hint>();
  REQUIRE(hints.size() == 2);
  for (Hint const& hint : hints) {
    CHECK(hint.kinds.has(HintKind::renamed));
    REQUIRE(hint.other_end);
    bool const source = hint.directory.str() == "a";
    CHECK(hint.other_end->directory.str() == (source ? "b" : "a"));
    CHECK(hint.other_end->name == (source ? "other" : "file"));
  }
}

TEST_CASE("W5: a file that became a directory is told once as gone and once as come") {
  Scene scene;
  scene.files.write("/repo/runs/x", "1");
  scene.arm();
  scene.files.remove("/repo/runs/x");
  scene.files.write("/repo/runs/x/in", "2");
  scene.scan();
  CHECK(scene.sink.has_hint("", "x"));
  CHECK(scene.sink.has_hint("x", "in"));
  for (Hint const& hint : scene.sink.all<Hint>()) CHECK(!hint.kinds.has(HintKind::renamed));
}

TEST_CASE("W45: a root that is gone is a gap root-missing, told once") {
  Scene scene;
  scene.files.write("/repo/runs/a/file", "x");
  scene.arm();
  scene.files.rename("/repo/runs", "/repo/away");
  scene.scan();
  CHECK(scene.sink.has_gap(GapCause::root_missing));
  CHECK(std::holds_alternative<Gap>(scene.sink.told.at(0)));
  CHECK(scene.sink.all<Hint>().at(0).kinds.has(HintKind::self_gone));
  CHECK(scene.watcher.state().roots.at(0).phase == RootState::Phase::lost);
  scene.scan();
  CHECK(scene.sink.count<Gap>() == 0);
  scene.files.rename("/repo/away", "/repo/runs");
  scene.scan();
  CHECK(scene.watcher.state().roots.at(0).phase == RootState::Phase::armed);
  CHECK(scene.sink.has_hint("a", "file"));
}

TEST_CASE("W45: another directory, or a link, in the place of the root is a gap root-replaced") {
  Scene scene;
  scene.files.write("/repo/runs/file", "x");
  scene.arm();
  scene.files.rename("/repo/runs", "/repo/away");
  scene.files.write("/repo/runs/file", "x");
  scene.scan();
  CHECK(scene.sink.has_gap(GapCause::root_replaced));
  CHECK(scene.sink.has_hint("", "file"));
  scene.files.remove("/repo/runs");
  scene.files.make_symlink("/repo/runs", "away");
  scene.scan();
  CHECK(scene.sink.has_gap(GapCause::root_replaced));
  CHECK(scene.watcher.state().roots.at(0).presence == RootPresence::other);
}

TEST_CASE("W47: a root that does not exist yet is found by the scan after it appeared") {
  Scene scene;
  scene.files.remove("/repo/runs");
  scene.arm();
  CHECK(scene.sink.told.empty());
  CHECK(scene.watcher.state().roots.at(0).phase == RootState::Phase::waiting);
  scene.files.write("/repo/runs/run/file", "x");
  scene.scan();
  CHECK(scene.sink.has_hint("run", "file"));
  CHECK(scene.sink.count<Gap>() == 0);
}

TEST_CASE("a guarded file is compared as one object") {
  Scene scene;
  WatchRoot guard = Scene::root();
  scene.files.remove("/repo/runs");
  scene.files.write("/repo/runs", "a file");
  scene.arm(guard);
  CHECK(scene.sink.has_hint("", ""));
  scene.files.advance_ns(1'000'000);
  scene.files.write("/repo/runs", "another");
  scene.scan();
  CHECK(scene.only_hint().name.empty());
  scene.scan();
  CHECK(scene.sink.told.empty());
}

TEST_CASE("W14: a directory that cannot be listed is named, and does not end the scan") {
  Scene scene;
  scene.files.write("/repo/runs/closed/file", "x");
  scene.files.write("/repo/runs/open/file", "x");
  scene.files.set_fault_hook([](FileOperation operation, std::string const& path) {
    bool const hit = operation == FileOperation::list && path == "/repo/runs/closed";
    return hit ? Fault::fail(EACCES) : Fault::pass();
  });
  scene.arm();
  auto const partials = scene.sink.all<PartialCoverage>();
  REQUIRE(partials.size() == 1);
  CHECK(partials[0].directory.str() == "closed");
  CHECK(partials[0].reason == PartialCoverage::Reason::permission);
  CHECK(scene.sink.has_hint("open", "file"));
}

TEST_CASE("a failing scan is a gap once, and the listing before it still counts") {
  Scene scene;
  scene.files.write("/repo/runs/file", "1");
  scene.arm();
  scene.files.advance_ns(1'000'000);
  scene.files.write("/repo/runs/file", "2");
  scene.files.set_fault_hook([](FileOperation operation, std::string const& path) {
    bool const hit = operation == FileOperation::list && path == "/repo/runs";
    return hit ? Fault::fail(EIO) : Fault::pass();
  });
  CHECK(!scene.scan().complete);
  CHECK(scene.sink.has_gap(GapCause::io_error));
  CHECK(!scene.scan().complete);
  CHECK(scene.sink.told.empty());
  scene.files.set_fault_hook({});
  CHECK(scene.scan().complete);
  CHECK(scene.only_hint().name == "file");
}

TEST_CASE("a scan that is stopped tells nothing and loses nothing") {
  Scene scene;
  scene.files.write("/repo/runs/file", "1");
  scene.arm();
  scene.files.write("/repo/runs/new/file", "2");
  std::stop_source stop;
  stop.request_stop();
  CHECK(!scene.scan(stop.get_token()).complete);
  CHECK(scene.sink.told.empty());
  scene.scan();
  CHECK(scene.sink.has_hint("new", "file"));
}

TEST_CASE("only one scan of a root is under way at a time") {
  Scene scene;
  scene.arm();
  auto const first = scene.watcher.begin_scan(Scene::root().id);
  REQUIRE(first != nullptr);
  CHECK(scene.watcher.begin_scan(Scene::root().id) == nullptr);
  CHECK(scene.watcher.begin_scan(RootId{"no such root"}) == nullptr);
  CHECK(scene.watcher.finish_scan(first->run({}), scene.sink).complete);
  CHECK(scene.watcher.begin_scan(Scene::root().id) != nullptr);
}

TEST_CASE("W11, W49: limits on depth and entries are named, never silent") {
  Scene scene(WatchLimits{.tree_depth_max = 3, .entries_per_directory_max = 10});
  scene.files.write("/repo/runs/1/2/3/4/5/file", "x");
  for (int i = 0; i < 20; ++i) scene.files.write("/repo/runs/many/f" + std::to_string(i), "x");
  scene.arm();
  auto const partials = scene.sink.all<PartialCoverage>();
  REQUIRE(partials.size() == 2);
  using Reason = PartialCoverage::Reason;
  auto const has = [&](Reason reason, std::string const& path) {
    return std::any_of(partials.begin(), partials.end(), [&](PartialCoverage const& partial) {
      return partial.reason == reason && partial.directory.str() == path;
    });
  };
  CHECK(has(Reason::depth, "1/2/3/4"));
  CHECK(has(Reason::entries, "many"));
}

TEST_CASE("a mount point below a root is named and not entered") {
  Scene scene;
  scene.files.write("/repo/runs/a/file", "x");
  scene.files.make_mount_point("/repo/runs/a");
  scene.arm();
  auto const partials = scene.sink.all<PartialCoverage>();
  REQUIRE(partials.size() == 1);
  CHECK(partials[0].reason == PartialCoverage::Reason::other_filesystem);
}

TEST_CASE("filters and lock files count on rung D as on the others") {
  Scene scene;
  scene.files.write("/repo/runs/HEAD", "1");
  WatchRoot root = Scene::root();
  root.recursive = false;
  root.names = {"HEAD", "packed-refs"};
  root.ignore_locks = true;
  scene.arm(root);
  for (char const* const name : {"index", "HEAD.lock", "packed-refs", "logs/HEAD"}) {
    scene.files.write(std::string("/repo/runs/") + name, "x");
  }
  scene.scan();
  CHECK(scene.only_hint().name == "packed-refs");
}

}  // namespace
}  // namespace govseal
