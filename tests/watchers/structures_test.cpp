// The structures behind rung C, each against a plain model of it.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "watchers/directory_tree.h"
#include "watchers/entry_backlog.h"
#include "watchers/kept_events.h"
#include "watchers/rename_pairs.h"
#include "watchers/root_rules.h"
#include "watchers/watch_table.h"

namespace govseal {
namespace {

using Node = DirectoryTree::Node;

/// A tree beside a plain map from path to handle.
struct Model {
  Model() { tree.make_root(); }

  [[nodiscard]] std::string any(std::mt19937& random) const {
    auto at = nodes.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(random() % nodes.size()));
    return at->first;
  }
  static std::string child(std::string const& path, std::string const& name) {
    return path.empty() ? name : path + "/" + name;
  }
  void forget(std::string const& path) {
    std::erase_if(nodes, [&](auto const& known) {
      return known.first == path || known.first.starts_with(path + "/");
    });
  }
  void check() const {
    REQUIRE(tree.size() == nodes.size());
    for (auto const& [path, handle] : nodes) {
      Node const node = tree.find(handle);
      REQUIRE(node != DirectoryTree::kNone);
      REQUIRE(tree.path(node)->str() == path);
      REQUIRE(tree.depth(node) == tree.path(node)->elements().size());
    }
  }

  DirectoryTree tree;
  std::map<std::string, DirectoryTree::Handle> nodes{{"", {DirectoryTree::kRoot, 1}}};
};

TEST_CASE("a directory tree follows any sequence of additions, moves and removals") {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    Model model;
    std::vector<DirectoryTree::Handle> gone;
    for (int i = 0; i < 600; ++i) {
      std::string const from = model.any(random);
      std::string const to = model.any(random);
      std::string const name = "n" + std::to_string(random() % 8);
      Node const node = model.tree.find(model.nodes[from]);
      Node const parent = model.tree.find(model.nodes[to]);
      std::string const target = Model::child(to, name);
      if (random() % 3 != 0 || from.empty()) {
        model.nodes[target] = model.tree.handle(model.tree.add(parent, name));
      } else if (random() % 2 == 0) {
        gone.push_back(model.nodes[from]);
        model.tree.remove(node, [](Node) {});
        model.forget(from);
      } else if (to != from && !to.starts_with(from + "/") && !model.nodes.contains(target)) {
        model.tree.detach(node);
        CHECK(!model.tree.path(node));
        model.tree.attach(node, parent, name);
        std::map<std::string, DirectoryTree::Handle> moved;
        for (auto const& [path, handle] : model.nodes) {
          bool const inside = path == from || path.starts_with(from + "/");
          moved[inside ? target + path.substr(from.size()) : path] = handle;
        }
        model.nodes = std::move(moved);
      }
      if (i % 50 == 0) model.check();
    }
    model.check();
    for (auto const& handle : gone) CHECK(model.tree.find(handle) == DirectoryTree::kNone);
  }
}

TEST_CASE("removing a tree names each of its directories once") {
  DirectoryTree tree;
  tree.make_root();
  Node const top = tree.add(DirectoryTree::kRoot, "top");
  std::set<Node> expected{top};
  for (int i = 0; i < 100; ++i) {
    expected.insert(tree.add(i % 2 == 0 ? top : *expected.rbegin(), "n" + std::to_string(i)));
  }
  std::vector<Node> removed;
  tree.remove(top, [&](Node node) { removed.push_back(node); });
  CHECK(removed.size() == expected.size());
  CHECK(std::set(removed.begin(), removed.end()) == expected);
  CHECK(tree.size() == 1);
}

TEST_CASE("a watch table keeps all meanings of a descriptor, through growth and removal") {
  std::mt19937 random(5);
  WatchTable table;
  std::map<std::int32_t, std::set<std::pair<std::uint32_t, std::uint32_t>>> model;
  for (int i = 0; i < 20'000; ++i) {
    auto const watch = static_cast<std::int32_t>(1 + random() % 300);
    WatchTable::Ref const ref{static_cast<std::uint32_t>(random() % 3),
                              static_cast<std::uint32_t>(random() % 4)};
    switch (random() % 4) {
      case 0:
        CHECK(table.erase(watch, ref) == (model[watch].erase({ref.owner, ref.place}) == 1));
        break;
      case 1:
        if (random() % 20 != 0) break;
        table.erase_all(watch);
        model[watch].clear();
        break;
      default:
        table.add(watch, ref);
        model[watch].insert({ref.owner, ref.place});
    }
  }
  std::size_t watches = 0;
  for (auto const& [watch, refs] : model) {
    std::set<std::pair<std::uint32_t, std::uint32_t>> found;
    for (auto const ref : table.find(watch)) CHECK(found.insert({ref.owner, ref.place}).second);
    CHECK(found == refs);
    CHECK(table.contains(watch) == !refs.empty());
    if (!refs.empty()) ++watches;
  }
  CHECK(table.watches() == watches);
}

