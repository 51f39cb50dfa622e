#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "reporting/layer_down/audit_json.h"
#include "tests/git/git_world.h"
#include "tests/support/temp_directory.h"
#include "watchers/git/lib_git2.h"

// The fixture repository with its expected answers, audited by libgit2 and compared as JSON.

namespace govseal {
namespace {

namespace fs = std::filesystem;

std::string const kFixture = GOVSEAL_SOURCE_DIR "/tests/fixtures/layerdown";

std::string slurp(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

JsonValue parsed(std::string const& text) {
  auto value = parse_json(text);
  REQUIRE(std::holds_alternative<JsonValue>(value));
  return std::get<JsonValue>(value);
}

std::string shown(JsonValue const& value) {
  return JsonWriter().value(value).take();
}

/// Built once; nullptr when git or python3 is missing.
TempDirectory const* fixture() {
  static TempDirectory const directory;
  static bool const built = have_git() && run_program({"python3", kFixture + "/build_fixture.py",
                                                       directory / "fixture"}) == 0;
  if (!built) MESSAGE("SKIPPED: the fixture needs git and python3");
  return built ? &directory : nullptr;
}

JsonValue const& expected(std::string_view key) {
  static JsonValue const document = parsed(slurp(kFixture + "/expected.json"));
  auto const* found = document.find(key);
  REQUIRE(found != nullptr);
  return *found;
}

struct Auditor {
  LibGit2Opener opener;
  DispatchRules rules;
  nanoseconds now = *parse_utc(*expected("now").as_string());

  Auditor() {
    rules.repo = "gov";
    rules.aliases["office-app"] = "example-org/beta-office-app";
  }
  DispatchAudit run(std::string const& path, std::string const& since = "") {
    auto reader = open_reader(opener, path);
    std::unique_ptr<Directory> work_tree;
    if (auto const& top = reader->layout().work_dir) {
      auto opened = DiskFileSystem().open_directory(*top);
      work_tree = std::move(std::get<std::unique_ptr<Directory>>(opened));
    }
    DispatchFacts facts;
    REQUIRE(read_dispatch_facts(*reader, {work_tree.get(), nullptr}, rules, facts) ==
            FactsOutcome::ready);
    AuditWindow window;
    if (!since.empty()) {
      window = std::get<AuditWindow>(make_window(*reader, facts.history, since));
    }
    return judge_dispatch(facts, rules, {}, now, window);
  }
};

/// Every expected member but `name` is there and equal, and nothing else that is not `extra`.
void check_object(JsonValue const& actual, JsonValue const& wanted,
                  std::vector<std::string> const& extra) {
  CAPTURE(shown(actual));
  CAPTURE(shown(wanted));
  for (auto const& [key, value] : *wanted.as_object()) {
    if (key == "name") continue;
    auto const* found = actual.find(key);
    REQUIRE_MESSAGE(found != nullptr, key);
    CHECK_MESSAGE(shown(*found) == shown(value), key);
  }
  for (auto const& member : *actual.as_object()) {
    bool known = wanted.find(member.first) != nullptr ||
                 std::find(extra.begin(), extra.end(), member.first) != extra.end();
    CHECK_MESSAGE(known, member.first);
  }
}

std::vector<std::string> const kEventExtras = {"committed_utc", "arrived_utc", "merge", "subject",
                                               "paths_total"};

void check_list(JsonValue const& document, JsonValue const& wanted, std::string const& key,
                std::vector<std::string> const& extra = {}) {
  CAPTURE(key);
  auto const& actual = *document.find(key)->as_array();
  auto const& list = *wanted.find(key)->as_array();
  REQUIRE(actual.size() == list.size());
  for (std::size_t i = 0; i < list.size(); ++i) check_object(actual[i], list[i], extra);
}

void check_equal(JsonValue const& document, JsonValue const& wanted, std::string const& key) {
  CAPTURE(key);
  CHECK(shown(*document.find(key)) == shown(*wanted.find(key)));
}

TEST_CASE("the audit of the fixture's main branch is the expected one") {
  auto const* directory = fixture();
  if (directory == nullptr) return;
  Auditor auditor;
  auto audit = auditor.run(*directory / "fixture/gov");
  auto document = parsed(audit_json(audit));
  auto const& wanted = expected("main");
  check_list(document, wanted, "events", kEventExtras);
  check_list(document, wanted, "records");
  check_list(document, wanted, "duplicates");
  check_list(document, wanted, "plans");
  check_list(document, wanted, "gap5");
  check_list(document, wanted, "inventory");
  for (auto const* key : {"branch", "tip", "line_commits", "altered_records", "other_files",
                          "legacy_files", "registry", "warnings"}) {
    check_equal(document, wanted, key);
  }
  CHECK(audit_exit_code(audit) == 1);
  CHECK(parsed(audit_json(audit, JsonWriter::Style::compact)).as_object() != nullptr);
}

TEST_CASE("in a bare clone only what came from the work tree differs") {
  auto const* directory = fixture();
  if (directory == nullptr) return;
  auto bare = *directory / "bare.git";
  if (!fs::exists(bare)) {
    REQUIRE(run_program({"git", "clone", "-q", "--bare", *directory / "fixture/gov", bare}) == 0);
  }
  Auditor auditor;
  auto with_work_tree = parsed(audit_json(auditor.run(*directory / "fixture/gov")));
  auto document = parsed(audit_json(auditor.run(bare)));
  auto const& difference = expected("bare");
  check_equal(document, difference, "altered_records");
  check_equal(document, difference, "warnings");

  auto names = [](JsonValue const* list) {
    std::vector<std::string> texts;
    for (auto const& item : *list->as_array()) texts.push_back(*item.as_string());
    return texts;
  };
  auto absent = names(difference.find("records_absent"));
  std::vector<std::string> left;
  for (auto const& record : *with_work_tree.find("records")->as_array()) {
    if (std::count(absent.begin(), absent.end(), *record.find_string("file")) == 0) {
      left.push_back(shown(record));
    }
  }
  std::vector<std::string> records;
  for (auto const& record : *document.find("records")->as_array()) records.push_back(shown(record));
  CHECK(records == left);

  auto open = names(difference.find("undispatched_in_addition"));
  auto const& events = *document.find("events")->as_array();
  auto const& before = *with_work_tree.find("events")->as_array();
  REQUIRE(events.size() == before.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    bool differs = std::count(open.begin(), open.end(), *events[i].find_string("commit")) != 0;
    CHECK((shown(events[i]) != shown(before[i])) == differs);
    if (differs) CHECK(*events[i].find_string("state") == "undispatched");
  }
}

TEST_CASE("the other branches have their own lines and events") {
  auto const* directory = fixture();
  if (directory == nullptr) return;
  for (auto const* branch : {"clean", "foxtrot"}) {
    CAPTURE(branch);
    Auditor auditor;
    auto const& wanted = expected(branch);
    auditor.rules.branch = *wanted.find_string("branch");
    auto audit = auditor.run(*directory / "fixture/gov");
    auto document = parsed(audit_json(audit));
    check_equal(document, wanted, "tip");
    check_list(document, wanted, "events", kEventExtras);
    if (wanted.find("registry") != nullptr) check_equal(document, wanted, "registry");
  }
}

TEST_CASE("on the line that was merged the wrong way round other commits are owners") {
  auto const* directory = fixture();
  if (directory == nullptr) return;
  LibGit2Opener opener;
  auto reader = open_reader(opener, *directory / "fixture/gov");
  auto tip = std::get<CommitId>(reader->resolve_reference("refs/heads/foxtrot"));
  DispatchHistory history;
  REQUIRE(history.advance(*reader, DispatchRules(), tip));
  for (auto const& [commit, owner] : *expected("foxtrot").find("owner_of")->as_object()) {
    CAPTURE(commit);
    auto position = history.owner_of(*CommitId::from_hex(commit));
    REQUIRE(position);
    CHECK(history.line()[*position].hex() == *owner.as_string());
  }
  auto main_tip = std::get<CommitId>(reader->resolve_reference("refs/heads/main"));
  CHECK(history.place_of(main_tip) == CursorPlace::other_line);
  REQUIRE(history.advance(*reader, DispatchRules(), main_tip));
  CHECK(history.place_of(tip) == CursorPlace::rewritten);
}

TEST_CASE("each window of the fixture selects its events") {
  auto const* directory = fixture();
  if (directory == nullptr) return;
  for (auto const& window : *expected("windows").as_array()) {
    auto since = *window.find_string("since");
    CAPTURE(since);
    Auditor auditor;
    for (auto hour : {0, 11, 23}) {
      auditor.now = *parse_utc("2026-03-21T00:00:00Z") + std::chrono::hours(hour);
      auto audit = auditor.run(*directory / "fixture/gov", since);
      std::vector<std::string> commits;
      for (auto const& event : audit.events) commits.push_back(event.event.commit.hex());
      std::vector<std::string> wanted;
      for (auto const& commit : *window.find("events")->as_array()) {
        wanted.push_back(*commit.as_string());
      }
      CHECK(commits == wanted);
      CHECK(audit.counts.records == 40);
    }
  }
}

TEST_CASE("no grace makes the pending event undispatched, a year of it makes all others pending") {
  auto const* directory = fixture();
  if (directory == nullptr) return;
  Auditor auditor;
  auto before = auditor.run(*directory / "fixture/gov").counts;
  auditor.rules.grace = std::chrono::seconds(0);
  auto none = auditor.run(*directory / "fixture/gov").counts;
  CHECK(none.pending == 0);
  CHECK(none.undispatched == before.undispatched + before.pending);
  auditor.rules.grace = std::chrono::hours(24 * 365);
  auto year = auditor.run(*directory / "fixture/gov").counts;
  CHECK(year.undispatched == 0);
  CHECK(year.pending == before.undispatched + before.pending);
}

TEST_CASE("without the blobs of a plan and a record the audit still ends") {
  auto const* directory = fixture();
  if (directory == nullptr) return;
  auto copy = *directory / "copy";
  fs::remove_all(copy);
  fs::copy(*directory / "fixture/gov", copy,
           fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  // Objects can only be removed one by one when they are loose.
  REQUIRE(run_program({"sh", "-c",
                       "cd \"$1\" && mv .git/objects/pack packs && for p in packs/*.pack; do "
                       "[ ! -e \"$p\" ] || git unpack-objects -q <\"$p\" || exit 1; done",
                       "sh", copy}) == 0);
  std::string plan = "governance/ripple/PLAN-DONE.md";
  std::string file = "layer-down-dispatch-20260316-210300.json";
  {
    LibGit2Opener opener;
    auto reader = open_reader(opener, copy);
    auto tip = reader->read_commit(*reader->head().commit);
    for (auto const& path : {plan, ".agent-admin/ripple/" + file}) {
      auto found = find_path(*reader, tip->tree, path);
      auto hex = std::get<std::optional<TreeEntry>>(found)->id.hex();
      REQUIRE(fs::remove(copy + "/.git/objects/" + hex.substr(0, 2) + '/' + hex.substr(2)));
    }
  }
  Auditor auditor;
  auto audit = auditor.run(copy);
  auto record = std::find_if(audit.records.begin(), audit.records.end(),
                             [&](JudgedRecord const& one) { return one.file == file; });
  REQUIRE(record != audit.records.end());
  CHECK(record->defect == RecordDefect::object_missing);
  auto judged = std::find_if(audit.plans.begin(), audit.plans.end(),
                             [&](JudgedPlan const& one) { return one.path == plan; });
  REQUIRE(judged != audit.plans.end());
  CHECK(judged->status == PlanStatus::unknown);
  CHECK(judged->state == PlanState::undispatched);
}

TEST_CASE("nothing in the repository is touched by an audit") {
  auto const* directory = fixture();
  if (directory == nullptr) return;
  auto snapshot = [&] {
    std::map<std::string, fs::file_time_type> times;
    for (auto const& entry : fs::recursive_directory_iterator(*directory / "fixture/gov")) {
      if (entry.is_symlink()) continue;
      times[entry.path().string()] = entry.last_write_time();
    }
    return times;
  };
  auto before = snapshot();
  Auditor auditor;
  auditor.run(*directory / "fixture/gov");
  CHECK(snapshot() == before);
}

}  // namespace
}  // namespace govseal
