// Rules that take more than one key, or the host, to see.

#include <doctest/doctest.h>

#include <algorithm>

#include "base/host_label.h"
#include "tests/config/config_support.h"

namespace govseal {
namespace {

using test::FakeHost;
using test::only_problem;
using test::parse;
using test::problems_of;

std::string repository(std::string_view path, std::string_view lines = "") {
  return "[[repository]]\npath = \"" + std::string(path) + "\"\n" + std::string(lines) + "\n";
}

std::string with_root(std::string_view lines) {
  return repository("/srv/git/a", "[[repository.run_root]]\n" + std::string(lines));
}

TEST_CASE("a repository has a path or a glob, not both and not neither") {
  CHECK(only_problem("[[repository]]\n") ==
        "govseal.toml:1:1: error: repository.path: is required, or glob");
  CHECK(
      only_problem("[[repository]]\npath = \"/a\"\nglob = \"/b/*\"\n") ==
      "govseal.toml:3:8: error: repository.glob: not together with path: give exactly one of them");
  CHECK(only_problem("[[repository]]\nglob = \"/b/*\"\nname = \"x\"\n") ==
        "govseal.toml:3:8: error: repository.name: not allowed with glob");
  CHECK(only_problem("[[repository]]\npath = \"/b\"\nexclude = [\"/b/*\"]\n") ==
        "govseal.toml:3:11: error: repository.exclude: only allowed with glob");
  CHECK(only_problem("[[repository]]\nglob = \"/srv/**\"\n").find("\"**\"") != std::string::npos);
  CHECK(only_problem("[[repository]]\nglob = \"srv/*\"\n").find("absolute") != std::string::npos);
}

TEST_CASE("a repository is named by the last element of its path") {
  auto const name_of = [](std::string_view path) {
    auto const outcome = parse(repository(path));
    return outcome.config ? outcome.config->repositories[0].name : std::string("refused");
  };
  CHECK(name_of("/srv/git/alpha") == "alpha");
  CHECK(name_of("/srv/git/alpha.git") == "alpha");
  CHECK(name_of("/srv/git/alpha.git/") == "alpha");
  CHECK(name_of("/srv/git/my repo+x") == "my-repo-x");
  CHECK(name_of("/srv/git/a_b.c") == "a_b.c");
  CHECK(name_of("/srv/git/.hidden") == "refused");
  CHECK(name_of("/") == "refused");
  CHECK(name_of("/srv/" + std::string(64, 'x')) == std::string(64, 'x'));
  CHECK(name_of("/srv/" + std::string(65, 'x')) == "refused");
}

TEST_CASE("names are unique without regard to case, and both paths are named") {
  CHECK(only_problem(repository("/srv/one/alpha") + repository("/srv/two/b", "name = \"ALPHA\"")) ==
        "govseal.toml:6:8: error: repository.name: \"ALPHA\" is the name of both "
        "\"/srv/one/alpha\" and \"/srv/two/b\"");
}

TEST_CASE("the same repository twice is an error, also through a link") {
  auto const text = repository("/srv/a") + repository("/srv/b", "name = \"other\"");
  CHECK(only_problem(text).empty());
  FakeHost host;
  host.links["/srv/b"] = "/srv/a";
  CHECK(only_problem(text, host) ==
        "govseal.toml:5:8: error: repository.path: \"/srv/b\" is configured already at "
        "govseal.toml:2");
  CHECK(problems_of(repository("/srv/a") + repository("/srv//a/")).size() == 1);
}

TEST_CASE("a repository may lie in another, a run root not in another one's run root") {
  CHECK(only_problem(repository("/srv/a") + repository("/srv/a/vendor/b")).empty());
  CHECK(only_problem(repository("/srv/a") + repository("/srv/a/.codex/RUNS/x/b"))
            .find("lies inside a run root of the repository \"/srv/a\"") != std::string::npos);
}

TEST_CASE("a run root does not lie in another, and is there once") {
  auto const two = [](std::string_view first, std::string_view second) {
    return only_problem(repository(
        "/srv/git/a", "[[repository.run_root]]\npath = \"" + std::string(first) +
                          "\"\n[[repository.run_root]]\npath = \"" + std::string(second) + "\""));
  };
  CHECK(two("runs", "runs2").empty());
  CHECK(two("runs", "runs/in") ==
        "govseal.toml:6:8: error: repository.run_root.path: \"runs/in\" lies inside the run root "
        "\"runs\"");
  CHECK(two("runs/in", "runs").starts_with("govseal.toml:4:8: "));
  CHECK(two("runs", "runs/").find("is a run root already") != std::string::npos);
  CHECK(two("runs", "/runs").find("must be relative") != std::string::npos);
  CHECK(two("runs", "./x").find("\".\"") != std::string::npos);
  CHECK(two("runs", ".git/x").find("must not lie in .git") != std::string::npos);
}

TEST_CASE("without a run root there are the three defaults") {
  auto const outcome = parse(repository("/srv/git/a"));
  REQUIRE(outcome.config);
  auto const& roots = outcome.config->repositories[0].run_roots;
  REQUIRE(roots.size() == 3);
  CHECK(roots[0].path.str() == ".codex/RUNS");
  CHECK(roots[0].seal == RunRootConfig::Seal::automatic);
  CHECK(roots[1].path.str() == "reports/runs");
  CHECK(roots[1].seal == RunRootConfig::Seal::verify);
  CHECK(roots[2].path.str() == "reports/path1/evidence/runs");
  CHECK(roots[2].seal == RunRootConfig::Seal::verify);
}

TEST_CASE("the ages of a run folder grow") {
  CHECK(only_problem(with_root("path = \"r\"\nincomplete_after = \"5s\"\n")) ==
        "govseal.toml:5:20: error: repository.run_root.incomplete_after: must be longer than "
        "settle_ms (5000 ms)");
  CHECK(only_problem(with_root("path = \"r\"\nincomplete_after = \"6s\"\n")).empty());
  CHECK(only_problem(with_root("path = \"r\"\nabandoned_after = \"10m\"\n")) ==
        "govseal.toml:5:19: error: repository.run_root.abandoned_after: must be longer than "
        "incomplete_after (\"10m\")");
  CHECK(only_problem(with_root("path = \"r\"\nsettle_ms = 3600000\n")).find("incomplete_after") !=
        std::string::npos);
}

TEST_CASE("a root that is only verified enforces nothing") {
  CHECK(only_problem(with_root("path = \"r\"\nseal = \"verify\"\nenforce = \"readonly\"\n"))
            .find("must be \"none\" when seal = \"verify\"") != std::string::npos);
  CHECK(only_problem(with_root("path = \"r\"\nseal = \"verify\"\nenforce = \"none\"\n")).empty());
}

TEST_CASE("keys that contradict each other are named together") {
  CHECK(only_problem("[watch]\nrecovery_interval_min_ms = 60001\n") ==
        "govseal.toml:2:28: error: watch.recovery_interval_min_ms: recovery_interval_min_ms "
        "(60001) must be at most recovery_interval_max_ms (60000)");
  CHECK(
      only_problem("[watch]\nrecovery_interval_max_ms = 9999\n").starts_with("govseal.toml:2:28"));
  CHECK(only_problem("[watch]\nresponder_ping_ms = 51\n").find("at least 2 x") !=
        std::string::npos);
  CHECK(only_problem("[watch]\nopener_socket = \"/run/govseal/govseal.sock\"\n").find("the same") !=
        std::string::npos);
}

TEST_CASE("a socket path has at most 107 bytes, also when it is a default") {
  auto const path = [](std::size_t bytes) { return "\"/" + std::string(bytes - 1, 's') + "\""; };
  CHECK(only_problem("[api]\nsocket = " + path(107) + "\n").empty());
  CHECK(only_problem("[api]\nsocket = " + path(108) + "\n") ==
        "govseal.toml:2:10: error: api.socket: has 108 bytes: must have from 1 to 107");
  auto const problems = problems_of("[agent]\nruntime_dir = " + path(95) + "\n");
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].starts_with("govseal.toml:2:15: error: api.socket: has 108 bytes by default"));
}

