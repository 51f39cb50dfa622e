#include <doctest/doctest.h>

#include "reporting/layer_down/audit_json.h"
#include "tests/git/git_world.h"
#include "tests/support/memory_file_system.h"

namespace govseal {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr char const* kMain = "refs/heads/main";
constexpr char const* kRecords = ".agent-admin/ripple/";
std::int64_t const kStart = 1'772'438'400;  // 2026-03-02T08:00:00Z

MemoryFile text(std::string bytes) {
  return {std::move(bytes), EntryKind::regular};
}

std::string record(std::string const& sha, std::string const& more = "",
                   std::string const& timestamp = "2026-03-02T09:00:00Z") {
  return R"({"type":"layer_down_dispatch","timestamp":")" + timestamp + R"(","commit_sha":")" +
         sha + '"' + more + "}\n";
}

/// A repository, its work tree and store, and an evaluation of both.
struct World {
  MemoryGitOpener opener;
  MemoryRepository& git;
  MemoryFileSystem files;
  DispatchRules rules;
  DispatchFacts facts;
  Arrivals arrivals;
  nanoseconds now = seconds(kStart) + std::chrono::hours(10);
  std::int64_t committed_s = kStart;
  int version = 0;

  explicit World(bool bare = false) : git(opener.add("/repo", bare)) {
    rules.repo = "gov";
    files.make_directory("/repo");
    files.make_directory("/store");
  }

  CommitId canon() {
    return git.commit_on(kMain, {{"governance/canon/A.md", text(std::to_string(++version))}},
                         "Canon\n", ++committed_s);
  }
  CommitId commit_record(std::string const& stamp, MemoryFile const& file) {
    return git.commit_on(kMain, {{name(stamp), file}}, "Record\n", ++committed_s);
  }
  static std::string name(std::string const& stamp) {
    return kRecords + ("layer-down-dispatch-" + stamp + ".json");
  }
  FactsOutcome read() {
    auto reader = open_reader(opener, "/repo");
    auto work_tree = files.open("/repo");
    auto store = files.open("/store");
    return read_dispatch_facts(*reader, {work_tree.get(), store.get()}, rules, facts);
  }
  DispatchAudit audit(AuditWindow const& window = {}) {
    REQUIRE(read() == FactsOutcome::ready);
    return judge_dispatch(facts, rules, arrivals, now, window);
  }
  JudgedRecord only_record() {
    auto result = audit();
    REQUIRE(result.records.size() == 1);
    return result.records[0];
  }
  AuditWindow window(std::string const& since) {
    REQUIRE(read() == FactsOutcome::ready);
    auto reader = open_reader(opener, "/repo");
    return std::get<AuditWindow>(make_window(*reader, facts.history, since));
  }
};

std::vector<CommitId> commits(DispatchAudit const& audit) {
  std::vector<CommitId> ids;
  for (auto const& event : audit.events) ids.push_back(event.event.commit);
  return ids;
}

TEST_CASE("an event is pending until its grace period ends, then undispatched") {
  World world;
  auto event = world.canon();
  world.arrivals[event] = seconds(kStart);
  world.now = seconds(kStart) + minutes(60) - nanoseconds(1);
  auto audit = world.audit();
  CHECK(audit.events[0].state == EventState::pending);
  CHECK(audit.next_deadline == seconds(kStart) + minutes(60));
  CHECK_FALSE(audit.has_open_work() != audit.registry.stop);
  world.now += nanoseconds(1);
  audit = world.audit();
  CHECK(audit.events[0].state == EventState::undispatched);
  CHECK_FALSE(audit.next_deadline);
  CHECK(audit.counts.undispatched == 1);
}

TEST_CASE("without a stored arrival the committer time counts, but not later than now") {
  World world;
  world.committed_s = kStart + 100'000'000;  // a clock in the future
  world.canon();
  CHECK(world.audit().events[0].state == EventState::pending);
  world.rules.grace = seconds(0);
  CHECK(world.audit().events[0].state == EventState::undispatched);
}

