#include "tests/agent/api_world.h"

using namespace govseal;
using namespace govseal::api_test;

TEST_CASE("health is ok, or one token a line with 503, for anyone") {
  ApiWorld world;
  auto response = world.get("/healthz", world.stranger);
  CHECK(response.status == 200);
  CHECK(response.body == "ok\n");
  CHECK(header_of(response, "Content-Type") == "text/plain; charset=utf-8");
  world.snapshot.ledger.writable = false;
  world.snapshot.loop_stalled = true;
  world.snapshot.phase = AgentPhase::stopping;
  world.publish();
  response = world.get("/healthz", world.stranger);
  CHECK(response.status == 503);
  CHECK(response.body == "ledger-not-writable\nloop-stalled\nstopping\n");
  world.unpublish();
  CHECK(world.get("/healthz", world.stranger).body == "starting\n");
}

TEST_CASE("the version names product, API and libraries, for anyone") {
  ApiWorld world;
  auto const body = json_of(world.get("/v1/version", world.stranger));
  CHECK(*body.find_string("product") == "govseal");
  CHECK(*body.find_string("version") == "1.0.0");
  CHECK(body.find("api")->find_int("major") == 1);
  CHECK(*body.find("build")->find_string("commit") == "9c1e");
  CHECK(*body.find("build")->find("libraries")->find_string("boost") == "1.81");
  CHECK(body.find("build")->find("libraries")->find_string("simdjson")->find('.') == 1);
}

TEST_CASE("status has the keys of the specification in their order") {
  ApiWorld world;
  world.set({alpha()});
  world.publish();
  auto const response = world.get("/v1/status");
  CHECK(response.body ==
        R"({"state":"clean","as_of":"2026-11-20T16:09:00.120Z","filtered":false,)"
        R"("agent":{"pid":812,"uid":997,"started_at":"2026-11-20T08:00:01.004Z","boot_id":"5e1b",)"
        R"("attribution":"off","helper":"absent","configuration":{"sha256":)"
        R"("0000000000000000000000000000000000000000000000000000000000000000",)"
        R"("loaded_at":"2026-11-20T08:00:01.010Z","differs_on_disk":false,"last_error":null}},)"
        R"("ledger":{"origin":"govseal/host1","size":4,"root":)"
        R"("0000000000000000000000000000000000000000000000000000000000000000",)"
        R"("checkpoint_at":null,"anchored_size":null,"anchored_at":null,"flags":[]},)"
        R"("repositories":{"total":1,"readable":1,"unreadable":0},)"
        R"("runs":{"VALID":3,"EOL_NORMALIZED":0,"INVALID":0,"LEGACY":0,"INCOMPLETE":0,)"
        R"("UNSEALED":0,"OPEN":1,"ABANDONED":0,"unknown":0},)"
        R"("findings":{"critical":0,"high":0,"medium":0,"low":0,"acknowledged":0,"waived":0},)"
        R"("undispatched":{"commits":0,"plans":0},)"
        R"("coverage":{"live":2,"scanned":0,"gap":0,"roots":[)"
        R"({"root":"alpha/runs/.codex/RUNS","state":"live","since":"2026-11-20T08:00:02.000Z",)"
        R"("rung":"A","best_rung":"A","reason":null,"lost":[],"synchronised_at":null},)"
        R"({"root":"alpha/runs/reports/runs","state":"live","since":"2026-11-20T08:00:02.000Z",)"
        R"("rung":"A","best_rung":"A","reason":null,"lost":[],"synchronised_at":null}]},)"
        R"("verification":{"oldest_full_hash":"2026-11-14T02:11:00.000Z",)"
        R"("scrub":{"state":"idle","percent":null}},)"
        R"("queue":{"hints":0,"jobs":0,"ring_percent":0},)"
        R"("report":{"last_written_at":null,"last_checked_at":null}})"
        "\n");
}