TEST_CASE("the socket's mode is octal, without execute bits, and open to others only as 0666") {
  auto const problem = [](std::string_view mode) {
    return only_problem("[api]\nsocket_mode = " + std::string(mode) + "\n");
  };
  for (auto const* good : {"\"0660\"", "\"0600\"", "\"0666\"", "\"600\"", "\"0640\""}) {
    CHECK(problem(good).empty());
  }
  for (auto const* bad : {"\"0661\"", "\"0664\"", "\"0760\"", "\"1660\"", "\"0668\"", "\"66\"",
                          "\"rw\"", "\"\"", "0o660", "660"}) {
    CAPTURE(bad);
    CHECK_FALSE(problem(bad).empty());
  }
  auto const outcome = parse("[api]\nsocket_mode = \"0640\"\n");
  REQUIRE(outcome.config);
  CHECK(outcome.config->api.socket_mode == 0640);
}

TEST_CASE("users and groups that do not exist are errors, numbers are not looked up") {
  FakeHost host;
  host.unknown_names = {"nobody-here", "no-group", "1000"};
  CHECK(only_problem("[api]\noperators = [\"root\", \"nobody-here\", \"1000\"]\n", host) ==
        "govseal.toml:2:22: error: api.operators: unknown user \"nobody-here\"");
  CHECK(only_problem("[api]\nviewers = [\"@no-group\"]\n", host) ==
        "govseal.toml:2:12: error: api.viewers: unknown group \"no-group\"");
  CHECK(only_problem("[api]\nsocket_group = \"no-group\"\n", host) ==
        "govseal.toml:2:16: error: api.socket_group: unknown group \"no-group\"");
  CHECK_FALSE(only_problem("[api]\noperators = [\"\"]\n", host).empty());
  CHECK_FALSE(only_problem("[api]\noperators = [\"@\"]\n", host).empty());
}

