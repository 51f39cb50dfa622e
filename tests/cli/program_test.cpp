#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <filesystem>

#include "tests/cli/cli_support.h"

// The whole program against an agent that says what the case needs.

namespace govseal {
namespace {

using namespace std::chrono_literals;

std::string const kCleanStatus =
    R"({"state":"clean","as_of":"2026-11-20T16:09:00.120Z","repositories":{"total":1}})"
    "\n";
std::string const kNoItems = R"({"items":[],"next_cursor":null})";

ProgramEnd ask(FakeAgent const& agent, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"--socket", agent.socket()});
  return run_govseal(std::move(arguments));
}

/// The warnings of a configuration depend on the host's users and groups, the errors do not.
std::size_t errors_of(std::string const& text) {
  std::size_t count = 0;
  for (auto at = text.find(": error: "); at != std::string::npos;
       at = text.find(": error: ", at + 1)) {
    ++count;
  }
  return count;
}

TEST_CASE("mistakes in the arguments are exit 64 with what was wrong and where to look") {
  std::vector<std::vector<std::string>> const mistakes = {
      {},
      {"frobnicate"},
      {"status", "--frobnicate"},
      {"status", "extra"},
      {"show"},
      {"explain"},
      {"seal"},
      {"verify"},
      {"verify", "--repo", "x", "/tmp"},
      {"ack", "GS-1"},
      {"report", "--format", "pdf"},
      {"report", "--since", "x"},
      {"status", "--color", "red"},
      {"status", "--timeout", "5"},
      {"status", "--sync", "soon"},
      {"status", "--json=compact"},
      {"config"},
      {"config", "frobnicate"},
      {"dispatch", "audit", "--repo", "a", "--path", "b"},
      {"dispatch", "audit", "--since", "a", "--all"},
      {"dispatch", "audit", "--path", "/tmp", "--grace", "x"},
      {"dispatch", "audit", "--path", "/tmp", "--now", "x"},
      {"completion", "tcsh"}};
  for (auto const& arguments : mistakes) {
    std::string shown;
    for (auto const& argument : arguments) shown += argument + " ";
    CAPTURE(shown);
    auto const end = run_govseal(arguments);
    CHECK(end.code == 64);
    CHECK(end.out.empty());
    CHECK(end.err.starts_with("govseal: "));
  }
}

TEST_CASE("verbs of other versions are named as such") {
  for (std::string const verb :
       {"audit", "anchor", "enroll", "unlock", "events", "guard", "registry", "key", "waiver"}) {
    auto const end = run_govseal({verb, "verify", "--whatever"});
    CHECK(end.code == 64);
    CHECK(end.err == "govseal: " + verb + ": this version does not have it yet\n");
  }
  auto const end = run_govseal({"dispatch", "backfill", "x"});
  CHECK(end.code == 64);
  CHECK(end.err == "govseal: dispatch backfill: this version does not have it yet\n");
}

TEST_CASE("every verb has a help with one example") {
  for (std::vector<std::string> verb : {std::vector<std::string>{"status"},
                                        {"repos"},
                                        {"runs"},
                                        {"show"},
                                        {"findings"},
                                        {"explain"},
                                        {"undispatched"},
                                        {"verify"},
                                        {"seal"},
                                        {"scan"},
                                        {"report"},
                                        {"ack"},
                                        {"dispatch"},
                                        {"dispatch", "audit"},
                                        {"config"},
                                        {"config", "check"},
                                        {"config", "show"},
                                        {"config", "reload"},
                                        {"version"},
                                        {"completion"}}) {
    std::string usage = "Usage: govseal";
    for (auto const& word : verb) usage += " " + word;
    verb.emplace_back("--help");
    auto const end = run_govseal(verb);
    CHECK(end.code == 0);
    CHECK(end.out.find(usage + " ") != std::string::npos);
    CHECK(end.out.find("Example:\n  govseal ") != std::string::npos);
    CHECK(end.err.empty());
  }
}

TEST_CASE("an agent that does not run is exit 69 with two lines") {
  TempDirectory const directory;
  auto const end = run_govseal({"status"}, {"GOVSEAL_SOCKET=" + (directory / "none.sock")});
  CHECK(end.code == 69);
  CHECK(end.out.empty());
  CHECK(end.err == "govseal: agent not running: " + (directory / "none.sock") +
                       ": No such file or directory\nstart it with: govseald\n");
}

TEST_CASE("an agent that never answers is exit 69 after the timeout") {
  FakeAgent const agent([](SeenRequest const&) { return FakeAnswer{"", FakeAnswer::Way::never}; });
  auto const end = ask(agent, {"--timeout", "200ms", "status"});
  CHECK(end.code == 69);
  CHECK(end.err.find("no answer in time") != std::string::npos);
}

