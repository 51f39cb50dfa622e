// The watcher against the filesystem: whatever is done to a tree, and wherever in it the watcher is
// when it is done, in the end every name and every byte has been told of since its last change, the
// kernel watches exactly the directories that are there, and each of them under its present path.
//
// GOVSEAL_WATCH_SEEDS=N runs that many seeds (default: a few), GOVSEAL_WATCH_SEED=S only that one.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/disk_calls.h"
#include "tests/support/temp_directory.h"
#include "tests/watchers/chaos.h"
#include "tests/watchers/watched_world.h"

namespace govseal {
namespace {

namespace fs = std::filesystem;

std::uint32_t number_of(char const* variable, std::uint32_t otherwise) {
  char const* const text = std::getenv(variable);
  return text == nullptr ? otherwise : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
}

void for_each_seed(std::uint32_t count, std::function<void(std::uint32_t)> const& history) {
  if (std::uint32_t const one = number_of("GOVSEAL_WATCH_SEED", 0); one != 0) return history(one);
  std::uint32_t const seeds = number_of("GOVSEAL_WATCH_SEEDS", count);
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) history(seed);
}

void check(WatchedWorld& world, std::uint32_t seed) {
  std::string text = "GOVSEAL_WATCH_SEED=" + std::to_string(seed) + "\n";
  auto const mistakes = world.mistakes();
  for (std::size_t i = 0; i < mistakes.size() && i < 20; ++i) text += mistakes[i] + "\n";
  CHECK_MESSAGE(mistakes.empty(), text);
  // Nothing is said to be unseen that was only on the move.
  for (PartialCoverage const& partial : world.partials) {
    text += "not seen: " + partial.directory.str() + " " + std::to_string(partial.error_number);
    text += "\n";
  }
  CHECK_MESSAGE(world.partials.empty(), text);
}

std::vector<std::string> tops_of(WatchedWorld const& world) {
  return {world.path("runs"), world.path("guards"), world.path("outside")};
}

/// Limits under which a call of drain does a little of its work, or all of it.
DrainLimits some_limits(std::mt19937& random) {
  DrainLimits limits;
  if (random() % 2 == 0) limits.reads_max = random() % 2;
  if (random() % 2 == 0) limits.buffer_bytes = 4'096;
  if (random() % 2 == 0) limits.directories_max = random() % 4;
  if (random() % 2 == 0) limits.entries_max = random() % 6;
  return limits;
}

/// One step of the watcher's side: a call of drain, or a part of arming a root again.
void step_of_watcher(WatchedWorld& world, std::vector<std::string> const& roots,
                     std::mt19937& random) {
  switch (random() % 12) {
    case 0:
      if (world.crawls() < 3) world.begin_arm(roots[random() % roots.size()]);
      return;
    case 1:
    case 2: {
      if (world.crawls() == 0) return;
      std::stop_source stop;
      if (random() % 8 == 0) stop.request_stop();
      return world.run_crawl(random() % world.crawls(), stop.get_token());
    }
    case 3: {
      if (world.crawls() == 0) return;
      std::size_t const which = random() % world.crawls();
      world.run_crawl(which);
      return world.finish_arm(which);
    }
    default:
      world.drain(some_limits(random));
  }
}

TEST_CASE("differential: changes between any two steps of the watcher leave nothing unseen") {
  for_each_seed(20, [](std::uint32_t seed) {
    std::vector<std::string> const roots{"runs", "guards"};
    WatchedWorld world(roots);
    fs::create_directory(world.path("outside"));
    Chaos chaos(tops_of(world), seed);
    std::mt19937 random(seed);
    for (int i = 0; i < 600; ++i) {
      for (auto changes = random() % 5; changes > 0; --changes) chaos.step();
      step_of_watcher(world, roots, random);
    }
    world.come_to_rest();
    CHECK(world.gaps.empty());
    check(world, seed);
  });
}

TEST_CASE("differential: a root within a root sees what it holds, and both see it once it moves") {
  for_each_seed(10, [](std::uint32_t seed) {
    std::vector<std::string> const roots{"runs", "runs/d0", "guards/d1/d2"};
    WatchedWorld world(roots);
    fs::create_directory(world.path("outside"));
    Chaos chaos(tops_of(world), seed);
    std::mt19937 random(seed);
    for (int i = 0; i < 400; ++i) {
      for (auto changes = random() % 4; changes > 0; --changes) chaos.step();
      step_of_watcher(world, roots, random);
    }
    world.come_to_rest();
    check(world, seed);
  });
}

TEST_CASE("a directory that is moved out during the lookup is gone, not on another filesystem") {
  TempDirectory const temp;
  std::string const inside = temp / "in/it";
  std::string const outside = temp / "it";
  fs::create_directories(inside + "/d");
  std::atomic<bool> stop = false;
  std::thread mover([&] {
    while (!stop) {
      (void)::rename(inside.c_str(), outside.c_str());
      (void)::rename(outside.c_str(), inside.c_str());
    }
  });
  disk::Opened const in = disk::open_absolute_directory(temp / "in");
  int opened = 0;
  int wrong = 0;
  auto const deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
  while (std::chrono::steady_clock::now() < deadline) {
    disk::Opened const one = disk::open_directory_beneath(in.fd.get(), RelativePath::of("it/d"), 0);
    if (one.error == 0) ++opened;
    if (one.error != 0 && one.error != ENOENT) ++wrong;
  }
  stop = true;
  mover.join();
  CHECK(opened > 0);
  CHECK(wrong == 0);
}

TEST_CASE("differential: thousands of changes by several hands at once leave nothing unseen") {
  for_each_seed(2, [](std::uint32_t seed) {
    WatchedWorld world({"runs", "guards"});
    fs::create_directory(world.path("outside"));
    constexpr int kHands = 3;
    std::atomic<int> working = kHands;
    std::vector<std::thread> hands;
    for (std::uint32_t number = 0; number < kHands; ++number) {
      hands.emplace_back([&, number] {
        Chaos chaos(tops_of(world), seed * 10 + number);
        for (int i = 0; i < 3'000; ++i) chaos.step();
        --working;
      });
    }
    std::mt19937 random(seed);
    while (working > 0) {
      if (random() % 50 != 0) {
        world.drain(some_limits(random));
        continue;
      }
      // A crawl in the middle of it, on a thread of its own as in the agent.
      world.begin_arm(random() % 2 == 0 ? "runs" : "guards");
      std::atomic<bool> crawled = false;
      std::thread pool([&] {
        world.run_crawl(0);
        crawled = true;
      });
      while (!crawled) world.drain(some_limits(random));
      pool.join();
      world.finish_arm(0);
    }
    for (std::thread& hand : hands) hand.join();
    world.come_to_rest();
    CHECK(world.gaps.empty());
    check(world, seed);
  });
}

}  // namespace
}  // namespace govseal