TEST_CASE("a default group that does not exist is a warning") {
  FakeHost host;
  host.unknown_names = {"govseal-users"};
  auto const outcome = parse("", host);
  REQUIRE(outcome.config);
  REQUIRE(outcome.problems.size() == 1);
  CHECK(outcome.problems[0].severity == ConfigProblem::Severity::warning);
}

TEST_CASE("directories of the agent's own lie outside every repository") {
  auto const problem = [](std::string_view lines) {
    return only_problem(std::string(lines) + repository("/srv/git/a"));
  };
  CHECK(problem("[watch]\ncookie_directories = [\"/srv/c\", \"/srv/git/a/c\"]\n") ==
        "govseal.toml:2:33: error: watch.cookie_directories: \"/srv/git/a/c\" lies inside the "
        "repository \"/srv/git/a\"");
  CHECK(
      problem("[anchor]\ndirectory = \"/srv/git/a/x\"\n").find("must lie outside the repository") !=
      std::string::npos);
  CHECK(problem("[agent]\nstate_dir = \"/srv/git/a\"\n").find("must lie outside the repository") !=
        std::string::npos);
  CHECK(problem("[anchor]\ndirectory = \"/srv/git/ab\"\n").empty());
  CHECK(problem("[anchor]\ndirectory = \"/var/lib/govseal/anchor\"\n")
            .find("outside agent.state_dir") != std::string::npos);
}

TEST_CASE("files that the ledger needs must exist") {
  FakeHost host;
  host.missing = {"/f/key"};
  CHECK(only_problem("[ledger]\nroot_key = \"/f/key\"\n", host) ==
        "govseal.toml:2:12: error: ledger.root_key: \"/f/key\" must be an existing regular file");
  CHECK_FALSE(only_problem("[ledger]\npolicy = \"/f/directory\"\n", host).empty());
  host.files = {"/f/signers"};
  CHECK(only_problem("[ledger]\nwaiver_signers = \"/f/signers\"\n", host).empty());
}