TEST_CASE("a record dispatches exactly the event that owns its commit") {
  World world;
  auto first = world.canon();
  auto second = world.canon();
  world.commit_record("20260302-090000", text(record(second.hex())));
  auto audit = world.audit();
  REQUIRE(audit.events.size() == 2);
  CHECK(audit.events[0].event.commit == first);
  CHECK(audit.events[0].state == EventState::undispatched);
  CHECK(audit.events[1].state == EventState::dispatched);
  CHECK(audit.events[1].records ==
        std::vector<std::string>{"layer-down-dispatch-20260302-090000.json"});
  CHECK(audit_exit_code(audit) == 1);
}

TEST_CASE("a record of a side commit dispatches the merge that brought it in") {
  World world;
  auto root = world.canon();
  auto files = world.git.files_of(root);
  files["governance/canon/A.md"] = text("side");
  auto side = world.git.commit({{root}, files, "Side\n", ++world.committed_s});
  auto merge = world.git.commit({{root, side}, files, "Merge\n", ++world.committed_s});
  world.git.set_reference(kMain, merge);
  world.commit_record("20260302-090000", text(record(side.hex())));
  auto audit = world.audit();
  CHECK(audit.events[1].event.merge);
  CHECK(audit.events[1].state == EventState::dispatched);
  CHECK(audit.records[0].owner == merge);
  CHECK(audit.records[0].commit == side);
  CHECK(audit.records[0].notes == std::vector<std::string>{"side_commit"});
}

TEST_CASE("covers count in product records and nowhere else") {
  World world;
  auto first = world.canon();
  auto second = world.canon();
  auto covers = R"(,"covers":[")" + first.hex() + R"(","short",7])";
  world.commit_record("20260302-090000", text(record(second.hex(), covers)));
  auto plain = world.audit();
  CHECK(plain.events[0].state == EventState::undispatched);
  CHECK(plain.records[0].notes == std::vector<std::string>{"covers_ignored"});
  CHECK(plain.records[0].covers.empty());

  world.commit_record("20260302-090000",
                      text(record(second.hex(), covers + R"(,"recorded_by":"govseal")")));
  auto product = world.audit();
  CHECK(product.events[0].state == EventState::dispatched);
  CHECK(product.records[0].notes == std::vector<std::string>{"covers_invalid"});
  REQUIRE(product.records[0].covers.size() == 3);
  CHECK(product.records[0].covers[0].owner == first);
  CHECK_FALSE(product.records[0].covers[1].verdict);
  CHECK_FALSE(product.records[0].covers[2].verdict);
}

TEST_CASE("a record that covers its own commit is no duplicate, a second record is") {
  World world;
  auto event = world.canon();
  auto covers = R"(,"recorded_by":"govseal","covers":[")" + event.hex() + "\"]";
  world.commit_record("20260302-090000", text(record(event.hex(), covers)));
  CHECK(world.audit().duplicates.empty());
  world.commit_record("20260302-090001", text(record(event.hex())));
  auto audit = world.audit();
  REQUIRE(audit.duplicates.size() == 1);
  CHECK(audit.duplicates[0].commit == event);
  CHECK(audit.duplicates[0].records.size() == 2);
  CHECK(audit.counts.duplicates == 1);
}

TEST_CASE("a record of a commit that the branch does not reach is an orphan") {
  World world;
  auto event = world.canon();
  auto files = world.git.files_of(event);
  files["x"] = text("x");
  auto unmerged = world.git.commit({{event}, files, "Unmerged\n", ++world.committed_s});
  world.commit_record("20260302-090000", text(record(unmerged.hex())));
  auto judged = world.only_record();
  CHECK(judged.verdict == RecordVerdict::orphan);
  CHECK(judged.commit == unmerged);
  CHECK_FALSE(judged.owner);
  CHECK(world.audit().counts.orphan == 1);
}

