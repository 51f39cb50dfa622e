// From events to hints. The order in which inotify tells of one directory is the order in which
// things happened there, but the tree of names may be ahead of the events (inotify_state.h).
#include <algorithm>
#include <utility>

#include "watchers/inotify_state.h"

namespace govseal {
namespace {

constexpr std::uint32_t kStructure = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
constexpr std::uint32_t kSelfGone = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED;

bool has(std::uint32_t mask, std::uint32_t bits) {
  return (mask & bits) != 0;
}

HintKinds kinds_of(std::uint32_t mask) {
  HintKinds kinds;
  if (has(mask, kStructure)) kinds |= HintKind::entry;
  if (has(mask, IN_MOVED_FROM | IN_MOVED_TO)) kinds |= HintKind::renamed;
  if (has(mask, IN_MODIFY)) kinds |= HintKind::content;
  if (has(mask, IN_CLOSE_WRITE)) kinds |= HintKind::closed_after_write;
  if (has(mask, IN_ATTRIB)) kinds |= HintKind::metadata;
  return kinds;
}

}  // namespace

void InotifyWatcher::State::take_bytes(ByteSpan bytes, Turn& turn) {
  InotifyEvent event;
  while (true) {
    DecodeStep const step = next_inotify_event(bytes, event);
    if (step == DecodeStep::end) break;
    if (step == DecodeStep::malformed) {
      ++counters.malformed;
      gap_for_all(GapCause::malformed_events, turn);
      break;
    }
    ++counters.events;
    if (has(event.mask, IN_Q_OVERFLOW)) {
      // What follows in this buffer is after the loss; the rescan covers it.
      ++counters.overflows;
      gap_for_all(GapCause::kernel_overflow, turn);
      break;
    }
    // Most halves of a rename are neighbours: only what is followed by something else is told
    // without its other end.
    if (!has(event.mask, IN_MOVED_TO)) announce_sources(turn);
    take_event(event, turn);
  }
  announce_sources(turn);
}

void InotifyWatcher::State::take_event(InotifyEvent const& event, Turn& turn) {
  if (crawls > 0) keep_event(event, turn);
  std::vector<WatchTable::Ref> const refs = table.find(event.wd);
  bool const ignored = has(event.mask, IN_IGNORED);  // Usually of a watch that was just removed.
  if (refs.empty() && crawls == 0 && !ignored) ++counters.unknown_events;
  std::vector<RenameSource> sources;
  if (has(event.mask, IN_MOVED_TO) && !refs.empty()) sources = pairs.take(event.cookie);
  for (WatchTable::Ref const ref : refs) {
    // An earlier meaning of the same event may have ended a root.
    if (ref.owner == kCookieOwner) {
      cookie_event(ref.place, event);
    } else if (!roots[ref.owner]) {
      continue;
    } else if ((ref.place & kOnTheWay) != 0) {
      way_event(ref.owner, ref.place & ~kOnTheWay, event, turn);
    } else if (!roots[ref.owner]->tree.empty()) {
      tree_event(ref.owner, ref.place, event, sources, turn);
    }
  }
  for (RenameSource const& source : sources) finish_source(source, turn);
  if (ignored) table.erase_all(event.wd);
}

/// For the roots whose crawl is under way; once it is full they have a gap.
void InotifyWatcher::State::keep_event(InotifyEvent const& event, Turn& turn) {
  if (kept.add(event.wd, event.name, event.mask)) return;
  Gap gap{.cause = GapCause::ring_overflow};
  for (auto const& [id, number] : numbers) {
    Root& root = *roots[number];
    if (!root.next_config || !std::exchange(root.kept_all, false)) continue;
    ++root.epoch;
    gap.roots.push_back(id);
  }
  if (gap.roots.empty()) return;
  ++counters.overflows;
  turn.sink.gap(std::move(gap));
}

/// What happened while the root was being crawled, in no order.
void InotifyWatcher::State::replay_kept(std::uint32_t number, Turn& turn) {
  kept.for_each([&](std::int32_t watch, std::string const& name, std::uint32_t mask) {
    for (WatchTable::Ref const ref : table.find(watch)) {
      if (ref.owner == number && roots[number])
        kept_event(number, ref.place, {watch, mask, 0, name}, turn);
    }
  });
}

/// Names are looked at, not followed: a mask may hold several events.
void InotifyWatcher::State::kept_event(std::uint32_t number, std::uint32_t place,
                                       InotifyEvent const& event, Turn& turn) {
  if ((place & kOnTheWay) != 0) return way_event(number, place & ~kOnTheWay, event, turn);
  Root& root = *roots[number];
  if (root.tree.empty()) return;
  if (event.name.empty()) {
    std::vector<RenameSource> none;
    tree_event(number, place, event, none, turn);
    if (has(event.mask, IN_IGNORED)) table.erase(event.wd, {number, place});
    return;
  }
  auto const directory = root.tree.path(place);
  if (!directory) return;
  name_hint(root, place, *directory, event, std::nullopt, turn);
  if (!has(event.mask, IN_ISDIR)) return;
  bool const known = root.tree.find(place, event.name) != DirectoryTree::kNone;
  if (has(event.mask, kStructure) || (has(event.mask, IN_ATTRIB) && !known)) {
    queue_entering(number, place, event.name, turn);
  }
}

void InotifyWatcher::State::tree_event(std::uint32_t number, Node node, InotifyEvent const& event,
                                       std::vector<RenameSource>& sources, Turn& turn) {
  Root& root = *roots[number];
  if (has(event.mask, IN_UNMOUNT)) return lose(number, GapCause::unmounted, turn);
  if (has(event.mask, kSelfGone)) {
    // Of other directories the parent tells.
    if (node != DirectoryTree::kRoot) return;
    bool const moved = has(event.mask, IN_MOVE_SELF);
    return suspect(number, moved ? GapCause::root_replaced : GapCause::root_missing, turn);
  }
  auto const directory = root.tree.path(node);
  if (!directory) return;  // On its way to somewhere: it is listed again when it arrives.
  if (event.name.empty()) {
    hint(root, {.directory = *directory, .kinds = kinds_of(event.mask), .is_directory = true},
         turn);
  } else if (has(event.mask, IN_MOVED_FROM)) {
    moved_from(number, node, *directory, event, turn);
  } else if (has(event.mask, IN_MOVED_TO)) {
    moved_to(number, node, *directory, event, sources, turn);
  } else {
    name_event(number, node, *directory, event, turn);
  }
}

/// A directory that comes, goes or moves takes everything below it along.
void InotifyWatcher::State::name_hint(Root& root, Node node, RelativePath const& directory,
                                      InotifyEvent const& event, std::optional<RenameEnd> other_end,
                                      Turn& turn) {
  unsigned const levels = root.tree.depth(node) + 1;
  bool const is_directory = has(event.mask, IN_ISDIR);
  if (!root.rules.hints(event.name, is_directory, levels)) return;
  HintKinds kinds = kinds_of(event.mask);
  bool const with_tree = is_directory && root.rules.enter(levels) == RootRules::Enter::yes;
  if (with_tree && has(event.mask, kStructure)) kinds |= HintKind::subtree;
  hint(root,
       {.directory = directory,
        .name = std::string(event.name),
        .kinds = kinds,
        .is_directory = is_directory,
        .other_end = std::move(other_end)},
       turn);
}

void InotifyWatcher::State::name_event(std::uint32_t number, Node node,
                                       RelativePath const& directory, InotifyEvent const& event,
                                       Turn& turn) {
  Root& root = *roots[number];
  name_hint(root, node, directory, event, std::nullopt, turn);
  if (!has(event.mask, IN_ISDIR)) return;
  Node const child = root.tree.find(node, event.name);
  bool const known = child != DirectoryTree::kNone;
  // One that could not be read may have been given the right to.
  bool const perhaps_opened = has(event.mask, IN_ATTRIB) && !known;
  if (has(event.mask, IN_CREATE) || perhaps_opened) {
    queue_entering(number, node, event.name, turn);
  }
  if (has(event.mask, IN_DELETE) && known) remove_subtree(number, child);
}

void InotifyWatcher::State::moved_from(std::uint32_t number, Node node,
                                       RelativePath const& directory, InotifyEvent const& event,
                                       Turn& turn) {
  Root& root = *roots[number];
  RenameSource source{.cookie = event.cookie,
                      .root = number,
                      .ticket = root.ticket,
                      .directory = directory,
                      .name = std::string(event.name),
                      .is_directory = has(event.mask, IN_ISDIR)};
  source.makes_hint = root.rules.hints(event.name, source.is_directory, root.tree.depth(node) + 1);
  Node const child = source.is_directory ? root.tree.find(node, event.name) : DirectoryTree::kNone;
  if (child != DirectoryTree::kNone) {
    root.tree.detach(child);
    source.moved = root.tree.handle(child);
  }
  pairs.add(std::move(source), turn.now);
}

void InotifyWatcher::State::moved_to(std::uint32_t number, Node node, RelativePath const& directory,
                                     InotifyEvent const& event, std::vector<RenameSource>& sources,
                                     Turn& turn) {
  Root& root = *roots[number];
  RenameEnd const here{root.config.id, directory, std::string(event.name)};
  RenameEnd there;  // outside, unless a source is known
  for (RenameSource& source : sources) {
    bool const same_root = source.root == number && source.ticket == root.ticket;
    Root const* const from = find_root(source.root, source.ticket);
    if (from != nullptr && (same_root || there.outside())) {
      there = {from->config.id, source.directory, source.name};
    }
    if (same_root || !source.destination) source.destination = here;
    if (same_root) attach_moved(number, node, event.name, source);
  }
  name_hint(root, node, directory, event, std::move(there), turn);
  if (has(event.mask, IN_ISDIR)) queue_entering(number, node, event.name, turn);
}

/// Gives a directory that left its place the new one, with everything below it.
void InotifyWatcher::State::attach_moved(std::uint32_t number, Node parent, std::string_view name,
                                         RenameSource& source) {
  Root& root = *roots[number];
  Node const moved = root.tree.find(source.moved);
  if (moved == DirectoryTree::kNone) return;
  if (root.rules.enter(root.tree.depth(parent) + 1) != RootRules::Enter::yes) return;
  Node const replaced = root.tree.find(parent, name);
  if (replaced != DirectoryTree::kNone) remove_subtree(number, replaced);
  root.tree.attach(moved, parent, name);
  source.moved = {};
}

/// The end of a rename as far as its source is concerned: what did not find a new place is no
/// longer watched.
void InotifyWatcher::State::finish_source(RenameSource const& source, Turn& turn) {
  Root* const root = find_root(source.root, source.ticket);
  if (root == nullptr) return;
  RenameEnd other_end = source.destination ? *source.destination : present_end_of(source);
  Node const moved = root->tree.find(source.moved);
  if (moved != DirectoryTree::kNone) remove_subtree(source.root, moved);
  source_hint(*root, source, std::move(other_end), turn);
}

void InotifyWatcher::State::source_hint(Root& root, RenameSource const& source,
                                        std::optional<RenameEnd> other_end, Turn& turn) {
  if (!source.makes_hint) return;
  HintKinds kinds{HintKind::entry, HintKind::renamed};
  if (source.is_directory && root.config.recursive) kinds |= HintKind::subtree;
  hint(root,
       {.directory = source.directory,
        .name = source.name,
        .kinds = kinds,
        .is_directory = source.is_directory,
        .other_end = std::move(other_end)},
       turn);
}

/// No second half came. A directory may have gone into one that was not watched yet and have been
/// found there since; otherwise it is outside.
RenameEnd InotifyWatcher::State::present_end_of(RenameSource const& source) {
  Root const& from = *roots[source.root];
  Node const moved = from.tree.find(source.moved);
  if (moved == DirectoryTree::kNone) return {};
  for (WatchTable::Ref const ref : table.find(from.tree.watch(moved))) {
    if (ref.owner == kCookieOwner || (ref.place & kOnTheWay) != 0) continue;
    Root const& root = *roots[ref.owner];
    auto path = root.tree.path(ref.place);
    if (path) return {root.config.id, path->parent(), std::string(path->name())};
  }
  return {};
}

void InotifyWatcher::State::announce_sources(Turn& turn) {
  for (RenameSource const& source : pairs.take_unannounced()) {
    Root* const root = find_root(source.root, source.ticket);
    if (root != nullptr) source_hint(*root, source, std::nullopt, turn);
  }
}

void InotifyWatcher::State::expire_sources(Turn& turn) {
  for (RenameSource const& source : pairs.take_expired(turn.now)) finish_source(source, turn);
}

/// Something happened in a directory on the way to a root: only the next element counts.
void InotifyWatcher::State::way_event(std::uint32_t number, std::uint32_t index,
                                      InotifyEvent const& event, Turn& turn) {
  Root& root = *roots[number];
  bool const armed = root.phase == RootState::Phase::armed;
  if (has(event.mask, IN_UNMOUNT) && armed) return lose(number, GapCause::unmounted, turn);
  if (has(event.mask, kSelfGone)) {
    if (armed) return suspect(number, GapCause::root_missing, turn);
    if (!has(event.mask, IN_IGNORED)) tell_appeared(number, turn);
    return;
  }
  auto const elements = root.config.path.elements();
  if (index >= elements.size() || event.name != elements[index]) return;
  bool const last = index + 1 == elements.size();
  bool const structure = has(event.mask, kStructure);
  if (armed) {
    bool const renamed = last && has(event.mask, IN_MOVED_FROM);
    GapCause const cause = renamed ? GapCause::root_replaced : GapCause::root_missing;
    if (structure) suspect(number, cause, turn);
    return;
  }
  bool const is_directory = has(event.mask, IN_ISDIR);
  if (last && !is_directory) {
    bool const gone = has(event.mask, IN_DELETE | IN_MOVED_FROM);
    root.presence = gone ? RootPresence::missing : RootPresence::other;
    hint(root, {.kinds = kinds_of(event.mask)}, turn);
  } else if (structure) {
    tell_appeared(number, turn);
  }
}

void InotifyWatcher::State::cookie_event(std::uint32_t index, InotifyEvent const& event) {
  CookiePlace& place = cookies[index];
  if (has(event.mask, kSelfGone)) {
    // Deleted or moved away: the next cookie makes it again.
    if (!has(event.mask, IN_IGNORED)) unref(place.watch, {kCookieOwner, index});
    place.watch = 0;
    return;
  }
  auto const cookie = place.directory.find_cookie(event.name);
  if (cookie && laid.erase(*cookie) == 1) pending.emplace_back(CookieArrived{*cookie});
}

void InotifyWatcher::State::hint(Root& root, Hint hint, Turn& turn) {
  hint.root = root.config.id;
  hint.epoch = root.epoch;
  ++counters.hints;
  turn.sink.hint(std::move(hint));
}

}  // namespace govseal