TEST_CASE("the state is the worst of what is open, and acknowledged findings do not count") {
  ApiWorld world;
  auto const state = [&world](RepositorySnapshot repository) {
    world.set({std::move(repository)});
    world.publish();
    return *json_of(world.get("/v1/status")).find_string("state");
  };
  auto const with = [](auto change) {
    Finding finding = violation("GS-1", kDemo, "alpha.txt");
    change(finding);
    RepositorySnapshot repository = alpha();
    repository.findings = {std::make_shared<Finding const>(std::move(finding))};
    return repository;
  };
  CHECK(state(alpha()) == "clean");
  CHECK(state(with([](Finding&) {})) == "critical");
  CHECK(state(with([](Finding& f) { f.severity = Severity::medium; })) == "findings");
  CHECK(state(with([](Finding& f) { f.severity = Severity::low; })) == "clean");
  CHECK(state(with([](Finding& f) { f.state = FindingState::acknowledged; })) == "clean");
  CHECK(state(with([](Finding& f) { f.state = FindingState::closed; })) == "clean");
  CHECK(state(with([](Finding& f) { f.waiver = "w1"; })) == "clean");
  CHECK(state(with([](Finding& f) {
          f.kind = "coverage.blind";
          f.severity = Severity::high;
        })) == "blind");
  auto in_gap = alpha();
  in_gap.roots[1].state = "gap";
  CHECK(state(in_gap) == "blind");
  CHECK(json_of(world.get("/v1/status"))
            .find("coverage")
            ->find("roots")
            ->as_array()
            ->at(0)
            .find_string("root")
            ->ends_with("reports/runs"));
  auto unknown = alpha();
  RunView run = sealed_run(".codex/RUNS/u");
  run.verdict.reset();
  run.error = "cannot be read";
  unknown.runs.push_back(std::make_shared<RunView const>(run));
  CHECK(state(unknown) == "blind");
  world.snapshot.ledger.flags = {"conflict"};
  CHECK(state(alpha()) == "findings");
}

TEST_CASE("a repository is shown with its roots and counts") {
  ApiWorld world;
  auto const response = world.get("/v1/repositories/gov");
  CHECK(response.body ==
        R"({"id":"gov","path":"/srv/git/gov","branch":null,"reader":"plumbing",)"
        R"("object_format":"sha1","reference_format":"files","readable":true,)"
        R"("unreadable_reason":null,"head":null,"audited_tip":null,"audited_at":null,)"
        R"("source":"configured","roots":[{"root":"gov/runs/.codex/RUNS","kind":"runs","rung":"A",)"
        R"("state":"live","writable":true,"lease":true}],"runs":{"VALID":1},)"
        R"("findings":{"critical":0,"high":0,"medium":0,"low":0},"undispatched":2})"
        "\n");
  CHECK(items_of(world.get("/v1/repositories"), "id") == Texts{"alpha", "gov"});
  auto const missing = world.get("/v1/repositories/alpah");
  CHECK(problem_of(missing) == "no-such-repository");
  CHECK(*json_of(missing).find_string("nearest") == "alpha");
}

TEST_CASE("coverage shows the intervals that touch the period asked for") {
  ApiWorld world;
  auto const all = world.get("/v1/repositories/gov/coverage");
  CHECK(all.body.starts_with(
      R"({"repository":"gov","roots":[{"root":"gov/runs/.codex/RUNS","rung":"A","best_rung":"A",)"
      R"("reason":null,"lost":[],"epoch":7,"verified":{"hashed_at":null,)"));
  CHECK(all.body.find(R"({"state":"scanned","from":"2026-11-20T10:02:11.000Z",)"
                      R"("to":"2026-11-20T10:02:14.000Z","cause":"kernel-overflow",)"
                      R"("closed_by":"stat","ledger":{"gap":17211,"closed":17214}})") !=
        std::string::npos);
  auto const late = world.get("/v1/repositories/gov/coverage?from=2026-11-20T10:02:12Z");
  auto const roots = json_of(late);
  CHECK(roots.find("roots")->as_array()->at(0).find("intervals")->as_array()->size() == 2);
  auto const one = world.get("/v1/repositories/alpha/coverage?root=reports/runs");
  CHECK(json_of(one).find("roots")->as_array()->size() == 1);
  CHECK(problem_of(world.get("/v1/repositories/alpha/coverage?root=x")) == "bad-request");
}

