#include <doctest/doctest.h>

#include <algorithm>

#include "tests/config/config_support.h"

namespace govseal {
namespace {

using test::only_problem;
using test::parse;
using test::problems_of;

TEST_CASE("a file with ten mistakes gives ten problems, each at its line and column") {
  auto const problems = problems_of(R"([agent]
workers = 300
log_level = "notcie"
state_dir = "relative"

[watch]
atribution = "off"
[wacth]
rung = "A"
[api]
socket_mode = "0770"
  body_bytes_max = true
[[repository]]
path = "/srv/git/a"
[[repository.run_root]]
path = "../x"
[[repository.guard]]
name = "g"
kind = "immutable"
[repository.dispatch]
grace = "10"
)");
  REQUIRE(problems.size() == 10);
  CHECK(problems[0] ==
        "govseal.toml:2:11: error: agent.workers: 300 is out of bounds: must be from 0 to 256 "
        "threads");
  CHECK(problems[1] ==
        "govseal.toml:3:13: error: agent.log_level: \"notcie\" is not one of \"error\", "
        "\"warning\", \"notice\", \"info\", \"debug\" (did you mean \"notice\"?)");
  CHECK(problems[2] ==
        "govseal.toml:4:13: error: agent.state_dir: \"relative\" must be an absolute path");
  CHECK(problems[3] ==
        "govseal.toml:7:1: error: watch.atribution: unknown key (did you mean \"attribution\"?)");
  CHECK(problems[4] == "govseal.toml:8:2: error: wacth: unknown table (did you mean \"watch\"?)");
  CHECK(problems[5] ==
        "govseal.toml:11:15: error: api.socket_mode: \"0770\" must have no execute bit");
  CHECK(problems[6] ==
        "govseal.toml:12:20: error: api.body_bytes_max: must be an integer from 1024 to 1048576 "
        "bytes, not a boolean");
  CHECK(problems[7] ==
        "govseal.toml:16:8: error: repository.run_root.path: \"../x\" must not contain \"..\"");
  CHECK(problems[8] == "govseal.toml:17:1: error: repository.guard.paths: is required");
  CHECK(problems[9] ==
        "govseal.toml:21:9: error: repository.dispatch.grace: must be an integer with s, m, h or "
        "d, such as \"10m\"");
}

TEST_CASE("a syntax error stands alone, at its place") {
  auto const problems = problems_of("[agent]\nworkers = 300\nlog_level = \n");
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].starts_with("govseal.toml:3:13: error: TOML syntax: "));
  CHECK(only_problem("[agent]\nworkers = 1\nworkers = 2\n").starts_with("govseal.toml:3:"));
}

TEST_CASE("an empty file is valid and watches nothing") {
  auto const outcome = parse("");
  REQUIRE(outcome.config);
  CHECK(outcome.problems.empty());
  CHECK(outcome.config->repositories.empty());
}

TEST_CASE("an unknown key names a known one only when it is near") {
  CHECK(only_problem("[agent]\nworker = 1\n") ==
        "govseal.toml:2:1: error: agent.worker: unknown key (did you mean \"workers\"?)");
  CHECK(only_problem("[agent]\ncompletely_different = 1\n") ==
        "govseal.toml:2:1: error: agent.completely_different: unknown key");
  CHECK(only_problem("inlcude = \"/x\"\n") ==
        "govseal.toml:1:1: error: inlcude: unknown key (did you mean \"include\"?)");
  CHECK(only_problem("[[repositroy]]\npath = \"/x\"\n") ==
        "govseal.toml:1:3: error: repositroy: unknown table (did you mean \"repository\"?)");
  CHECK(only_problem("[[repository]]\npath = \"/x\"\n[[repository.runroot]]\n") ==
        "govseal.toml:3:14: error: repository.runroot: unknown table (did you mean \"run_root\"?)");
  CHECK(only_problem("[anchor]\n[anchor.gti]\nmode = \"full\"\n").find("did you mean \"git\"") !=
        std::string::npos);
}

TEST_CASE("tables and arrays of tables are told apart") {
  CHECK(only_problem("[repository]\npath = \"/x\"\n") ==
        "govseal.toml:1:1: error: repository: must be an array of tables [[repository]], not a "
        "table");
  CHECK(only_problem("[[agent]]\n").starts_with("govseal.toml:1:1: error: agent: must be a table"));
  CHECK(only_problem("agent = 3\n") ==
        "govseal.toml:1:9: error: agent: must be a table [agent], not an integer");
  CHECK(only_problem("repository = [ 1 ]\n") ==
        "govseal.toml:1:16: error: repository: must be a table [[repository]], not an integer");
}