TEST_CASE("an answer that is no HTTP or no JSON is exit 69") {
  FakeAgent const noise([](SeenRequest const&) { return FakeAnswer{"220 mail ready\r\n\r\n"}; });
  CHECK(ask(noise, {"status"}).code == 69);
  FakeAgent const half([](SeenRequest const&) { return json_reply("{\"state\":"); });
  CHECK(ask(half, {"status"}).code == 69);
}

TEST_CASE("--json prints the body of the API unchanged") {
  std::string const body = "{\"state\":\"clean\", \"unknown\": [1.5,\"\\u00e9\"]}\n";
  FakeAgent const agent(canned({{"/v1/status", body}}));
  auto const end = ask(agent, {"--json", "status"});
  CHECK(end.out == body);
  CHECK(end.code == 0);
  CHECK(ask(agent, {"status", "--json"}).out == body);
}

TEST_CASE("global options stand before or after the verb") {
  FakeAgent const agent(canned(
      {{"/v1/status?sync=500ms", kCleanStatus}, {"/v1/findings?limit=1000&sync=500ms", kNoItems}}));
  CHECK(run_govseal({"status", "--sync", "500ms", "--socket", agent.socket()}).code == 0);
  CHECK(run_govseal({"--socket", agent.socket(), "--sync", "500ms", "status"}).code == 0);
}

TEST_CASE("a list is fetched to its end and printed as one item a line") {
  FakeAgent const agent(canned(
      {{"/v1/findings?state=all&limit=1000",
        R"({"items":[{"id":"GS-1","state":"closed","n":1.50}],"next_cursor":"a/b"})"},
       {"/v1/findings?state=all&limit=1000&cursor=a%2Fb",
        R"({"items":[{"id":"GS-2","state":"open","kind":"k","severity":"high"}],"next_cursor":null})"}}));
  auto const end = ask(agent, {"findings", "--all", "--json"});
  CHECK(end.out ==
        "{\"id\":\"GS-1\",\"state\":\"closed\",\"n\":1.50}\n"
        "{\"id\":\"GS-2\",\"state\":\"open\",\"kind\":\"k\",\"severity\":\"high\"}\n");
  CHECK(end.code == 1);
  CHECK(agent.connections() == 1);
}

TEST_CASE("a list whose cursor does not move is not followed for ever") {
  FakeAgent const agent(
      [](SeenRequest const&) { return json_reply(R"({"items":[],"next_cursor":"same"})"); });
  CHECK(ask(agent, {"findings"}).code == 69);
}

TEST_CASE("runs is critical for a valid run with an open critical violation") {
  FakeAgent const agent(canned(
      {{"/v1/findings?limit=1000",
        R"({"items":[{"id":"GS-1","state":"open","kind":"seal_rewritten","severity":"critical",
            "repository":"alpha","subject":{"type":"run","run":"r/a"}}],"next_cursor":null})"},
       {"/v1/runs?limit=1000",
        R"({"items":[{"repository":"alpha","run":"r/a","verdict":"VALID","codes":[]}],
            "next_cursor":null})"}}));
  auto const end = ask(agent, {"runs"});
  CHECK(end.code == 2);
  CHECK(end.out.find("seal_rewritten") != std::string::npos);
}

TEST_CASE("problems become one line, a hint and the exit code") {
  struct Row {
    char const* name;
    int status;
    char const* more;
    int code;
    char const* hint;
  };
  for (Row const& row :
       {Row{"no-such-repository", 404, R"(,"nearest":"alpha")", 66, "did you mean alpha?\n"},
        Row{"not-permitted", 403, R"(,"role":"none","needs":"viewer")", 77,
            "it needs the role viewer\n"},
        Row{"starting", 503, "", 75, ""}, Row{"internal", 500, "", 70, ""},
        Row{"sync-unavailable", 504, "", 3, ""}, Row{"cannot-write", 507, "", 73, ""}}) {
    CAPTURE(row.name);
    FakeAgent const agent(
        [&](SeenRequest const&) { return problem_reply(row.name, row.status, row.more); });
    auto const end = ask(agent, {"repos", "alhpa"});
    CHECK(end.code == row.code);
    CHECK(end.err ==
          "govseal: " + std::string(row.name) + ": the detail of it\n" + std::string(row.hint));
    CHECK(end.out.empty());
  }
}

