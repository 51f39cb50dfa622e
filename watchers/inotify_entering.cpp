// Directories that appear are entered here: open, watch, list, deeper (watching.md 8). Work comes
// off the front of one queue. What a directory holds goes to the front again, so that a cookie at
// the back waits for the whole tree that was there before it.
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/disk_calls.h"
#include "watchers/inotify_state.h"
#include "watchers/root_walk.h"

namespace govseal {

void InotifyWatcher::State::queue_entering(std::uint32_t number, Node parent, std::string_view name,
                                           Turn& turn) {
  Root const& root = *roots[number];
  switch (root.rules.enter(root.tree.depth(parent) + 1)) {
    case RootRules::Enter::no:
      return;
    case RootRules::Enter::too_deep: {
      auto const directory = root.tree.path(parent);
      if (!directory) return;
      turn.sink.partial({root.config.id, *directory / name, PartialCoverage::Reason::depth, 0});
      return;
    }
    case RootRules::Enter::yes: {
      ToEnter place{root.ticket, root.tree.handle(parent), std::string(name)};
      if (to_enter.contains(place)) return;
      pending.emplace_back(EnterDirectory{number, root.ticket, place.parent, place.name});
      to_enter.insert(std::move(place));
    }
  }
}

void InotifyWatcher::State::work_off(Turn& turn) {
  while (turn.directories_left > 0 && turn.entries_left > 0) {
    if (listing) {
      continue_listing(turn);
      continue;
    }
    if (pending.empty()) break;
    Pending next = std::move(pending.front());
    pending.pop_front();
    if (auto const* const order = std::get_if<EnterDirectory>(&next)) {
      --turn.directories_left;
      if (order->by_event) to_enter.erase({order->ticket, order->parent, order->name});
      enter(*order, turn);
    } else if (auto* const entries = std::get_if<std::unique_ptr<DeliverEntries>>(&next)) {
      if (!deliver(**entries, turn)) pending.push_front(std::move(next));
    } else {
      turn.sink.cookie_seen(std::get<CookieArrived>(next).cookie);
    }
  }
}

void InotifyWatcher::State::enter(EnterDirectory const& order, Turn& turn) {
  Root* const root = find_root(order.root, order.ticket);
  if (root == nullptr) return;
  Node const parent = root->tree.find(order.parent);
  if (parent == DirectoryTree::kNone) return;
  auto const directory = root->tree.path(parent);
  if (!directory) return;  // Moved away since; where it arrives it is entered again.
  int const from = root_fd(order.root, turn);
  if (from < 0) return;
  disk::Opened opened = disk::open_directory_beneath(from, *directory / order.name, O_RDONLY);
  if (opened.error != 0) return not_entered(order.root, parent, order.name, opened.error, turn);
  enter_open(order.root, parent, order.name, std::move(opened.fd), turn);
}

void InotifyWatcher::State::enter_open(std::uint32_t number, Node parent, std::string const& name,
                                       UniqueFd fd, Turn& turn) {
  if (directories() >= options.limits.directories_max) {
    return drop(number, {GapCause::watch_limit, ENOSPC}, turn);
  }
  std::int32_t const watch = inotify.add(fd.get());
  if (watch == 0) return not_entered(number, parent, name, errno, turn);
  ++counters.directories_entered;
  Root& root = *roots[number];
  Node const node = root.tree.add(parent, name);
  set_watch(number, node, watch);
  // Events may have been told under another name while the map lagged behind, so the receiver looks
  // at everything once more.
  hint(root,
       {.directory = root.tree.path(parent).value_or(RelativePath()),
        .name = name,
        .kinds = {HintKind::entry, HintKind::subtree},
        .is_directory = true},
       turn);
  bool const known_before = !root.tree.children(node).empty();
  listing =
      OpenListing{number, root.ticket, root.tree.handle(node), std::move(fd), {}, 0, known_before};
  reader.start(listing->fd.get());
}

/// What could not be opened or watched: gone, a part that is not seen, or the end of the root's
/// rung (watching.md 4.3).
void InotifyWatcher::State::not_entered(std::uint32_t number, Node parent, std::string const& name,
                                        int error_number, Turn& turn) {
  Root& root = *roots[number];
  auto const partial = [&](PartialCoverage::Reason reason) {
    RelativePath const path = root.tree.path(parent).value_or(RelativePath()) / name;
    turn.sink.partial({root.config.id, path, reason, error_number});
  };
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
      break;
    case EACCES:
      partial(PartialCoverage::Reason::permission);
      break;
    case EXDEV:
      partial(PartialCoverage::Reason::other_filesystem);
      break;
    default:
      return drop(number, {cause_of(error_number), error_number}, turn);
  }
  Node const child = root.tree.find(parent, name);
  if (child != DirectoryTree::kNone) remove_subtree(number, child);
}

