#include "watchers/inotify_watcher.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/error.h"
#include "watchers/inotify_state.h"

namespace govseal {
namespace {

/// What begin_arm and finish_arm may deliver at once, as one call of drain.
constexpr DrainLimits kOneTurn{};
/// A cookie that nobody waits for any more is forgotten when so many newer ones are out.
constexpr std::size_t kCookiesOutMax = 1'024;
/// A buffer has to hold at least one event: a header and a name of 255 bytes.
constexpr std::size_t kBufferBytesMin = 4'096;

}  // namespace

InotifyWatcher::State::State(Options options_given)
    : options(std::move(options_given)),
      pairs(options.limits.rename_pair, options.limits.ring_entries_max),
      kept(options.limits.ring_entries_max) {
  for (std::string const& path : options.cookie_directories) {
    cookies.push_back({CookieDirectory(path, options.boot_id), 0, false});
  }
  (void)ensure_open(options.now);  // Asked again by the first begin_arm.
}

bool InotifyWatcher::State::ensure_open(Instant now) {
  if (inotify.valid()) return true;
  inotify = InotifyHandle::open();
  if (!inotify.valid()) return false;
  for (CookiePlace& place : cookies) watch_cookies(place, place.directory.open(now));
  return true;
}

void InotifyWatcher::State::watch_cookies(CookiePlace& place, UniqueFd directory) {
  place.watch = directory.valid() ? inotify.add(directory.get()) : 0;
  place.given_up = place.watch == 0;
  if (place.given_up) return;
  auto const index = static_cast<std::uint32_t>(&place - cookies.data());
  table.add(place.watch, {kCookieOwner, index});
}

/// The root of that number while the arming of that ticket is in force.
InotifyWatcher::State::Root* InotifyWatcher::State::find_root(std::uint32_t number,
                                                              std::uint64_t ticket) {
  if (number >= roots.size() || !roots[number]) return nullptr;
  return roots[number]->ticket == ticket ? roots[number].get() : nullptr;
}

std::uint32_t InotifyWatcher::State::number_for(WatchRoot const& root) {
  if (auto const known = numbers.find(root.id); known != numbers.end()) return known->second;
  auto const free = std::find(roots.begin(), roots.end(), nullptr);
  auto const number = static_cast<std::uint32_t>(free - roots.begin());
  if (free == roots.end()) roots.emplace_back();
  roots[number] = std::make_unique<Root>(
      Root{.config = root, .rules = RootRules(root, options.limits), .epoch = root.epoch});
  numbers.emplace(root.id, number);
  return number;
}

std::size_t InotifyWatcher::State::directories() const {
  std::size_t sum = 0;
  for (auto const& root : roots) sum += root ? root->tree.size() : 0;
  return sum;
}

void InotifyWatcher::State::install(std::uint32_t number, CrawlResult& result, Turn& turn) {
  Root& root = *roots[number];
  auto& data = static_cast<InotifyCrawlData&>(*result.data);
  std::vector<Hint> const unentered = take_unentered(number);
  bool const there = result.presence == RootPresence::directory;
  bool const was_armed = root.phase == RootState::Phase::armed;
  bool const another = was_armed && (!there || result.identity != root.identity);
  if (another) {
    // The crawl was quicker than the events: what was armed is not there any more.
    bool const missing = result.presence == RootPresence::missing;
    lose(number, missing ? GapCause::root_missing : GapCause::root_replaced, turn);
  }
  // The old directories go first, since old and new places may have the same numbers; the watches
  // that both have stay, because removals wait for the end of the crawl.
  forget_watches(number, true);
  root.config = std::move(*root.next_config);
  root.next_config.reset();
  root.rules = RootRules(root.config, options.limits);
  root.epoch = std::max(root.epoch, root.config.epoch);
  root.ticket = result.ticket;
  root.appeared_told = false;
  root.presence = result.presence;
  root.identity = result.identity;
  root.phase = there ? RootState::Phase::armed : RootState::Phase::waiting;
  root.tree = std::move(data.tree);
  root.way = std::move(data.way);
  root.tree.for_each([&](Node node) { table.add(root.tree.watch(node), {number, node}); });
  for (std::uint32_t i = 0; i < root.way.size(); ++i) {
    table.add(root.way[i], {number, kOnTheWay | i});
  }
  for (PartialCoverage& partial : result.partial) turn.sink.partial(std::move(partial));
  if (result.presence == RootPresence::other) hint(root, {.kinds = HintKind::entry}, turn);
  pending.emplace_back(std::make_unique<DeliverEntries>(
      DeliverEntries{number, result.ticket, std::move(data.entries)}));
  replay_kept(number, turn);
  if (find_root(number, result.ticket) == nullptr) return;  // Lost again meanwhile.
  for (Hint const& again : unentered) hint(root, again, turn);
  // Armed again, the root counts as the one that came after the loss.
  if (another && result.presence != RootPresence::missing) tell_appeared(number, turn);
}

/// Directories of an armed root that were told of but not watched yet. What left them until the new
/// crawl came by nobody has told, so they are to be looked at once more.
std::vector<Hint> InotifyWatcher::State::take_unentered(std::uint32_t number) {
  Root const& root = *roots[number];
  std::vector<Hint> hints;
  auto const add = [&](std::uint64_t ticket, DirectoryTree::Handle handle, std::string name) {
    if (ticket != root.ticket) return;
    Node const node = root.tree.find(handle);
    auto directory = node == DirectoryTree::kNone ? std::nullopt : root.tree.path(node);
    // One that is on its way is entered where it arrives.
    if (!directory) return;
    hints.push_back({.directory = std::move(*directory),
                     .name = std::move(name),
                     .kinds = {HintKind::entry, HintKind::subtree},
                     .is_directory = true});
  };
  if (listing && listing->root == number) {
    add(listing->ticket, listing->node, {});
    listing.reset();
  }
  std::erase_if(pending, [&](Pending& waiting) {
    auto* const order = std::get_if<EnterDirectory>(&waiting);
    if (order == nullptr || order->root != number) return false;
    if (order->by_event) to_enter.erase({order->ticket, order->parent, order->name});
    add(order->ticket, order->parent, std::move(order->name));
    return true;
  });
  return hints;
}

/// The watches of a crawl that nobody wants any more.
void InotifyWatcher::State::discard(InotifyCrawlData& data) {
  auto const give_up = [this](std::int32_t watch) {
    if (watch > 0 && !table.contains(watch)) deferred_removals.push_back(watch);
  };
  data.tree.for_each([&](Node node) { give_up(data.tree.watch(node)); });
  for (std::int32_t const watch : data.way) give_up(watch);
}

void InotifyWatcher::State::erase_root(std::uint32_t number) {
  forget_watches(number, true);
  numbers.erase(roots[number]->config.id);
  roots[number].reset();
}

void InotifyWatcher::State::forget_watches(std::uint32_t number, bool also_the_way) {
  Root& root = *roots[number];
  root.tree.for_each([&](Node node) { unref(root.tree.watch(node), {number, node}); });
  root.tree = DirectoryTree();
  root.ticket = 0;
  if (!also_the_way) return;
  for (std::uint32_t i = 0; i < root.way.size(); ++i) {
    unref(root.way[i], {number, kOnTheWay | i});
  }
  root.way.clear();
}

void InotifyWatcher::State::unref(std::int32_t watch, WatchTable::Ref ref) {
  if (watch <= 0 || !table.erase(watch, ref) || table.contains(watch)) return;
  if (crawls > 0) {
    deferred_removals.push_back(watch);
  } else {
    inotify.remove(watch);
  }
}

void InotifyWatcher::State::finish_removals() {
  if (crawls > 0) return;
  kept.clear();
  for (std::int32_t const watch : std::exchange(deferred_removals, {})) {
    if (!table.contains(watch)) inotify.remove(watch);
  }
}

/// Something happened to a root itself or on the way to it. What is there now decides.
void InotifyWatcher::State::suspect(std::uint32_t number, GapCause cause_if_missing, Turn& turn) {
  Root const& root = *roots[number];
  if (root.phase != RootState::Phase::armed) return;
  RootLook const look = look_at_root(root.config);
  if (look.error_number != 0 && look.error_number != EXDEV) {
    return drop(number, {cause_of(look.error_number), look.error_number}, turn);
  }
  if (look.presence == RootPresence::directory && look.identity == root.identity) return;
  bool const missing = look.presence == RootPresence::missing;
  lose(number, missing ? cause_if_missing : GapCause::root_replaced, turn);
  if (!missing) tell_appeared(number, turn);
}

void InotifyWatcher::State::lose(std::uint32_t number, GapCause cause, Turn& turn) {
  Root& root = *roots[number];
  if (root.phase != RootState::Phase::armed) return;
  // What is on the way stays watched: the root may come back.
  forget_watches(number, false);
  root.phase = RootState::Phase::lost;
  root.presence = RootPresence::missing;
  ++root.epoch;
  turn.root_fds.erase(number);
  turn.sink.gap({.roots = {root.config.id}, .cause = cause});
  hint(root, {.kinds = HintKind::self_gone, .is_directory = true}, turn);
}

/// Once until the root is armed again.
void InotifyWatcher::State::tell_appeared(std::uint32_t number, Turn& turn) {
  Root& root = *roots[number];
  if (!std::exchange(root.appeared_told, true)) turn.sink.root_appeared(root.config.id);
}

void InotifyWatcher::State::drop(std::uint32_t number, NotPossible why, Turn& turn) {
  RootId const id = roots[number]->config.id;
  turn.root_fds.erase(number);
  erase_root(number);
  turn.sink.gap(
      {.roots = {id}, .cause = why.cause, .error_number = why.error_number, .disarmed = true});
}

void InotifyWatcher::State::gap_for_all(GapCause cause, Turn& turn) {
  // A cookie from before the loss proves nothing about what was lost.
  laid.clear();
  if (numbers.empty()) return;
  Gap gap{.cause = cause};
  for (auto const& [id, number] : numbers) {
    ++roots[number]->epoch;
    gap.roots.push_back(id);
  }
  turn.sink.gap(std::move(gap));
}

WatcherState InotifyWatcher::State::describe() const {
  WatcherState state{.rung = Rung::inotify,
                     .watches = table.watches(),
                     .queue_bytes = inotify.waiting_bytes(),
                     .waiting = pending.size() + (listing ? 1U : 0U),
                     .counters = counters};
  for (auto const& [id, number] : numbers) {
    Root const& root = *roots[number];
    state.roots.push_back({id, root.phase, root.presence, root.tree.size(), root.epoch});
  }
  for (CookiePlace const& place : cookies) {
    if (!place.given_up && place.directory.filesystem()) {
      state.cookie_filesystems.push_back(*place.directory.filesystem());
    }
  }
  return state;
}

InotifyWatcher::InotifyWatcher(Options options)
    : state_(std::make_unique<State>(std::move(options))) {}
InotifyWatcher::~InotifyWatcher() = default;

int InotifyWatcher::fd() const {
  return state_->inotify.fd();
}

ArmOutcome InotifyWatcher::begin_arm(WatchRoot const& root) {
  State& state = *state_;
  if (!state.ensure_open(state.options.now)) return NotPossible{GapCause::watch_limit, errno};
  std::size_t const used = state.directories();
  std::size_t const most = state.options.limits.directories_max;
  if (used >= most) return NotPossible{GapCause::watch_limit, ENOSPC};
  InotifyHandle handle = state.inotify.duplicate();
  if (!handle.valid()) return NotPossible{cause_of(errno), errno};
  State::Root& known = *state.roots[state.number_for(root)];
  known.next_config = root;
  known.crawl_ticket = ++state.tickets;
  known.kept_all = true;
  known.appeared_told = false;
  ++state.crawls;
  return std::make_unique<InotifyCrawl>(
      InotifyCrawl::Order{root, known.crawl_ticket, state.options.limits,
                          most - used + known.tree.size()},
      std::move(handle));
}

void InotifyWatcher::finish_arm(CrawlResult result, HintSink& sink) {
  State& state = *state_;
  State::Turn turn{sink, state.options.now, kOneTurn.directories_max, kOneTurn.entries_max, {}};
  auto const known = state.numbers.find(result.root);
  bool const wanted =
      known != state.numbers.end() && state.roots[known->second]->crawl_ticket == result.ticket;
  if (wanted && !result.failure && !result.stopped) {
    state.install(known->second, result, turn);
  } else {
    state.discard(static_cast<InotifyCrawlData&>(*result.data));
    if (wanted && result.failure) state.drop(known->second, *result.failure, turn);
    if (wanted && !result.failure) state.roots[known->second]->next_config.reset();
    // A stopped crawl leaves a root that was known before as it was.
    if (wanted && !result.failure &&
        state.roots[known->second]->phase == RootState::Phase::arming) {
      state.erase_root(known->second);
    }
  }
  --state.crawls;
  state.finish_removals();
  state.work_off(turn);
}

void InotifyWatcher::disarm(RootId const& root) {
  auto const known = state_->numbers.find(root);
  if (known != state_->numbers.end()) state_->erase_root(known->second);
}

DrainOutcome InotifyWatcher::drain(HintSink& sink, DrainLimits const& limits) {
  State& state = *state_;
  State::Turn turn{sink, limits.now, limits.directories_max, limits.entries_max, {}};
  state.expire_sources(turn);
  state.buffer.resize(std::max(limits.buffer_bytes, kBufferBytesMin));
  bool kernel_empty = !state.inotify.valid();
  for (unsigned i = 0; i < limits.reads_max && !kernel_empty; ++i) {
    // What is learnt must find room: with enough work waiting here the rest waits in the kernel.
    if (state.pending.size() >= state.options.limits.ring_entries_max) break;
    long const got = state.inotify.read(state.buffer);
    if (got < 0) throw_errno("read", "inotify");
    kernel_empty = got == 0;
    auto const size = static_cast<std::size_t>(got);
    state.take_bytes(bytes_of({state.buffer.data(), size}), turn);
  }
  state.work_off(turn);
  return {state.has_work() || (!kernel_empty && state.inotify.waiting_bytes() > 0),
          state.pairs.next_expiry()};
}

CookieOutcome InotifyWatcher::lay_cookie(FilesystemId filesystem, CookieId cookie) {
  State& state = *state_;
  if (!state.inotify.valid()) return CookieOutcome::no_directory;
  for (State::CookiePlace& place : state.cookies) {
    if (place.given_up || place.directory.filesystem() != filesystem) continue;
    if (place.watch == 0) state.watch_cookies(place, place.directory.make_again());
    if (place.given_up) return CookieOutcome::no_directory;
    state.laid.insert(cookie);
    if (state.laid.size() > kCookiesOutMax) state.laid.erase(state.laid.begin());
    if (place.directory.lay(cookie)) return CookieOutcome::laid;
    if (errno == ENOENT || errno == ENOTDIR) {
      // Deleted, and the event about it not read yet.
      state.unref(place.watch,
                  {State::kCookieOwner, static_cast<std::uint32_t>(&place - state.cookies.data())});
      state.watch_cookies(place, place.directory.make_again());
      if (!place.given_up && place.directory.lay(cookie)) return CookieOutcome::laid;
    }
    state.laid.erase(cookie);
    return place.given_up ? CookieOutcome::no_directory : CookieOutcome::failed;
  }
  return CookieOutcome::no_directory;
}

WatcherState InotifyWatcher::state() const {
  return state_->describe();
}

void InotifyWatcher::take_bytes(ByteSpan buffer, HintSink& sink, Instant now) {
  State::Turn turn{sink, now, kOneTurn.directories_max, kOneTurn.entries_max, {}};
  state_->take_bytes(buffer, turn);
}

}  // namespace govseal
