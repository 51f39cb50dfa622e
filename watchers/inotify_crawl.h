#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "watchers/directory_reader.h"
#include "watchers/directory_tree.h"
#include "watchers/entry_backlog.h"
#include "watchers/inotify_handle.h"
#include "watchers/root_rules.h"
#include "watchers/root_walk.h"
#include "watchers/watch_limits.h"
#include "watchers/watcher.h"

namespace govseal {

/// What an inotify crawl hands back: the directories with their watches, and every name it saw. The
/// watches are the caller's to keep or to remove, also those of a crawl that failed.
struct InotifyCrawlData final : CrawlData {
  DirectoryTree tree;
  std::vector<std::int32_t> way;  // watches of base and the directories down to the root's parent
  EntryBacklog entries;
};

/// Arms one root (watching.md 8): open beneath the parent's descriptor, add the watch, list through
/// the same descriptor, deeper. Depth first, with a stack of at most tree_depth_max descriptors.
class InotifyCrawl final : public Crawl {
 public:
  struct Order {
    WatchRoot root;
    std::uint64_t ticket = 0;
    WatchLimits limits;
    std::size_t directories_left = 0;  // of directories_max
  };
  InotifyCrawl(Order order, InotifyHandle inotify);
  [[nodiscard]] CrawlResult run(std::stop_token stop) override;

 private:
  struct Frame {
    UniqueFd fd;
    DirectoryTree::Node node = DirectoryTree::kNone;
    std::vector<std::string> subdirectories;
    std::size_t next = 0;
  };
  void crawl(UniqueFd root_fd, std::stop_token const& stop);
  /// Watches and lists one directory; what it holds comes onto the stack.
  void enter(UniqueFd fd, DirectoryTree::Node node);
  void enter_child(Frame& parent, std::string const& name);
  void list(Frame& frame);
  void fail(int error_number);
  void leave_out(DirectoryTree::Node parent, std::string_view name, PartialCoverage::Reason reason,
                 int error_number);

  Order order_;
  InotifyHandle inotify_;
  RootRules rules_;
  CrawlResult result_;
  InotifyCrawlData* data_ = nullptr;  // owned by result_
  DirectoryReader reader_;
  std::vector<Frame> stack_;
};

/// The table of watching.md 4.3 for what goes wrong with one root.
[[nodiscard]] GapCause cause_of(int error_number) noexcept;

}  // namespace govseal
