#include "tests/agent/api_world.h"

using namespace govseal;
using namespace govseal::api_test;

namespace {

template <typename Wanted>
Wanted const& only_command(ApiWorld const& world) {
  REQUIRE(world.commands.submitted.size() == 1);
  REQUIRE(std::holds_alternative<Wanted>(world.commands.submitted[0].second));
  return std::get<Wanted>(world.commands.submitted[0].second);
}

/// Sends a POST that is answered when its job is done.
AwaitJob start(ApiWorld& world, ApiRequest const& request) {
  auto const reply = world.api().handle(request, world.root);
  REQUIRE(std::holds_alternative<AwaitJob>(reply));
  return std::get<AwaitJob>(reply);
}

ApiResponse finish(ApiWorld& world, ApiRequest const& request, AwaitJob const& wait) {
  auto const reply = world.api().after_wait(request, world.root, wait);
  REQUIRE(std::holds_alternative<ApiResponse>(reply));
  return std::get<ApiResponse>(reply);
}

}  // namespace

TEST_CASE("a scan becomes a job with a place to follow it") {
  ApiWorld world;
  auto const response = world.post("/v1/scan", R"({"repository":"alpha"})");
  CHECK(response.status == 202);
  CHECK(header_of(response, "Location") == "/v1/jobs/j-1");
  CHECK(response.body ==
        R"({"id":"j-1","verb":"scan","state":"queued","created_at":"2026-01-01T00:00:00.000Z",)"
        R"("started_at":null,"finished_at":null,"by":{"uid":0,"pid":5001,"role":"operator"},)"
        R"("request":{"repository":"alpha"},"progress":null,"result":null,"problem":null})"
        "\n");
  CHECK(only_command<ScanCommand>(world).repository == "alpha");
}

TEST_CASE("without a body a POST means everything, where nothing is required") {
  ApiWorld world;
  CHECK(world.send(world.request("POST", "/v1/scan"), world.root).status == 202);
  auto const response = world.send(world.request("POST", "/v1/findings/x/acknowledge"), world.root);
  CHECK(problem_of(response) == "invalid-field");
}

TEST_CASE("verify takes a repository, a run in it and a basis") {
  ApiWorld world;
  auto const response =
      world.post("/v1/verify", R"({"repository":"alpha","run":"2026-08-08__120000__demo"})");
  CHECK(response.status == 202);
  auto const& command = only_command<VerifyCommand>(world);
  CHECK(command.run == kDemo);
  CHECK(command.basis == VerifyBasis::full_hash);
  CHECK(response.body.find(R"("basis":"full-hash"})") != std::string::npos);
  CHECK(problem_of(world.post("/v1/verify", R"({"run":"x"})")) == "invalid-field");
  CHECK(problem_of(world.post("/v1/verify", R"({"repository":"alpha","run":"new"})")) ==
        "ambiguous-run");
  CHECK(problem_of(world.post("/v1/verify", R"({"basis":"quick"})")) == "invalid-field");
  CHECK(world.post("/v1/verify", R"({"basis":"stat"})").status == 202);
}

TEST_CASE("seal takes a path or repository and run, also for a folder too new to be known") {
  ApiWorld world;
  CHECK(world.post("/v1/seal", R"({"path":"/srv/git/alpha/.codex/RUNS/../RUNS/fresh/"})").status ==
        202);
  CHECK(only_command<SealCommand>(world).run == ".codex/RUNS/fresh");
  CHECK_FALSE(only_command<SealCommand>(world).write_envelope);
  CHECK(world.post("/v1/seal", R"({"repository":"gov","run":"g1","write_envelope":true})").status ==
        202);
  CHECK(std::get<SealCommand>(world.commands.submitted[1].second).write_envelope);
  CHECK(problem_of(world.post("/v1/seal", R"({"path":"/srv/git/alpha/src/x"})")) == "no-such-run");
  CHECK(problem_of(world.post("/v1/seal", R"({"path":"/elsewhere"})")) == "no-such-repository");
  CHECK(problem_of(world.post("/v1/seal", R"({"path":"x"})")) == "invalid-field");
  CHECK(problem_of(world.post("/v1/seal", R"({"repository":"gov"})")) == "invalid-field");
  CHECK(problem_of(world.post("/v1/seal", R"({"path":"/a","run":"b"})")) == "invalid-field");
  CHECK(problem_of(world.post("/v1/seal", "{}")) == "invalid-field");
}