TEST_CASE("what git says about a commit name makes a record malformed") {
  World world;
  auto event = world.canon();
  auto defect = [&](std::string const& sha) {
    world.commit_record("20260302-090000", text(record(sha)));
    return world.only_record().defect;
  };
  CHECK(defect(std::string(40, 'd')) == RecordDefect::unresolvable);
  auto reader = open_reader(world.opener, "/repo");
  CHECK(defect(reader->read_commit(event)->tree.hex()) == RecordDefect::not_a_commit);
  auto tag = world.git.write_tag(event, ObjectKind::commit, "v1");
  CHECK(defect(tag.hex()) == RecordDefect::not_a_commit);
  CHECK_FALSE(defect(event.hex()));
}

TEST_CASE("what lies under a record's name in the tree makes it malformed") {
  World world;
  auto event = world.canon();
  auto bytes = record(event.hex());
  world.commit_record("20260302-090000", text(bytes));
  SUBCASE("a symbolic link") {
    world.commit_record("20260302-090000", {"elsewhere", EntryKind::symlink});
    CHECK(world.only_record().defect == RecordDefect::not_regular_file);
  }
  SUBCASE("a submodule") {
    world.commit_record("20260302-090000", {std::string(40, '4'), EntryKind::submodule});
    CHECK(world.only_record().defect == RecordDefect::not_regular_file);
  }
  SUBCASE("one byte too much") {
    world.commit_record("20260302-090000",
                        text(bytes + std::string(kDispatchRecordBytesMax + 1 - bytes.size(), ' ')));
    CHECK(world.only_record().defect == RecordDefect::too_large);
  }
  SUBCASE("exactly as large as a record may be") {
    world.commit_record("20260302-090000",
                        text(bytes + std::string(kDispatchRecordBytesMax - bytes.size(), ' ')));
    CHECK_FALSE(world.only_record().defect);
  }
  SUBCASE("a blob that is not there, and comes back") {
    auto blob = world.git.write_blob(bytes);
    CHECK_FALSE(world.only_record().defect);
    world.git.remove_object(blob);
    world.facts = DispatchFacts();
    CHECK(world.only_record().defect == RecordDefect::object_missing);
    world.git.restore_object(blob);
    CHECK_FALSE(world.only_record().defect);
  }
  SUBCASE("a directory is no record, and what it holds neither") {
    world.git.commit_on(kMain,
                        {{World::name("20260302-090000"), std::nullopt},
                         {World::name("20260302-090000") + "/x.json", text(bytes)}},
                        "Directory\n", ++world.committed_s);
    auto audit = world.audit();
    CHECK(audit.records.empty());
    CHECK(audit.other_files ==
          std::vector<std::string>{World::name("20260302-090000") + "/x.json"});
  }
}

TEST_CASE("every note of a valid record") {
  World world;
  auto event = world.canon();
  auto notes = [&](std::string const& bytes) {
    world.commit_record("20260302-090000", text(bytes));
    auto judged = world.only_record();
    CHECK(judged.verdict == RecordVerdict::event);
    return judged.notes;
  };
  using Notes = std::vector<std::string>;
  CHECK(notes(record(event.hex())).empty());
  auto upper = event.hex();
  for (auto& byte : upper) byte = static_cast<char>(std::toupper(byte));
  CHECK(notes(record(" " + upper + "\\n")) == Notes{"trimmed", "upper_case"});
  CHECK(notes(record(event.hex().substr(0, 12))) == Notes{"short_sha"});
  CHECK(notes(record(event.hex(), "", "2026-03-02T09:00:00.000Z")) == Notes{"timestamp_invalid"});
  CHECK(notes(record(event.hex(), "", "2026-02-30T09:00:00Z")) == Notes{"timestamp_invalid"});
  CHECK(notes(record(event.hex(), "", "2026-03-02T09:00:01Z")) == Notes{"stamp_mismatch"});
  CHECK(notes(record(event.hex(), "", "2026-03-01T09:00:00Z")) ==
        Notes{"before_commit", "stamp_mismatch"});
  CHECK(notes(R"({"type":"layer_down_dispatch","commit_sha":")" + event.hex() + "\"}") ==
        Notes{"timestamp_invalid"});
}

