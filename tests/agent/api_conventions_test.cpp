#include "tests/agent/api_world.h"

using namespace govseal;
using namespace govseal::api_test;

namespace {

ApiResponse with_header(ApiWorld& world, std::string name, std::string value,
                        std::string target = "/v1/status") {
  auto request = world.request("GET", std::move(target));
  request.headers.emplace_back(std::move(name), std::move(value));
  return world.send(request, world.root);
}

}  // namespace

TEST_CASE("a foreign host or any origin is refused, ours and none are not") {
  ApiWorld world;
  CHECK(world.get("/v1/status").status == 200);
  for (auto const* host : {"localhost", "govseal", "LocalHost"}) {
    CHECK(with_header(world, "host", host).status == 200);
  }
  for (auto const* host :
       {"example.org", "localhost:80", "127.0.0.1", "", "localhost.example.org"}) {
    CAPTURE(host);
    CHECK(problem_of(with_header(world, "host", host)) == "foreign-origin");
  }
  CHECK(problem_of(with_header(world, "origin", "http://localhost")) == "foreign-origin");
  CHECK(problem_of(with_header(world, "origin", "null", "/healthz")) == "foreign-origin");
  auto twice = world.request("GET", "/v1/status");
  twice.headers = {{"host", "localhost"}, {"host", "localhost"}};
  CHECK(problem_of(world.send(twice, world.root)) == "bad-request");
}

TEST_CASE("a problem names type, title, status, detail and the request") {
  ApiWorld world;
  auto const response = world.get("/v1/repositories/beta");
  CHECK(response.body ==
        R"({"type":"urn:govseal:problem:no-such-repository","title":"No such repository",)"
        R"("status":404,"detail":"there is no repository \"beta\" that you can see",)"
        R"("instance":"urn:govseal:request:77","nearest":null})"
        "\n");
}

TEST_CASE("every name of the problem table has a status, a title and an exit code") {
  CHECK(problem_names().size() == 35);
  for (auto const name : problem_names()) {
    CAPTURE(name);
    CHECK(status_of(name) >= 400);
    CHECK_FALSE(title_of(name).empty());
    CHECK(exit_code_of(name) > 0);
  }
  CHECK(status_of("cannot-write") == 507);
  CHECK(exit_code_of("no-such-run") == 66);
}

TEST_CASE("an unknown parameter is named with its neighbour") {
  ApiWorld world;
  auto const response = world.get("/v1/runs?limt=3");
  CHECK(response.status == 400);
  CHECK(problem_of(response) == "unknown-parameter");
  CHECK(*json_of(response).find_string("parameter") == "limt");
  CHECK(*json_of(response).find_string("nearest") == "limit");
  CHECK(json_of(world.get("/v1/status?zzzzzz=1")).find("nearest")->is_null());
  CHECK(problem_of(world.get("/v1/status?limit=3")) == "unknown-parameter");
}

TEST_CASE("values of parameters are checked") {
  ApiWorld world;
  for (auto const* target :
       {"/v1/runs?limit=0", "/v1/runs?limit=1001", "/v1/runs?limit=", "/v1/runs?limit=-1",
        "/v1/runs?limit=1e2", "/v1/runs?verdict=valid", "/v1/runs?since=yesterday",
        "/v1/runs?order=size", "/v1/status?pretty=yes", "/v1/ledger?from=9007199254740992",
        "/v1/jobs/j-1?wait=5", "/v1/status?sync=10", "/v1/status?sync=99999999999s",
        "/v1/status?sync=11s", "/v1/explain", "/v1/explain?path=relative",
        "/v1/runs?repository="}) {
    CAPTURE(target);
    CHECK(problem_of(world.get(target)) == "bad-request");
  }
  CHECK(problem_of(world.get("/v1/runs?repository=alpah")) == "no-such-repository");
  CHECK(problem_of(world.get("/v1/runs?cursor=abc")) == "bad-cursor");
}