TEST_CASE("what the agent refuses at once is told, and the job has failed") {
  ApiWorld world;
  world.commands.refuse = refused("run.unlisted", "the folder is not complete");
  auto const response = world.post("/v1/seal", R"({"repository":"gov","run":"g1"})");
  CHECK(response.status == 409);
  CHECK(problem_of(response) == "refused");
  CHECK(*json_of(response).find_string("code") == "run.unlisted");
  CHECK(*json_of(world.get("/v1/jobs/j-1")).find_string("state") == "failed");
  CHECK(world.jobs.unfinished() == 0);
}

TEST_CASE("too many unfinished jobs of one user are 429") {
  ApiWorld world;
  for (int i = 0; i < 16; ++i) CHECK(world.post("/v1/scan", "{}").status == 202);
  auto const response = world.post("/v1/scan", "{}");
  CHECK(problem_of(response) == "too-many-jobs");
  CHECK(header_of(response, "Retry-After") == "1");
  CHECK(json_of(response).find_int("retry_after_s") == 1);
  CHECK(world.send(world.post_request("/v1/scan", "{}"), peer(7, Role::op)).status == 202);
}

TEST_CASE("a body has to be one JSON object without duplicate keys") {
  ApiWorld world;
  for (auto const* body : {"", "{", "[]", "null", "{}{}", R"({"root":"a","root":"b"})", "{\"a\":}",
                           "\xEF\xBB\xBF{}", "{\"root\":\"\xff\"}"}) {
    CAPTURE(body);
    auto const response = world.post("/v1/scan", body);
    CHECK(response.status == 400);
    CHECK(problem_of(response) == "malformed-body");
    CHECK(json_of(response).find_int("offset").has_value());
  }
  auto request = world.post_request("/v1/scan", "{}");
  request.headers[0].second = "text/plain";
  CHECK(problem_of(world.send(request, world.root)) == "unsupported-media-type");
  request.headers[0].second = "Application/JSON; charset=utf-8";
  CHECK(world.send(request, world.root).status == 202);
  request.headers.clear();
  CHECK(problem_of(world.send(request, world.root)) == "unsupported-media-type");
}

TEST_CASE("all wrong fields are named at once") {
  ApiWorld world;
  auto const response =
      world.post("/v1/seal", R"({"repositry":"alpha","run":5,"write_envelope":"yes","path":""})");
  CHECK(response.status == 422);
  CHECK(problem_of(response) == "invalid-field");
  auto const body = json_of(response);
  auto const& errors = *body.find("errors")->as_array();
  REQUIRE(errors.size() == 4);
  CHECK(*errors[0].find_string("field") == "repositry");
  CHECK(errors[0].find_string("message")->find("\"repository\"") != std::string::npos);
  CHECK(*errors[1].find_string("field") == "path");
  CHECK(*errors[2].find_string("field") == "run");
  CHECK(*errors[3].find_string("field") == "write_envelope");
  std::string const long_reason(501, 'x');
  CHECK(problem_of(world.post("/v1/findings/x/acknowledge",
                              R"({"reason":")" + long_reason + R"("})")) == "invalid-field");
}

TEST_CASE("an acknowledgement is answered with the finding, once it is acknowledged") {
  ApiWorld world;
  auto repository = alpha();
  Finding finding = violation("GS-1", kDemo, "alpha.txt");
  repository.findings = {std::make_shared<Finding const>(finding)};
  world.set({repository});
  world.publish();
  CHECK(problem_of(world.post("/v1/findings/GS-2/acknowledge", R"({"reason":"r"})")) ==
        "no-such-finding");
  auto const request = world.post_request("/v1/findings/GS-1/acknowledge", R"({"reason":"known"})");
  AwaitJob const wait = start(world, request);
  CHECK(wait.until_finished);
  CHECK(only_command<AcknowledgeCommand>(world).reason == "known");
  CHECK(problem_of(finish(world, request, wait)) == "timeout");
  finding.state = FindingState::acknowledged;
  By const operator_peer{0, 5001, "operator"};
  finding.acknowledged.emplace(Acknowledgement{"known", operator_peer, world.clock.now().wall});
  repository.findings = {std::make_shared<Finding const>(finding)};
  world.set({repository});
  world.publish();
  world.jobs.finish(wait.id, "", world.clock.now());
  auto const response = finish(world, request, wait);
  CHECK(response.status == 200);
  CHECK(*json_of(response).find_string("state") == "acknowledged");
  CHECK(response.body.find(R"("acknowledged":{"reason":"known","uid":0,"pid":5001,)"
                           R"("role":"operator","time":"2026-01-01T00:00:00.000Z"})") !=
        std::string::npos);
}