TEST_CASE("halves of renames wait for their time, and no longer") {
  using std::chrono::milliseconds;
  RenamePairs pairs(milliseconds(1'000), 100);
  Instant now;
  CHECK(!pairs.next_expiry());
  pairs.add({.cookie = 1, .name = "one"}, now);
  pairs.add({.cookie = 1, .root = 1, .name = "one"}, now);
  now.mono += milliseconds(500);
  pairs.add({.cookie = 2, .name = "two"}, now);
  CHECK(pairs.next_expiry() == nanoseconds(milliseconds(1'000)));
  CHECK(pairs.take_unannounced().size() == 3);
  CHECK(pairs.take_unannounced().empty());
  CHECK(pairs.take(1).size() == 2);
  CHECK(pairs.take(1).empty());
  CHECK(pairs.next_expiry() == nanoseconds(milliseconds(1'500)));
  now.mono = milliseconds(1'499);
  CHECK(pairs.take_expired(now).empty());
  now.mono = milliseconds(1'500);
  auto const expired = pairs.take_expired(now);
  REQUIRE(expired.size() == 1);
  CHECK(expired[0].name == "two");
  CHECK(pairs.size() == 0);
}

TEST_CASE("too many halves of renames end before their time, oldest first") {
  RenamePairs pairs(std::chrono::milliseconds(1'000), 10);
  for (std::uint32_t cookie = 1; cookie <= 15; ++cookie) pairs.add({.cookie = cookie}, {});
  auto const expired = pairs.take_expired({});
  REQUIRE(expired.size() == 5);
  CHECK(expired[0].cookie == 1);
  CHECK(pairs.size() == 10);
}

TEST_CASE("kept events merge by name, and say when there is no room") {
  KeptEvents kept(2);
  CHECK(kept.add(1, "a", 1));
  CHECK(kept.add(1, "a", 2));
  CHECK(kept.add(2, "a", 4));
  CHECK(!kept.add(1, "b", 8));
  std::uint32_t masks = 0;
  kept.for_each([&](std::int32_t, std::string const&, std::uint32_t mask) { masks += mask; });
  CHECK(masks == 7);
  kept.clear();
  CHECK(kept.add(1, "b", 8));
}

TEST_CASE("a backlog gives back what was put in, empty directories skipped") {
  EntryBacklog backlog;
  std::string const odd("\nd\xff", 3);
  backlog.begin_directory({1, 1});
  backlog.begin_directory({2, 3});
  backlog.add("d", true);
  backlog.add(odd, false);
  backlog.begin_directory({3, 5});
  backlog.begin_directory({4, 7});
  backlog.add(std::string(255, 'f'), false);
  backlog.begin_directory({5, 9});
  CHECK(backlog.size() == 3);
  EntryBacklog::Entry entry;
  REQUIRE(backlog.next(entry));
  CHECK(entry.directory.node == 2);
  CHECK(entry.name == "d");
  CHECK(entry.is_directory);
  REQUIRE(backlog.next(entry));
  CHECK(entry.name == odd);
  CHECK(!entry.is_directory);
  REQUIRE(backlog.next(entry));
  CHECK(entry.directory.node == 4);
  CHECK(entry.directory.serial == 7);
  CHECK(entry.name.size() == 255);
  CHECK(!backlog.next(entry));
  CHECK(!backlog.next(entry));
  CHECK(backlog.size() == 0);
}

TEST_CASE("the rules of a root decide what is entered and what is told") {
  WatchLimits const limits{.tree_depth_max = 3};
  using Enter = RootRules::Enter;
  RootRules const all({.recursive = true}, limits);
  CHECK(all.enter(3) == Enter::yes);
  CHECK(all.enter(4) == Enter::too_deep);
  CHECK(all.hints("x.lock", false, 1));
  RootRules const flat({.recursive = false, .names = {"HEAD"}, .ignore_locks = true}, limits);
  CHECK(flat.enter(1) == Enter::no);
  CHECK(flat.hints("HEAD", false, 1));
  CHECK(!flat.hints("refs", true, 1));
  CHECK(!flat.hints("HEAD.lock", false, 1));
  RootRules const one({.recursive = true, .levels = 1, .names = {"HEAD"}}, limits);
  CHECK(one.enter(1) == Enter::yes);
  CHECK(one.enter(2) == Enter::no);
  CHECK(one.hints("any", true, 1));
  CHECK(!one.hints("any", true, 2));
}

}  // namespace
}  // namespace govseal
