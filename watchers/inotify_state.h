#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "watchers/cookie_directory.h"
#include "watchers/directory_reader.h"
#include "watchers/directory_tree.h"
#include "watchers/entry_backlog.h"
#include "watchers/inotify_crawl.h"
#include "watchers/inotify_decoder.h"
#include "watchers/inotify_handle.h"
#include "watchers/inotify_watcher.h"
#include "watchers/kept_events.h"
#include "watchers/rename_pairs.h"
#include "watchers/root_rules.h"
#include "watchers/watch_table.h"

// Inside of InotifyWatcher: its state, and the three things it does. Roots are armed and lost
// (inotify_watcher.cpp), events become hints (inotify_events.cpp), directories are entered
// (inotify_entering.cpp).
//
// One watch descriptor may mean several things at once: a directory of several roots that lie in
// each other, a directory on the way to other roots, a cookie directory. The table knows them all,
// and a watch is removed when the last meaning goes. While a crawl is under way nothing is removed,
// because the crawl may just have been given that same watch.
//
// The names of the tree follow the events, which may lag behind what a crawl or an entering has
// seen. Every step that could go wrong by that ends in entering the directory again, which looks at
// the filesystem as it is: whatever the map said before, it is right afterwards.

namespace govseal {

struct InotifyWatcher::State {
  using Node = DirectoryTree::Node;

  /// Owner of cookie directories in the table; other owners are numbers of roots.
  static constexpr std::uint32_t kCookieOwner = 0xFFFF'FFFF;
  /// Marks the places that are on the way to a root: the rest is the index from its base.
  static constexpr std::uint32_t kOnTheWay = 0x8000'0000;

  struct Root {
    WatchRoot config;
    RootRules rules;
    RootState::Phase phase = RootState::Phase::arming;
    RootPresence presence = RootPresence::missing;
    std::optional<DirectoryIdentity> identity{};
    DirectoryTree tree{};
    std::vector<std::int32_t> way{};  // watches from the base to the root's parent
    std::uint64_t epoch = 0;
    std::uint64_t ticket = 0;        // of the arming in force; 0: none
    std::uint64_t crawl_ticket = 0;  // of the newest crawl
    bool kept_all = true;            // no event was lost for want of room since that crawl began
    bool appeared_told = false;
    std::optional<WatchRoot> next_config{};
  };

  struct CookiePlace {
    CookieDirectory directory;
    std::int32_t watch = 0;
    bool given_up = false;
  };

