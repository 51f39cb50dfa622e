#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "config/key_table.h"
#include "tests/config/config_support.h"

namespace govseal {
namespace {

using test::effective;
using test::parse;

std::string read_source_file(std::string const& path) {
  std::ifstream file(std::string(GOVSEAL_SOURCE_DIR) + "/" + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The default file with every commented-out key and table in force.
std::string uncommented(std::string const& text) {
  std::istringstream lines(text);
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    bool const is_key = line.size() > 1 && line[0] == '#' && line[1] != ' ' && line[1] != '#';
    // A continuation line of a list is indented behind its "#".
    bool const is_continuation = line.starts_with("#    ");
    out += (is_key || is_continuation ? line.substr(1) : line) + "\n";
  }
  return out;
}

TEST_CASE("config/govseal.toml is what config show --default prints") {
  if (std::getenv("GOVSEAL_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(std::string(GOVSEAL_SOURCE_DIR) + "/config/govseal.toml")
        << render_default_config();
  }
  CHECK(read_source_file("config/govseal.toml") == render_default_config());
}

TEST_CASE("the default file configures nothing") {
  auto const outcome = parse(render_default_config());
  REQUIRE(outcome.config);
  CHECK(outcome.problems.empty());
  CHECK(outcome.config->repositories.empty());
  CHECK(changed_keys(*parse("").config, *outcome.config).empty());
}

TEST_CASE("the default file with everything in force has the defaults") {
  auto text = uncommented(render_default_config());
  auto const glob = text.find("\nglob = ");
  REQUIRE(glob != text.npos);
  text.erase(glob + 1, text.find('\n', glob + 1) - glob);  // not together with path
  auto const exclude = text.find("\nexclude = ");
  text.erase(exclude + 1, text.find('\n', exclude + 1) - exclude);
  test::FakeHost host;
  host.files = {"/etc/govseal/root.pub", "/etc/govseal/policy", "/etc/govseal/waiver_signers"};
  auto const outcome = parse(text, host);
  for (auto const& problem : outcome.problems) MESSAGE(to_text(problem));
  CHECK(outcome.problems.empty());
  REQUIRE(outcome.config);
  std::vector<std::string> names;
  for (auto const& key : changed_keys(*parse("").config, *outcome.config)) {
    names.push_back(key.name);
  }
  CHECK(names == std::vector<std::string>{"ledger.root_key", "ledger.policy",
                                          "ledger.waiver_signers", "anchor.git.remote",
                                          "repository.governance"});
  auto const& repository = outcome.config->repositories[0];
  auto dispatch = repository.dispatch;
  CHECK(dispatch.aliases.size() == 1);
  dispatch.aliases.clear();
  CHECK(dispatch == DispatchConfig());
  CHECK(repository.registry == RegistryConfig());
  REQUIRE(repository.run_roots.size() == 1);
  CHECK(repository.run_roots[0] == default_run_roots()[0]);
  CHECK(repository.guards == default_guards());
}

TEST_CASE("every key is in the default file, with its documentation and bounds") {
  auto const text = render_default_config();
  for (auto const& key : key_table()) {
    CAPTURE(key.name);
    bool const is_table = key.type == KeyType::slug_map;
    auto const line =
        is_table ? "\n#[" + dotted_name(key) + "]" : "\n#" + std::string(key.name) + " = ";
    CHECK(text.find(line) != std::string::npos);
    CHECK_FALSE(key.documentation.empty());
  }
  CHECK(text.find("(from 1024 to 1048576 bytes)") != std::string::npos);
}

TEST_CASE("no line of the default file is longer than 100 characters") {
  std::istringstream lines(render_default_config());
  for (std::string line; std::getline(lines, line);) {
    bool const is_prose = line.starts_with("# ");
    if (is_prose) CHECK(line.size() <= 100);
  }
}

TEST_CASE("each value in force is shown with its source") {
  auto const outcome = parse("[agent]\n\nworkers = 3\n[[repository]]\npath = \"/srv/git/a\"\n");
  REQUIRE(outcome.config);
  CHECK(effective(*outcome.config, "[agent]", "workers").source == "govseal.toml:3");
  CHECK(effective(*outcome.config, "[agent]", "work_queue_max").source == "default");
  CHECK(effective(*outcome.config, "[[repository]]", "path").source == "govseal.toml:5");
  CHECK(effective(*outcome.config, "[[repository]]", "glob").value.empty());
  auto const text = render_effective_config(*outcome.config);
  CHECK(text.find("\n[agent]\n") != std::string::npos);
  CHECK(text.find("\nworkers = 3  # govseal.toml:3\n") != std::string::npos);
  CHECK(text.find("\nwork_queue_max = 4096  # default\n") != std::string::npos);
  CHECK(text.find("\n# root_key is unset  # default\n") != std::string::npos);
  CHECK(text.find("\n[[repository.guard]]\nname = \"prehandover\"  # default\n") !=
        std::string::npos);
}

TEST_CASE("what is shown as being in force is a configuration with the same meaning") {
  auto const outcome = parse(R"([api]
operators = ["a"]
[report]
formats = ["json"]
[[repository]]
path = "/srv/git/a"
[repository.dispatch]
baseline = 2026-01-02
enabled = false
[repository.dispatch.aliases]
x = "o/r"
[[repository]]
glob = "/srv/more/*"
exclude = ["/srv/more/x"]
)");
  REQUIRE(outcome.config);
  auto const again = parse(render_effective_config(*outcome.config));
  for (auto const& problem : again.problems) MESSAGE(to_text(problem));
  REQUIRE(again.config);
  CHECK(changed_keys(*outcome.config, *again.config).empty());
  CHECK(again.config->repositories == outcome.config->repositories);
}

TEST_CASE("text of the file is shown without control characters and direction marks") {
  auto const outcome = parse("[[repository]]\npath = \"/srv/a\\u001b[31m\\u202e\"\nname = \"a\"\n");
  REQUIRE(outcome.config);
  auto const text = render_effective_config(*outcome.config);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("\"/srv/a\\u001b[31m\\u202e\"") != std::string::npos);
}

std::vector<ChangedKey> changed(std::string_view before, std::string_view after) {
  auto const old_outcome = parse(before);
  auto const new_outcome = parse(after);
  REQUIRE(old_outcome.config);
  REQUIRE(new_outcome.config);
  return changed_keys(*old_outcome.config, *new_outcome.config);
}

TEST_CASE("a change of these keys, and of no others, needs a restart") {
  std::vector<std::string> names;
  for (auto const& key : key_table()) {
    if (key.needs_restart) names.push_back(dotted_name(key));
  }
  CHECK(names == std::vector<std::string>{"agent.state_dir", "agent.runtime_dir", "agent.host_name",
                                          "agent.workers", "api.socket", "api.socket_mode",
                                          "api.socket_group", "watch.opener_socket",
                                          "ledger.origin", "ledger.root_key", "anchor.directory"});
}

TEST_CASE("changed keys are named, with those that follow from them") {
  CHECK(changed("", "").empty());
  CHECK(changed("[agent]\nworkers = 1\n", "[agent]\nworkers = 2\n[sealing]\ncycle_s = 60\n") ==
        std::vector<ChangedKey>{{"agent.workers", true}, {"sealing.cycle_s", false}});
  CHECK(changed("", "[agent]\nruntime_dir = \"/r\"\n") ==
        std::vector<ChangedKey>{
            {"agent.runtime_dir", true}, {"api.socket", true}, {"watch.opener_socket", true}});
  CHECK(changed("[ledger]\nbatch_ms = 20\n", "").empty());
}

TEST_CASE("changes of repositories are named by repository") {
  std::string const a = "[[repository]]\npath = \"/srv/a\"\n";
  std::string const b = "[[repository]]\npath = \"/srv/b\"\n";
  std::string const glob = "[[repository]]\nglob = \"/srv/*\"\n";
  CHECK(changed(a + b, b + a).empty());
  CHECK(changed(a, b) == std::vector<ChangedKey>{{"repository.b"}, {"repository.a"}});
  CHECK(changed(a, a + "[repository.dispatch]\ngrace = \"1m\"\n") ==
        std::vector<ChangedKey>{{"repository.a.dispatch.grace"}});
  CHECK(changed(a, a + "[[repository.run_root]]\npath = \"r\"\n") ==
        std::vector<ChangedKey>{{"repository.a.run_root"}});
  CHECK(changed(a, a + "[[repository.guard]]\nname = \"changelog\"\nenabled = false\n") ==
        std::vector<ChangedKey>{{"repository.a.guard"}});
  CHECK(changed(a, a + "[repository.registry]\nauto = true\n") ==
        std::vector<ChangedKey>{{"repository.a.registry.auto"}});
  CHECK(changed(glob, glob + "exclude = [\"/srv/x\"]\n") ==
        std::vector<ChangedKey>{{"repository./srv/*.exclude"}});
}

}  // namespace
}  // namespace govseal