void InotifyWatcher::State::continue_listing(Turn& turn) {
  OpenListing& open = *listing;
  Root* const root = find_root(open.root, open.ticket);
  Node const node = root == nullptr ? DirectoryTree::kNone : root->tree.find(open.node);
  auto const directory = node == DirectoryTree::kNone ? std::nullopt : root->tree.path(node);
  if (!directory) return listing.reset();
  unsigned const levels = root->tree.depth(node) + 1;
  for (; turn.entries_left > 0; --turn.entries_left) {
    DirectoryReader::Entry entry;
    auto const step = reader.next(entry);
    if (step == DirectoryReader::Step::end) return finish_listing(*root);
    bool const failed = step == DirectoryReader::Step::failed;
    if (failed || open.count++ == options.limits.entries_per_directory_max) {
      using Reason = PartialCoverage::Reason;
      turn.sink.partial({root->config.id, *directory, failed ? Reason::failure : Reason::entries,
                         failed ? errno : 0});
      open.known_before = false;  // Nothing is known about the names that were not reached.
      return finish_listing(*root);
    }
    if (root->rules.hints(entry.name, entry.is_directory, levels)) {
      hint(*root,
           {.directory = *directory,
            .name = std::string(entry.name),
            .kinds = HintKind::entry,
            .is_directory = entry.is_directory},
           turn);
    }
    if (entry.is_directory) open.subdirectories.emplace_back(entry.name);
    if (entry.is_directory && root->rules.enter(levels) == RootRules::Enter::too_deep) {
      queue_entering(open.root, node, entry.name, turn);  // Says that it is too deep.
    }
  }
}

void InotifyWatcher::State::finish_listing(Root& root) {
  OpenListing done = std::move(*listing);
  listing.reset();
  Node const node = root.tree.find(done.node);
  auto& names = done.subdirectories;
  std::sort(names.begin(), names.end());
  if (done.known_before) {
    for (Node const child : root.tree.children(node)) {
      bool const there = std::binary_search(names.begin(), names.end(), root.tree.name(child));
      if (!there) remove_subtree(done.root, child);
    }
  }
  if (root.rules.enter(root.tree.depth(node) + 1) != RootRules::Enter::yes) return;
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    pending.emplace_front(
        EnterDirectory{done.root, done.ticket, done.node, std::move(*name), false});
  }
}

/// Hints of a crawl; false when some are left.
bool InotifyWatcher::State::deliver(DeliverEntries& order, Turn& turn) {
  Root* const root = find_root(order.root, order.ticket);
  if (root == nullptr) return true;
  EntryBacklog::Entry entry;
  Node node = DirectoryTree::kNone;
  std::optional<RelativePath> directory;
  for (; turn.entries_left > 0; --turn.entries_left) {
    if (!order.entries.next(entry)) return true;
    Node const next = root->tree.find(entry.directory);
    if (next == DirectoryTree::kNone) continue;  // Gone since, and told so.
    if (next != std::exchange(node, next)) directory = root->tree.path(node);
    if (!directory) continue;
    hint(*root,
         {.directory = *directory,
          .name = std::string(entry.name),
          .kinds = HintKind::entry,
          .is_directory = entry.is_directory},
         turn);
  }
  return order.entries.size() == 0;
}

/// The root's directory, checked to be the one that was armed; -1 when it is not there any more.
int InotifyWatcher::State::root_fd(std::uint32_t number, Turn& turn) {
  if (auto const known = turn.root_fds.find(number); known != turn.root_fds.end()) {
    return known->second.get();
  }
  Root const& root = *roots[number];
  RootWalk walk = walk_to_root(root.config, [](int) { return 0; });
  if (walk.error_number != 0 && walk.error_number != EXDEV) {
    drop(number, {cause_of(walk.error_number), walk.error_number}, turn);
    return -1;
  }
  bool const same = walk.fd.valid() && walk.presence == RootPresence::directory &&
                    identity_of(walk.fd.get()) == root.identity;
  if (!same) {
    suspect(number, GapCause::root_missing, turn);
    // Back already: what was to be entered meanwhile was not.
    if (roots[number] && roots[number]->phase == RootState::Phase::armed) {
      lose(number, GapCause::root_replaced, turn);
      tell_appeared(number, turn);
    }
    return -1;
  }
  return turn.root_fds.emplace(number, std::move(walk.fd)).first->second.get();
}

void InotifyWatcher::State::set_watch(std::uint32_t number, Node node, std::int32_t watch) {
  Root& root = *roots[number];
  std::int32_t const before = root.tree.watch(node);
  // The directory was known under another name: that place has lost it.
  for (WatchTable::Ref const ref : table.find(watch)) {
    bool const stale = ref.owner == number && (ref.place & kOnTheWay) == 0 && ref.place != node;
    if (stale) table.erase(watch, ref);
  }
  root.tree.set_watch(node, watch);
  table.add(watch, {number, node});
  if (before != watch) unref(before, {number, node});
}

void InotifyWatcher::State::remove_subtree(std::uint32_t number, Node node) {
  DirectoryTree& tree = roots[number]->tree;
  tree.remove(node, [&](Node gone) { unref(tree.watch(gone), {number, gone}); });
}

}  // namespace govseal
