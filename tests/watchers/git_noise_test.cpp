// Git at work in a repository whose references are watched as the agent watches them (watching.md
// 10): reading tells nothing, writing tells a little, and then there is silence.
#include <doctest/doctest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "tests/support/temp_directory.h"
#include "tests/watchers/bench.h"
#include "tests/watchers/follower.h"
#include "watchers/inotify_watcher.h"

namespace govseal {
namespace {

namespace fs = std::filesystem;

/// Exit status; 127 when there is no such program.
int run(std::vector<std::string> arguments) {
  std::vector<std::string> settings{"PATH=/usr/local/bin:/usr/bin:/bin",
                                    "HOME=/nonexistent",
                                    "LC_ALL=C",
                                    "GIT_CONFIG_NOSYSTEM=1",
                                    "GIT_CONFIG_GLOBAL=/dev/null",
                                    "GIT_AUTHOR_NAME=Test",
                                    "GIT_AUTHOR_EMAIL=test@example.invalid",
                                    "GIT_COMMITTER_NAME=Test",
                                    "GIT_COMMITTER_EMAIL=test@example.invalid"};
  auto const pointers = [](std::vector<std::string>& texts) {
    std::vector<char*> found;
    for (std::string& text : texts) found.push_back(text.data());
    found.push_back(nullptr);
    return found;
  };
  auto argv = pointers(arguments);
  auto environment = pointers(settings);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (int const fd : {1, 2}) {
    posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", 1 /* O_WRONLY */, 0);
  }
  pid_t child = -1;
  int const failed =
      ::posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return 127;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/// A repository with a commit and a run folder, its references and runs watched.
struct Repository {
  Repository()
      : watcher({.boot_id = std::string(kBootId), .now = present()}),
        follower(watcher, temp / "repo") {
    fs::create_directories(temp / "repo");
    git({"init", "-q", "-b", "main"});
    for (int i = 0; i < 20; ++i) temp.write("repo/src/file" + std::to_string(i), "text\n");
    temp.write("repo/runs/2024-01-01/report.txt", "text\n");
    git({"add", "-A"});
    git({"commit", "-q", "-m", "first"});
    std::string const base = temp / "repo";
    std::string const common = base + "/.git";
    follower.arm({.id = {"repo/runs/runs"}, .base = base, .path = RelativePath::of("runs")});
    follower.arm({.id = {"repo/references/.git"},
                  .base = common,
                  .recursive = false,
                  .names = {"HEAD", "packed-refs"},
                  .ignore_locks = true});
    follower.arm({.id = {"repo/references/.git/refs"},
                  .base = common,
                  .path = RelativePath::of("refs"),
                  .ignore_locks = true});
    follower.arm({.id = {"repo/references/.git/worktrees"},
                  .base = common,
                  .path = RelativePath::of("worktrees"),
                  .levels = 1,
                  .names = {"HEAD"},
                  .ignore_locks = true});
    follower.arm({.id = {"repo/guards/policy"}, .base = base, .path = RelativePath::of("policy")});
    follow();
  }

  void git(std::vector<std::string> const& arguments) const {
    std::vector<std::string> all{"git", "-C", temp / "repo"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    REQUIRE_MESSAGE(run(all) == 0, arguments.front());
  }
  /// The hints that came since the last call.
  std::vector<Hint> follow() {
    follower.follow();
    return std::exchange(follower.hints, {});
  }
  std::vector<Hint> hints_of(std::vector<std::string> const& arguments) {
    git(arguments);
    return follow();
  }

  TempDirectory temp;
  InotifyWatcher watcher;
  Follower follower;
};

bool have_git() {
  if (run({"git", "--version"}) == 0) return true;
  MESSAGE("skipped: no git here");
  return false;
}

TEST_CASE("git that reads makes no hint, however often it is called") {
  if (!have_git()) return;
  Repository repository;
  for (int i = 0; i < 5; ++i) {
    // A new time makes `status` refresh the index: index.lock is written and renamed.
    fs::last_write_time(repository.temp / "repo/src/file1", fs::file_time_type::clock::now());
    std::ofstream(repository.temp / "repo/src/file2", std::ios::app) << "more\n";
    for (std::vector<std::string> const& arguments :
         std::vector<std::vector<std::string>>{{"status"},
                                               {"status", "--ignored", "--untracked-files=all"},
                                               {"log", "--stat"},
                                               {"diff", "HEAD"},
                                               {"branch", "-a"},
                                               {"for-each-ref"},
                                               {"rev-parse", "HEAD"},
                                               {"ls-files", "-s"},
                                               {"stash", "list"},
                                               {"describe", "--always"}}) {
      CHECK_MESSAGE(repository.hints_of(arguments).empty(), arguments.front());
    }
  }
  WatcherState const state = repository.watcher.state();
  CHECK(state.waiting == 0);
  CHECK(state.queue_bytes == 0);
  CHECK(repository.follower.gaps.empty());
}

TEST_CASE("git that writes references makes a few hints, none of a lock file, and then is silent") {
  if (!have_git()) return;
  Repository repository;
  auto const check = [&](std::vector<std::string> const& arguments, std::size_t most) {
    CAPTURE(arguments.front());
    auto const hints = repository.hints_of(arguments);
    CHECK(!hints.empty());
    CHECK(hints.size() <= most);
    for (Hint const& hint : hints) CHECK_MESSAGE(!hint.name.ends_with(".lock"), hint.name);
    // Looking at it again makes nothing new.
    CHECK(repository.hints_of({"status"}).empty());
    CHECK(repository.follow().empty());
  };
  check({"commit", "-q", "--allow-empty", "-m", "second"}, 8);
  check({"branch", "topic/one"}, 16);
  check({"checkout", "-q", "topic/one"}, 8);
  check({"tag", "v1"}, 8);
  check({"pack-refs", "--all"}, 32);
  check({"update-ref", "refs/heads/main", "HEAD~1"}, 8);
  check({"worktree", "add", "-q", "../other", "main"}, 32);
  CHECK(repository.follower.gaps.empty());
}

TEST_CASE("a checkout of another state of a run folder tells of that folder only") {
  if (!have_git()) return;
  Repository repository;
  repository.temp.write("repo/runs/2024-01-01/report.txt", "changed\n");
  for (int i = 0; i < 20; ++i) {
    repository.temp.write("repo/src/file" + std::to_string(i), "changed\n");
  }
  repository.git({"commit", "-q", "-a", "-m", "second"});
  repository.follow();
  auto const hints = repository.hints_of({"checkout", "-q", "HEAD~1"});
  std::set<std::string> names;
  for (Hint const& hint : hints) {
    if (hint.root.text == "repo/runs/runs") names.insert(hint.directory.str() + "/" + hint.name);
  }
  CHECK(names == std::set<std::string>{"2024-01-01/report.txt"});
  CHECK(hints.size() <= 20);
  CHECK(repository.follow().empty());
}

}  // namespace
}  // namespace govseal
