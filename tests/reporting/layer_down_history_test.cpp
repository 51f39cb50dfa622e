#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>

#include "reporting/layer_down/audit_json.h"
#include "tests/git/git_world.h"
#include "tests/support/memory_file_system.h"

namespace govseal {
namespace {

constexpr char const* kMain = "refs/heads/main";

MemoryFile text(std::string bytes) {
  return {std::move(bytes), EntryKind::regular};
}

/// A repository with a branch main, and the history the agent would keep of it.
struct World {
  MemoryGitOpener opener;
  MemoryRepository& git = opener.add("/repo");
  DispatchRules rules;
  DispatchHistory history;
  std::int64_t now_s = 1'772'438'400;
  int version = 0;

  CommitId canon(std::vector<CommitId> const& merged = {}) {
    return git.commit_on(kMain, {{"governance/canon/A.md", text(std::to_string(++version))}},
                         "Canon\n", ++now_s, merged);
  }
  CommitId docs() {
    return git.commit_on(kMain, {{"docs/a.md", text(std::to_string(++version))}}, "Docs\n",
                         ++now_s);
  }
  CommitId side(CommitId const& from) {
    auto files = git.files_of(from);
    files["side.txt"] = text(std::to_string(++version));
    return git.commit({{from}, files, "Side\n", ++now_s});
  }
  std::size_t advance() {
    auto reader = open_reader(opener, "/repo");
    REQUIRE(history.advance(*reader, rules, *git.reference(kMain)));
    return history.commits_read();
  }
  CommitId owner(CommitId const& commit) {
    auto position = history.owner_of(commit);
    REQUIRE(position);
    return history.line().at(*position);
  }
};

TEST_CASE("one new commit costs one commit, and nothing new costs nothing") {
  World world;
  for (int i = 0; i < 50; ++i) world.canon();
  CHECK(world.advance() == 50);
  CHECK(world.advance() == 0);
  world.canon();
  CHECK(world.advance() == 1);
  auto tip = *world.git.reference(kMain);
  world.canon({world.side(world.side(tip))});
  CHECK(world.advance() == 3);
  CHECK(world.history.line().size() == 52);
}

TEST_CASE("the owner of a side commit is the oldest commit of the line that reaches it") {
  World world;
  auto root = world.canon();
  auto early = world.side(root);
  auto late = world.side(early);
  auto never = world.side(root);
  auto first = world.canon({early});
  auto second = world.canon({late});
  world.advance();
  CHECK(world.owner(root) == root);
  CHECK(world.owner(early) == first);
  CHECK(world.owner(late) == second);
  CHECK_FALSE(world.history.owner_of(never));
  CHECK_FALSE(world.history.position_on_line(early));
}

TEST_CASE("a merge without net change is no event, and it still owns its side commits") {
  World world;
  auto root = world.canon();
  auto side = world.side(root);
  auto merge = world.git.commit({{root, side}, world.git.files_of(root), "Merge\n", ++world.now_s});
  world.git.set_reference(kMain, merge);
  world.advance();
  CHECK(world.history.events().size() == 1);
  CHECK(world.owner(side) == merge);
}

TEST_CASE("a cursor is on the line, on another one, or rewritten away") {
  World world;
  auto root = world.canon();
  auto old_tip = world.canon();
  world.advance();
  CHECK(world.history.place_of(old_tip) == CursorPlace::on_line);

  SUBCASE("a merge with swapped parents puts it on another line") {
    auto other = world.side(root);
    auto swapped = world.git.commit(
        {{other, old_tip}, world.git.files_of(old_tip), "Wrong way round\n", ++world.now_s});
    world.git.set_reference(kMain, swapped);
    world.advance();
    CHECK(world.history.place_of(old_tip) == CursorPlace::other_line);
    CHECK(world.owner(old_tip) == swapped);
    CHECK(world.history.commits_after(old_tip).size() == 3);
  }
  SUBCASE("a forced push takes it away") {
    world.git.set_reference(kMain, root);
    world.canon();
    world.advance();
    CHECK(world.history.place_of(old_tip) == CursorPlace::rewritten);
    CHECK(world.history.place_of(root) == CursorPlace::on_line);
    CHECK(world.history.commits_after(root).size() == 1);
    CHECK(world.history.commits_read() == 1);
  }
  SUBCASE("moving back takes it away without reading anything") {
    world.git.set_reference(kMain, root);
    world.advance();
    CHECK(world.history.place_of(old_tip) == CursorPlace::rewritten);
    CHECK(world.history.commits_read() == 0);
    CHECK(world.history.line().size() == 1);
  }
  SUBCASE("unrelated history") {
    world.git.set_reference(kMain, world.git.commit({{}, {{"a", text("a")}}, "Other root\n", 5}));
    world.advance();
    CHECK(world.history.place_of(old_tip) == CursorPlace::rewritten);
    CHECK(world.history.line().size() == 1);
    CHECK(world.history.events().empty());
  }
}

TEST_CASE("a shallow boundary is no root commit, and deepening is noticed") {
  World world;
  auto root = world.canon();
  auto boundary = world.docs();
  world.canon();
  world.git.set_shallow({boundary});
  world.advance();
  CHECK(world.history.starts_at_boundary());
  REQUIRE(world.history.line().size() == 2);
  CHECK(world.history.line().front() == boundary);
  REQUIRE(world.history.events().size() == 2);
  CHECK(world.history.events()[0].unknown == Undecidable::parent_missing);
  CHECK_FALSE(world.history.owner_of(root));

  world.git.set_shallow({});
  world.advance();
  CHECK_FALSE(world.history.starts_at_boundary());
  CHECK(world.history.line().front() == root);
  CHECK(world.history.events().size() == 2);
  CHECK_FALSE(world.history.events()[0].unknown);
}

TEST_CASE("a commit whose trees are missing is an unknown event until they are back") {
  World world;
  world.canon();
  auto tip = world.canon();
  auto reader = open_reader(world.opener, "/repo");
  auto tree = reader->read_commit(tip)->tree;
  auto governance = std::get<std::optional<TreeEntry>>(find_path(*reader, tree, "governance"))->id;

  world.git.remove_object(governance);
  world.advance();
  REQUIRE(world.history.events().size() == 2);
  CHECK(world.history.events()[1].unknown == Undecidable::object_missing);

  world.git.restore_object(governance);
  world.advance();
  CHECK_FALSE(world.history.events()[1].unknown);
  CHECK(world.history.events()[1].paths == std::vector<std::string>{"governance/canon/A.md"});
}

TEST_CASE("a missing tree that no trigger can lie in decides nothing") {
  World world;
  world.canon();
  auto tip = world.docs();
  auto reader = open_reader(world.opener, "/repo");
  auto docs = std::get<std::optional<TreeEntry>>(
      find_path(*reader, reader->read_commit(tip)->tree, "docs"));
  world.git.remove_object(docs->id);
  world.advance();
  CHECK(world.history.events().size() == 1);
}

TEST_CASE("other rules judge every commit again") {
  World world;
  world.canon();
  world.docs();
  world.advance();
  CHECK(world.history.events().size() == 1);
  world.rules.trigger_paths = {"docs/"};
  CHECK(world.advance() == 2);
  REQUIRE(world.history.events().size() == 1);
  CHECK(world.history.events()[0].position == 1);
  CHECK(world.history.events()[0].lists == std::vector<std::string>{"configured"});
  world.rules.grace = std::chrono::seconds(1);
  CHECK(world.advance() == 0);
}

TEST_CASE("a request to stop leaves a beginning of the line that the next call completes") {
  World world;
  for (int i = 0; i < 5; ++i) world.canon();
  auto reader = open_reader(world.opener, "/repo");
  std::stop_source source;
  source.request_stop();
  CHECK_FALSE(
      world.history.advance(*reader, world.rules, *world.git.reference(kMain), source.get_token()));
  CHECK(world.history.line().empty());
  world.advance();
  CHECK(world.history.line().size() == 5);
}

TEST_CASE("the event of a commit names its lists, its paths in order and its priority") {
  World world;
  world.git.commit_on(kMain,
                      {{"governance/policy/p.md", text("p")},
                       {"docs/x.md", text("x")},
                       {".github/agents/deep/a.md", text("a")}},
                      "Two\nlines\n\nbody", ++world.now_s);
  world.git.commit_on(kMain, {{"governance/canon/b", text("b")}}, "No inventory\n", ++world.now_s);
  auto entry = [](char const* path, char const* status) {
    return std::string("{\"path\":\"") + path + "\",\"layer_down_status\":\"" + status + "\"}";
  };
  auto inventory = "{\"canons\":[" + entry("governance/canon/b", "INTERNAL") + ',' +
                   entry("governance/canon/c", "PUBLIC_API") + ',' +
                   entry("governance/canon/b", "PUBLIC_API") + "]}";
  world.git.commit_on(
      kMain,
      {{"governance/CANON_INVENTORY.json", text(inventory)}, {"governance/canon/b", text("2")}},
      "Listed as internal\n", ++world.now_s);
  world.git.commit_on(kMain, {{"governance/canon/b", text("3")}, {"governance/canon/d", text("d")}},
                      "One listed, one not\n", ++world.now_s);
  world.git.commit_on(kMain, {{"governance/canon/b", text("4")}, {"governance/canon/c", text("c")}},
                      "One mandatory\n", ++world.now_s);
  world.advance();
  auto const& events = world.history.events();
  REQUIRE(events.size() == 5);
  CHECK(events[0].paths ==
        std::vector<std::string>{".github/agents/deep/a.md", "governance/policy/p.md"});
  CHECK(events[0].lists == std::vector<std::string>{"workflow"});
  CHECK(events[0].subject == "Two lines");
  CHECK(events[0].priority == Priority::high);
  CHECK(events[0].workflow == WorkflowValue::absent);
  CHECK(events[1].priority == Priority::medium);
  CHECK(events[1].lists == std::vector<std::string>{"runbook", "workflow"});
  CHECK(events[2].priority == Priority::low);
  CHECK(events[3].priority == Priority::low);
  CHECK(events[4].priority == Priority::medium);
}

TEST_CASE("at most a thousand paths of an event are kept, all are counted") {
  World world;
  std::map<std::string, std::optional<MemoryFile>> changes;
  for (int i = 0; i < 1200; ++i) changes["governance/canon/" + std::to_string(i)] = text("x");
  world.git.commit_on(kMain, changes, "Many\n", 1);
  world.advance();
  CHECK(world.history.events()[0].paths.size() == 1000);
  CHECK(world.history.events()[0].paths_total == 1200);
}

// ---------------------------------------------------------------------------------------------
// Incremental evaluation equals full evaluation, on histories that nobody would write by hand.

class RandomHistory {
 public:
  explicit RandomHistory(std::uint64_t seed) : random_(seed) {
    files_.make_directory("/repo/.agent-admin/ripple");
    commits_.push_back(
        world.git.commit_on(kMain, {{"README.md", text("r")}}, "Root\n", ++world.now_s));
  }