TEST_CASE("a finding may be named by a beginning that is unique") {
  std::string const list =
      R"({"items":[{"id":"GS-c0ffee0123456789"},{"id":"GS-c0ff000000000000"}],"next_cursor":null})";
  FakeAgent const agent([&](SeenRequest const& request) {
    if (request.target.starts_with("/v1/findings?")) return json_reply(list);
    if (request.target == "/v1/findings/GS-c0ffee0123456789") {
      return json_reply(R"({"id":"GS-c0ffee0123456789","state":"open","kind":"sealed_write",
        "severity":"critical"})");
    }
    return problem_reply("no-such-finding", 404);
  });
  CHECK(ask(agent, {"show", "GS-c0ffee"}).code == 2);
  auto const several = ask(agent, {"show", "GS-c0ff"});
  CHECK(several.code == 64);
  CHECK(several.err.find("GS-c0ff000000000000") != std::string::npos);
  CHECK(ask(agent, {"show", "GS-dead"}).code == 66);
}

TEST_CASE("ack sends the reason with an idempotency key") {
  FakeAgent const agent([](SeenRequest const& request) {
    if (request.method == "GET") return json_reply(R"({"id":"GS-1","state":"open"})");
    return json_reply(R"({"id":"GS-1","state":"acknowledged"})");
  });
  auto const end = ask(agent, {"ack", "GS-1", "--reason", "known \"x\""});
  CHECK(end.code == 0);
  CHECK(end.out == "GS-1 is acknowledged.\n");
  auto const post = agent.seen().at(1);
  CHECK(post.target == "/v1/findings/GS-1/acknowledge");
  CHECK(post.body == R"({"reason":"known \"x\""})");
  CHECK(post.headers.at("idempotency-key").size() == 32);
  CHECK(post.headers.at("content-type") == "application/json");
}

/// A job that is running once and then ends as `end` says.
FakeAgent::Handler job(std::string const& end) {
  return [end](SeenRequest const& request) {
    if (request.method == "POST") {
      return json_reply(R"({"id":"j-42","verb":"seal","state":"running"})", 202);
    }
    return json_reply(R"({"id":"j-42","verb":"seal",)" + end + "}");
  };
}

TEST_CASE("a seal is waited for and printed, a refusal is exit 1, a busy folder 75") {
  TempDirectory const directory;
  FakeAgent const good(job(R"("state":"done","result":{"repository":"alpha","run":"r/x",
    "outcome":"sealed","root":"ab12","log_index":9})"));
  auto end = ask(good, {"seal", directory.path()});
  CHECK(end.code == 0);
  CHECK(end.out == "sealed alpha r/x ROOT ab12 record 9\n");
  CHECK(*json_of(good.seen().at(0).body).find_string("path") == directory.path());

  std::string const refused = R"("state":"failed","problem":{"type":"urn:govseal:problem:refused",
    "status":409,"detail":"r/x was not sealed","code":")";
  FakeAgent const bad(job(refused + "run.incomplete\"}"));
  end = ask(bad, {"seal", directory.path()});
  CHECK(end.code == 1);
  CHECK(end.err == "govseal: refused: run.incomplete: r/x was not sealed\n");
  FakeAgent const busy(job(refused + "run.not_quiet\"}"));
  CHECK(ask(busy, {"seal", directory.path()}).code == 75);
  CHECK(ask(good, {"seal", directory / "none"}).code == 66);
}

TEST_CASE("--no-wait prints the id of the job and asks no more") {
  TempDirectory const directory;
  FakeAgent const agent(job(R"("state":"running")"));
  auto const end = ask(agent, {"seal", "--no-wait", directory.path()});
  CHECK(end.code == 0);
  CHECK(end.out == "j-42\n");
  CHECK(agent.seen().size() == 1);
}

TEST_CASE("SIGINT leaves the job running, names it and is exit 130") {
  TempDirectory const directory;
  FakeAgent const agent([](SeenRequest const& request) {
    if (request.method == "POST") {
      return json_reply(R"({"id":"j-42","verb":"seal","state":"running"})", 202);
    }
    if (request.target.find("wait=") != std::string::npos) {
      return FakeAnswer{"", FakeAnswer::Way::never};
    }
    return json_reply("{}");
  });
  Program program({"--socket", agent.socket(), "seal", directory.path()});
  REQUIRE(agent.wait_for_requests(2));
  program.send_signal(SIGINT);
  auto const end = program.wait();
  CHECK(end.code == 130);
  CHECK(end.err.find("j-42 goes on") != std::string::npos);
}

TEST_CASE("verify --agent goes by the items of the job") {
  FakeAgent const agent(job(R"("state":"done","result":{"compared":5,"changed":1,"items":[
    {"repository":"alpha","run":"r/x","verdict":"INVALID","codes":["content.hash"]},
    {"repository":"alpha","run":"r/y","verdict":"UNSEALED","codes":[]}]})"));
  auto const end = ask(agent, {"verify", "--agent", "--repo", "alpha"});
  CHECK(end.code == 2);
  CHECK(end.out ==
        "INVALID alpha r/x content.hash\nUNSEALED alpha r/y\n5 compared, 1 changed, 2 not VALID\n");
  CHECK(agent.seen().at(0).body == R"({"repository":"alpha"})");
}