TEST_CASE("a run is shown in full, and found by path or by a unique name") {
  ApiWorld world;
  auto const response = world.get("/v1/runs/alpha/.codex%2FRUNS%2F2026-08-08__120000__demo");
  CHECK(response.body ==
        R"({"repository":"alpha","run":".codex/RUNS/2026-08-08__120000__demo",)"
        R"("run_root":".codex/RUNS","verdict":"VALID","codes":[],"warnings":[],)"
        R"("style":"contract","dialect":"envelope","variant":"A","root":")" +
            digest_of(std::string("root of ") + kDemo).hex() + R"(","manifest_sha256":")" +
            digest_of("manifest").hex() + R"(","hashfile_sha256":")" + digest_of("hashfile").hex() +
            R"(","files":5,"bytes":912,"origin":"sealed","sealed_at":"2026-08-08T12:00:07.310Z",)"
            R"("enforce":"none","verified":{"hashed_at":"2026-11-14T02:11:00.000Z","stat_at":null,)"
            R"("basis":"event","verified_at":"2026-11-20T16:00:00.000Z","covered":true},)"
            R"("settling":null,"ledger":{"index":1,"record_sha256":")" +
            digest_of("record").hex() +
            R"("},"git":null,"violations":[],"history":[{"index":1,"type":"seal.created",)"
            R"("time":"2026-08-08T12:00:07.310Z"}],"waiver":null})"
            "\n");
  CHECK(world.get("/v1/runs/alpha/2026-08-08__120000__demo").body == response.body);
  auto const open = json_of(world.get("/v1/runs/alpha/.codex%2FRUNS%2Fnew"));
  CHECK(open.find("settling")->find_int("needs_ms") == 5000);
  CHECK(*open.find("settling")->find_string("reason") == "run.writer_open");
}

TEST_CASE("a run name that two folders have is ambiguous, an unknown one has a neighbour") {
  ApiWorld world;
  auto const twice = world.get("/v1/runs/alpha/new");
  CHECK(problem_of(twice) == "ambiguous-run");
  CHECK(json_of(twice).find("candidates")->as_array()->size() == 2);
  auto const unknown = world.get("/v1/runs/alpha/2026-08-08__120000__dem0");
  CHECK(problem_of(unknown) == "no-such-run");
  CHECK(*json_of(unknown).find_string("nearest") == "2026-08-08__120000__demo");
  CHECK(problem_of(world.get("/v1/runs/beta/x")) == "no-such-repository");
  CHECK(problem_of(world.get("/v1/runs/alpha/a%2F..%2Fb")) == "bad-request");
}

TEST_CASE("a path that is not UTF-8 is shown with its exact bytes in base64") {
  ApiWorld world;
  auto const body = json_of(world.get("/v1/runs/alpha/.codex%2FRUNS%2Fb%FF"));
  CHECK(*body.find_string("run") == ".codex/RUNS/b\xEF\xBF\xBD");
  CHECK(from_base64(*body.find_string("run_b64")) == ".codex/RUNS/b\xff");
}

TEST_CASE("runs are listed by repository and path, filtered and in pages") {
  ApiWorld world;
  Texts const all = {kDemo, ".codex/RUNS/b\xEF\xBF\xBD", ".codex/RUNS/new", "reports/runs/new",
                     ".codex/RUNS/g1"};
  CHECK(items_of(world.get("/v1/runs"), "run") == all);
  CHECK(items_of(world.get("/v1/runs?repository=gov"), "run") == Texts{".codex/RUNS/g1"});
  CHECK(items_of(world.get("/v1/runs?verdict=OPEN"), "run") == Texts{".codex/RUNS/new"});
  CHECK(items_of(world.get("/v1/runs?root=.codex/RUNS&repository=alpha"), "run").size() == 3);
  CHECK(items_of(world.get("/v1/runs?root=gov/runs/.codex/RUNS"), "run").size() == 1);
  CHECK(items_of(world.get("/v1/runs?since=2026-08-09T00:00:00Z"), "run").empty());
  CHECK(json_of(world.get("/v1/runs")).find("items")->as_array()->at(0).find("files") == nullptr);
  Texts seen;
  std::string target = "/v1/runs?limit=2";
  for (int page = 0; page < 4; ++page) {
    auto const response = world.get(target);
    for (auto const& run : items_of(response, "run")) seen.push_back(run);
    auto const body = json_of(response);
    auto const* cursor = body.find_string("next_cursor");
    if (!cursor) break;
    target = "/v1/runs?limit=2&cursor=" + *cursor;
  }
  CHECK(seen == all);
}

TEST_CASE("the newest seals come first when asked, what is not sealed last") {
  ApiWorld world;
  auto repository = alpha();
  RunView newest = sealed_run(".codex/RUNS/zz");
  newest.sealed_at = at("2026-10-01T00:00:00Z");
  repository.runs.push_back(std::make_shared<RunView const>(newest));
  world.set({std::move(repository)});
  world.publish();
  auto const runs = items_of(world.get("/v1/runs?order=-sealed_at"), "run");
  CHECK(runs.front() == ".codex/RUNS/zz");
  CHECK(runs.back() == ".codex/RUNS/new");
  auto const first = json_of(world.get("/v1/runs?order=-sealed_at&limit=1"));
  std::string const cursor = *first.find_string("next_cursor");
  CHECK(items_of(world.get("/v1/runs?order=-sealed_at&limit=1&cursor=" + cursor), "run").at(0) ==
        kDemo);
  CHECK(problem_of(world.get("/v1/runs?cursor=" + cursor)) == "bad-cursor");
}

