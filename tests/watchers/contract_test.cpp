// The contract of watching.md 3, unchanged for every implementation of Watcher.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "tests/watchers/bench.h"
#include "tests/watchers/mirror.h"

namespace govseal {
namespace {

namespace fs = std::filesystem;

#define GOVSEAL_BENCHES InotifyBench, ScanBench, ScriptedBench

std::string joined(std::vector<std::string> const& lines) {
  std::string text;
  for (std::string const& line : lines) text += line + "\n";
  return text;
}

/// Everything below `top` that a random hand may touch.
std::vector<std::string> paths_below(Bench const& bench, std::string const& top, bool directories) {
  std::vector<std::string> found;
  for (auto const& entry : fs::recursive_directory_iterator(bench.path(top))) {
    if (entry.is_directory() == directories) {
      found.push_back(fs::relative(entry.path(), bench.path("")).string());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// One random change in `top`.
void change_something(Bench& bench, std::mt19937_64& random, std::string const& top) {
  auto const pick = [&random](std::vector<std::string> const& from) {
    return from[random() % from.size()];
  };
  auto directories = paths_below(bench, top, true);
  directories.push_back(top);
  auto const files = paths_below(bench, top, false);
  std::string const fresh = pick(directories) + "/n" + std::to_string(random() % 1'000'000);
  switch (random() % 10) {
    case 0:
    case 1:
      return bench.make_directory(fresh);
    case 2:
    case 3:
    case 4:
      return bench.write(fresh, std::to_string(random()));
    case 5:
      if (!files.empty()) bench.append(pick(files), std::to_string(random()));
      return;
    case 6:
      if (!files.empty()) bench.set_mode(pick(files), random() % 2 == 0 ? 0600U : 0640U);
      return;
    case 7:
      if (!files.empty()) bench.remove(pick(files));
      return;
    case 8:
      if (!files.empty()) bench.rename(pick(files), fresh);
      return;
    default:
      std::string const moved = pick(directories);
      if (moved == top || fresh.starts_with(moved + "/")) return;
      return random() % 4 == 0 ? bench.remove(moved) : bench.rename(moved, fresh);
  }
}

TEST_CASE_TEMPLATE("S1: every change in an armed root is told by name or by subtree", B,
                   GOVSEAL_BENCHES) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    B bench;
    bench.make_directories("runs/a/b");
    bench.write("runs/a/b/f", "1");
    bench.arm(bench.root("runs"));
    Mirror mirror(bench.path("runs"));
    for (int round = 0; round < 20; ++round) {
      for (auto changes = random() % 12; changes > 0; --changes) {
        change_something(bench, random, "runs");
      }
      bench.look();
      mirror.apply(bench.sink.template all<Hint>());
      bench.sink.clear();
      auto const differences = mirror.differences();
      REQUIRE_MESSAGE(differences.empty(), joined(differences));
    }
  }
}

TEST_CASE_TEMPLATE("S2: arming tells every name it lists, and misses nothing that comes meanwhile",
                   B, GOVSEAL_BENCHES) {
  B bench;
  bench.make_directories("runs/one/deep/deeper");
  bench.write("runs/one/deep/deeper/file", "x");
  bench.write("runs/top", "x");
  auto const work = bench.begin(bench.root("runs"));
  CrawlResult result = work->run({});
  bench.make_directories("runs/two/late");
  bench.write("runs/two/late/file", "x");
  bench.write("runs/one/deep/late", "x");
  bench.remove("runs/top");
  bench.watcher().finish_arm(std::move(result), bench.sink);
  bench.look();
  for (auto const& [directory, name] : {std::pair{"", "one"},
                                        {"one", "deep"},
                                        {"one/deep", "deeper"},
                                        {"one/deep/deeper", "file"},
                                        {"", "top"}}) {
    CAPTURE(directory);
    CAPTURE(name);
    CHECK(bench.sink.has_hint(directory, name));
  }
  Mirror mirror(bench.path("runs"));
  mirror.apply(bench.sink.template all<Hint>());
  CHECK_MESSAGE(mirror.differences().empty(), joined(mirror.differences()));
}

TEST_CASE_TEMPLATE("S3: hints in any order and told twice lead to the same knowledge", B,
                   GOVSEAL_BENCHES) {
  B bench;
  bench.make_directory("runs");
  bench.arm(bench.root("runs"));
  std::mt19937_64 random(3);
  for (int i = 0; i < 200; ++i) change_something(bench, random, "runs");
  bench.look();
  auto hints = bench.sink.template all<Hint>();
  auto const once = hints;
  hints.insert(hints.end(), once.begin(), once.end());
  std::shuffle(hints.begin(), hints.end(), random);
  Mirror mirror(bench.path("runs"));
  mirror.apply(hints);
  CHECK_MESSAGE(mirror.differences().empty(), joined(mirror.differences()));
}

TEST_CASE_TEMPLATE("S4: below a renamed directory hints carry the present path", B,
                   GOVSEAL_BENCHES) {
  B bench;
  bench.make_directories("runs/old/nested/deep");
  bench.write("runs/old/nested/deep/file", "1");
  bench.arm(bench.root("runs"));
  bench.rename("runs/old", "runs/new");
  bench.look();
  bench.sink.clear();
  bench.append("runs/new/nested/deep/file", "2");
  bench.look();
  auto const hints = bench.sink.template all<Hint>();
  REQUIRE(!hints.empty());
  for (Hint const& hint : hints) {
    CAPTURE(hint.directory.str());
    bool const by_name = hint.directory.str() == "new/nested/deep" && hint.name == "file";
    bool const by_tree =
        hint.kinds.has(HintKind::subtree) && hint.directory.str() == "new/nested/deep";
    CHECK((by_name || by_tree));
  }
}

TEST_CASE_TEMPLATE("S5: a call of drain does not block, keeps its limits and tells of what is left",
                   B, GOVSEAL_BENCHES) {
  B bench;
  bench.make_directory("runs");
  bench.arm(bench.root("runs"));
  bench.sink.clear();
  DrainOutcome const idle = bench.watcher().drain(bench.sink, bench.narrow());
  CHECK(!idle.more);
  CHECK(bench.sink.told.empty());
  for (int i = 0; i < 1'000; ++i) bench.write("runs/file" + std::to_string(i), "x");
  for (int i = 0; i < 20; ++i) bench.make_directories("runs/tree/d" + std::to_string(i) + "/e");
  std::unique_ptr<Crawl> scan;
  if constexpr (std::is_same_v<B, ScanBench>) {
    // A scan is not a call of drain: what it found beyond one turn waits for drain.
    bench.scan();
  }
  int calls = 0;
  bool more = true;
  Mirror mirror(bench.path("runs"));
  mirror.apply(bench.sink.template all<Hint>());
  bench.sink.clear();
  for (; more; ++calls) {
    more = bench.watcher().drain(bench.sink, bench.narrow()).more;
    REQUIRE(bench.sink.told.size() <= Bench::kNarrowMost);
    mirror.apply(bench.sink.template all<Hint>());
    bench.sink.clear();
    REQUIRE(calls < 100'000);
  }
  if constexpr (!std::is_same_v<B, ScanBench>) CHECK(calls > 5);
  CHECK_MESSAGE(mirror.differences().empty(), joined(mirror.differences()));
}

TEST_CASE_TEMPLATE("S6: a loss is a gap before the next hint", B, GOVSEAL_BENCHES) {
  B bench;
  bench.make_directory("runs");
  WatchRoot const root = bench.root("runs");
  bench.arm(root);
  bench.sink.clear();
  bench.lose_events();
  bench.write("runs/lost", "x");
  bench.look();
  auto const gaps = bench.sink.template all<Gap>();
  REQUIRE(gaps.size() == 1);
  CHECK(std::find(gaps[0].roots.begin(), gaps[0].roots.end(), root.id) != gaps[0].roots.end());
  CHECK(!gaps[0].disarmed);

  // From the gap on hints are complete again, and of a later epoch.
  bench.arm(root);
  bench.sink.clear();
  bench.write("runs/after", "x");
  bench.look();
  auto const hints = bench.sink.template all<Hint>();
  REQUIRE(!hints.empty());
  CHECK(hints[0].epoch == root.epoch + 1);
  CHECK(bench.sink.template count<Gap>() == 0);
}

TEST_CASE_TEMPLATE("S7: nothing is told about what lies outside of the roots", B, GOVSEAL_BENCHES) {
  B bench;
  bench.make_directories("runs/inside");
  bench.make_directory("beside");
  bench.arm(bench.root("runs"));
  bench.sink.clear();
  bench.write("beside/file", "x");
  bench.write("top", "x");
  bench.make_directory("other");
  bench.rename("other", "another");
  bench.look();
  CHECK(bench.sink.template count<Hint>() == 0);

  bench.rename("runs/inside", "beside/outside");
  bench.look();
  bench.sink.clear();
  bench.write("beside/outside/file", "x");
  bench.look();
  CHECK(bench.sink.template count<Hint>() == 0);
}

TEST_CASE_TEMPLATE("S8: bytes that no kernel writes are a gap, and what follows is served", B,
                   GOVSEAL_BENCHES) {
  B bench;
  bench.make_directory("runs");
  bench.arm(bench.root("runs"));
  bench.sink.clear();
  if (!bench.feed_garbage()) {
    MESSAGE("skipped: a scan reads no kernel descriptor");
    return;
  }
  bench.look();
  CHECK(bench.sink.has_gap(GapCause::malformed_events));
  bench.write("runs/after", "x");
  bench.look();
  CHECK(bench.sink.has_hint("", "after"));
}

TEST_CASE_TEMPLATE("S9: a root that cannot be armed does not touch the others", B,
                   GOVSEAL_BENCHES) {
  B bench;
  bench.make_directory("runs");
  bench.arm(bench.root("runs"));
  bench.sink.clear();
  WatchRoot const refused = bench.refused_root();
  bench.arm(refused);
  auto const gaps = bench.sink.template all<Gap>();
  REQUIRE(gaps.size() == 1);
  CHECK(gaps[0].roots == std::vector{refused.id});
  CHECK(gaps[0].disarmed);
  bench.sink.clear();
  bench.write("runs/file", "x");
  bench.look();
  CHECK(bench.sink.has_hint("", "file"));
  CHECK(bench.watcher().state().roots.size() == 1);
}

TEST_CASE_TEMPLATE("S10: after disarm nothing is told of a root, not even what was queued", B,
                   GOVSEAL_BENCHES) {
  B bench;
  bench.make_directories("runs/a/b");
  bench.make_directory("kept");
  WatchRoot const root = bench.root("runs");
  bench.arm(root);
  bench.arm(bench.root("kept"));
  bench.sink.clear();
  bench.write("runs/queued", "x");
  bench.make_directories("runs/a/c/d");
  bench.rename("runs/a/b", "runs/a/e");
  std::unique_ptr<Crawl> const again = bench.begin(root);
  CrawlResult result = again->run({});
  bench.watcher().disarm(root.id);
  bench.watcher().finish_arm(std::move(result), bench.sink);
  bench.write("runs/later", "x");
  bench.write("kept/file", "x");
  bench.look();
  auto const hints = bench.sink.template all<Hint>();
  CHECK(!hints.empty());
  for (Hint const& hint : hints) CHECK(hint.root == bench.root("kept").id);
  CHECK(bench.watcher().state().roots.size() == 1);
}

TEST_CASE_TEMPLATE("S11: a cookie is reported when it came through the queue, and never otherwise",
                   B, GOVSEAL_BENCHES) {
  B bench;
  bench.make_directory("runs");
  bench.arm(bench.root("runs"));
  auto const filesystem = bench.cookie_filesystem();
  if (!filesystem) {
    CHECK(bench.watcher().lay_cookie({}, {1}) == CookieOutcome::no_directory);
    bench.look();
    CHECK(bench.sink.template count<CookieId>() == 0);
    return;
  }
  CHECK(bench.watcher().lay_cookie(FilesystemId{filesystem->value + 1}, {1}) ==
        CookieOutcome::no_directory);
  bench.sink.clear();
  bench.make_directories("runs/before/the/cookie");
  bench.write("runs/before/the/cookie/file", "x");
  REQUIRE(bench.watcher().lay_cookie(*filesystem, {2}) == CookieOutcome::laid);
  CHECK(bench.sink.told.empty());
  bench.look();
  auto const& told = bench.sink.told;
  auto const cookie = std::find_if(told.begin(), told.end(), [](auto const& one) {
    return std::holds_alternative<CookieId>(one);
  });
  REQUIRE(cookie != told.end());
  CHECK(std::get<CookieId>(*cookie) == CookieId{2});
  CHECK(bench.sink.template count<CookieId>() == 1);
  // What happened before the cookie was delivered before it.
  Mirror mirror(bench.path("runs"));
  for (auto one = told.begin(); one != cookie; ++one) {
    if (auto const* const hint = std::get_if<Hint>(&*one)) mirror.apply(*hint);
  }
  CHECK_MESSAGE(mirror.differences().empty(), joined(mirror.differences()));
}

TEST_CASE_TEMPLATE("S12: the watcher's own work and reading everything make no hint", B,
                   GOVSEAL_BENCHES) {
  B bench;
  bench.make_directories("runs/a/b");
  bench.make_directory("other");
  bench.write("runs/a/b/file", std::string(100'000, 'x'));
  bench.write("other/file", "x");
  bench.arm(bench.root("runs"));
  bench.look();
  bench.sink.clear();
  for (auto const& entry : fs::recursive_directory_iterator(bench.path(""))) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    CHECK(std::string(std::istreambuf_iterator<char>(in), {}).size() > 0);
  }
  bench.arm(bench.root("other"));
  if (auto const filesystem = bench.cookie_filesystem()) {
    CHECK(bench.watcher().lay_cookie(*filesystem, {9}) == CookieOutcome::laid);
  }
  (void)bench.watcher().state();
  bench.look();
  auto const hints = bench.sink.template all<Hint>();
  for (Hint const& hint : hints) CHECK(hint.root == bench.root("other").id);
  CHECK(bench.sink.template count<Gap>() == 0);
}

}  // namespace
}  // namespace govseal
