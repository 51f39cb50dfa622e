// Which files are read, who may own and write them, and what a fragment may hold.

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "base/sha256.h"
#include "tests/config/config_support.h"
#include "tests/support/temp_directory.h"

namespace govseal {
namespace {

using test::FakeHost;
using test::texts;

constexpr std::uint32_t kSomebodyElse = 54'321;

ConfigSources sources_in(TempDirectory const& directory) {
  ConfigSources sources;
  sources.main_file = directory / "govseal.toml";
  sources.environment = test::service_environment();
  sources.environment.uid = ::getuid();
  return sources;
}

LoadOutcome load(TempDirectory const& directory) {
  return load_config(sources_in(directory), FakeHost());
}

void make_fragment(TempDirectory const& directory, std::string const& name,
                   std::string const& text) {
  auto const path = directory.write("govseal.d/" + name, text);
  REQUIRE(::chmod(path.c_str(), 0644) == 0);
  REQUIRE(::chmod((directory / "govseal.d").c_str(), 0755) == 0);
}

std::string repository(std::string const& path) {
  return "[[repository]]\npath = \"" + path + "\"\n";
}

/// The one problem there should be, without the directory.
std::string only_problem(TempDirectory const& directory) {
  std::string all;
  for (auto text : texts(load(directory).problems)) {
    auto const prefix = directory.path() + "/";
    if (text.starts_with(prefix)) text.erase(0, prefix.size());
    all += (all.empty() ? "" : "\n") + text;
  }
  return all;
}

TEST_CASE("a missing main file is an error, an empty one is valid") {
  TempDirectory const directory;
  CHECK(only_problem(directory) ==
        "govseal.toml:1:1: error: cannot be opened: No such file or directory");
  directory.write("govseal.toml", "");
  auto const outcome = load(directory);
  REQUIRE(outcome.config);
  CHECK(outcome.config->files == std::vector<std::string>{directory / "govseal.toml"});
  CHECK(outcome.config->include == directory / "govseal.d");
}

TEST_CASE("a file that group or others may write is refused") {
  TempDirectory const directory;
  auto const path = directory.write("govseal.toml", "[agent]\nworkers = 300\n");
  for (mode_t const mode : {0620U, 0602U, 0666U}) {
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    CHECK(only_problem(directory) ==
          "govseal.toml:1:1: error: must not be writable for group or others");
  }
  REQUIRE(::chmod(path.c_str(), 0640) == 0);
  CHECK(only_problem(directory).starts_with("govseal.toml:2:11: error: agent.workers"));
}

TEST_CASE("a file of root or of the agent's user is read, one of anybody else refused") {
  TempDirectory const directory;
  auto const path = directory.write("govseal.toml", "");
  if (::getuid() != 0) {
    MESSAGE("skipped: giving files away needs root");
    return;
  }
  auto sources = sources_in(directory);
  sources.environment.uid = kSomebodyElse;
  CHECK(load_config(sources, FakeHost()).config);  // root's
  REQUIRE(::chown(path.c_str(), kSomebodyElse, 0) == 0);
  CHECK(load_config(sources, FakeHost()).config);  // the agent's
  sources.environment.uid = kSomebodyElse + 1;
  auto const outcome = load_config(sources, FakeHost());
  CHECK_FALSE(outcome.config);
  REQUIRE(outcome.problems.size() == 1);
  CHECK(outcome.problems[0].message ==
        "must be owned by root or the agent's user, not by uid 54321");
}

TEST_CASE("a directory or a FIFO in place of the file is refused at once") {
  TempDirectory const directory;
  std::filesystem::create_directory(directory / "govseal.toml");
  CHECK(only_problem(directory) == "govseal.toml:1:1: error: must be a regular file");
  std::filesystem::remove(directory / "govseal.toml");
  REQUIRE(::mkfifo((directory / "govseal.toml").c_str(), 0600) == 0);
  CHECK(only_problem(directory) == "govseal.toml:1:1: error: must be a regular file");
}

TEST_CASE("a file of 1 MiB is read, a byte more is refused") {
  TempDirectory const directory;
  directory.write("govseal.toml", std::string(kConfigFileBytesMax, '\n'));
  CHECK(load(directory).config);
  directory.write("govseal.toml", std::string(kConfigFileBytesMax + 1, '\n'));
  CHECK(only_problem(directory) == "govseal.toml:1:1: error: must not be larger than 1 MiB");
}

TEST_CASE("fragments are loaded after the main file, sorted by name") {
  TempDirectory const directory;
  directory.write("govseal.toml", repository("/srv/main"));
  make_fragment(directory, "zeta.toml", repository("/srv/zeta"));
  make_fragment(directory, "alpha.toml", repository("/srv/alpha"));
  make_fragment(directory, "Beta.toml",
                repository("/srv/beta") + "[[repository.run_root]]\npath = \"r\"\n");
  auto const outcome = load(directory);
  REQUIRE(outcome.config);
  CHECK(outcome.problems.empty());
  std::vector<std::string> names;
  for (auto const& entry : outcome.config->repositories) names.push_back(entry.name);
  CHECK(names == std::vector<std::string>{"main", "beta", "alpha", "zeta"});
  CHECK(outcome.config->files.size() == 4);
  CHECK(outcome.config->files[1] == directory / "govseal.d/Beta.toml");
  auto const& place = outcome.config->locations.at("repository[1].run_root[0].path");
  CHECK(place.file == directory / "govseal.d/Beta.toml");
  CHECK(place.line == 4);
}

TEST_CASE("a fragment holds one repository and nothing else") {
  TempDirectory const directory;
  directory.write("govseal.toml", "");
  make_fragment(directory, "a.toml", repository("/srv/a") + repository("/srv/b"));
  CHECK(only_problem(directory).starts_with(
      "govseal.d/a.toml:3:1: error: repository: a second [[repository]] is not in a fragment"));
  make_fragment(directory, "a.toml", repository("/srv/a") + "[api]\nconnections_max = 5\n");
  CHECK(only_problem(directory).starts_with("govseal.d/a.toml:3:2: error: api: not in a fragment"));
  make_fragment(directory, "a.toml", "include = \"/x\"\n" + repository("/srv/a"));
  CHECK(only_problem(directory).starts_with("govseal.d/a.toml:1:1: error: include: "));
  make_fragment(directory, "a.toml", "");
  CHECK(only_problem(directory) ==
        "govseal.d/a.toml:1:1: error: repository: a fragment must hold one [[repository]]");
  make_fragment(directory, "a.toml", repository("/srv/a") + "oops = \n");
  CHECK(only_problem(directory).starts_with("govseal.d/a.toml:3:8: error: TOML syntax"));
}

TEST_CASE("two fragments that define one name are refused at the second") {
  TempDirectory const directory;
  directory.write("govseal.toml", "");
  make_fragment(directory, "a.toml", repository("/srv/one") + "name = \"x\"\n");
  make_fragment(directory, "b.toml", repository("/srv/two") + "name = \"X\"\n");
  CHECK(only_problem(directory) ==
        "govseal.d/b.toml:3:8: error: repository.name: \"X\" is the name of both \"/srv/one\" and "
        "\"/srv/two\"");
}

TEST_CASE("a fragment or its directory that others may write is refused") {
  TempDirectory const directory;
  directory.write("govseal.toml", "");
  make_fragment(directory, "a.toml", repository("/srv/a"));
  REQUIRE(::chmod((directory / "govseal.d/a.toml").c_str(), 0646) == 0);
  CHECK(only_problem(directory) ==
        "govseal.d/a.toml:1:1: error: must not be writable for group or others");
  make_fragment(directory, "a.toml", repository("/srv/a"));
  REQUIRE(::chmod((directory / "govseal.d").c_str(), 0777) == 0);
  CHECK(only_problem(directory) ==
        "govseal.d:1:1: error: include: must not be writable for group or others");
  CHECK_FALSE(load(directory).config);
}

TEST_CASE("other names beside the fragments are ignored with a warning, hidden ones silently") {
  TempDirectory const directory;
  directory.write("govseal.toml", "");
  make_fragment(directory, "a.toml", repository("/srv/a"));
  make_fragment(directory, "a.toml~", "rubbish");
  make_fragment(directory, "-x.toml", "rubbish");
  make_fragment(directory, ".a.toml.swp", "rubbish");
  auto const outcome = load(directory);
  REQUIRE(outcome.config);
  CHECK(outcome.config->repositories.size() == 1);
  REQUIRE(outcome.problems.size() == 2);
  CHECK(outcome.problems[0].file == directory / "govseal.d/-x.toml");
  CHECK(outcome.problems[1].file == directory / "govseal.d/a.toml~");
  CHECK(outcome.problems[0].severity == ConfigProblem::Severity::warning);
}

TEST_CASE("include names another directory, and there are at most repositories_max fragments") {
  TempDirectory const directory;
  make_fragment(directory, "a.toml", repository("/srv/a"));
  make_fragment(directory, "b.toml", repository("/srv/b"));
  std::filesystem::rename(directory / "govseal.d", directory / "elsewhere");
  auto const include = "include = \"" + (directory / "elsewhere") + "\"\n";
  directory.write("govseal.toml", include);
  auto const outcome = load(directory);
  REQUIRE(outcome.config);
  CHECK(outcome.config->repositories.size() == 2);
  directory.write("govseal.toml", include + "[agent]\nrepositories_max = 1\n");
  CHECK(only_problem(directory).starts_with("elsewhere:1:1: error: include: holds 2 fragments"));
}

TEST_CASE("the problems of all files come together") {
  TempDirectory const directory;
  directory.write("govseal.toml", "[agent]\nworkers = 300\n");
  make_fragment(directory, "a.toml", "[[repository]]\npath = \"a\"\n");
  make_fragment(directory, "b.toml", "broken");
  auto const problems = load(directory).problems;
  REQUIRE(problems.size() == 3);
  CHECK(problems[0].line == 2);
  CHECK(problems[1].file.ends_with("a.toml"));
  CHECK(problems[2].file.ends_with("b.toml"));
}

std::string output_of(std::string const& command) {
  std::string output;
  auto* const pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  char buffer[256];
  while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) output += buffer;
  ::pclose(pipe);
  return output;
}

TEST_CASE("the digest is what sha256sum says about the files") {
  TempDirectory const directory;
  directory.write("govseal.toml", "[agent]\nworkers = 3\n");
  make_fragment(directory, "b.toml", repository("/srv/b"));
  make_fragment(directory, "a.toml", repository("/srv/a"));
  auto const outcome = load(directory);
  REQUIRE(outcome.config);
  std::string files;
  for (auto const& file : outcome.config->files) files += " '" + file + "'";
  auto const expected = output_of("sha256sum" + files + " | sha256sum").substr(0, 64);
  CHECK(outcome.config->digest.hex() == expected);
  CHECK(digest_on_disk(sources_in(directory)) == outcome.config->digest);
  directory.write("govseal.toml", "[agent]\nworkers = 4\n");
  CHECK(digest_on_disk(sources_in(directory)) != outcome.config->digest);
  std::filesystem::remove(directory / "govseal.toml");
  CHECK_FALSE(digest_on_disk(sources_in(directory)));
}

TEST_CASE("problems name files as the user did, the configuration by absolute path") {
  TempDirectory const directory;
  directory.write("x.toml", "[agent]\nworkers = 300\n");
  auto const before = std::filesystem::current_path();
  std::filesystem::current_path(directory.path());
  auto sources = sources_in(directory);
  sources.main_file = "x.toml";
  auto const bad = load_config(sources, FakeHost());
  directory.write("x.toml", "");
  auto const good = load_config(sources, FakeHost());
  std::filesystem::current_path(before);
  REQUIRE(bad.problems.size() == 1);
  CHECK(to_text(bad.problems[0]).starts_with("x.toml:2:11: error: "));
  REQUIRE(good.config);
  CHECK(good.config->files[0] == directory / "x.toml");
}

TEST_CASE("the real host knows root, and what is not there") {
  TempDirectory const directory;
  directory.write("file", "");
  SystemHost const host;
  CHECK(host.user_exists("root"));
  CHECK_FALSE(host.user_exists("no-such-user-here"));
  CHECK(host.group_exists("root"));
  CHECK_FALSE(host.group_exists("no-such-group-here"));
  CHECK(host.path_kind(directory.path()) == HostView::PathKind::directory);
  CHECK(host.path_kind(directory / "file") == HostView::PathKind::regular);
  CHECK(host.path_kind(directory / "none") == HostView::PathKind::missing);
  CHECK(host.writable(directory.path(), ::getuid()) == true);
  CHECK(host.device(directory.path()).has_value());
  CHECK_FALSE(host.device(directory / "none"));
  std::filesystem::create_directory_symlink(directory.path(), directory / "link");
  CHECK(host.canonical(directory / "link") == directory.path());
  CHECK(host.canonical("/no/such/path") == "/no/such/path");
  CHECK_FALSE(host.has_capability(3));
  CHECK(SystemHost(true).has_capability(3).has_value());
}

TEST_CASE("whether another user may write goes by the mode") {
  TempDirectory const directory;
  SystemHost const host;
  REQUIRE(::chmod(directory.path().c_str(), 0755) == 0);
  CHECK(host.writable(directory.path(), kSomebodyElse) == false);
  REQUIRE(::chmod(directory.path().c_str(), 0777) == 0);
  CHECK(host.writable(directory.path(), kSomebodyElse) == true);
  REQUIRE(::chmod(directory.path().c_str(), 0700) == 0);
}

}  // namespace
}  // namespace govseal