TEST_CASE("config reload prints every error with its place") {
  FakeAgent const agent([](SeenRequest const&) {
    return problem_reply("bad-configuration", 422,
                         R"(,"errors":[{"file":"g.toml","line":14,"column":1,
                             "key":"watch.atribution","message":"unknown key",
                             "nearest":"attribution"}])");
  });
  auto const end = ask(agent, {"config", "reload"});
  CHECK(end.code == 78);
  CHECK(end.err ==
        "govseal: bad-configuration: the detail of it\n"
        "g.toml:14:1: error: watch.atribution: unknown key (did you mean \"attribution\"?)\n");
}

TEST_CASE("config check lists all mistakes on standard output") {
  TempDirectory const directory;
  auto const file = directory.write(
      "govseal.toml", "[watch]\natribution = \"live\"\nrung = 5\n[sealing]\ncycle_s = 1\n");
  REQUIRE(::chmod(file.c_str(), 0644) == 0);
  auto end = run_govseal({"config", "check", file});
  CHECK(end.code == 78);
  CHECK(end.out.find(file + ":2:1: error: watch.atribution: ") != std::string::npos);
  CHECK(end.out.find("did you mean \"attribution\"?") != std::string::npos);
  CHECK(errors_of(end.out) == 3);
  end = run_govseal({"config", "check", "--json", file});
  CHECK(end.code == 78);
  CHECK(json_of(end.out).find("errors")->as_array()->size() == 3);
  CHECK(run_govseal({"config", "check", directory / "none.toml"}).code == 78);
  end = run_govseal({"config", "show", "--default"});
  CHECK(end.code == 0);
  CHECK(end.out.find("[watch]") != std::string::npos);
}

TEST_CASE("report derives its code from the state and writes where it is told") {
  TempDirectory const directory;
  FakeAgent const agent([](SeenRequest const& request) {
    if (request.target == "/v1/reports/drift?format=json") {
      return json_reply(R"({"state":"findings"})");
    }
    CHECK(request.target == "/v1/reports/drift?format=text");
    return json_reply("the text\n", 200, "text/plain");
  });
  auto end = ask(agent, {"report"});
  CHECK(end.code == 1);
  CHECK(end.out == "the text\n");
  end = ask(agent, {"report", "--format", "json", "--out", directory / "drift.json"});
  CHECK(end.code == 1);
  CHECK(end.out.empty());
  CHECK(directory.read("drift.json") == R"({"state":"findings"})");
  CHECK(ask(agent, {"report", "--out", directory / "none/x"}).code == 73);
}

TEST_CASE("explain sends the absolute path without links") {
  TempDirectory const directory;
  directory.write("real/file", "x");
  std::filesystem::create_directory_symlink(directory / "real", directory / "link");
  FakeAgent const agent([](SeenRequest const&) {
    return json_reply(R"({"path":"/x","answer":"guarded","summary":"Fine."})");
  });
  CHECK(ask(agent, {"explain", directory / "link/file"}).code == 0);
  CHECK(ask(agent, {"explain", directory / "link/new/file"}).code == 0);
  auto const decoded = [](std::string target) {
    for (auto at = target.find("%2F"); at != std::string::npos; at = target.find("%2F")) {
      target.replace(at, 3, "/");
    }
    return target;
  };
  CHECK(decoded(agent.seen().at(0).target) == "/v1/explain?path=" + (directory / "real/file"));
  CHECK(decoded(agent.seen().at(1).target) == "/v1/explain?path=" + (directory / "real/new/file"));
}

TEST_CASE("a full disk under standard output is exit 73") {
  if (::access("/dev/full", W_OK) != 0) {
    MESSAGE("SKIPPED: there is no /dev/full");
    return;
  }
  std::string const command = GOVSEAL_CLI " config show --default > /dev/full 2>/dev/null";
  int const status = std::system(command.c_str());
  CHECK(WEXITSTATUS(status) == 73);
}

TEST_CASE("a reader that goes away ends the program silently") {
  TempDirectory const directory;
  auto const errors = directory / "err";
  std::string const command =
      "(" GOVSEAL_CLI " config show --default 2>" + errors + "; true) | head -c 1 >/dev/null";
  CHECK(std::system(command.c_str()) == 0);
  CHECK(directory.read("err").empty());
}

TEST_CASE("version answers without an agent and adds the agent's") {
  CHECK(run_govseal({"version"}).code == 0);
  FakeAgent const agent(canned({{"/v1/version", R"({"version":"9.9","build":{"commit":"abc"}})"}}));
  auto const end = ask(agent, {"version"});
  CHECK(end.out.find("agent 9.9 (abc)\n") != std::string::npos);
}

}  // namespace
}  // namespace govseal