  void step() {
    switch (random_() % 10) {
      case 0:
        world.git.set_reference(kMain, any_commit());
        break;
      case 1:
        break_or_mend();
        break;
      case 2:
        work_tree_record();
        break;
      default:
        commit();
    }
  }

  World world;
  [[nodiscard]] std::unique_ptr<Directory> work_tree() const { return files_.open("/repo"); }
  [[nodiscard]] std::vector<CommitId> const& commits() const { return commits_; }
  [[nodiscard]] bool is_broken() const { return broken_.has_value(); }

 private:
  CommitId any_commit() { return commits_.at(random_() % commits_.size()); }

  std::string record() {
    auto sha = any_commit().hex().substr(0, random_() % 4 == 0 ? 10 : 40);
    auto json =
        R"({"type":"layer_down_dispatch","timestamp":"2026-03-20T12:00:00Z","commit_sha":")" + sha +
        '"';
    if (random_() % 3 == 0) {
      json += R"(,"recorded_by":"govseal","covers":[")" + any_commit().hex() + "\"]";
    }
    return json + '}';
  }
  std::string record_name() {
    return ".agent-admin/ripple/layer-down-dispatch-20260320-1200" +
           std::to_string(10 + random_() % 20) + ".json";
  }

  void change(MemoryFiles& files) {
    auto letter = std::string(1, static_cast<char>('a' + random_() % 5));
    auto content = text(std::to_string(random_() % 4));
    switch (random_() % 7) {
      case 0:
        files["governance/canon/" + letter] = content;
        break;
      case 1:
        files.erase("governance/canon/" + letter);
        break;
      case 2:
        files["docs/" + letter] = content;
        break;
      case 3:
        files["governance/ripple/" + letter + ".md"] = text("**Status**: PENDING\n");
        break;
      case 4:
        files.erase("governance/ripple/" + letter + ".md");
        break;
      case 5:
        files[record_name()] = text(record());
        break;
      default:
        files.erase(record_name());
    }
  }

