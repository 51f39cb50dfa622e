#include "sealing/scrub_plan.h"

#include <doctest/doctest.h>

#include <random>

using namespace govseal;

namespace {

std::uint64_t count(std::vector<RehashPick> const& picks) {
  std::uint64_t files = 0;
  for (RehashPick const& pick : picks) files += pick.files.size();
  return files;
}

}  // namespace

TEST_CASE("the random re-hash draws its percentage, but at least one file, and none for zero") {
  std::mt19937_64 generator(1);
  auto const random = [&generator] { return generator(); };
  std::vector<std::uint64_t> const folders = {10, 0, 500, 490};
  CHECK(count(pick_for_rehash(folders, 1, random)) == 10);
  CHECK(count(pick_for_rehash(folders, 100, random)) == 1000);
  CHECK(count(pick_for_rehash(folders, 0, random)) == 0);
  CHECK(count(pick_for_rehash(std::vector<std::uint64_t>{3}, 1, random)) == 1);
  CHECK(pick_for_rehash({}, 50, random).empty());
  for (RehashPick const& pick : pick_for_rehash(folders, 37, random)) {
    REQUIRE(pick.folder < folders.size());
    for (std::size_t i = 0; i < pick.files.size(); ++i) {
      CHECK(pick.files[i] < folders[pick.folder]);
      if (i > 0) CHECK(pick.files[i - 1] < pick.files[i]);
    }
  }
}

TEST_CASE("every file has the same chance to be drawn") {
  std::mt19937_64 generator(2);
  std::vector<std::uint64_t> const folders = {1, 4, 5};
  std::vector<int> hits(10);
  constexpr int kRounds = 20000;
  for (int i = 0; i < kRounds; ++i) {
    for (RehashPick const& pick :
         pick_for_rehash(folders, 20, [&generator] { return generator(); })) {
      std::size_t const first = pick.folder == 0 ? 0 : pick.folder == 1 ? 1 : 5;
      for (std::size_t const file : pick.files) ++hits[first + file];
    }
  }
  for (int const hit : hits) {
    CHECK(hit > kRounds / 5 * 9 / 10);
    CHECK(hit < kRounds / 5 * 11 / 10);
  }
}

TEST_CASE(
    "a scrub is due at first, after its days, never for zero, and after the clock went back") {
  auto const now = std::chrono::hours(24 * 100);
  CHECK(is_scrub_due(std::nullopt, 7, now));
  CHECK_FALSE(is_scrub_due(std::nullopt, 0, now));
  CHECK_FALSE(is_scrub_due(now - std::chrono::hours(24 * 7 - 1), 7, now));
  CHECK(is_scrub_due(now - std::chrono::hours(24 * 7), 7, now));
  CHECK(is_scrub_due(now + std::chrono::hours(1), 7, now));
}

TEST_CASE("a scrub's place survives as text") {
  ScrubCursor const cursor{.started = nanoseconds(1'767'225'600'123'456'789),
                           .after = 41,
                           .folders = 40,
                           .files = 400,
                           .bytes = 1ull << 40,
                           .changed = 1};
  CHECK(parse_scrub_cursor(to_text(cursor)) == cursor);
  CHECK_FALSE(parse_scrub_cursor(""));
  CHECK_FALSE(parse_scrub_cursor("{\"started_ns\":1}"));
  CHECK_FALSE(parse_scrub_cursor("[]"));
}

TEST_CASE("reads within a budget take at least their bytes divided by the rate") {
  constexpr std::uint64_t kMiB = 1 << 20;
  ReadBudget budget(10 * kMiB);
  nanoseconds now = std::chrono::seconds(1000);
  nanoseconds const start = now;
  for (int i = 0; i < 100; ++i) now += budget.book(kMiB, now);
  CHECK(now - start >= std::chrono::milliseconds(9900));
  CHECK(now - start <= std::chrono::milliseconds(9901));
  // Idle time is not saved up.
  now += std::chrono::hours(1);
  CHECK(budget.book(5 * kMiB, now) == nanoseconds(0));
  CHECK(budget.book(kMiB, now) == std::chrono::milliseconds(500));
}