TEST_CASE("records of the work tree count while it has the audited branch checked out") {
  World world;
  auto event = world.canon();
  auto path = "/repo/" + World::name("20260302-090000");
  world.files.write(path, record(event.hex()));
  auto audit = world.audit();
  CHECK(audit.events[0].state == EventState::dispatched);
  CHECK(audit.records[0].source == RecordSource::worktree);
  CHECK(audit.records[0].sha256 == sha256(record(event.hex())));

  SUBCASE("another branch is checked out") {
    world.git.set_symbolic("HEAD", "refs/heads/topic");
    CHECK(world.audit().records.empty());
  }
  SUBCASE("nothing but HEAD itself is checked out") {
    world.git.set_reference("HEAD", event);
    CHECK(world.audit().records.empty());
  }
  SUBCASE("the record vanishes") {
    world.files.remove(path);
    CHECK(world.audit().events[0].state == EventState::undispatched);
  }
  SUBCASE("the same bytes are committed") {
    world.commit_record("20260302-090000", text(record(event.hex())));
    audit = world.audit();
    REQUIRE(audit.records.size() == 1);
    CHECK(audit.records[0].source == RecordSource::tree);
    CHECK(audit.altered_records.empty());
  }
  SUBCASE("other bytes are committed: they count, and the file is altered") {
    world.commit_record("20260302-090000", text(record(std::string(40, 'd'))));
    audit = world.audit();
    CHECK(audit.events[0].state == EventState::undispatched);
    CHECK(audit.altered_records ==
          std::vector<std::string>{"layer-down-dispatch-20260302-090000.json"});
  }
}

TEST_CASE("in a bare repository only the tree and the store hold records") {
  World world(true);
  auto event = world.canon();
  world.files.write("/repo/" + World::name("20260302-090000"), record(event.hex()));
  CHECK(world.audit().records.empty());
  world.files.write("/store/layer-down-dispatch-20260302-090001.json", record(event.hex()));
  auto audit = world.audit();
  REQUIRE(audit.records.size() == 1);
  CHECK(audit.records[0].source == RecordSource::store);
  CHECK(audit.events[0].state == EventState::dispatched);
}

TEST_CASE("equal name and bytes in two places is one record, other bytes are two") {
  World world;
  auto event = world.canon();
  auto file = std::string("layer-down-dispatch-20260302-090000.json");
  world.files.write("/repo/.agent-admin/ripple/" + file, record(event.hex()));
  world.files.write("/store/" + file, record(event.hex()));
  auto audit = world.audit();
  REQUIRE(audit.records.size() == 1);
  CHECK(audit.records[0].source == RecordSource::worktree);
  CHECK(audit.duplicates.empty());
  world.files.write("/store/" + file, record(event.hex()) + " ");
  CHECK(world.audit().records.size() == 2);
}

TEST_CASE("links, FIFOs and directories under a record's name are never opened") {
  World world;
  auto event = world.canon();
  world.files.write("/secret", record(event.hex()));
  world.files.make_symlink("/repo/" + World::name("20260302-090000"), "/secret");
  world.files.make_fifo("/repo/" + World::name("20260302-090001"));
  world.files.write("/repo/" + World::name("20260302-090002") + "/inner", "x");
  auto audit = world.audit();
  REQUIRE(audit.records.size() == 2);
  CHECK(audit.records[0].defect == RecordDefect::not_regular_file);
  CHECK(audit.records[1].defect == RecordDefect::not_regular_file);
  CHECK(audit.events[0].state == EventState::undispatched);
  CHECK(audit.other_files == std::vector<std::string>{World::name("20260302-090002") + "/inner"});
}