  void commit() {
    MemoryRepository::NewCommit next;
    next.parents.push_back(random_() % 3 == 0 ? any_commit() : *world.git.reference(kMain));
    while (random_() % 3 == 0) {
      auto other = any_commit();
      auto const& have = next.parents;
      if (std::find(have.begin(), have.end(), other) == have.end()) next.parents.push_back(other);
    }
    next.files = world.git.files_of(next.parents[random_() % next.parents.size()]);
    if (random_() % 4 != 0) change(next.files);
    next.committed_s = world.now_s += static_cast<std::int64_t>(random_() % 100) - 20;
    next.message = "Commit " + std::to_string(commits_.size()) + '\n';
    commits_.push_back(world.git.commit(next));
    if (random_() % 3 != 0) world.git.set_reference(kMain, commits_.back());
  }

  void break_or_mend() {
    if (broken_) {
      world.git.restore_object(*broken_);
      broken_.reset();
      return;
    }
    auto objects = world.git.objects();
    auto skip = random_() % objects.size();
    auto at = std::next(objects.begin(), static_cast<std::ptrdiff_t>(skip));
    // A missing commit that a reference names is another subject.
    if (at->first == *world.git.reference(kMain)) return;
    broken_ = at->first;
    world.git.remove_object(*broken_);
  }