TEST_CASE("a reload answers with its outcome") {
  ApiWorld world;
  auto const request = world.post_request("/v1/reload", "{}");
  AwaitJob const good = start(world, request);
  world.jobs.finish(good.id, R"({"changed":[]})", world.clock.now());
  CHECK(finish(world, request, good).body == "{\"changed\":[]}\n");
  world.commands.submitted.clear();
  AwaitJob const bad = start(world, request);
  world.jobs.fail(bad.id, {"bad-configuration", "two problems", {{"errors", "[]"}}},
                  world.clock.now());
  auto const response = finish(world, request, bad);
  CHECK(response.status == 422);
  CHECK(problem_of(response) == "bad-configuration");
}

TEST_CASE("the same key gives the first answer again, another body is a conflict") {
  ApiWorld world;
  auto request = world.post_request("/v1/scan", R"({"repository":"alpha"})");
  request.headers.emplace_back("idempotency-key", "key 1");
  auto const first = world.send(request, world.root);
  CHECK(header_of(first, "Idempotency-Replayed").empty());
  auto const again = world.send(request, world.root);
  CHECK(again.body == first.body);
  CHECK(again.status == 202);
  CHECK(header_of(again, "Idempotency-Replayed") == "true");
  CHECK(world.commands.submitted.size() == 1);
  auto other = request;
  other.body = "{}";
  CHECK(problem_of(world.send(other, world.root)) == "idempotency-conflict");
  other = request;
  other.target = "/v1/verify";
  CHECK(problem_of(world.send(other, world.root)) == "idempotency-conflict");
  CHECK(world.send(request, peer(7, Role::op)).status == 202);
  CHECK(world.commands.submitted.size() == 2);
  world.clock.advance(std::chrono::seconds(86401));
  CHECK(header_of(world.send(request, world.root), "Idempotency-Replayed").empty());
}

TEST_CASE("a key that came before the job was done waits for the same job") {
  ApiWorld world;
  auto request = world.post_request("/v1/reload", "{}");
  request.headers.emplace_back("idempotency-key", "k");
  AwaitJob const first = start(world, request);
  AwaitJob const second = start(world, request);
  CHECK(second.id == first.id);
  CHECK(second.replayed);
  world.jobs.finish(first.id, "", world.clock.now());
  CHECK(header_of(finish(world, request, first), "Idempotency-Replayed").empty());
  CHECK(header_of(finish(world, request, second), "Idempotency-Replayed") == "true");
  auto const third = world.send(request, world.root);
  CHECK(header_of(third, "Idempotency-Replayed") == "true");
  CHECK(third.body == "{}\n");
}

TEST_CASE("a request that was refused before it had an effect may use its key again") {
  ApiWorld world;
  auto request = world.post_request("/v1/scan", R"({"root":"nowhere"})");
  request.headers.emplace_back("idempotency-key", "k");
  CHECK(problem_of(world.send(request, world.root)) == "invalid-field");
  request.body = "{}";
  CHECK(world.send(request, world.root).status == 202);
  for (auto const& key :
       {std::string(), std::string(65, 'k'), std::string("a\x01"), std::string("\xc3\xa9")}) {
    CAPTURE(key);
    auto bad = world.post_request("/v1/scan", "{}");
    bad.headers.emplace_back("idempotency-key", key);
    CHECK(problem_of(world.send(bad, world.root)) == "bad-request");
  }
}

TEST_CASE("a viewer sees its own jobs, an operator all, newest first") {
  ApiWorld world;
  CHECK(world.post("/v1/scan", "{}").status == 202);
  By by;
  by.uid = 1000;
  REQUIRE(world.jobs.create("verify", "{}", by, world.clock.now()));
  CHECK(items_of(world.get("/v1/jobs"), "id") == Texts{"j-2", "j-1"});
  CHECK(items_of(world.get("/v1/jobs", world.viewer), "id") == Texts{"j-2"});
  CHECK(world.get("/v1/jobs/j-1").status == 200);
  CHECK(problem_of(world.get("/v1/jobs/j-1", world.viewer)) == "no-such-job");
  for (auto const* id : {"j-3", "j-", "j-01", "1", "j-1x", "j-99999999999999999999"}) {
    CAPTURE(id);
    CHECK(problem_of(world.get(std::string("/v1/jobs/") + id)) == "no-such-job");
  }
}

