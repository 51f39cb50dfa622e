#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "tests/support/temp_directory.h"
#include "watchers/actor.h"
#include "watchers/gap_cause.h"
#include "watchers/rung.h"

namespace govseal {
namespace {

constexpr std::uint64_t kExt4 = 0xEF53;
constexpr std::uint64_t kOverlay = 0x794C7630;
constexpr std::uint64_t kNfs = 0x6969;

TEST_CASE("remote filesystems are scanned, whatever else is possible") {
  for (std::uint64_t const type :
       {0x6969U, 0x517BU, 0xFF534D42U, 0xFE534D42U, 0x5346414FU, 0x6B414653U, 0x73757245U, 0x564CU,
        0x01021997U, 0x00C36400U, 0x65735546U, 0x7461636FU, 0x01161970U, 0x786F4256U}) {
    CAPTURE(type);
    RungChoice const choice = select_rung({.filesystem_type = type, .fanotify_refused = {}});
    CHECK(choice.rung == Rung::scan);
    CHECK(choice.reason == RungReason::filesystem_unsupported);
  }
}

TEST_CASE("the best rung that the configuration allows and the host gives is taken") {
  RungFacts facts{.filesystem_type = kExt4, .fanotify_refused = {}};
  CHECK(select_rung(facts).rung == Rung::fanotify);
  CHECK(!select_rung(facts).reason);
  facts.best = Rung::inotify;
  CHECK(select_rung(facts).rung == Rung::inotify);
  CHECK(!select_rung(facts).reason);
  facts.best = Rung::scan;
  CHECK(select_rung(facts).rung == Rung::scan);
  CHECK(!select_rung(facts).reason);
}

TEST_CASE("what keeps a root from a better rung is its reason") {
  RungFacts facts{.filesystem_type = kExt4, .fanotify_refused = RungReason::no_helper};
  CHECK(select_rung(facts).rung == Rung::inotify);
  CHECK(select_rung(facts).reason == RungReason::no_helper);
  facts.inotify_refused = RungReason::watch_limit;
  CHECK(select_rung(facts).rung == Rung::scan);
  CHECK(select_rung(facts).reason == RungReason::watch_limit);
}

TEST_CASE("an overlay is watched only where a cookie came back") {
  RungFacts facts{.filesystem_type = kOverlay, .fanotify_refused = {}};
  CHECK(select_rung(facts).rung == Rung::scan);
  CHECK(select_rung(facts).reason == RungReason::filesystem_unsupported);
  facts.cookie_round_trip = true;
  CHECK(select_rung(facts).rung == Rung::inotify);
  CHECK(select_rung(facts).reason == RungReason::filesystem_unsupported);
}

std::vector<std::string> names_of(std::vector<Lost> const& tokens) {
  std::vector<std::string> names;
  for (Lost const token : tokens) names.emplace_back(name_of(token));
  return names;
}

TEST_CASE("what is lost is named from the closed set") {
  using Names = std::vector<std::string>;
  CHECK(names_of(lost_on({.rung = Rung::inotify,
                          .filesystem_type = kExt4,
                          .has_cookies = true,
                          .probe_sound = true})) == Names{"actor", "writes-through-outside-links",
                                                          "events-while-agent-is-down",
                                                          "rename-destination"});
  CHECK(names_of(lost_on({.rung = Rung::inotify, .filesystem_type = kOverlay})) ==
        Names{"actor", "writes-through-outside-links", "writes-below-overlay",
              "events-while-agent-is-down", "rename-destination", "round-trip",
              "open-writer-probe"});
  CHECK(names_of(lost_on({.rung = Rung::scan, .filesystem_type = kNfs, .has_cookies = true})) ==
        Names{"actor", "writes-through-outside-links", "remote-writers",
              "events-while-agent-is-down", "transient-changes", "rename-destination", "round-trip",
              "open-writer-probe"});
  CHECK(names_of(lost_on({.rung = Rung::fanotify,
                          .filesystem_type = kExt4,
                          .attribution = LostFacts::Attribution::live,
                          .helper = true,
                          .has_cookies = true,
                          .probe_sound = true})) == Names{"actor-of-short-lived-writers"});
  CHECK(names_of(lost_on({.rung = Rung::fanotify,
                          .attribution = LostFacts::Attribution::exact,
                          .beyond_mark_limit = true,
                          .has_cookies = true,
                          .probe_sound = true})) ==
        Names{"actor-beyond-mark-limit", "events-while-agent-is-down"});
}

TEST_CASE("every gap cause has its token, and the token leads back to it") {
  std::vector<std::string> const tokens{"agent-down",
                                        "agent-crash",
                                        "kernel-overflow",
                                        "ring-overflow",
                                        "held-queue-overflow",
                                        "malformed-events",
                                        "watch-limit",
                                        "no-capability",
                                        "filesystem-unsupported",
                                        "permission-denied",
                                        "io-error",
                                        "root-missing",
                                        "root-replaced",
                                        "unmounted",
                                        "event-silence",
                                        "event-flood",
                                        "scan-overdue",
                                        "unreadable-repository"};
  for (std::string const& token : tokens) {
    auto const cause = find_gap_cause(token);
    REQUIRE(cause);
    CHECK(name_of(*cause) == token);
  }
  CHECK(!find_gap_cause("none"));
}

TEST_CASE("the words of rungs, reasons and actors are those of the records") {
  CHECK(name_of(Rung::fanotify) == "A");
  CHECK(name_of(Rung::inotify) == "C");
  CHECK(name_of(Rung::scan) == "D");
  CHECK(name_of(RungReason::hints_missed) == "hints-missed");
  CHECK(name_of(Confidence::pid_only) == "pid-only");
  CHECK(name_of(ActorOperation::remove) == "delete");
}

TEST_CASE("two directories on one filesystem have one id, and a bad descriptor has none") {
  TempDirectory temp;
  int const fd = ::open(temp.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int const parent = ::openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  auto const one = read_filesystem_facts(fd);
  auto const other = read_filesystem_facts(parent);
  REQUIRE((one && other));
  CHECK(one->id == other->id);
  CHECK(one->id.value != 0);
  ::close(parent);
  ::close(fd);
  CHECK(!read_filesystem_facts(-1));
}

}  // namespace
}  // namespace govseal