  void work_tree_record() {
    auto path = "/repo/" + record_name();
    if (random_() % 2 == 0) {
      files_.write(path, record());
    } else {
      files_.remove(path);
    }
  }

  std::mt19937_64 random_;
  MemoryFileSystem files_;
  std::vector<CommitId> commits_;
  std::optional<ObjectId> broken_;
};

/// Owners by their definition.
std::map<CommitId, std::uint32_t> owners_by_definition(GitReader& git,
                                                       std::vector<CommitId> const& line) {
  std::map<CommitId, std::uint32_t> owners;
  for (std::uint32_t position = 0; position < line.size(); ++position) {
    std::vector<CommitId> work = {line[position]};
    while (!work.empty()) {
      auto id = work.back();
      work.pop_back();
      if (!owners.emplace(id, position).second) continue;
      auto parents = git.read_commit(id)->parents;
      work.insert(work.end(), parents.begin(), parents.end());
    }
  }
  return owners;
}

TEST_CASE("an evaluation that goes on from the last one gives what a first one gives") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    RandomHistory random(seed);
    DispatchFacts kept;
    for (int step = 0; step < 60; ++step) {
      random.step();
      auto reader = open_reader(random.world.opener, "/repo");
      auto work_tree = random.work_tree();
      RecordSources sources{work_tree.get(), nullptr};
      DispatchFacts fresh;
      auto const& rules = random.world.rules;
      auto outcome = read_dispatch_facts(*reader, sources, rules, kept);
      // What was read before an object went is still known, so only whole repositories compare.
      if (random.is_broken()) continue;
      REQUIRE(outcome == FactsOutcome::ready);
      REQUIRE(read_dispatch_facts(*reader, sources, rules, fresh) == FactsOutcome::ready);
      CHECK(kept.history.line() == fresh.history.line());
      CHECK(kept.history.events() == fresh.history.events());
      auto now = std::chrono::seconds(random.world.now_s);
      REQUIRE(audit_json(judge_dispatch(kept, rules, {}, now)) ==
              audit_json(judge_dispatch(fresh, rules, {}, now)));
      if (step % 10 != 9) continue;
      auto owners = owners_by_definition(*reader, kept.history.line());
      for (auto const& commit : random.commits()) {
        auto expected = owners.find(commit);
        auto actual = kept.history.owner_of(commit);
        REQUIRE(actual.has_value() == (expected != owners.end()));
        if (actual) REQUIRE(*actual == expected->second);
      }
    }
  }
}

}  // namespace
}  // namespace govseal