  // What waits for drain, in this order: directories to enter, hints of a crawl, cookies.
  struct EnterDirectory {
    std::uint32_t root = 0;
    std::uint64_t ticket = 0;
    DirectoryTree::Handle parent;
    std::string name;
    bool by_event = true;  // in `to_enter`; false: found by a listing
  };
  /// A directory to enter that waits at its turn already: what an event tells of it again is looked
  /// at then.
  struct ToEnter {
    std::uint64_t ticket = 0;
    DirectoryTree::Handle parent;
    std::string name;
    friend bool operator==(ToEnter const&, ToEnter const&) = default;
  };
  struct ToEnterHash {
    std::size_t operator()(ToEnter const& one) const noexcept {
      std::uint64_t const place = (std::uint64_t{one.parent.node} << 32U) ^ one.parent.serial;
      return std::hash<std::string>{}(one.name) ^
             ((place ^ one.ticket) * std::uint64_t{0x9E37'79B9'7F4A'7C15U});
    }
  };
  struct DeliverEntries {
    std::uint32_t root = 0;
    std::uint64_t ticket = 0;
    EntryBacklog entries;
  };
  struct CookieArrived {
    CookieId cookie;
  };
  using Pending = std::variant<EnterDirectory, std::unique_ptr<DeliverEntries>, CookieArrived>;

  /// A directory that is being listed, perhaps over several calls of drain.
  struct OpenListing {
    std::uint32_t root = 0;
    std::uint64_t ticket = 0;
    DirectoryTree::Handle node;
    UniqueFd fd;
    std::vector<std::string> subdirectories;
    std::size_t count = 0;
    bool known_before = false;  // it had children: some of them may be stale
  };

  /// One call from the loop: where hints go, what time it is, and what it may still do.
  struct Turn {
    HintSink& sink;
    Instant now;
    std::size_t directories_left = 0;
    std::size_t entries_left = 0;
    std::unordered_map<std::uint32_t, UniqueFd> root_fds;  // opened in this turn, closed with it
  };

  explicit State(Options options_given);

  // Roots (inotify_watcher.cpp).
  [[nodiscard]] bool ensure_open(Instant now);
  void watch_cookies(CookiePlace& place, UniqueFd directory);
  [[nodiscard]] Root* find_root(std::uint32_t number, std::uint64_t ticket);
  [[nodiscard]] std::uint32_t number_for(WatchRoot const& root);
  [[nodiscard]] std::size_t directories() const;
  void install(std::uint32_t number, CrawlResult& result, Turn& turn);
  [[nodiscard]] std::vector<Hint> take_unentered(std::uint32_t number);
  void discard(InotifyCrawlData& data);
  void erase_root(std::uint32_t number);
  void forget_watches(std::uint32_t number, bool also_the_way);
  void unref(std::int32_t watch, WatchTable::Ref ref);
  void finish_removals();
  void suspect(std::uint32_t number, GapCause cause_if_missing, Turn& turn);
  void lose(std::uint32_t number, GapCause cause, Turn& turn);
  void tell_appeared(std::uint32_t number, Turn& turn);
  void drop(std::uint32_t number, NotPossible why, Turn& turn);
  void gap_for_all(GapCause cause, Turn& turn);
  [[nodiscard]] WatcherState describe() const;

  // Events (inotify_events.cpp).
  void take_bytes(ByteSpan buffer, Turn& turn);
  void take_event(InotifyEvent const& event, Turn& turn);
  void keep_event(InotifyEvent const& event, Turn& turn);
  void replay_kept(std::uint32_t number, Turn& turn);
  void kept_event(std::uint32_t number, std::uint32_t place, InotifyEvent const& event, Turn& turn);
  void tree_event(std::uint32_t number, Node node, InotifyEvent const& event,
                  std::vector<RenameSource>& sources, Turn& turn);
  void name_event(std::uint32_t number, Node node, RelativePath const& directory,
                  InotifyEvent const& event, Turn& turn);
  void name_hint(Root& root, Node node, RelativePath const& directory, InotifyEvent const& event,
                 std::optional<RenameEnd> other_end, Turn& turn);
  void source_hint(Root& root, RenameSource const& source, std::optional<RenameEnd> other_end,
                   Turn& turn);
  void moved_from(std::uint32_t number, Node node, RelativePath const& directory,
                  InotifyEvent const& event, Turn& turn);
  void moved_to(std::uint32_t number, Node node, RelativePath const& directory,
                InotifyEvent const& event, std::vector<RenameSource>& sources, Turn& turn);
  void way_event(std::uint32_t number, std::uint32_t index, InotifyEvent const& event, Turn& turn);
  void cookie_event(std::uint32_t index, InotifyEvent const& event);
  void announce_sources(Turn& turn);
  void attach_moved(std::uint32_t number, Node parent, std::string_view name, RenameSource& source);
  void finish_source(RenameSource const& source, Turn& turn);
  void expire_sources(Turn& turn);
  [[nodiscard]] RenameEnd present_end_of(RenameSource const& source);
  void hint(Root& root, Hint hint, Turn& turn);

  // Entering directories (inotify_entering.cpp).
  void queue_entering(std::uint32_t number, Node parent, std::string_view name, Turn& turn);
  void work_off(Turn& turn);
  void enter(EnterDirectory const& order, Turn& turn);
  void enter_open(std::uint32_t number, Node parent, std::string const& name, UniqueFd fd,
                  Turn& turn);
  void not_entered(std::uint32_t number, Node parent, std::string const& name, int error_number,
                   Turn& turn);
  void continue_listing(Turn& turn);
  void finish_listing(Root& root);
  [[nodiscard]] bool deliver(DeliverEntries& order, Turn& turn);
  [[nodiscard]] int root_fd(std::uint32_t number, Turn& turn);
  void set_watch(std::uint32_t number, Node node, std::int32_t watch);
  void remove_subtree(std::uint32_t number, Node node);
  [[nodiscard]] bool has_work() const { return listing.has_value() || !pending.empty(); }

  Options options;
  InotifyHandle inotify;
  std::vector<std::unique_ptr<Root>> roots;  // by number; empty places are used again
  std::map<RootId, std::uint32_t> numbers;
  WatchTable table;
  std::vector<CookiePlace> cookies;
  std::set<CookieId> laid;
  RenamePairs pairs;
  KeptEvents kept;
  std::size_t crawls = 0;  // under way
  std::vector<std::int32_t> deferred_removals;
  std::uint64_t tickets = 0;
  std::deque<Pending> pending;
  std::unordered_set<ToEnter, ToEnterHash> to_enter;
  std::optional<OpenListing> listing;
  DirectoryReader reader;
  std::vector<char> buffer;
  WatcherCounters counters;
};

}  // namespace govseal
