// The drift report (api.md 11): golden files of its three forms, its determinism, and when there is
// nothing to tell. GOVSEAL_UPDATE_GOLDEN=1 writes the golden files anew.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/utf8.h"
#include "reporting/drift_report.h"
#include "sealing/ledger/records.h"
#include "tests/reporting/drift_world.h"

namespace govseal {
namespace {

using drift_test::Book;
using drift_test::digest_of;
using drift_test::input_of;
using drift_test::minute;
using drift_test::quiet_book;
using drift_test::quiet_snapshot;
using drift_test::World;

std::string golden_path(std::string const& name) {
  return std::string(GOVSEAL_SOURCE_DIR) + "/tests/reporting/golden/" + name;
}

std::string read_file(std::string const& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void check_golden(std::string const& name, std::string const& actual) {
  CAPTURE(name);
  if (std::getenv("GOVSEAL_UPDATE_GOLDEN") != nullptr) {
    std::filesystem::create_directories(golden_path(""));
    std::ofstream(golden_path(name), std::ios::binary) << actual;
  }
  std::string const expected = read_file(golden_path(name));
  REQUIRE(!expected.empty());
  CHECK(actual == expected);
}

void check_forms(std::string const& name, std::string const& json) {
  check_golden(name + ".json", json);
  check_golden(name + ".txt", render_drift_text(json));
  check_golden(name + ".md", render_drift_markdown(json));
}

JsonValue parsed(std::string const& json) {
  auto const value = parse_json(json);
  REQUIRE(std::holds_alternative<JsonValue>(value));
  return std::get<JsonValue>(value);
}

JsonValue const& repository(JsonValue const& report, std::size_t place) {
  return report.find("repositories")->as_array()->at(place);
}

std::vector<std::string> lines_of(std::string const& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t const end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::size_t count_of(std::string const& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("drift report: all parts, in the three forms, are those of the golden files") {
  World const world;
  Snapshot const snapshot = world.snapshot();
  DriftReport const report = make_drift_report(world.input(snapshot));
  CHECK(report.state == "critical");
  check_forms("drift_full", report.json);
}

TEST_CASE("drift report: of an agent with nothing to tell it is clean and says what is not known") {
  Book const book = quiet_book();
  Snapshot const snapshot = quiet_snapshot(book);
  DriftReport const report = make_drift_report(input_of(snapshot, book, 0));
  CHECK(report.state == "clean");
  CHECK(report.findings == 0);
  check_forms("drift_clean", report.json);
}

TEST_CASE("drift report: the same ledger gives the same bytes, whatever else has moved") {
  World const world;
  Snapshot const snapshot = world.snapshot();
  std::string const first = make_drift_report(world.input(snapshot)).json;
  CHECK(make_drift_report(world.input(snapshot)).json == first);

  Snapshot later = world.snapshot();
  later.number = 77;
  later.as_of = minute(500);
  later.loop_stalled = true;
  later.agent.pid = 99;
  later.agent.started_at = minute(400);
  later.ledger.checkpoint_at = minute(499);
  later.scrub = {"running", 40};
  later.queue = {100, 7, 12};
  later.report.last_checked_at = minute(498);
  for (RepositorySnapshotPtr& shared : later.repositories) {
    RepositorySnapshot moved = *shared;
    moved.audited_at = minute(450);
    for (WatchRootView& root : moved.roots) {
      root.synchronised_at = minute(490);
      root.epoch += 3;
      root.verified = {minute(480), minute(481), "event", minute(482), true};
    }
    for (RunViewPtr& run : moved.runs) {
      RunView view = *run;
      view.verified = {minute(470), minute(471), "event", minute(490), true};
      run = std::make_shared<RunView const>(std::move(view));
    }
    std::reverse(moved.runs.begin(), moved.runs.end());
    std::reverse(moved.findings.begin(), moved.findings.end());
    shared = make_repository(std::move(moved));
  }
  CHECK(make_drift_report(world.input(later)).json == first);
}

TEST_CASE("drift report: its time is that of the newest record it covers") {
  World world;
  Snapshot const snapshot = world.snapshot();
  DriftInput input = world.input(snapshot);
  JsonValue const report = parsed(make_drift_report(input).json);
  JsonValue const& period = *report.find("period");
  CHECK(*period.find_string("from") == format_utc_ms(minute(world.first_period)));
  CHECK(*period.find_string("to") == format_utc_ms(minute(world.book.records().size() - 1)));
  input.to_index = world.first_period;
  JsonValue const shorter = parsed(make_drift_report(input).json);
  CHECK(*shorter.find("period")->find_string("to") == format_utc_ms(minute(world.first_period)));
}

TEST_CASE("drift report: nothing is new when nothing changed, and everything else is") {
  using namespace record;
  auto const after_report = [] {
    World world;
    world.book.add(make_record(DriftReported{.report = "drift-000000000017",
                                             .upto = 17,
                                             .json = digest_of("json"),
                                             .state = "critical",
                                             .findings = 3}));
    return world;
  };
  CHECK(World().book.projection().has_news());
  World world = after_report();
  CHECK_FALSE(world.book.projection().has_news());
  Digest const config = digest_of("two");
  for (RecordDraft const& draft :
       {make_record(Heartbeat{.interval_s = 60}),
        make_record(
            AnchorPublished{.kind = "git", .target = "origin", .size = 18, .root = digest_of("r")}),
        make_record(AnchorFailed{.kind = "git",
        .target = "origin",
        .size = 18,
        .code = "unreachable",
        .detail = "no route"}),
        make_record(ScrubDone{
            .repo = "alpha", .scope = "scheduled", .started = minute(1), .finished = minute(2)}),
        make_record(AgentStop{.reason = "signal"}),
        make_record(AgentStart{.version = "0.1.0", .config = config, .clean = true}),
        make_record(DriftReported{.report = "drift-000000000020",
        .upto = 20,
        .json = digest_of("json"),
        .state = "critical"})}) {
    world.book.add(draft);
    CHECK_MESSAGE(!world.book.projection().has_news(), draft.type);
  }
  CHECK(world.book.projection().last_report()->name == "drift-000000000020");

  for (RecordDraft const& draft :
       {make_record(AgentStart{.version = "0.1.0", .config = config, .clean = false}),
        make_record(AgentStop{.reason = "error"}),
        make_record(ScrubDone{.repo = "alpha",
        .scope = "scheduled",
        .changed = 1,
        .started = minute(1),
        .finished = minute(2)}),
        make_record(CoverageGap{
            .repo = "alpha", .roots = {"alpha/runs/runs"}, .cause = "agent-down", .rung = "C"}),
        make_record(RepositoryAdded{.repo = "gamma", .path = "/srv/git/gamma"})}) {
    World again = after_report();
    again.book.add(draft);
    CHECK_MESSAGE(again.book.projection().has_news(), draft.type);
  }
}

TEST_CASE("drift report: a period without a record is empty, and the picture of now stays") {
  World const world;
  Snapshot const snapshot = world.snapshot();
  DriftInput input = world.input(snapshot);
  input.from_index = world.book.records().size();
  JsonValue const report = parsed(make_drift_report(input).json);
  CHECK(report.find("period")->find("from")->is_null());
  CHECK(report.find("period")->find_string("to") != nullptr);
  JsonValue const& alpha = repository(report, 0);
  CHECK(alpha.find("violations")->find("opened")->as_array()->empty());
  CHECK(alpha.find("violations")->find("closed")->as_array()->empty());
  CHECK(alpha.find("violations")->find("open")->as_array()->size() == 1);
  CHECK(alpha.find("seals")->find("period")->find_int("sealed") == 0);
  CHECK(alpha.find("changes")->find("items")->as_array()->empty());
  CHECK(alpha.find("seals")->find("not_valid")->as_array()->size() == 3);
}

TEST_CASE("drift report: seconds live, scanned and in a gap add up to the period") {
  World const world;
  Snapshot const snapshot = world.snapshot();
  JsonValue const report = parsed(make_drift_report(world.input(snapshot)).json);
  auto const seconds = [](std::uint64_t minutes) {
    return static_cast<std::int64_t>(minutes * 60);
  };
  std::int64_t const whole = seconds(world.book.records().size() - 1 - world.first_period);
  for (std::size_t place : {0U, 1U}) {
    for (JsonValue const& root :
         *repository(report, place).find("coverage")->find("roots")->as_array()) {
      std::int64_t sum = 0;
      for (char const* key : {"live_s", "scanned_s", "gap_s"}) {
        REQUIRE(root.find_int(key).has_value());
        sum += *root.find_int(key);
      }
      CHECK(sum == whole);
    }
  }
  JsonValue const& runs = repository(report, 0).find("coverage")->find("roots")->as_array()->at(1);
  REQUIRE(*runs.find_string("root") == "alpha/runs/.codex/RUNS");
  // The gap of 45 seconds was closed: that time was scanned.
  CHECK(*runs.find_int("scanned_s") == 45);
  CHECK(*runs.find_int("gap_s") == 0);
}

TEST_CASE("drift report: another repository is shown to nobody who did not ask or may not see it") {
  World const world;
  Snapshot const snapshot = world.snapshot();
  auto const check_hidden = [&](DriftInput const& input) {
    std::string const json = make_drift_report(input).json;
    CHECK(json.find("beta") == std::string::npos);
    CHECK(parsed(json).find("repositories")->as_array()->size() == 1);
  };
  DriftInput input = world.input(snapshot);
  CHECK(make_drift_report(input).json.find("\"beta\"") != std::string::npos);
  input.repository = "alpha";
  check_hidden(input);
  input.repository.reset();
  input.visible = std::vector<std::string>{"alpha"};
  check_hidden(input);
  // Configuration keys may name others.
  CHECK(make_drift_report(input).json.find("watch.rung") == std::string::npos);
  input.visible = std::vector<std::string>{};
  CHECK(parsed(make_drift_report(input).json).find("repositories")->as_array()->empty());
}

TEST_CASE("drift report: records that cannot be read end it") {
  World const world;
  Snapshot const snapshot = world.snapshot();
  DriftInput input = world.input(snapshot);
  input.read_records = [](std::uint64_t, std::uint64_t, auto const&) {
    throw Error("read", "/state/ledger/0.log", std::string("the file is corrupt"));
  };
  CHECK_THROWS_AS((void)make_drift_report(input), Error);
  CHECK_THROWS_AS((void)render_drift_text("{}"), Error);
  CHECK_THROWS_AS((void)render_drift_markdown("no JSON"), Error);
}

TEST_CASE(
    "drift report: text keeps to 80 columns, to its first screen and to harmless characters") {
  World const world;
  Snapshot const snapshot = world.snapshot();
  std::string const text = render_drift_text(make_drift_report(world.input(snapshot)).json);
  CHECK(is_utf8(text));
  auto const lines = lines_of(text);
  std::string first_screen;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    CHECK_MESSAGE(lines[i].size() <= 80, lines[i]);
    for (char const c : lines[i]) CHECK((static_cast<unsigned char>(c) >= 0x20 && c != 0x7F));
    if (i < 24) first_screen += lines[i] + "\n";
  }
  CHECK(first_screen.find("critical") != std::string::npos);
  CHECK(first_screen.find("alpha") != std::string::npos);
}

TEST_CASE("drift report: Markdown holds no HTML, no open cell and no line of a foreign name") {
  World const world;
  Snapshot const snapshot = world.snapshot();
  std::string const text = render_drift_markdown(make_drift_report(world.input(snapshot)).json);
  CHECK(text.find('<') == std::string::npos);
  CHECK(text.find('\x1B') == std::string::npos);
  CHECK(text.find("a\\|b\\`&lt;b>\\n") != std::string::npos);
  // In every table each row has as many cells as the header: pipes that are not escaped.
  std::size_t columns = 0;
  for (std::string const& line : lines_of(text)) {
    if (!line.starts_with('|')) {
      columns = 0;
      continue;
    }
    std::size_t pipes = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '\\') {
        ++i;
      } else if (line[i] == '|') {
        ++pipes;
      }
    }
    if (columns == 0) columns = pipes;
    CHECK_MESSAGE(pipes == columns, line);
  }
}

TEST_CASE("drift report: lists beyond a thousand are cut for people, with the true count") {
  constexpr std::size_t kRuns = 1'234;
  Book const book = quiet_book();
  Snapshot snapshot = quiet_snapshot(book);
  RepositorySnapshot alpha = *snapshot.repositories[0];
  for (std::size_t i = 0; i < kRuns; ++i) {
    RunView run;
    run.run = "runs/run" + std::to_string(10'000 + i);
    run.verdict = "ABANDONED";
    alpha.runs.push_back(std::make_shared<RunView const>(std::move(run)));
  }
  snapshot.repositories[0] = make_repository(std::move(alpha));
  std::string const json = make_drift_report(input_of(snapshot, book, 0)).json;
  CHECK(count_of(json, "\"runs/run1") == kRuns);
  for (std::string const& text : {render_drift_text(json), render_drift_markdown(json)}) {
    CHECK(text.find("1000 of 1234 shown") != std::string::npos);
    CHECK(text.find("runs/run10999") != std::string::npos);
    CHECK(text.find("runs/run11000") == std::string::npos);
  }
}

TEST_CASE("drift report: every unknown of a part counts in the summary") {
  World const world;
  Snapshot const snapshot = world.snapshot();
  JsonValue const report = parsed(make_drift_report(world.input(snapshot)).json);
  std::int64_t unknown = 0;
  for (JsonValue const& one : *report.find("repositories")->as_array()) {
    for (auto const& [name, part] : *one.as_object()) {
      JsonValue const* const list = part.find("unknown");
      if (list != nullptr) unknown += static_cast<std::int64_t>(list->as_array()->size());
    }
  }
  CHECK(unknown > 0);
  CHECK(report.find("summary")->find_int("unknown") == unknown);
  CHECK(report.find("summary")->find_int("gaps") == 2);
}

}  // namespace govseal