TEST_CASE("the bound manifest is given out byte for byte with its hash as tag") {
  ApiWorld world;
  std::string const target = "/v1/runs/alpha/2026-08-08__120000__demo/manifest";
  world.commands.files["alpha/" + std::string(kDemo) + "/m"] = "{ \"a\" : 1 }\n";
  world.commands.files["alpha/" + std::string(kDemo) + "/h"] = "00  a\n";
  auto const manifest = world.get(target);
  CHECK(manifest.body == "{ \"a\" : 1 }\n");
  CHECK(header_of(manifest, "ETag") == '"' + sha256("{ \"a\" : 1 }\n").hex() + '"');
  auto text = world.request("GET", target);
  text.headers.emplace_back("accept", "text/plain");
  CHECK(world.send(text, world.root).body == "00  a\n");
  auto again = world.request("GET", target);
  again.headers.emplace_back("if-none-match", header_of(manifest, "ETag"));
  CHECK(world.send(again, world.root).status == 304);
  CHECK(problem_of(world.get("/v1/runs/alpha/reports%2Fruns%2Fnew/manifest")) == "no-such-run");
  CHECK(problem_of(world.get("/v1/runs/alpha/.codex%2FRUNS%2Fnew/manifest")) == "no-such-run");
}

TEST_CASE("the proof of a binding verifies against the checkpoint in it") {
  ApiWorld world;
  auto const response = world.get("/v1/runs/alpha/2026-08-08__120000__demo/proof");
  REQUIRE(response.status == 200);
  CHECK(response.body.starts_with("c2sp.org/tlog-proof@v1\nindex 1\n"));
  auto const proof = world.ledger.inclusion_proof(1, 4);
  CHECK(verify_inclusion(leaf_hash(world.ledger.all[1]), 1, world.ledger.head(4), proof));
  CHECK(response.body.find(to_base64(proof[0].span())) != std::string::npos);
  CHECK(response.body.ends_with(world.ledger.checkpoint()));
}

TEST_CASE("findings have the object of the specification and are sorted by severity, then age") {
  ApiWorld world;
  auto repository = alpha();
  Finding low = violation("GS-low", kDemo, "x");
  low.severity = Severity::low;
  Finding newer = violation("GS-newer", kDemo, "b.txt");
  newer.opened_at += std::chrono::seconds(1);
  Finding done = violation("GS-done", kDemo, "c.txt");
  done.state = FindingState::closed;
  Finding noted = violation("GS-noted", kDemo, "d.txt");
  noted.state = FindingState::acknowledged;
  noted.severity = Severity::medium;
  for (auto const& finding : {low, newer, done, noted, violation("GS-old", kDemo, "alpha.txt")}) {
    repository.findings.push_back(std::make_shared<Finding const>(finding));
  }
  world.set({std::move(repository)});
  Finding damaged;
  damaged.id = "GS-log";
  damaged.kind = "log.damaged";
  damaged.severity = Severity::high;
  damaged.subject.type = SubjectType::ledger;
  world.snapshot.findings = {std::make_shared<Finding const>(damaged)};
  world.publish();
  CHECK(items_of(world.get("/v1/findings"), "id") ==
        Texts{"GS-old", "GS-newer", "GS-log", "GS-noted", "GS-low"});
  CHECK(items_of(world.get("/v1/findings?state=closed"), "id") == Texts{"GS-done"});
  CHECK(items_of(world.get("/v1/findings?state=all"), "id").size() == 6);
  CHECK(items_of(world.get("/v1/findings?kind=log.damaged"), "id") == Texts{"GS-log"});
  CHECK(items_of(world.get("/v1/findings?severity=low"), "id") == Texts{"GS-low"});
  CHECK(items_of(world.get("/v1/findings?repository=alpha"), "id").size() == 4);
  CHECK(items_of(world.get("/v1/findings?since=2026-11-20T10:11:13Z"), "id").size() == 1);
  CHECK(world.get("/v1/findings/GS-old").body ==
        R"({"id":"GS-old","kind":"sealed_write","severity":"critical","state":"open",)"
        R"("repository":"alpha","subject":{"type":"run",)"
        R"("run":".codex/RUNS/2026-08-08__120000__demo","path":"alpha.txt"},)"
        R"("title":"sealed file changed","effect":"content","codes":["content.hash"],)"
        R"("expected":{"sha256":")" +
            digest_of("old").hex() + R"(","bytes":6},"found":{"sha256":")" +
            digest_of("new").hex() +
            R"(","bytes":9},"actor":{"pid":4711,"exe":null,"uid":1000,"comm":"sh","gid":null,)"
            R"("loginuid":null,"start_ticks":null,"cgroup":null,"confidence":"live",)"
            R"("operation":"write","observed_at":"2026-11-20T10:11:12.131Z","unreadable":["exe"]},)"
            R"("candidates":[],"waiver":null,"opened_at":"2026-11-20T10:11:12.131Z",)"
            R"("closed_at":null,"acknowledged":null,"first_seen":"2026-11-20T10:11:12.131Z",)"
            R"("last_seen":"2026-11-20T10:11:12.131Z","evidence":[{"type":"ledger","index":2},)"
            R"({"type":"seal","index":1}],"runbook":"sealed_write",)"
            R"("next":"Compare with git and the backup; do not repair in place."})"
            "\n");
  auto const unknown = world.get("/v1/findings/GS-od");
  CHECK(problem_of(unknown) == "no-such-finding");
  CHECK(*json_of(unknown).find_string("nearest") == "GS-old");
}

