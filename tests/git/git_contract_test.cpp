#include <doctest/doctest.h>

#include <functional>

#include "tests/git/git_world.h"
#include "tests/support/temp_directory.h"
#include "watchers/git/history.h"
#include "watchers/git/lib_git2.h"

namespace govseal {
namespace {

MemoryFile file(std::string bytes, EntryKind kind = EntryKind::regular) {
  return {std::move(bytes), kind};
}

/// A small history with everything the seam has to tell apart.
struct History {
  CommitId root, side, merge, removed_parent, tip;
  ObjectId tag_of_commit, tag_of_blob, blob;

  explicit History(MemoryRepository& to) {
    MemoryFiles files = {{"README.md", file("one\n")},
                         {"a-b", file("between a and a/\n")},
                         {"a/x.txt", file("x\n")},
                         {"run.sh", file("#!/bin/sh\n", EntryKind::executable)},
                         {"link", file("a/x.txt", EntryKind::symlink)},
                         {"vendor", file(std::string(40, '4'), EntryKind::submodule)},
                         {"odd/\xff name\n.md", file("odd\n")}};
    root = to.commit({{}, files, "Root\ncommit\n\nBody.\n", 1000});
    auto side_files = files;
    side_files["a/y.txt"] = file("y\n");
    side = to.commit({{root}, side_files, "\n\n  Side \n", 1100});
    auto main_files = files;
    main_files["run.sh"] = file("#!/bin/sh\n");
    main_files.erase("link");
    main_files["link/now-a-directory"] = file("z\n");
    removed_parent = to.commit({{root}, main_files, "Main\n", 900});
    main_files["a/y.txt"] = file("y\n");
    merge = to.commit({{removed_parent, side}, main_files, "Merge\n", 1200});
    main_files.erase("README.md");
    main_files["a/x.txt"] = file("changed\n");
    main_files["vendor"] = file("../elsewhere", EntryKind::symlink);
    tip = to.commit({{merge}, main_files, "Tip\n", 1300});
    blob = to.write_blob("tagged\n");
    tag_of_commit = to.write_tag(side, ObjectKind::commit, "v1");
    tag_of_blob = to.write_tag(blob, ObjectKind::blob, "data");
    to.set_reference("refs/heads/main", tip);
    to.set_reference("refs/tags/v1", tag_of_commit);
    to.set_reference("refs/tags/data", tag_of_blob);
    to.set_symbolic("refs/heads/alias", "refs/heads/main");
    to.set_symbolic("refs/heads/nowhere", "refs/heads/missing");
  }
};

/// Runs a check over the fake and over libgit2 with the same history.
void with_both(bool bare,
               std::function<void(GitReader&, History const&, MemoryRepository&)> const& check) {
  MemoryGitOpener memory;
  auto& repository = memory.add("/repo", bare);
  History history(repository);
  SUBCASE("in memory") {
    check(*open_reader(memory, "/repo"), history, repository);
  }
  SUBCASE("libgit2") {
    TempDirectory directory;
    export_to_disk(repository, directory / "repo", bare);
    LibGit2Opener opener;
    check(*open_reader(opener, directory / "repo"), history, repository);
  }
}

std::vector<std::string> shown(TreeDiff const& diff) {
  constexpr std::array<char, 5> kLetters = {'A', 'M', 'D', 'm', 'T'};
  std::vector<std::string> lines;
  for (auto const& change : diff.changes) {
    lines.push_back(kLetters.at(static_cast<std::size_t>(change.kind)) + (" " + change.path));
  }
  return lines;
}

TEST_CASE("references are followed to commits through links and tags") {
  with_both(false, [](GitReader& reader, History const& history, MemoryRepository&) {
    auto target = [&](char const* name) { return reader.resolve_reference(name); };
    CHECK(target("refs/heads/main") == ReferenceTarget(history.tip));
    CHECK(target("refs/heads/alias") == ReferenceTarget(history.tip));
    CHECK(target("refs/tags/v1") == ReferenceTarget(history.side));
    CHECK(target("HEAD") == ReferenceTarget(history.tip));
    CHECK(target("refs/tags/data") == ReferenceTarget(NoReference::not_a_commit));
    CHECK(target("refs/heads/absent") == ReferenceTarget(NoReference::absent));
    CHECK(target("refs/heads/nowhere") == ReferenceTarget(NoReference::absent));
    CHECK(target("no reference at all") == ReferenceTarget(NoReference::absent));

    auto head = reader.head();
    CHECK(head.branch == "refs/heads/main");
    CHECK(head.commit == history.tip);
    std::vector<std::pair<std::string, CommitId>> expected = {{"refs/heads/alias", history.tip},
                                                              {"refs/heads/main", history.tip},
                                                              {"refs/tags/v1", history.side}};
    CHECK(reader.references() == expected);
  });
}

TEST_CASE("commits tell parents, committer time, subject and tree") {
  with_both(true, [](GitReader& reader, History const& history, MemoryRepository&) {
    auto merge = reader.read_commit(history.merge);
    REQUIRE(merge);
    CHECK(merge->parents == std::vector{history.removed_parent, history.side});
    CHECK(merge->committed_s == 1200);
    CHECK(merge->subject == "Merge");
    CHECK_FALSE(merge->at_shallow_boundary);
    CHECK(reader.read_commit(history.root)->subject == "Root commit");
    CHECK(reader.read_commit(history.side)->subject == "  Side");
    CHECK_FALSE(reader.read_commit(history.blob));
    CHECK_FALSE(reader.read_commit(*CommitId::from_hex(std::string(40, 'd'))));
    CHECK_FALSE(reader.read_commit(CommitId()));
  });
}

TEST_CASE("a tree lists names as bytes, with kinds, in git's order") {
  with_both(false, [](GitReader& reader, History const& history, MemoryRepository&) {
    auto tree = reader.read_tree(reader.read_commit(history.root)->tree);
    REQUIRE(tree);
    std::vector<std::string> names;
    for (auto const& entry : *tree) names.push_back(entry.name);
    CHECK(names ==
          std::vector<std::string>{"README.md", "a-b", "a", "link", "odd", "run.sh", "vendor"});
    CHECK(tree->at(2).kind == EntryKind::tree);
    CHECK(tree->at(3).kind == EntryKind::symlink);
    CHECK(tree->at(5).kind == EntryKind::executable);
    CHECK(tree->at(5).mode == 0100755);
    CHECK(tree->at(6).kind == EntryKind::submodule);
    CHECK(tree->at(6).id.hex() == std::string(40, '4'));
    CHECK_FALSE(reader.read_tree(history.root));

    auto files = list_files(reader, reader.read_commit(history.root)->tree, "");
    CHECK(files.complete);
    CHECK(files.items.size() == 7);
    CHECK(files.items.at(3).path == "link");
    CHECK(files.items.at(4).path == "odd/\xff name\n.md");
  });
}

TEST_CASE("a blob is read whole or refused by its size") {
  with_both(true, [](GitReader& reader, History const& history, MemoryRepository&) {
    CHECK(std::get<std::string>(reader.read_blob(history.blob, 7).value()) == "tagged\n");
    CHECK(std::get<TooLarge>(reader.read_blob(history.blob, 6).value()).size == 7);
    CHECK_FALSE(reader.read_blob(history.root, 1000));
  });
}

TEST_CASE("a prefix is looked up among objects of every type") {
  with_both(true, [](GitReader& reader, History const& history, MemoryRepository& repository) {
    for (auto const& [id, object] : repository.objects()) {
      auto found = reader.find_object(id.hex().substr(0, 30));
      REQUIRE(std::holds_alternative<FoundObject>(found));
      CHECK(std::get<FoundObject>(found).id == id);
      CHECK(std::get<FoundObject>(found).kind == object.kind);
    }
    CHECK(std::holds_alternative<FoundObject>(reader.find_object(history.tip.hex())));
    CHECK(reader.find_object(std::string(40, 'd')) == PrefixMatch(NotFound::absent));
    CHECK(reader.find_object("ddddddd") == PrefixMatch(NotFound::absent));
  });
}

TEST_CASE("a prefix that two objects share is ambiguous, whatever their types") {
  MemoryGitOpener memory;
  auto& repository = memory.add("/repo", true);
  auto commit = repository.commit({{}, {{"a", file("a\n")}}, "A\n", 1});
  auto wanted = commit.hex().substr(0, 4);
  ObjectId twin;
  for (int i = 0; twin.hex().substr(0, 4) != wanted; ++i) {
    // Only the matching blob is kept in the real repository.
    MemoryRepository trial("/trial");
    twin = trial.write_blob("pad " + std::to_string(i));
    if (twin.hex().substr(0, 4) == wanted) repository.write_blob("pad " + std::to_string(i));
  }
  auto check = [&](GitReader& reader) {
    CHECK(reader.find_object(wanted) == PrefixMatch(NotFound::ambiguous));
    auto found = reader.find_object(commit.hex().substr(0, 12));
    CHECK(std::holds_alternative<FoundObject>(found));
  };
  SUBCASE("in memory") {
    check(*open_reader(memory, "/repo"));
  }
  SUBCASE("libgit2, loose objects") {
    TempDirectory directory;
    export_to_disk(repository, directory / "repo", true);
    LibGit2Opener opener;
    check(*open_reader(opener, directory / "repo"));
  }
  SUBCASE("libgit2, one object in a pack, with and without an index over packs") {
    if (!have_git()) {
      MESSAGE("SKIPPED: git is not installed");
      return;
    }
    TempDirectory directory;
    repository.set_reference("refs/heads/main", commit);
    export_to_disk(repository, directory / "repo", true);
    git(directory / "repo", {"repack", "-q", "-d"});
    LibGit2Opener opener;
    check(*open_reader(opener, directory / "repo"));
    git(directory / "repo", {"tag", "twin", twin.hex()});
    git(directory / "repo", {"repack", "-q", "-d"});
    git(directory / "repo", {"multi-pack-index", "write"});
    check(*open_reader(opener, directory / "repo"));
  }
}

TEST_CASE("a diff never looks for renames and knows additions, changes of mode and of type") {
  with_both(false, [](GitReader& reader, History const& history, MemoryRepository&) {
    auto of = [&](CommitId const& id) {
      return shown(std::get<TreeDiff>(diff_from_first_parent(reader, *reader.read_commit(id))));
    };
    using Lines = std::vector<std::string>;
    CHECK(of(history.root) == Lines{"A README.md", "A a-b", "A a/x.txt", "A link",
                                    "A odd/\xff name\n.md", "A run.sh", "A vendor"});
    CHECK(of(history.removed_parent) == Lines{"D link", "A link/now-a-directory", "m run.sh"});
    CHECK(of(history.merge) == Lines{"A a/y.txt"});
    CHECK(of(history.tip) == Lines{"D README.md", "M a/x.txt", "T vendor"});
  });
}

TEST_CASE("ancestry includes the commit itself and goes through every parent") {
  with_both(true, [](GitReader& reader, History const& history, MemoryRepository&) {
    CHECK(is_ancestor(reader, history.side, history.tip));
    CHECK(is_ancestor(reader, history.tip, history.tip));
    CHECK_FALSE(is_ancestor(reader, history.tip, history.side));
    CHECK_FALSE(is_ancestor(reader, history.removed_parent, history.side));
  });
}

TEST_CASE("the tree of a folder at HEAD is known, of untracked ones it is not") {
  with_both(false, [](GitReader& reader, History const& history, MemoryRepository&) {
    auto known = tree_at_head(reader, "a");
    CHECK(known.head == history.tip);
    REQUIRE(known.tree);
    CHECK(reader.read_tree(*known.tree)->size() == 2);
    CHECK_FALSE(tree_at_head(reader, "a/x.txt").tree);
    CHECK_FALSE(tree_at_head(reader, "absent/folder").tree);
    CHECK(tree_at_head(reader, "absent/folder").head == history.tip);
  });
}

TEST_CASE("missing objects make parts unknown and nothing else") {
  MemoryGitOpener memory;
  auto& repository = memory.add("/repo");
  History history(repository);
  auto reader = open_reader(memory, "/repo");
  auto before = reader->read_commit(history.merge)->tree;
  auto directory = std::get<std::optional<TreeEntry>>(find_path(*reader, before, "a"))->id;

  SUBCASE("a subtree on one side") {
    repository.remove_object(directory);
    auto diff =
        std::get<TreeDiff>(diff_from_first_parent(*reader, *reader->read_commit(history.tip)));
    CHECK(shown(diff) == std::vector<std::string>{"D README.md", "T vendor"});
    CHECK(diff.unknown_below == std::vector<std::string>{"a/"});
    CHECK(std::holds_alternative<Undecidable>(find_path(*reader, before, "a/x.txt")));
    CHECK_FALSE(list_files(*reader, before, "").complete);
  }
  SUBCASE("the parent commit") {
    auto tip = *reader->read_commit(history.merge);
    repository.remove_object(history.removed_parent);
    auto result = diff_from_first_parent(*reader, tip);
    CHECK(std::get<Undecidable>(result) == Undecidable::parent_missing);
  }
  SUBCASE("a parent behind the shallow boundary counts as missing although it is there") {
    repository.set_shallow({history.merge});
    auto shallow = open_reader(memory, "/repo");
    auto merge = *shallow->read_commit(history.merge);
    CHECK(merge.at_shallow_boundary);
    CHECK(std::get<Undecidable>(diff_from_first_parent(*shallow, merge)) ==
          Undecidable::parent_missing);
    CHECK_FALSE(is_ancestor(*shallow, history.root, history.tip));
  }
}

}  // namespace
}  // namespace govseal