TEST_CASE("a route that takes another method says which") {
  ApiWorld world;
  auto response = world.send(world.request("DELETE", "/v1/status"), world.root);
  CHECK(problem_of(response) == "method-not-allowed");
  CHECK(header_of(response, "Allow") == "GET, HEAD");
  response = world.send(world.request("PUT", "/v1/reports/drift"), world.root);
  CHECK(header_of(response, "Allow") == "GET, HEAD, POST");
  CHECK(problem_of(world.send(world.request("GET", "/v1/scan"), world.root)) ==
        "method-not-allowed");
  CHECK(problem_of(world.get("/v1/nothing")) == "no-such-route");
  CHECK(problem_of(world.get("/")) == "no-such-route");
  CHECK(world.send(world.request("HEAD", "/v1/status"), world.root).status == 200);
}

TEST_CASE("what cannot be had in an acceptable form is 406 with what there is") {
  ApiWorld world;
  auto const response = with_header(world, "accept", "image/png", "/v1/ledger");
  CHECK(problem_of(response) == "not-acceptable");
  CHECK(json_of(response).find("available")->as_array()->size() == 2);
  CHECK(with_header(world, "accept", "text/html, */*;q=0.1").status == 200);
}

TEST_CASE("the tag of the snapshot saves sending it again") {
  ApiWorld world;
  auto const first = world.get("/v1/status");
  CHECK(header_of(first, "ETag") == "\"4-4\"");
  CHECK(header_of(first, "Cache-Control") == "no-store");
  auto const again = with_header(world, "if-none-match", R"("1-1", W/"4-4")");
  CHECK(again.status == 304);
  CHECK(again.body.empty());
  CHECK(header_of(again, "ETag") == "\"4-4\"");
  CHECK(with_header(world, "if-none-match", "*").status == 304);
  CHECK(with_header(world, "if-none-match", "\"4-5\"").status == 200);
  ++world.snapshot.number;
  world.publish();
  CHECK(with_header(world, "if-none-match", "\"4-4\"").status == 200);
  CHECK(header_of(world.get("/v1/repositories/none"), "ETag").empty());
  CHECK(header_of(world.get("/v1/jobs"), "ETag").empty());
}

TEST_CASE("pretty answers are indented by two and end with a line feed") {
  ApiWorld world;
  auto const response = world.get("/v1/repositories?limit=1&pretty=1");
  CHECK(response.body.starts_with("{\n  \"items\": [\n    {\n      \"id\": \"alpha\",\n"));
  CHECK(response.body.ends_with("\n}\n"));
  CHECK(world.get("/v1/nothing/there?pretty=1").body.ends_with("}\n"));
}

TEST_CASE("roles decide about every route but health and version") {
  ApiWorld world;
  for (auto const* target : {"/v1/status", "/v1/openapi.json", "/v1/nothing", "/v1/jobs"}) {
    CAPTURE(target);
    auto const response = world.get(target, world.stranger);
    CHECK(response.status == 403);
    CHECK(problem_of(response) == "not-permitted");
    CHECK(*json_of(response).find_string("role") == "none");
    CHECK(*json_of(response).find_string("needs") == "viewer");
  }
  auto const post = world.send(world.post_request("/v1/scan", "{}"), world.viewer);
  CHECK(problem_of(post) == "not-permitted");
  CHECK(*json_of(post).find_string("needs") == "operator");
  CHECK(world.commands.submitted.empty());
}

TEST_CASE("before the first snapshot and while stopping everything else is 503") {
  ApiWorld world;
  world.snapshot.phase = AgentPhase::starting;
  world.publish();
  auto response = world.get("/v1/status");
  CHECK(problem_of(response) == "starting");
  CHECK(header_of(response, "Retry-After") == "1");
  world.snapshot.phase = AgentPhase::stopping;
  world.publish();
  CHECK(problem_of(world.post("/v1/scan", "{}")) == "stopping");
  world.unpublish();
  CHECK(problem_of(world.get("/v1/status")) == "starting");
  CHECK(world.get("/v1/version").status == 200);
}