TEST_CASE("undispatched commits come oldest first, then plans, with what was audited") {
  ApiWorld world;
  CHECK(world.get("/v1/commits/undispatched").body ==
        R"({"audited":[{"repository":"gov","branch":"refs/heads/main","tip":"9631c0a0",)"
        R"("audited_tip":"9631c0a0","complete":true}],"total":3,"items":[)"
        R"({"repository":"gov","type":"event","commit":"11111111",)"
        R"("committed_utc":"2026-01-04T08:22:15Z","arrived_utc":null,"merge":true,)"
        R"("subject":"Canon: x","lists":["runbook","workflow"],)"
        R"("paths":["governance/canon/X.md"],"paths_total":3,"priority":"HIGH",)"
        R"("workflow":"fires","state":"undispatched","records":[],)"
        R"("finding_id":"LD-aa720150492d76f8"},)"
        R"({"repository":"gov","type":"event","commit":"48c98b89",)"
        R"("committed_utc":"2026-03-04T08:22:15Z","arrived_utc":null,"merge":true,)"
        R"("subject":"Canon: x","lists":["runbook","workflow"],)"
        R"("paths":["governance/canon/X.md"],"paths_total":3,"priority":"MEDIUM",)"
        R"("workflow":"fires","state":"undispatched","records":[],)"
        R"("finding_id":"LD-aa720150492d76f8"},)"
        R"({"repository":"gov","type":"plan","path":"governance/ripple/P.md","family":"ripple",)"
        R"("status":"pending","owner":"9f00","records":[],"state":"undispatched",)"
        R"("finding_id":"LD-0000000000000001"}],"next_cursor":null})"
        "\n");
  CHECK(items_of(world.get("/v1/commits/undispatched?extra=1"), "type").size() == 4);
  CHECK(items_of(world.get("/v1/commits/undispatched?state=all"), "state") ==
        Texts{"undispatched", "undispatched", "pending", "undispatched"});
  CHECK(items_of(world.get("/v1/commits/undispatched?priority=HIGH"), "commit") ==
        Texts{"11111111"});
  CHECK(items_of(world.get("/v1/commits/undispatched?repository=alpha"), "type").empty());
}

TEST_CASE("the drift report comes in the form asked for") {
  ApiWorld world;
  auto response = world.get("/v1/reports/drift");
  CHECK(response.body == "{\"schema\":\"govseal.drift-report\"}\n");
  CHECK(header_of(response, "ETag") == "\"4-4\"");
  response = world.get("/v1/reports/drift?format=html&repository=gov&since=2");
  CHECK(header_of(response, "Content-Type") == "text/html; charset=utf-8");
  CHECK(world.commands.drift->format == ReportFormat::html);
  CHECK(world.commands.drift->repository == "gov");
  CHECK(world.commands.drift->since == 2);
  CHECK(world.commands.drift->visible == Texts{"alpha", "gov"});
  auto markdown = world.request("GET", "/v1/reports/drift");
  markdown.headers.emplace_back("accept", "text/markdown");
  CHECK(header_of(world.send(markdown, world.root), "Content-Type") ==
        "text/markdown; charset=utf-8");
  CHECK(problem_of(world.get("/v1/reports/drift?format=pdf")) == "bad-request");
}