TEST_CASE("a records directory that is a symbolic link is not followed") {
  World world;
  auto event = world.canon();
  world.files.write("/elsewhere/layer-down-dispatch-20260302-090000.json", record(event.hex()));
  world.files.make_symlink("/repo/.agent-admin/ripple", "/elsewhere");
  CHECK(world.audit().records.empty());
}

TEST_CASE("a committed record replaced by a link is altered") {
  World world;
  auto event = world.canon();
  world.commit_record("20260302-090000", text(record(event.hex())));
  world.files.make_symlink("/repo/" + World::name("20260302-090000"), "/secret");
  auto audit = world.audit();
  CHECK(audit.altered_records.size() == 1);
  CHECK(audit.events[0].state == EventState::dispatched);
}

TEST_CASE("files of the retired layout are listed and match nothing") {
  World world;
  auto event = world.canon();
  auto bytes = record(event.hex());
  world.git.commit_on(kMain,
                      {{std::string(kRecords) + "dispatch-1.json", text(bytes)},
                       {std::string(kRecords) + "old/dispatch-1.json", text(bytes)},
                       {".agent-admin/layer-down/dispatch-2.json", text(bytes)},
                       {".agent-admin/layer-down/other.json", text(bytes)}},
                      "Old\n", ++world.committed_s);
  auto audit = world.audit();
  CHECK(audit.records.empty());
  CHECK(audit.legacy_files == std::vector<std::string>{".agent-admin/layer-down/dispatch-2.json",
                                                       ".agent-admin/ripple/dispatch-1.json"});
  CHECK(audit.other_files == std::vector<std::string>{".agent-admin/ripple/old/dispatch-1.json"});
}

TEST_CASE("records that cannot be listed leave events unknown, never undispatched") {
  World world;
  auto event = world.canon();
  auto tip = world.commit_record("20260302-090000", text(record(event.hex())));
  auto reader = open_reader(world.opener, "/repo");
  auto tree = std::get<std::optional<TreeEntry>>(
                  find_path(*reader, reader->read_commit(tip)->tree, ".agent-admin/ripple"))
                  ->id;
  world.git.remove_object(tree);
  auto audit = world.audit();
  CHECK(audit.events[0].state == EventState::unknown);
  CHECK(audit.events[0].event.unknown == Undecidable::object_missing);
}

TEST_CASE("a branch that is not there is missing, one whose object is gone unreadable") {
  World world;
  CHECK(world.read() == FactsOutcome::branch_missing);
  auto event = world.canon();
  CHECK(world.read() == FactsOutcome::ready);
  world.git.remove_object(event);
  CHECK(world.read() == FactsOutcome::branch_unreadable);
}

TEST_CASE("a commit window holds what that commit does not reach through any parent") {
  World world;
  auto root = world.canon();
  auto files = world.git.files_of(root);
  files["governance/canon/S.md"] = text("s");
  auto side = world.git.commit({{root}, files, "Side\n", ++world.committed_s});
  auto second = world.canon();
  auto third = world.canon();
  CHECK(commits(world.audit(world.window(root.hex()))) == std::vector{second, third});
  CHECK(commits(world.audit(world.window(side.hex()))) == std::vector{second, third});
  CHECK(commits(world.audit(world.window(second.hex().substr(0, 9)))) == std::vector{third});
  CHECK(world.audit(world.window("main")).events.empty());
  CHECK(world.audit(world.window("HEAD")).events.empty());
  CHECK(world.audit(world.window(root.hex())).line_commits == 3);
}

TEST_CASE("a date window goes by committer time, wherever on the line") {
  World world;
  world.committed_s = kStart + 86400;
  auto late = world.canon();
  world.committed_s = kStart - 86400;
  auto early = world.canon();
  CHECK(commits(world.audit(world.window("2026-03-03"))) == std::vector{late});
  CHECK(commits(world.audit(world.window("2026-03-01"))) == std::vector{late, early});
  auto window = world.window("2026-03-03T08:00:02Z");
  CHECK(window.from == "2026-03-03T08:00:02Z");
  CHECK(world.audit(window).events.empty());

  auto reader = open_reader(world.opener, "/repo");
  auto error = [&](char const* since) {
    return std::get<WindowError>(make_window(*reader, world.facts.history, since));
  };
  world.git.set_reference("refs/heads/2026-02-30", late);
  CHECK(error("2026-02-30") == WindowError::not_a_date);
  CHECK(error("nowhere") == WindowError::no_such_commit);
  CHECK(error("ddddddd") == WindowError::no_such_commit);
}