TEST_CASE("a hidden repository is nowhere, and lists say that something is missing") {
  ApiWorld world;
  world.access.hidden = {"/srv/git/alpha"};
  CHECK(items_of(world.get("/v1/repositories", world.viewer), "id") == Texts{"gov"});
  CHECK(*json_of(world.get("/v1/repositories", world.viewer)).find("filtered")->as_bool());
  for (auto const* target : {"/v1/repositories/alpha", "/v1/repositories/alpha/coverage",
                             "/v1/runs/alpha/new", "/v1/runs?repository=alpha"}) {
    CAPTURE(target);
    CHECK(problem_of(world.get(target, world.viewer)) == "no-such-repository");
  }
  CHECK(items_of(world.get("/v1/runs", world.viewer), "repository") == Texts{"gov"});
  auto const status = json_of(world.get("/v1/status", world.viewer));
  CHECK(*status.find("filtered")->as_bool());
  CHECK(status.find("repositories")->find_int("total") == 1);
  CHECK(status.find("runs")->find_int("VALID") == 1);
  CHECK(world.get("/v1/explain?path=/srv/git/alpha/x", world.viewer)
            .body.find(R"("answer":"outside")") != std::string::npos);
  CHECK(json_of(world.get("/v1/runs?repository=gov", world.viewer)).find("filtered") == nullptr);
  (void)world.get("/v1/reports/drift", world.viewer);
  CHECK(world.commands.drift->filtered);
  CHECK(world.commands.drift->visible == Texts{"gov"});
}

TEST_CASE("root and the agent itself see everything, an operator does not") {
  ApiWorld world;
  world.access.hidden = {"/srv/git/alpha", "/srv/git/gov"};
  CHECK(items_of(world.get("/v1/repositories"), "id").size() == 2);
  CHECK(items_of(world.get("/v1/repositories", peer(997, Role::op)), "id").size() == 2);
  Peer const op = peer(1000, Role::op);
  CHECK(items_of(world.get("/v1/repositories", op), "id").empty());
  auto const verify = world.post_request("/v1/verify", R"({"repository":"alpha"})");
  CHECK(problem_of(world.send(verify, op)) == "no-such-repository");
}

TEST_CASE("access that is not known is asked for by path, only for those who need it") {
  ApiWorld world;
  world.access.known = false;
  auto const reply = world.api().handle(world.request("GET", "/v1/status"), world.viewer);
  REQUIRE(std::holds_alternative<AwaitAccess>(reply));
  CHECK(std::get<AwaitAccess>(reply).paths == Texts{"/srv/git/alpha", "/srv/git/gov"});
  CHECK(world.get("/v1/status").status == 200);
  CHECK(world.get("/healthz", world.viewer).status == 200);
}

TEST_CASE("a synchronised answer waits for what it concerns") {
  ApiWorld world;
  CHECK(world.get("/v1/status?sync=500ms").status == 200);
  CHECK(world.get("/v1/runs?repository=gov&sync=1s").status == 200);
  CHECK(world.get("/v1/runs/alpha/2026-08-08__120000__demo?sync=1s").status == 200);
  REQUIRE(world.sync.requests.size() == 3);
  CHECK_FALSE(world.sync.requests[0].repository);
  CHECK(world.sync.requests[0].timeout == std::chrono::milliseconds(500));
  CHECK(world.sync.requests[1].repository == "gov");
  CHECK(world.sync.requests[2].repository == "alpha");
}

TEST_CASE("what could not be synchronised is 504 with the roots") {
  ApiWorld world;
  SyncFailure failure;
  failure.kind = SyncFailure::Kind::gap;
  failure.roots = {{"alpha/runs/.codex/RUNS", at("2026-11-20T16:00:00Z")}, {"gov/runs/x", {}}};
  world.sync.result = failure;
  auto const response = world.get("/v1/status?sync=1s");
  CHECK(response.status == 504);
  CHECK(problem_of(response) == "sync-gap");
  CHECK(response.body.find(R"("roots":[{"root":"alpha/runs/.codex/RUNS",)"
                           R"("stale_since":"2026-11-20T16:00:00.000Z"},)"
                           R"({"root":"gov/runs/x","stale_since":null}])") != std::string::npos);
  world.access.hidden = {"/srv/git/gov"};
  CHECK(world.get("/v1/status?sync=1s", world.viewer).body.find("gov/runs") == std::string::npos);
  ApiWorld without(false);
  CHECK(problem_of(without.get("/v1/status?sync=1s")) == "sync-unavailable");
}