TEST_CASE("an origin keeps clear of the prefixes that signatures use") {
  auto const problem = [](std::string const& origin) {
    return only_problem("[ledger]\norigin = \"" + origin + "\"\n");
  };
  CHECK(problem("example.org/Log_1:2-x").empty());
  CHECK(problem(std::string(200, 'o')).empty());
  CHECK_FALSE(problem(std::string(201, 'o')).empty());
  CHECK_FALSE(problem("").empty());
  for (auto const* bad : {"SSHSIG", "DSSEv1 x", "DSSEv1", "cosignature/v1", "govseal-key-1", "a b",
                          "a+b", "\\u00e9"}) {
    CAPTURE(bad);
    CHECK_FALSE(problem(bad).empty());
  }
}

TEST_CASE("origin and anchor branch follow the host's name") {
  auto const outcome = parse("[agent]\nhost_name = \"Host-A.Example\"\n");
  REQUIRE(outcome.config);
  CHECK(outcome.config->ledger.origin == "govseal/host-a.example");
  CHECK(outcome.config->anchor.git.branch == "audit/host-a.example");
  CHECK(host_label("My_Host") == "my-host");
  CHECK_FALSE(only_problem("[agent]\nhost_name = \"a..b\"\n").empty());
  CHECK_FALSE(only_problem("[agent]\nhost_name = \"a_b\"\n").empty());
  CHECK_FALSE(only_problem("[agent]\nhost_name = \"\"\n").empty());
  CHECK(only_problem("[agent]\nhost_name = \"" + std::string(253, 'h') + "\"\n").empty());
  CHECK_FALSE(only_problem("[agent]\nhost_name = \"" + std::string(254, 'h') + "\"\n").empty());
}