TEST_CASE("jobs about what a peer may not see are hidden, results about everything too") {
  ApiWorld world;
  CHECK(world.post("/v1/verify", R"({"repository":"gov"})").status == 202);
  CHECK(world.post("/v1/verify", "{}").status == 202);
  world.jobs.finish("j-2", R"({"secret":"gov"})", world.clock.now());
  world.access.hidden = {"/srv/git/gov"};
  Peer const op = peer(1000, Role::op);
  CHECK(problem_of(world.get("/v1/jobs/j-1", op)) == "no-such-job");
  CHECK(items_of(world.get("/v1/jobs", op), "id") == Texts{"j-2"});
  CHECK(world.get("/v1/jobs/j-2", op).body.find("secret") == std::string::npos);
  CHECK(world.get("/v1/jobs/j-2").body.find("secret") != std::string::npos);
}

TEST_CASE("waiting for a job is for its next version, and not for a finished one") {
  ApiWorld world;
  CHECK(world.post("/v1/scan", "{}").status == 202);
  auto const request = world.request("GET", "/v1/jobs/j-1?wait=10s");
  auto const reply = world.api().handle(request, world.root);
  REQUIRE(std::holds_alternative<AwaitJob>(reply));
  auto const& wait = std::get<AwaitJob>(reply);
  CHECK(wait.timeout == std::chrono::seconds(10));
  CHECK_FALSE(wait.until_finished);
  CHECK(wait.version == world.jobs.find("j-1")->version);
  CHECK(*json_of(finish(world, request, wait)).find_string("state") == "queued");
  world.jobs.finish("j-1", "{}", world.clock.now());
  CHECK(*json_of(world.send(request, world.root)).find_string("state") == "done");
  CHECK(problem_of(world.get("/v1/jobs/j-1?wait=61s")) == "bad-request");
}

TEST_CASE("progress tells rate and time left, and only whole percents are changes") {
  ApiWorld world;
  std::vector<std::string> changes;
  auto const listener =
      world.jobs.on_change([&changes](std::string const& id) { changes.push_back(id); });
  By by;
  auto const id = *world.jobs.create("verify", "{}", by, world.clock.now());
  world.jobs.start(id, world.clock.now());
  world.clock.advance(std::chrono::seconds(2));
  world.jobs.report_progress(id, {120000, 400000, 1000, 4000}, world.clock.now());
  world.jobs.report_progress(id, {120001, 400000, 1001, 4000}, world.clock.now());
  CHECK(changes == Texts{id, id});
  CHECK(world.get("/v1/jobs/" + id)
            .body.find(R"("progress":{"files_done":120001,"files_total":400000,"bytes_done":1001,)"
                       R"("bytes_total":4000,"bytes_per_s":500,"eta_s":6})") != std::string::npos);
  world.jobs.remove_listener(listener);
  world.jobs.fail(id, refused("x.y", "z"), world.clock.now());
  world.jobs.finish(id, "{}", world.clock.now());
  CHECK(changes.size() == 2);
  CHECK(world.jobs.find(id)->state == JobState::failed);
}

TEST_CASE("finished jobs are forgotten by number and age, unfinished ones never") {
  ManualClock clock;
  JobLimits limits;
  limits.jobs_max = 2;
  limits.keep = std::chrono::seconds(60);
  JobTable jobs(limits);
  By by;
  for (int i = 0; i < 4; ++i) {
    auto const id = *jobs.create("scan", "{}", by, clock.now());
    if (i > 0) jobs.finish(id, "{}", clock.now());
  }
  jobs.expire(clock.now());
  CHECK(jobs.find("j-1"));
  CHECK_FALSE(jobs.find("j-2"));
  CHECK(jobs.find("j-3"));
  clock.advance(std::chrono::seconds(61));
  jobs.expire(clock.now());
  CHECK(jobs.list().size() == 1);
  jobs.finish("j-3", "{}", clock.now());
}
