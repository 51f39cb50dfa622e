#include <sys/stat.h>

#include <doctest/doctest.h>

#include <filesystem>

#include "tests/cli/cli_support.h"
#include "tests/sealing/seal_fixtures.h"

// `govseal verify` as its users start it, over the fixture folders.

namespace govseal {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kFifoLimit{5};

int code_for(std::string const& verdict) {
  if (verdict == "VALID") return 0;
  return verdict == "INVALID" ? 2 : 1;
}

/// Folders whose verdict depends on their age are new here.
bool depends_on_age(JsonValue const& expected) {
  return expected.find("age_s") != nullptr;
}

std::string line_for(JsonValue const& strict, std::string const& path) {
  std::string line = *strict.find_string("verdict") + " " + path;
  auto const* root = strict.find_string("root");
  if (root && *strict.find_string("verdict") == "VALID") line += " ROOT " + *root;
  for (auto const& code : *strict.find("codes")->as_array()) line += " " + *code.as_string();
  return line + " history not checked\n";
}

TEST_CASE("every fixture has its line and exit code, also those with a FIFO in them") {
  SealFixtures const& fixtures = SealFixtures::get();
  for (auto const& name : fixtures.names()) {
    JsonValue const& expected = fixtures.expected(name);
    if (depends_on_age(expected)) continue;
    CAPTURE(name);
    auto const& strict = *expected.find("strict");
    auto const end = Program({"verify", "--offline", fixtures.folder(name)}).wait(kFifoLimit);
    CHECK(!end.timed_out);
    CHECK(end.code == code_for(*strict.find_string("verdict")));
    CHECK(end.out == line_for(strict, fixtures.folder(name)));
    CHECK(end.err.empty());
  }
}

TEST_CASE("compat passes and fails as the reference validator does") {
  SealFixtures const& fixtures = SealFixtures::get();
  for (auto const& name : fixtures.names()) {
    CAPTURE(name);
    auto const& compat = *fixtures.expected(name).find("compat");
    bool const passes = *compat.find_string("verdict") == "PASS";
    auto const end = Program({"verify", "--compat", fixtures.folder(name)}).wait(kFifoLimit);
    CHECK(!end.timed_out);
    CHECK(end.code == (passes ? 0 : 1));
    CHECK(end.out.starts_with((passes ? "PASS " : "FAIL ") + fixtures.folder(name) + "\n"));
    auto const lines = static_cast<std::size_t>(std::count(end.out.begin(), end.out.end(), '\n'));
    CHECK(lines == 1 + compat.find("messages")->as_array()->size());
  }
}

TEST_CASE("the JSON line has its keys in order, is ASCII and says that history was not asked for") {
  SealFixtures const& fixtures = SealFixtures::get();
  auto const folder = fixtures.folder("attack_drop");
  auto const end = run_govseal({"verify", "--json", "--offline", folder});
  CHECK(end.code == 2);
  CHECK(std::count(end.out.begin(), end.out.end(), '\n') == 1);
  std::string keys;
  JsonValue const answer = json_of(end.out);
  for (auto const& [key, value] : *answer.as_object()) keys += key + " ";
  CHECK(keys ==
        "v path verdict codes warnings findings style dialect variant root root_computed "
        "manifest_sha256 hashfile_sha256 files bytes compat history ");
  CHECK(json_of(end.out).find("history")->is_null());
}

TEST_CASE("several paths give a line each and the worst code") {
  TempDirectory const directory;
  fs::create_directory(directory / "empty");
  SealFixtures const& fixtures = SealFixtures::get();
  auto const bad = fixtures.folder("attack_drop");
  auto end = run_govseal({"verify", "--offline", directory / "empty", bad});
  CHECK(end.code == 2);
  CHECK(std::count(end.out.begin(), end.out.end(), '\n') == 2);
  end = run_govseal({"verify", "--offline", directory / "none", directory / "empty"});
  CHECK(end.code == 66);
  CHECK(end.err == "govseal: " + (directory / "none") + ": No such file or directory\n");
}

TEST_CASE("what is no folder is 66, with compat a FAIL") {
  TempDirectory const directory;
  auto const file = directory.write("file\n", "x");
  CHECK(run_govseal({"verify", file}).code == 66);
  CHECK(run_govseal({"verify", file}).err ==
        "govseal: " + directory.path() + "/file\\x0a: not a directory\n");
  CHECK(run_govseal({"verify", directory.write("x.seal.json", "{}")}).code == 66);
  auto const compat = run_govseal({"verify", "--compat", file});
  CHECK(compat.code == 1);
  CHECK(compat.out == "FAIL " + directory.path() + "/file\\x0a\n  ERROR: " + directory.path() +
                          "/file\\x0a is not a directory\n");
  auto const json = run_govseal({"verify", "--json", directory / "none"});
  CHECK(json.code == 66);
  CHECK(json_of(json.out).find("verdict")->is_null());
  CHECK(*json_of(json.out).find_string("error") == "No such file or directory");
}

TEST_CASE("a relative path, a final slash and a link to the folder change nothing") {
  TempDirectory const directory;
  SealFixtures const& fixtures = SealFixtures::get();
  for (auto const& name : fixtures.names()) {
    auto const& strict = *fixtures.expected(name).find("strict");
    if (*strict.find_string("verdict") != "VALID") continue;
    fs::create_directory_symlink(fixtures.folder(name), directory / "link");
    CHECK(run_govseal({"verify", "--offline", fixtures.folder(name) + "/"}).code == 0);
    CHECK(run_govseal({"verify", "--offline", fixtures.folder(name) + "/."}).code == 0);
    CHECK(run_govseal({"verify", "--offline", directory / "link"}).code == 0);
    return;
  }
  FAIL("no fixture is VALID");
}

TEST_CASE("a folder that cannot be read is 69") {
  if (::geteuid() == 0) {
    MESSAGE("SKIPPED: root reads everything");
    return;
  }
  TempDirectory const directory;
  directory.write("folder/run.json", "{}");
  REQUIRE(::chmod((directory / "folder").c_str(), 0) == 0);
  auto const end = run_govseal({"verify", "--offline", directory / "folder"});
  CHECK(end.code == 69);
  CHECK(end.out.starts_with("ERROR " + (directory / "folder")));
}

/// An agent that knows `folder` as run `r/x` of repository `alpha`, bound by record 7.
FakeAgent::Handler knowing(std::string const& violations, std::string const& record) {
  return [violations, record](SeenRequest const& request) {
    if (request.target.starts_with("/v1/explain?path=")) {
      return json_reply(R"({"repository":"alpha","relative":"r/x",
        "belongs_to":[{"type":"run","run":"r/x"}]})");
    }
    if (request.target == "/v1/runs/alpha/r%2Fx") {
      return json_reply(R"({"ledger":{"index":7},"violations":[)" + violations + "]}");
    }
    if (request.target == "/v1/ledger?from=7&limit=1") {
      return json_reply(R"({"items":[{"index":7,"record":)" + record + "}]}");
    }
    return problem_reply("no-such-route", 404);
  };
}

