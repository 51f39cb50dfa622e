#include <doctest/doctest.h>

#include <filesystem>

#include "config/discovery.h"
#include "tests/config/config_support.h"
#include "tests/support/temp_directory.h"

namespace govseal {
namespace {

bool has_marker(std::string const& directory) {
  return std::filesystem::exists(directory + "/.git");
}

void make_repository(TempDirectory const& directory, std::string const& path) {
  directory.write(path + "/.git", "");
}

std::string glob(TempDirectory const& directory, std::string const& pattern,
                 std::string const& lines = "") {
  return "[[repository]]\nglob = \"" + (directory / pattern) + "\"\n" + lines + "\n";
}

DiscoveryOutcome discover(std::string const& text) {
  auto const outcome = parse_config({{"/etc/govseal/govseal.toml", "govseal.toml", text}},
                                    test::service_environment(), SystemHost());
  for (auto const& problem : outcome.problems) {
    INFO(to_text(problem));
    CHECK(problem.severity == ConfigProblem::Severity::warning);
  }
  REQUIRE(outcome.config);
  return discover_repositories(*outcome.config, has_marker);
}

std::vector<std::string> names(DiscoveryOutcome const& outcome) {
  std::vector<std::string> all;
  for (auto const& repository : outcome.repositories) all.push_back(repository.config.name);
  return all;
}

using Names = std::vector<std::string>;

TEST_CASE("a glob finds the repositories in it, sorted, with all keys of its entry") {
  TempDirectory const directory;
  make_repository(directory, "git/beta");
  make_repository(directory, "git/alpha.git");
  make_repository(directory, "git/.hidden");
  directory.write("git/plain/file", "");
  directory.write("git/file", "");
  auto const outcome = discover(glob(directory, "git/*", "report_copy = \"d.md\""));
  CHECK(names(outcome) == Names{"alpha", "beta"});
  CHECK(outcome.problems.empty());
  auto const& first = outcome.repositories[0];
  CHECK(first.config.path == directory / "git/alpha.git");
  CHECK(first.config.glob.empty());
  CHECK(first.config.report_copy.str() == "d.md");
  CHECK(first.config.run_roots.size() == 3);
  CHECK(first.discovered);
}

TEST_CASE("patterns stay within one element and know *, ? and brackets") {
  TempDirectory const directory;
  for (auto const* path : {"a/x1", "a/x2", "b/y1", "b/deep/x1", "c/[z]"}) {
    make_repository(directory, path);
  }
  CHECK(names(discover(glob(directory, "*/x?"))) == Names{"x1", "x2"});
  CHECK(names(discover(glob(directory, "[ab]/*1"))) == Names{"x1", "y1"});
  CHECK(names(discover(glob(directory, "[!a]/y*"))) == Names{"y1"});
  CHECK(names(discover(glob(directory, "*/deep/x1"))) == Names{"x1"});
  CHECK(names(discover(glob(directory, "a/x1"))) == Names{"x1"});
  CHECK(names(discover(glob(directory, "none/*"))).empty());
}

TEST_CASE("symbolic links are not followed behind the first pattern") {
  TempDirectory const directory;
  make_repository(directory, "real/one");
  std::filesystem::create_directory_symlink(directory / "real", directory / "link");
  std::filesystem::create_directory(directory / "git");
  std::filesystem::create_directory_symlink(directory / "real/one", directory / "git/one");
  CHECK(names(discover(glob(directory, "git/*"))).empty());
  CHECK(names(discover(glob(directory, "lin[k]/*"))).empty());
  CHECK(names(discover(glob(directory, "link/*"))) == Names{"one"});
}

TEST_CASE("excluded matches are left out") {
  TempDirectory const directory;
  for (auto const* path : {"git/a", "git/old-1", "git/old-2"}) make_repository(directory, path);
  auto const exclude = [&](std::string const& pattern) {
    return glob(directory, "git/*", "exclude = [\"" + (directory / pattern) + "\"]");
  };
  CHECK(names(discover(exclude("git/old-*"))) == Names{"a"});
  CHECK(names(discover(exclude("git/a"))) == Names{"old-1", "old-2"});
  CHECK(names(discover(exclude("**/old-*"))) == Names{"a"});
  CHECK(names(discover(exclude("git/**"))).empty());
}

TEST_CASE("an explicit path wins over a glob, an earlier glob over a later one") {
  TempDirectory const directory;
  for (auto const* path : {"git/a", "git/b", "git/c"}) make_repository(directory, path);
  auto const outcome =
      discover(glob(directory, "git/[ab]", "report_copy = \"first.md\"") +
               glob(directory, "git/*", "report_copy = \"second.md\"") +
               "[[repository]]\npath = \"" + (directory / "git/a") + "\"\nname = \"mine\"\n");
  CHECK(outcome.problems.empty());
  CHECK(names(outcome) == Names{"mine", "b", "c"});
  CHECK_FALSE(outcome.repositories[0].discovered);
  CHECK(outcome.repositories[0].entry == 2);
  CHECK(outcome.repositories[1].config.report_copy.str() == "first.md");
  CHECK(outcome.repositories[2].config.report_copy.str() == "second.md");
}

TEST_CASE("ids that collide are an error that names both paths") {
  TempDirectory const directory;
  make_repository(directory, "one/x");
  make_repository(directory, "two/X.git");
  auto const outcome = discover(glob(directory, "*/*"));
  CHECK(names(outcome) == Names{"x"});
  REQUIRE(outcome.problems.size() == 1);
  auto const& problem = outcome.problems[0];
  CHECK(problem.severity == ConfigProblem::Severity::error);
  CHECK(to_text(problem).starts_with("govseal.toml:2:8: error: repository.glob: "));
  CHECK(problem.message.find(directory / "one/x") != std::string::npos);
  CHECK(problem.message.find(directory / "two/X.git") != std::string::npos);
}

TEST_CASE("a match without a usable name, and one too many, are errors") {
  TempDirectory const directory;
  make_repository(directory, "git/-dash");
  make_repository(directory, "git/a");
  make_repository(directory, "git/b");
  auto const outcome = discover("[agent]\nrepositories_max = 1\n" + glob(directory, "git/*"));
  CHECK(names(outcome) == Names{"a"});
  REQUIRE(outcome.problems.size() == 2);
  CHECK(outcome.problems[0].message.find("no repository id") != std::string::npos);
  CHECK(outcome.problems[1].message.find("repositories_max") != std::string::npos);
}

TEST_CASE("globs on absolute paths match element by element") {
  CHECK(absolute_glob_matches("/a/*/c", "/a/b/c"));
  CHECK_FALSE(absolute_glob_matches("/a/*", "/a/b/c"));
  CHECK_FALSE(absolute_glob_matches("/a/*/c", "/a/c"));
  CHECK(absolute_glob_matches("/**/c", "/a/b/c"));
  CHECK(absolute_glob_matches("/a/**/c", "/a/c"));
  CHECK(absolute_glob_matches("/a/**", "/a"));
  CHECK_FALSE(absolute_glob_matches("/a/**/c", "/a/b"));
  std::string pattern, path;
  for (int i = 0; i < 300; ++i) pattern += "/**/x", path += "/x";
  CHECK_FALSE(absolute_glob_matches(pattern + "/y", path));
}

}  // namespace
}  // namespace govseal
