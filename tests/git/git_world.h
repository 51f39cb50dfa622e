#pragma once

#include <git2.h>
#include <spawn.h>
#include <sys/wait.h>

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include "tests/world/memory_git.h"

namespace govseal {

/// Runs a program with a bare environment and standard output on /dev/null; its exit status, 127
/// when it cannot be started.
inline int run_program(std::vector<std::string> const& arguments) {
  std::vector<char*> argv;
  for (auto const& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  std::vector<std::string> settings = {"PATH=/usr/local/bin:/usr/bin:/bin",
                                       "HOME=/nonexistent",
                                       "LC_ALL=C",
                                       "GIT_CONFIG_NOSYSTEM=1",
                                       "GIT_CONFIG_GLOBAL=/dev/null",
                                       "GIT_AUTHOR_NAME=Test",
                                       "GIT_AUTHOR_EMAIL=test@example.invalid",
                                       "GIT_COMMITTER_NAME=Test",
                                       "GIT_COMMITTER_EMAIL=test@example.invalid"};
  std::vector<char*> environment;
  for (auto& setting : settings) environment.push_back(setting.data());
  environment.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", 1 /* O_WRONLY */, 0);
  pid_t child = -1;
  auto started = posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (started != 0) return 127;
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

inline bool have_git() {
  return run_program({"git", "--version"}) == 0;
}

/// git in a directory; the case fails when git does.
inline void git(std::string const& directory, std::vector<std::string> const& arguments) {
  std::vector<std::string> all = {"git", "-C", directory};
  all.insert(all.end(), arguments.begin(), arguments.end());
  REQUIRE(run_program(all) == 0);
}

/// Writes every object and reference of a repository in memory to one on disk.
inline void export_to_disk(MemoryRepository const& from, std::string const& path, bool bare) {
  constexpr std::array<git_object_t, 4> kTypes = {GIT_OBJECT_COMMIT, GIT_OBJECT_TREE,
                                                  GIT_OBJECT_BLOB, GIT_OBJECT_TAG};
  REQUIRE(git_libgit2_init() > 0);
  git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 0);
  git_repository* repository = nullptr;
  REQUIRE(git_repository_init(&repository, path.c_str(), bare ? 1 : 0) == 0);
  git_odb* odb = nullptr;
  REQUIRE(git_repository_odb(&odb, repository) == 0);
  for (auto const& [id, object] : from.objects()) {
    git_oid written;
    REQUIRE(git_odb_write(&written, odb, object.raw.data(), object.raw.size(),
                          kTypes.at(static_cast<std::size_t>(object.kind))) == 0);
    REQUIRE(id.hex() == git_oid_tostr_s(&written));
  }
  for (auto const& [name, value] : from.raw_references()) {
    git_reference* made = nullptr;
    if (value.starts_with("ref: ")) {
      REQUIRE(git_reference_symbolic_create(&made, repository, name.c_str(),
                                            value.substr(5).c_str(), 1, nullptr) == 0);
    } else {
      git_oid target;
      REQUIRE(git_oid_fromstr(&target, value.c_str()) == 0);
      REQUIRE(git_reference_create(&made, repository, name.c_str(), &target, 1, nullptr) == 0);
    }
    git_reference_free(made);
  }
  git_odb_free(odb);
  git_repository_free(repository);
  git_libgit2_shutdown();
}

/// The reader of a repository that must open.
inline std::unique_ptr<GitReader> open_reader(GitOpener const& opener, std::string const& path) {
  auto opened = opener.open(path);
  if (auto const* why = std::get_if<Unreadable>(&opened)) FAIL(why->reason);
  return std::move(std::get<std::unique_ptr<GitReader>>(opened));
}

}  // namespace govseal