TEST_CASE("a window from a cursor also holds everything still open") {
  World world;
  auto open = world.canon();
  auto done = world.canon();
  auto after = world.canon();
  world.commit_record("20260302-090000", text(record(done.hex())));
  REQUIRE(world.read() == FactsOutcome::ready);
  auto reader = open_reader(world.opener, "/repo");
  auto window = make_cursor_window(*reader, world.facts.history, done);
  CHECK(commits(world.audit(window)) == std::vector{open, after});
}

TEST_CASE("events before the baseline are not audited, records of them still know them") {
  World world;
  auto old = world.canon();
  auto event = world.canon();
  world.commit_record("20260302-090000", text(record(old.hex())));
  world.rules.baseline = old.hex();
  auto audit = world.audit();
  CHECK(commits(audit) == std::vector{event});
  CHECK(audit.counts.events == 1);
  CHECK(audit.records[0].verdict == RecordVerdict::event);
  world.rules.baseline = "2026-03-03";
  CHECK(world.audit().events.empty());
}

TEST_CASE("a plan belongs to its last addition and is cleared by a record of any commit") {
  World world;
  auto plan = [&](std::optional<std::string> const& content) {
    return world.git.commit_on(
        kMain, {{"governance/ripple/P.md", content ? std::optional(text(*content)) : std::nullopt}},
        "Plan\n", ++world.committed_s);
  };
  plan("**Status**: PENDING\n");
  plan(std::nullopt);
  auto added = plan("**Status**: PENDING\n");
  plan("**Status**: INITIATED\n");
  auto audit = world.audit();
  REQUIRE(audit.plans.size() == 1);
  CHECK(audit.plans[0].owner == added);
  CHECK(audit.plans[0].state == PlanState::undispatched);
  CHECK(audit.counts.plans_undispatched == 1);
  world.commit_record("20260302-090000", text(record(added.hex())));
  audit = world.audit();
  CHECK(audit.plans[0].state == PlanState::dispatched);
  CHECK(audit.records[0].verdict == RecordVerdict::non_event);
}

TEST_CASE("a plan whose blob is missing is unknown and counts as undispatched") {
  World world;
  world.git.commit_on(kMain, {{"governance/ripple/P.md", text("**Status**: COMPLETE\n")}}, "Plan\n",
                      ++world.committed_s);
  CHECK(world.audit().plans[0].state == PlanState::complete);
  world.git.remove_object(world.git.write_blob("**Status**: COMPLETE\n"));
  auto audit = world.audit();
  CHECK(audit.plans[0].status == PlanStatus::unknown);
  CHECK(audit.plans[0].state == PlanState::undispatched);
}

TEST_CASE("plans of the extra family never make the exit code") {
  World world;
  world.git.commit_on(kMain,
                      {{"governance/layer-down/N.md", text("x")},
                       {world.rules.registry_file, text("{\"consumers\":[]}")}},
                      "Notice\n", ++world.committed_s);
  world.now = seconds(world.committed_s);
  auto audit = world.audit();
  CHECK(audit.plans[0].family == PlanFamily::extra);
  CHECK(audit.counts.plans_undispatched == 1);
  CHECK(audit.counts.pending == 1);
  CHECK(audit_exit_code(audit) == 0);
}