TEST_CASE("an anchor remote is a path, file:// or ssh://") {
  auto const problem = [](std::string const& remote) {
    return only_problem("[anchor.git]\nremote = \"" + remote + "\"\n");
  };
  for (auto const* good : {"/srv/a.git", "file:///srv/a.git", "ssh://git@h/a.git"}) {
    CHECK(problem(good).empty());
  }
  CHECK(problem("/" + std::string(4'095, 'r')).empty());
  CHECK_FALSE(problem("/" + std::string(4'096, 'r')).empty());
  for (auto const* bad : {"", "https://h/a", "git@h:a.git", "ssh://-oProxyCommand=x", "a.git",
                          "file://h/a", "ext::sh"}) {
    CAPTURE(bad);
    CHECK_FALSE(problem(bad).empty());
  }
}

TEST_CASE("branches and references follow git's rules") {
  auto const branch = [](std::string const& name) {
    return only_problem("[anchor.git]\nbranch = \"" + name + "\"\n").empty();
  };
  CHECK(branch("audit/host1"));
  for (auto const* bad :
       {"",    "a..b", "a.lock", "/a",  "a/", "a//b", ".a", "a b",          "a~1",    "a^",
        "a:b", "a?b",  "a*",     "a[b", "@",  "a@{b", "-a", "refs/heads/a", "a\\\\b", "a."}) {
    CAPTURE(bad);
    CHECK_FALSE(branch(bad));
  }
  auto const reference = [](std::string const& name) {
    return only_problem(repository("/a", "[repository.dispatch]\nbranch = \"" + name + "\""))
        .empty();
  };
  CHECK(reference("refs/heads/x/y"));
  CHECK_FALSE(reference("main"));
  CHECK_FALSE(reference("refs/heads"));
  CHECK_FALSE(reference("refs/heads/a..b"));
}

TEST_CASE("a backfill command names known placeholders, none in its first element") {
  auto const problem = [](std::string_view argv) {
    return only_problem(
        repository("/a", "[repository.dispatch]\nbackfill_argv = [" + std::string(argv) + "]"));
  };
  CHECK(problem("\"gh\", \"{slug}{commit}\", \"{covers} {branch} {reason}\"").empty());
  CHECK(problem("\"gh\", \"{\\\"json\\\": 1}\", \"{}\", \"{\"").empty());
  CHECK(problem("\"{slug}\"").find("no placeholder in its first element") != std::string::npos);
  CHECK(problem("\"gh\", \"{sha}\"").find("unknown placeholder \"{sha}\"") != std::string::npos);
  CHECK(problem("\"gh\", \"{commit-sha}\"").find("unknown placeholder") != std::string::npos);
  CHECK(problem("").find("has 0 entries") != std::string::npos);
  CHECK_FALSE(problem("\"\"").empty());
}

TEST_CASE("durations are integers with a unit") {
  auto const grace = [](std::string_view text) {
    auto const outcome =
        parse(repository("/a", "[repository.dispatch]\ngrace = \"" + std::string(text) + "\""));
    return outcome.config ? outcome.config->repositories[0].dispatch.grace.count() : -1;
  };
  CHECK(grace("0s") == 0);
  CHECK(grace("90s") == 90);
  CHECK(grace("10m") == 600);
  CHECK(grace("2h") == 7'200);
  CHECK(grace("365d") == 31'536'000);
  for (auto const* bad : {"366d", "10", "m", "", "1.5h", "-1s", "1w", "1 m", "10M", "+1s",
                          "99999999999999999999d", "9223372036854775807d"}) {
    CAPTURE(bad);
    CHECK(grace(bad) == -1);
  }
  auto const timeout = [](std::string_view text) {
    return only_problem(repository("/a", "[repository.dispatch]\nbackfill_timeout = \"" +
                                             std::string(text) + "\""))
        .empty();
  };
  CHECK(timeout("1s"));
  CHECK(timeout("1h"));
  CHECK_FALSE(timeout("0s"));
  CHECK_FALSE(timeout("3601s"));
  auto const debounce = [](std::string_view text) {
    return only_problem(
               repository("/a", "[repository.registry]\ndebounce = \"" + std::string(text) + "\""))
        .empty();
  };
  CHECK(debounce("1s"));
  CHECK(debounce("24h"));
  CHECK_FALSE(debounce("0s"));
  CHECK_FALSE(debounce("86401s"));
}

TEST_CASE("sizes are bytes, or strings with KiB, MiB or GiB") {
  auto const body = [](std::string_view value) {
    auto const outcome = parse("[api]\nbody_bytes_max = " + std::string(value) + "\n");
    return outcome.config ? static_cast<std::int64_t>(outcome.config->api.body_bytes_max) : -1;
  };
  CHECK(body("2048") == 2'048);
  CHECK(body("\"64KiB\"") == 65'536);
  CHECK(body("\"1 MiB\"") == 1'048'576);
  for (auto const* bad : {"\"2MiB\"", "\"64KB\"", "\"64\"", "\"KiB\"", "\"1GiB\"", "\"-1KiB\"",
                          "\"99999999999999999999GiB\"", "\"9223372036854775807GiB\""}) {
    CAPTURE(bad);
    CHECK(body(bad) == -1);
  }
}

TEST_CASE("schedules are daily, hourly or off") {
  auto const problem = [](std::string_view value) {
    return only_problem("[report]\nschedule = \"" + std::string(value) + "\"\n");
  };
  for (auto const* good : {"off", "hourly", "daily 00:00", "daily 23:59"}) {
    CHECK(problem(good).empty());
  }
  for (auto const* bad : {"", "daily", "daily 24:00", "daily 12:60", "daily 1:00", "weekly",
                          "daily 01:00 ", "Daily 01:00", "daily +1:00"}) {
    CAPTURE(bad);
    CHECK_FALSE(problem(bad).empty());
  }
  auto const outcome = parse("[report]\nschedule = \"daily 23:59\"\n");
  REQUIRE(outcome.config);
  CHECK(outcome.config->report.schedule.at == std::chrono::minutes(1'439));
}

TEST_CASE("a report is at least JSON") {
  CHECK(only_problem("[report]\nformats = [\"text\"]\n") ==
        "govseal.toml:2:11: error: report.formats: must hold at least \"json\"");
  CHECK(only_problem("[report]\nformats = [\"json\", \"pdf\"]\n").starts_with("govseal.toml:2:20"));
}

TEST_CASE("a baseline is root, a commit or a date") {
  auto const baseline = [](std::string_view value) {
    auto const outcome =
        parse(repository("/a", "[repository.dispatch]\nbaseline = " + std::string(value)));
    return outcome.config
               ? outcome.config->repositories[0].dispatch.baseline
               : DispatchConfig::Baseline{DispatchConfig::Baseline::Kind::root, "bad", {}};
  };
  using Kind = DispatchConfig::Baseline::Kind;
  CHECK(baseline("\"root\"") == DispatchConfig::Baseline{});
  CHECK(baseline("\"48C98B8\"").commit == "48c98b8");
  CHECK(baseline("\"" + std::string(40, 'a') + "\"").kind == Kind::commit);
  CHECK(baseline("\"1970-01-02\"").since == std::chrono::hours(24));
  CHECK(baseline("1970-01-02").since == std::chrono::hours(24));
  CHECK(baseline("\"1970-01-01T01:00:00Z\"").since == std::chrono::hours(1));
  for (auto const* bad : {"\"48c98b\"", "\"2026-02-30\"", "\"yesterday\"", "\"\"", "5"}) {
    CAPTURE(bad);
    CHECK(baseline(bad).commit == "bad");
  }
  CHECK(baseline("\"" + std::string(41, 'a') + "\"").commit == "bad");
}

TEST_CASE("a rule of a default rule's name replaces it, others come behind") {
  auto const outcome = parse(repository("/a", R"([[repository.guard]]
name = "mine"
kind = "append_only"
paths = ["log/*"]
unit = "lines"
[[repository.guard]]
name = "changelog"
kind = "immutable"
paths = ["C.md"]
[[repository.guard]]
name = "records"
enabled = false
)"));
  REQUIRE(outcome.config);
  auto const& guards = outcome.config->repositories[0].guards;
  REQUIRE(guards.size() == 10);
  CHECK(guards[0].name == "prehandover");
  CHECK(guards[3].paths.size() == 2);
  CHECK(guards[5].unit == GuardConfig::Unit::rule_rows);
  CHECK(guards[6].name == "changelog");
  CHECK(guards[6].kind == GuardConfig::Kind::immutable);
  CHECK(guards[6].unit == GuardConfig::Unit::bytes);
  CHECK(guards[7].name == "records");
  CHECK_FALSE(guards[7].enabled);
  CHECK(guards[7].paths.size() == 2);
  CHECK(guards[8].marker == "**Immutable Record**");
  CHECK(guards[9].name == "mine");
  auto const& locations = outcome.config->locations;
  CHECK(locations.at("repository[0].guard[6].paths").line == 11);
  CHECK(locations.at("repository[0].guard[9].unit").line == 7);
  CHECK_FALSE(locations.contains("repository[0].guard[0].name"));
}

TEST_CASE("two rules of one name are an error, and so is a disabled rule that nobody knows") {
  auto const rule = std::string(
      "[[repository.guard]]\nname = \"g\"\nkind = \"immutable\"\n"
      "paths = [\"a\"]\n");
  CHECK(only_problem(repository("/a", rule + rule)) ==
        "govseal.toml:8:8: error: repository.guard.name: two rules of this repository are named "
        "\"g\"");
  CHECK(problems_of(repository("/a", "[[repository.guard]]\nname = \"g\"\nenabled = false\n"))
            .size() == 2);
}

TEST_CASE("aliases and consumers name repositories as owner/repo") {
  auto const alias = [](std::string_view value) {
    return only_problem(
               repository("/a", "[repository.dispatch.aliases]\nx = " + std::string(value)))
        .empty();
  };
  CHECK(alias("\"example-org/beta.app_1\""));
  for (auto const* bad : {"\"x\"", "\"a/b/c\"", "\"/b\"", "\"a/\"", "\"a b/c\"", "\"a/..\"", "1"}) {
    CAPTURE(bad);
    CHECK_FALSE(alias(bad));
  }
  std::string many = "[repository.dispatch.aliases]\n";
  for (int i = 0; i < 257; ++i) many += "a" + std::to_string(i) + " = \"o/r\"\n";
  CHECK(only_problem(repository("/a", many)).find("257 entries") != std::string::npos);
  CHECK(problems_of(repository("/a", "[[repository.consumer]]\nbranch = \"refs/heads/x\"\n"))
            .size() == 2);
  auto const consumer =
      std::string("[[repository.consumer]]\nrepository = \"o/r\"\npath = \"/c\"\n");
  CHECK(only_problem(repository("/a", consumer + consumer)).find("is a consumer already") !=
        std::string::npos);
}

TEST_CASE("only H1 conditions can be accepted") {
  auto const accepted = [](std::string_view id) {
    return only_problem(repository("/a", "[repository.registry]\nhealth_accepted = [\"" +
                                             std::string(id) + "\"]"))
        .empty();
  };
  CHECK(accepted("H1-01"));
  CHECK(accepted("H1-07"));
  for (auto const* bad : {"H1-00", "H1-08", "H2-01", "h1-01", "H1-1", ""})
    CHECK_FALSE(accepted(bad));
}

TEST_CASE("a report copy stays out of .git and of run roots") {
  auto const copy = [](std::string_view path) {
    return only_problem(repository("/a", "report_copy = \"" + std::string(path) + "\"")).empty();
  };
  CHECK(copy(""));
  CHECK(copy("docs/drift.md"));
  CHECK_FALSE(copy(".git/config"));
  CHECK_FALSE(copy("reports/runs/x.md"));
  CHECK_FALSE(copy("../x.md"));
  CHECK_FALSE(copy("/x.md"));
}

TEST_CASE("more repositories than agent.repositories_max are refused") {
  auto const text = repository("/srv/a") + repository("/srv/b");
  CHECK(only_problem("[agent]\nrepositories_max = 2\n" + text).empty());
  CHECK(only_problem("[agent]\nrepositories_max = 1\n" + text)
            .starts_with("govseal.toml:6:1: error: repository: there are 2"));
}

TEST_CASE("what does not exist yet is a warning") {
  FakeHost host;
  host.missing = {"/srv/gone", "/srv/c", "/srv/git/a/r", "/cookies"};
  auto const problems =
      problems_of("[watch]\ncookie_directories = [\"/cookies\"]\n" + repository("/srv/gone") +
                      with_root("path = \"r\"\n[[repository.consumer]]\n"
                                "repository = \"o/r\"\npath = \"/srv/c\"\n"),
                  host);
  REQUIRE(problems.size() == 4);
  for (auto const& problem : problems) {
    CHECK(problem.find(": warning: ") != std::string::npos);
    CHECK(problem.find("does not exist yet") != std::string::npos);
  }
  CHECK(parse(repository("/srv/gone"), host).config.has_value());
}

TEST_CASE("a run root that cannot be written names the command that grants it") {
  FakeHost host;
  host.unwritable = {"/srv/git/a/.codex/RUNS", "/srv/git/a/reports/runs"};
  CHECK(only_problem(repository("/srv/git/a"), host) ==
        "govseal.toml:1:1: warning: repository.run_root.seal: the agent's user cannot write in "
        "\"/srv/git/a/.codex/RUNS\": govseal enroll '/srv/git/a' --name a");
  CHECK(only_problem(with_root("path = \".codex/RUNS\"\nseal = \"verify\"\n"), host).empty());
}

TEST_CASE("registries that the agent would write are checked in the same way") {
  FakeHost host;
  host.unwritable = {"/srv/git/a/builds", "/srv/git/a/docs"};
  auto const text = [](std::string_view lines) {
    return repository("/srv/git/a",
                      "[repository.registry]\nruns_root = \"builds\"\n"
                      "pointer_file = \"docs/p.json\"\n" +
                          std::string(lines));
  };
  CHECK(only_problem(text(""), host).empty());
  auto const built = only_problem(text("auto = true"), host);
  CHECK(built.find("setfacl -m u:govseal:rwx '/srv/git/a/builds'") != std::string::npos);
  CHECK(built.find("ReadWritePaths=/srv/git/a/builds") != std::string::npos);
  CHECK(only_problem(text("pointer_policy = \"auto\""), host).find("/srv/git/a/docs") !=
        std::string::npos);
}

TEST_CASE("enforcement without the capabilities names the drop-in") {
  auto const text = [](std::string_view level) {
    return with_root("path = \"r\"\nenforce = \"" + std::string(level) + "\"\n");
  };
  FakeHost host;
  CHECK(only_problem(text("none"), host).empty());
  auto const problem = only_problem(text("immutable"), host);
  CHECK(problem.starts_with("govseal.toml:5:11: warning: repository.run_root.enforce: needs "));
  CHECK(problem.find("AmbientCapabilities=CAP_FOWNER CAP_LINUX_IMMUTABLE") != std::string::npos);
  host.capabilities = {3};
  CHECK(only_problem(text("readonly"), host).empty());
  CHECK_FALSE(only_problem(text("immutable"), host).empty());
  host.capabilities = {3, 9};
  CHECK(only_problem(text("immutable"), host).empty());
}

TEST_CASE("exact attribution without the helper and a filesystem without cookies are warnings") {
  FakeHost host;
  host.missing = {"/run/govseal/opener.sock"};
  CHECK(only_problem("[watch]\nattribution = \"exact\"\n", host).find("needs the helper") !=
        std::string::npos);
  host.devices = {{"/srv/git/a", 2}, {"/srv/git/b", 2}, {"/cookies", 2}};
  auto const text = repository("/srv/git/a") + repository("/srv/git/b");
  CHECK(only_problem(text, host) ==
        "govseal.toml:2:8: warning: watch.cookie_directories: the filesystem of \"/srv/git/a\" has "
        "no cookie directory: ?sync= is not available there");
  CHECK(only_problem("[watch]\ncookie_directories = [\"/cookies\"]\n" + text, host).empty());
}

TEST_CASE("an agent of an ordinary user keeps to its own directories and knows no viewers") {
  auto const outcome = parse("", FakeHost(), test::user_environment());
  REQUIRE(outcome.config);
  auto const& config = *outcome.config;
  CHECK(config.agent.state_dir == "/home/alice/.local/state/govseal");
  CHECK(config.agent.runtime_dir == "/run/user/1000/govseal");
  CHECK(config.api.socket == "/run/user/1000/govseal/govseal.sock");
  CHECK(config.watch.opener_socket == "/run/user/1000/govseal/opener.sock");
  CHECK(config.anchor.directory == "/home/alice/.local/state/govseal-anchor");
  CHECK(config.api.socket_group.empty());
  CHECK(config.api.viewers.empty());
}

TEST_CASE("the XDG directories decide, unless they are relative") {
  auto environment = test::user_environment();
  CHECK(default_config_path(environment) == "/home/alice/.config/govseal/govseal.toml");
  environment.xdg_config_home = "/x/config";
  environment.xdg_state_home = "/x/state/";
  CHECK(default_config_path(environment) == "/x/config/govseal/govseal.toml");
  CHECK(default_state_dir(environment) == "/x/state/govseal");
  environment.xdg_config_home = "relative";
  CHECK(default_config_path(environment) == "/home/alice/.config/govseal/govseal.toml");
  environment.xdg_runtime_dir.clear();
  CHECK(default_socket_path(environment) == "/x/state/govseal/run/govseal.sock");
  environment.service = true;
  CHECK(default_config_path(environment) == "/etc/govseal/govseal.toml");
  CHECK(default_socket_path(environment) == "/run/govseal/govseal.sock");
  CHECK(is_service_user(0, "root"));
  CHECK(is_service_user(997, "govseal"));
  CHECK_FALSE(is_service_user(1000, "alice"));
}

}  // namespace
}  // namespace govseal