TEST_CASE("each wrong type is named with what it should be") {
  for (std::string const value : {"1.5", "nan", "inf", "\"4\"", "[1]", "{a = 1}", "2026-01-01",
                                  "07:30:00", "2026-01-01T00:00:00Z", "true"}) {
    auto const problem = only_problem("[agent]\nworkers = " + value + "\n");
    CAPTURE(value);
    CHECK(problem.starts_with(
        "govseal.toml:2:11: error: agent.workers: must be an integer from 0 to 256 threads, not "));
  }
  CHECK(only_problem("[watch]\nprobe_open_writers = 1\n").find("must be true or false") !=
        std::string::npos);
  CHECK(only_problem("[api]\noperators = \"alice\"\n").find("must be a list of strings") !=
        std::string::npos);
  CHECK(only_problem("[api]\noperators = [1]\n").starts_with("govseal.toml:2:14: "));
  CHECK(only_problem("[agent]\nhost_name = 5\n").find("must be a string, not an integer") !=
        std::string::npos);
}

TEST_CASE("an integer beyond 64 bits is an error and no crash") {
  CHECK(only_problem("[agent]\nworkers = 99999999999999999999\n").starts_with("govseal.toml:2:"));
  CHECK(only_problem("[agent]\nworkers = -9223372036854775808\n").find("out of bounds") !=
        std::string::npos);
}

TEST_CASE("a key of thousands of parts or brackets is refused where it begins to be absurd") {
  std::string dotted = "a";
  for (int i = 0; i < 100'000; ++i) dotted += ".a";
  CHECK(only_problem(dotted + " = 1\n") ==
        "govseal.toml:1:32: error: TOML syntax: this key has too many parts");
  CHECK(only_problem("x = " + std::string(100'000, '[')) ==
        "govseal.toml:1:37: error: TOML syntax: values are nested too deeply");
  CHECK(only_problem("[agent]\n# a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s\nworkers = 1\n").empty());
  CHECK(problems_of("[[repository]]\npath = '/a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t'\n"
                    "name = \"\"\"a\"\"\"\n")
            .empty());
}

TEST_CASE("characters outside ASCII belong into strings and comments") {
  CHECK(only_problem("\xef\xbb\xbf[agent]\n# \u00e9\nworkers = 1 # \u00e9\n").empty());
  CHECK(only_problem("[[repository]]\npath = \"/srv/\u00e9\"\nname = 'e'\n").empty());
  CHECK(only_problem("[agent]\nworkers\u00e9 = 1\n") ==
        "govseal.toml:2:8: error: TOML syntax: this character is only allowed in strings and "
        "comments");
  std::string const start = "[[repository]]\nname = \"e\"\npath = \"\"\"/srv\\\n  ";
  CHECK(only_problem(start + "/\u00e9\"\"\"\n").empty());
  CHECK(
      only_problem(start + "\u00e9\"\"\"\n").starts_with("govseal.toml:4:3: error: TOML syntax: "));
}

TEST_CASE("strings of each kind hide what stands in them") {
  for (std::string const text : {R"("a\"[[[")", R"('a\')", R"("""a""\""""")", R"('''a''\''')",
                                 R"("")", R"('')", R"('''a''''')", R"("a\\")", R"("\u00e9")"}) {
    auto const line = "expected_secret = " + text + " # \u00e9 \"\n";
    auto const nested = "stale_secrets = " + std::string(40, '[') + "\n";
    std::string const before = "[[repository]]\npath = \"/a\"\n[repository.dispatch]\n";
    CAPTURE(line);
    CHECK(only_problem(before + line).empty());
    CHECK(only_problem(before + line + nested).starts_with("govseal.toml:5:49: "));
  }
}

TEST_CASE("lists are counted against both bounds") {
  auto const list_of = [](std::size_t count) {
    std::string text = "[watch]\ncookie_directories = [";
    for (std::size_t i = 0; i < count; ++i) text += "\"/c" + std::to_string(i) + "\", ";
    return text + "]\n";
  };
  CHECK(only_problem(list_of(64)).empty());
  CHECK(only_problem(list_of(65)) ==
        "govseal.toml:2:22: error: watch.cookie_directories: has 65 entries: must have from 0 to "
        "64");
  CHECK(only_problem("[report]\nformats = []\n").find("has 0 entries") != std::string::npos);
}

TEST_CASE("problems are in the order of the file") {
  auto const problems = parse("[sealing]\ncycle_s = 1\n[agent]\nworkers = -1\n").problems;
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].key == "sealing.cycle_s");
  CHECK(problems[1].key == "agent.workers");
}

TEST_CASE("a problem is an object with its place for machines") {
  auto const outcome = parse("[watch]\natribution = \"off\"\n[agent]\nworkers = 300\n");
  REQUIRE(outcome.problems.size() == 2);
  JsonWriter json;
  write_problem(json, outcome.problems[0]);
  CHECK(json.take() == R"({"file":"govseal.toml","line":2,"column":1,"key":"watch.atribution",)"
                       R"("message":"unknown key","nearest":"attribution"})");
  write_problem(json, outcome.problems[1]);
  CHECK(json.take().ends_with(R"("nearest":null})"));
}

TEST_CASE("control characters of the file do not reach the terminal") {
  auto const problem = only_problem("[agent]\n\"a\\u001bb\" = 1\n");
  CHECK(problem.find('\x1b') == std::string::npos);
  CHECK(problem.find("\\x1b") != std::string::npos);
}

}  // namespace
}  // namespace govseal