struct ValidFixture {
  std::string folder;
  std::string root;
  std::string hashfile;
};

ValidFixture valid_fixture() {
  SealFixtures const& fixtures = SealFixtures::get();
  for (auto const& name : fixtures.names()) {
    auto const& strict = *fixtures.expected(name).find("strict");
    if (*strict.find_string("verdict") != "VALID") continue;
    auto const end = run_govseal({"verify", "--json", "--offline", fixtures.folder(name)});
    auto const json = json_of(end.out);
    return {fixtures.folder(name), *json.find_string("root"), *json.find_string("hashfile_sha256")};
  }
  FAIL("no fixture is VALID");
  return {};
}

std::string record_of(std::string const& root, std::string const& hashfile) {
  return R"({"root":")" + root + R"(","hashfile":")" + hashfile + "\"}";
}

TEST_CASE("with an agent the binding is asked for and compared") {
  auto const [folder, root, hashfile] = valid_fixture();
  FakeAgent const agent(knowing("", record_of(root, hashfile)));
  auto end = run_govseal({"--socket", agent.socket(), "verify", folder});
  CHECK(end.code == 0);
  CHECK(end.out == "VALID " + folder + " ROOT " + root + "\n");
  end = run_govseal({"--socket", agent.socket(), "verify", "--json", folder});
  auto const history = *json_of(end.out).find("history");
  CHECK(*history.find_string("bound_root") == root);
  CHECK(*history.find_string("bound_hashfile_sha256") == hashfile);
  CHECK(history.find_int("log_index") == 7);
  CHECK(history.find("violations")->as_array()->empty());
  auto const requests = agent.seen().size();
  end = run_govseal({"--socket", agent.socket(), "verify", "--offline", folder});
  CHECK(end.out.ends_with("history not checked\n"));
  CHECK(agent.seen().size() == requests);
}

TEST_CASE("an open violation and a seal that is not the bound one are exit 2") {
  auto const [folder, root, hashfile] = valid_fixture();
  FakeAgent const open(
      knowing(R"({"name":"seal_copied","state":"open"})", record_of(root, hashfile)));
  auto end = run_govseal({"--socket", open.socket(), "verify", folder});
  CHECK(end.code == 2);
  CHECK(end.out == "VALID " + folder + " ROOT " + root + " VIOLATION seal_copied\n");
  FakeAgent const closed(knowing(R"({"name":"seal_copied","state":"closed"})",
                                 record_of(std::string(64, 'a'), hashfile)));
  end = run_govseal({"--socket", closed.socket(), "verify", folder});
  CHECK(end.code == 2);
  CHECK(end.out == "VALID " + folder + " ROOT " + root + " VIOLATION seal_rewritten\n");
}

TEST_CASE("an agent that refuses or breaks leaves the verdict and says so") {
  auto const [folder, root, hashfile] = valid_fixture();
  FakeAgent const refusing([](SeenRequest const&) { return problem_reply("not-permitted", 403); });
  auto end = run_govseal({"--socket", refusing.socket(), "verify", folder, folder});
  CHECK(end.code == 0);
  CHECK(end.out.find(" history not checked\n") != std::string::npos);
  CHECK(end.err == "govseal: history not checked: not-permitted: the detail of it\n");
  CHECK(refusing.seen().size() == 1);
}

}  // namespace
}  // namespace govseal
