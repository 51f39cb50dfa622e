#include "agent/api/run_lookup.h"
#include "tests/agent/api_world.h"

using namespace govseal;
using namespace govseal::api_test;

namespace {

std::string answer(ApiWorld& world, std::string const& path) {
  return *json_of(world.get("/v1/explain?path=" + path)).find_string("answer");
}

void change(ApiWorld& world, RepositorySnapshot repository) {
  world.set({std::move(repository)});
  world.publish();
}

}  // namespace

TEST_CASE("a changed file of a sealed run is red, with expected and found hash and the actor") {
  ApiWorld world;
  auto repository = alpha();
  repository.findings = {std::make_shared<Finding const>(violation("GS-1", kDemo, "alpha.txt"))};
  change(world, std::move(repository));
  std::string const run = std::string("/srv/git/alpha/") + kDemo;
  CHECK(world.get("/v1/explain?path=" + run + "/alpha.txt").body ==
        R"({"path":"/srv/git/alpha/.codex/RUNS/2026-08-08__120000__demo/alpha.txt",)"
        R"("repository":"alpha","relative":".codex/RUNS/2026-08-08__120000__demo/alpha.txt",)"
        R"("belongs_to":[{"type":"run","run":".codex/RUNS/2026-08-08__120000__demo"}],)"
        R"("watched":{"root":"alpha/runs/.codex/RUNS","rung":"A","state":"live"},)"
        R"("answer":"red",)"
        R"("summary":"This file is part of a sealed run and its bytes differ from the seal.",)"
        R"("reasons":[{"text":"sealed with )" +
            digest_of("old").hex() +
            R"( on 2026-08-08T12:00:07Z","evidence":{"type":"ledger","index":1}},)"
            R"({"text":"now )" +
            digest_of("new").hex() +
            R"(, seen at 2026-11-20T10:11:12Z by event: alpha.txt",)"
            R"("evidence":{"type":"finding","id":"GS-1"}},)"
            R"({"text":"written by pid 4711 (sh), uid 1000","confidence":"live"}],)"
            R"("next":["Compare with git and the backup; do not repair in place.",)"
            R"("Restore the bytes from git or a backup; govseal closes the finding by itself.",)"
            R"("Keep the folder as it is if it is evidence; make a new run instead."]})"
            "\n");
  CHECK(answer(world, run + "/beta.txt") == "red");
  CHECK(answer(world, run) == "red");
  CHECK(answer(world, "/srv/git/alpha/.codex/RUNS/new/x") == "waiting");
}

TEST_CASE("every kind of place has its answer") {
  ApiWorld world;
  auto repository = alpha();
  WatchRootView guards = run_root("alpha", "governance/canon");
  guards.id = "alpha/guards/governance/canon";
  guards.kind = "guards";
  repository.roots.push_back(guards);
  RunView bare = open_run(".codex/RUNS/bare");
  bare.verdict = "UNSEALED";
  repository.runs.push_back(std::make_shared<RunView const>(bare));
  RunView broken = sealed_run(".codex/RUNS/broken");
  broken.verdict = "INVALID";
  repository.runs.push_back(std::make_shared<RunView const>(broken));
  RunView unread = sealed_run(".codex/RUNS/unread");
  unread.verdict.reset();
  unread.error = "permission denied";
  repository.runs.push_back(std::make_shared<RunView const>(unread));
  change(world, std::move(repository));
  std::string const top = "/srv/git/alpha/";
  CHECK(answer(world, top + kDemo + "/alpha.txt") == "sealed");
  CHECK(answer(world, top + ".codex/RUNS/new") == "waiting");
  CHECK(answer(world, top + ".codex/RUNS/bare/x") == "unsealed");
  CHECK(answer(world, top + ".codex/RUNS/broken/x") == "red");
  CHECK(answer(world, top + ".codex/RUNS/unread") == "unknown");
  CHECK(answer(world, top + ".codex/RUNS/never-seen") == "unsealed");
  CHECK(answer(world, top + "governance/canon/X.md") == "guarded");
  CHECK(answer(world, top + "src/main.cpp") == "not-watched");
  CHECK(answer(world, "/srv/git/alphabet/x") == "outside");
  CHECK(answer(world, "/") == "outside");
  auto const far = world.get("/v1/explain?path=" + top + "reports/other/x");
  CHECK(far.body.find("the nearest watched root is alpha/runs/reports/runs") != std::string::npos);
  CHECK(json_of(far).find("watched")->is_null());
}

TEST_CASE("in a gap nothing is said for sure, and since when") {
  ApiWorld world;
  auto repository = alpha();
  repository.roots[0].state = "gap";
  repository.roots[0].cause = "kernel-overflow";
  change(world, std::move(repository));
  auto const response = world.get(std::string("/v1/explain?path=/srv/git/alpha/") + kDemo);
  CHECK(*json_of(response).find_string("answer") == "unknown");
  CHECK(response.body.find("in a gap since 2026-11-20T08:00:02Z: kernel-overflow") !=
        std::string::npos);
}

TEST_CASE("hostile names are shown escaped in sentences and exactly in base64") {
  ApiWorld world;
  auto repository = alpha();
  repository.findings = {
      std::make_shared<Finding const>(violation("GS-1", kDemo, "a\x1b[31m\xff"))};
  change(world, std::move(repository));
  auto const body = json_of(
      world.get(std::string("/v1/explain?path=/srv/git/alpha/") + kDemo + "/a%1b%5B31m%ff"));
  CHECK(from_base64(*body.find_string("relative_b64")) == std::string(kDemo) + "/a\x1b[31m\xff");
  CHECK(body.find("reasons")->as_array()->at(1).find_string("text")->ends_with("a\\x1b[31m\\xff"));
}

TEST_CASE("absolute paths are normalised by their text alone") {
  CHECK(normalise_absolute("/a//b/./c/../d/") == "/a/b/d");
  CHECK(normalise_absolute("/..") == "/");
  CHECK(normalise_absolute("/") == "/");
  CHECK_FALSE(normalise_absolute("a/b"));
  CHECK_FALSE(normalise_absolute(""));
}

TEST_CASE("a path belongs to the innermost configured repository") {
  RepositorySnapshot outer;
  outer.path = "/srv";
  RepositorySnapshot inner;
  inner.path = "/srv/git/alpha";
  RepositorySnapshot removed;
  removed.path = "/srv/git/alpha/sub";
  removed.configured = false;
  std::vector<RepositorySnapshot const*> const all = {&inner, &outer, &removed};
  CHECK(find_innermost(all, "/srv/git/alpha/sub/x").repository == &inner);
  CHECK(find_innermost(all, "/srv/git/alpha/sub/x").relative == "sub/x");
  CHECK(find_innermost(all, "/srv/git/alphabet").repository == &outer);
  CHECK(find_innermost(all, "/srv").relative.empty());
  CHECK(find_innermost(all, "/srvx").repository == nullptr);
}
