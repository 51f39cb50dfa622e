#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/git/git_world.h"
#include "tests/support/temp_directory.h"
#include "watchers/git/lib_git2.h"

namespace govseal {
namespace {

namespace fs = std::filesystem;

/// A work tree with one commit, made by git itself.
struct Work {
  TempDirectory directory;
  std::string path = directory / "work";
  LibGit2Opener opener;

  explicit Work(std::vector<std::string> const& more = {}) {
    std::vector<std::string> init = {"git", "init", "-q", "-b", "main"};
    init.insert(init.end(), more.begin(), more.end());
    init.push_back(path);
    REQUIRE(run_program(init) == 0);
    commit("first");
  }
  void commit(std::string const& message) const {
    git(path, {"commit", "-q", "--allow-empty", "-m", message});
  }
  [[nodiscard]] std::unique_ptr<GitReader> open() const { return open_reader(opener, path); }
  [[nodiscard]] Unreadable refusal(std::string const& at) const {
    auto opened = opener.open(at);
    REQUIRE(std::holds_alternative<Unreadable>(opened));
    return std::get<Unreadable>(opened);
  }
};

bool skipped_without_git() {
  if (have_git()) return false;
  MESSAGE("SKIPPED: git is not installed");
  return true;
}

TEST_CASE("a work tree tells its directories") {
  if (skipped_without_git()) return;
  Work work;
  auto reader = work.open();
  CHECK(reader->layout().git_dir == work.path + "/.git");
  CHECK(reader->layout().common_dir == work.path + "/.git");
  CHECK(reader->layout().work_dir == work.path);
  CHECK_FALSE(reader->layout().is_bare);
  CHECK(reader->layout().object_format == "sha1");
  CHECK(reader->layout().worktrees.empty());
  CHECK(reader->layout().shallow.empty());
}

TEST_CASE("a linked work tree has its own HEAD and the common references") {
  if (skipped_without_git()) return;
  Work work;
  git(work.path, {"worktree", "add", "-q", "-b", "topic", work.directory / "linked"});
  auto reader = open_reader(work.opener, work.directory / "linked");
  CHECK(reader->layout().git_dir == work.path + "/.git/worktrees/linked");
  CHECK(reader->layout().common_dir == work.path + "/.git");
  CHECK(reader->layout().work_dir == work.directory / "linked");
  CHECK(reader->head().branch == "refs/heads/topic");
  CHECK(std::holds_alternative<CommitId>(reader->resolve_reference("refs/heads/main")));
  CHECK(work.open()->layout().worktrees == std::vector<std::string>{"linked"});
}

TEST_CASE("a submodule and a moved git directory find their work trees") {
  if (skipped_without_git()) return;
  Work work;
  REQUIRE(run_program({"git", "init", "-q", "--separate-git-dir", work.directory / "apart",
                       work.directory / "tree"}) == 0);
  auto reader = open_reader(work.opener, work.directory / "tree");
  CHECK(reader->layout().git_dir == work.directory / "apart");
  CHECK(reader->layout().work_dir == work.directory / "tree");

  git(work.path,
      {"-c", "protocol.file.allow=always", "submodule", "--quiet", "add", work.path, "part"});
  auto part = open_reader(work.opener, work.path + "/part");
  CHECK(part->layout().git_dir == work.path + "/.git/modules/part");
  CHECK(part->layout().work_dir == work.path + "/part");
  CHECK(part->head().commit);
}

TEST_CASE("the git directory itself may be named, and links on the way are followed") {
  if (skipped_without_git()) return;
  Work work;
  CHECK(open_reader(work.opener, work.path + "/.git")->layout().work_dir == work.path);
  fs::create_directory_symlink(work.path, work.directory / "link");
  CHECK(open_reader(work.opener, work.directory / "link")->layout().work_dir == work.path);
  CHECK(open_reader(work.opener, work.path + "//")->layout().work_dir == work.path);
}

TEST_CASE("a damaged configuration makes a repository unreadable, not absent") {
  if (skipped_without_git()) return;
  Work work;
  work.directory.write("work/.git/config", "[core\n");
  CHECK(work.refusal(work.path).kind == Unreadable::Kind::failed);
}

TEST_CASE("a bare repository has no work tree, with and without core.bare") {
  if (skipped_without_git()) return;
  Work work;
  auto bare = work.directory / "bare.git";
  REQUIRE(run_program({"git", "clone", "-q", "--bare", work.path, bare}) == 0);
  CHECK(open_reader(work.opener, bare)->layout().is_bare);
  git(bare, {"config", "--unset", "core.bare"});
  auto reader = open_reader(work.opener, bare);
  CHECK(reader->layout().is_bare);
  CHECK_FALSE(reader->layout().work_dir);
  CHECK_FALSE(reader->is_ignored("a.log"));
}

TEST_CASE("core.bare in the configuration of the work tree counts") {
  if (skipped_without_git()) return;
  Work work;
  auto bare = work.directory / "bare.git";
  REQUIRE(run_program({"git", "clone", "-q", "--bare", work.path, bare}) == 0);
  git(bare, {"config", "--unset", "core.bare"});
  git(bare, {"config", "core.repositoryformatversion", "1"});
  git(bare, {"config", "extensions.worktreeConfig", "true"});
  git(bare, {"config", "--file", bare + "/config.worktree", "core.bare", "true"});
  CHECK(open_reader(work.opener, bare)->layout().is_bare);
}

TEST_CASE("a detached HEAD has a commit and no branch, an unborn one a branch and no commit") {
  if (skipped_without_git()) return;
  Work work;
  git(work.path, {"checkout", "-q", "--detach"});
  CHECK_FALSE(work.open()->head().branch);
  CHECK(work.open()->head().commit);
  git(work.path, {"checkout", "-q", "--orphan", "unborn"});
  CHECK(work.open()->head().branch == "refs/heads/unborn");
  CHECK_FALSE(work.open()->head().commit);
}

TEST_CASE("no repository is told from a repository of an unknown format") {
  if (skipped_without_git()) return;
  Work work;
  CHECK(work.refusal(work.directory / "absent").kind == Unreadable::Kind::not_found);
  fs::create_directories(work.path + "/below");
  CHECK(work.refusal(work.path + "/below").kind == Unreadable::Kind::not_found);
  git(work.path, {"config", "core.repositoryformatversion", "1"});
  SUBCASE("an extension nobody knows") {
    git(work.path, {"config", "extensions.fromTheFuture", "true"});
    CHECK(work.refusal(work.path).kind == Unreadable::Kind::unsupported);
  }
  SUBCASE("another reference storage") {
    git(work.path, {"config", "extensions.refStorage", "reftable"});
    CHECK(work.refusal(work.path).kind == Unreadable::Kind::unsupported);
  }
  SUBCASE("another object format") {
    git(work.path, {"config", "extensions.objectFormat", "sha256"});
    CHECK(work.refusal(work.path).kind == Unreadable::Kind::unsupported);
  }
  SUBCASE("a version of the future") {
    git(work.path, {"config", "core.repositoryformatversion", "2"});
    CHECK(work.refusal(work.path).kind == Unreadable::Kind::unsupported);
  }
}

TEST_CASE("a repository with SHA-256 objects is unsupported, not broken") {
  if (skipped_without_git()) return;
  Work work({"--object-format=sha256"});
  CHECK(work.refusal(work.path).kind == Unreadable::Kind::unsupported);
}

TEST_CASE("extensions that mean nothing to a reader do not keep it out") {
  if (skipped_without_git()) return;
  Work work;
  git(work.path, {"config", "core.repositoryformatversion", "1"});
  git(work.path, {"config", "extensions.partialClone", "origin"});
  git(work.path, {"config", "extensions.preciousObjects", "true"});
  git(work.path, {"config", "extensions.worktreeConfig", "true"});
  git(work.path, {"config", "extensions.objectFormat", "sha1"});
  // Last: older versions of git refuse a repository with this one.
  git(work.path, {"config", "extensions.refStorage", "files"});
  CHECK(work.open()->head().commit);
}

TEST_CASE("a repository of another user is read") {
  if (skipped_without_git()) return;
  if (geteuid() != 0) {
    MESSAGE("SKIPPED: giving files away needs root");
    return;
  }
  Work work;
  for (auto const& entry : fs::recursive_directory_iterator(work.path)) {
    REQUIRE(lchown(entry.path().c_str(), 4711, 4711) == 0);
  }
  REQUIRE(chown(work.path.c_str(), 4711, 4711) == 0);
  CHECK(work.open()->head().commit);
}

TEST_CASE("a FIFO in the place of a file of git is refused and never opened") {
  if (skipped_without_git()) return;
  Work work;
  auto replace = [&](std::string const& below) {
    fs::remove(work.path + '/' + below);
    REQUIRE(mkfifo((work.path + '/' + below).c_str(), 0600) == 0);
  };
  SUBCASE("configuration") {
    replace(".git/config");
    CHECK(work.refusal(work.path).kind == Unreadable::Kind::failed);
  }
  SUBCASE("packed references") {
    replace(".git/packed-refs");
    CHECK(work.refusal(work.path).kind == Unreadable::Kind::failed);
  }
  SUBCASE("ignore rules") {
    replace(".gitignore");
    CHECK_FALSE(work.open()->is_ignored("a.log"));
  }
}

TEST_CASE("a path is ignored as git ignores it, unless it is tracked") {
  if (skipped_without_git()) return;
  Work work;
  work.directory.write("work/.gitignore", "*.log\n!kept.log\n/out/\n");
  work.directory.write("work/logs/tracked.log", "x\n");
  git(work.path, {"add", "-f", "logs/tracked.log"});
  auto reader = work.open();
  CHECK(reader->is_ignored("logs/audit.log"));
  CHECK(reader->is_ignored("out/deep/er.txt"));
  CHECK_FALSE(reader->is_ignored("logs/kept.log"));
  CHECK_FALSE(reader->is_ignored("logs/tracked.log"));
  CHECK_FALSE(reader->is_ignored("logs/audit.txt"));
}

TEST_CASE("a shallow clone has a boundary whose parents count as missing") {
  if (skipped_without_git()) return;
  Work work;
  work.commit("second");
  work.commit("third");
  auto shallow = work.directory / "shallow";
  REQUIRE(run_program({"git", "clone", "-q", "--depth=2", "file://" + work.path, shallow}) == 0);
  auto reader = open_reader(work.opener, shallow);
  REQUIRE(reader->layout().shallow.size() == 1);
  auto boundary = reader->read_commit(reader->layout().shallow.front());
  REQUIRE(boundary);
  CHECK(boundary->at_shallow_boundary);
  CHECK(boundary->subject == "second");
  CHECK(boundary->parents.size() == 1);
}

TEST_CASE("a reference to an object that is gone is broken, and a damaged object is missing") {
  if (skipped_without_git()) return;
  Work work;
  auto tip = *work.open()->head().commit;
  auto hex = tip.hex();
  auto path = work.path + "/.git/objects/" + hex.substr(0, 2) + '/' + hex.substr(2);
  fs::permissions(path, fs::perms::owner_all);
  SUBCASE("gone") {
    fs::remove(path);
  }
  SUBCASE("damaged") {
    work.directory.write(fs::relative(path, work.directory.path()).string(), "x");
  }
  auto reader = work.open();
  CHECK(reader->resolve_reference("refs/heads/main") == ReferenceTarget(NoReference::broken));
  CHECK_FALSE(reader->read_commit(tip));
}

TEST_CASE("the URL of a remote is what the configuration says") {
  if (skipped_without_git()) return;
  Work work;
  git(work.path, {"remote", "add", "origin", "git@github.com:example-org/governance.git"});
  CHECK(work.open()->remote_url("origin") == "git@github.com:example-org/governance.git");
  CHECK_FALSE(work.open()->remote_url("upstream"));
}

}  // namespace
}  // namespace govseal