TEST_CASE("a workflow whose path filter differs from the trigger list is warned about") {
  World world;
  auto workflow = [&](std::string const& paths) {
    world.git.commit_on(
        kMain,
        {{world.rules.workflow, text("on:\n  push:\n    paths: [" + paths + "]\njobs:\n  j: x\n")}},
        "Workflow\n", ++world.committed_s);
    return world.audit();
  };
  world.rules.trigger_paths = {"governance/canon/", "governance/canon/deep/", "A.md"};
  auto audit = workflow("'governance/canon/**', A.md");
  CHECK(audit.warnings.empty());
  audit = workflow("'governance/canon/**', B.md");
  CHECK(audit.warnings == std::vector<std::string>{"dispatch.trigger_list_differs"});
  CHECK(audit.only_in_workflow == std::vector<std::string>{"B.md"});
  CHECK(audit.only_in_triggers == std::vector<std::string>{"A.md"});
  world.git.commit_on(kMain, {{world.rules.workflow, text("on: push\non: push\n")}}, "Broken\n",
                      ++world.committed_s);
  CHECK(world.audit().workflow_defect == "duplicate_key");
}

TEST_CASE("an ignored audit log is warned about") {
  World world;
  world.canon();
  CHECK(world.audit().warnings.empty());
  world.git.set_ignored(world.rules.audit_log, true);
  CHECK(world.audit().warnings == std::vector<std::string>{"dispatch.audit_log_ignored"});
}

TEST_CASE("the registry file at the tip decides whether a repository is audited by default") {
  World world;
  auto reader = open_reader(world.opener, "/repo");
  CHECK_FALSE(has_registry_file(*reader, world.rules));
  world.git.commit_on(kMain, {{world.rules.registry_file, text("{}")}}, "Registry\n", kStart);
  CHECK(has_registry_file(*reader, world.rules));
}

TEST_CASE("the document has its keys in order and no finding id where nothing is open") {
  World world(true);
  world.git.commit_on(kMain,
                      {{"governance/canon/\xff\x01.md", text("x")},
                       {world.rules.registry_file, text("{\"consumers\":[]}")}},
                      "Subject \x1b[31m\n", ++world.committed_s);
  auto event = *world.git.reference(kMain);
  world.now = seconds(kStart) + minutes(5);
  world.arrivals[event] = seconds(kStart) + minutes(1);
  auto json = audit_json(world.audit(), JsonWriter::Style::compact);
  auto start =
      R"({"v":1,"report":"dispatch_audit","repo":"gov","branch":"refs/heads/main","tip":")" +
      event.hex() +
      R"(","generated_utc":"2026-03-02T08:05:00Z","line_commits":1,)"
      R"("window":{"kind":"all","from":null},"trigger_lists":{"runbook":[)";
  CHECK(json.substr(0, start.size()) == start);
  auto middle = R"("events":[{"commit":")" + event.hex() +
                R"(","committed_utc":"2026-03-02T08:00:01Z","arrived_utc":"2026-03-02T08:01:00Z",)"
                R"("merge":false,"subject":"Subject \u001b[31m","lists":["runbook","workflow"],)"
                R"("paths":["governance/CONSUMER_REPO_REGISTRY.json","governance/canon/)" +
                "\xef\xbf\xbd\\u0001.md\"],\"paths_total\":2,\"priority\":\"MEDIUM\"," +
                R"("workflow":"absent","state":"pending","records":[]}],"records":[],)" +
                R"("duplicates":[],"altered_records":[],"other_files":[],"legacy_files":[],)" +
                R"("plans":[],"gap5":[],"registry":{"stop":false,"enabled":[],"findings":[]},)" +
                R"("inventory":[{"code":"inventory.unreadable","path":null}],"warnings":[]})"
                "\n";
  CHECK(json.substr(json.find("\"events\":[")) == middle);
  CHECK(audit_text(world.audit()) ==
        "PENDING MEDIUM " + event.hex() +
            " 2026-03-02T08:00:01Z runbook,workflow absent Subject ?[31m\n"
            "events 1 dispatched 0 pending 1 undispatched 0 unknown 0 plans 0\n");
}

}  // namespace
}  // namespace govseal
