#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/file_system.h"
#include "watchers/root_rules.h"
#include "watchers/scan_listing.h"
#include "watchers/watch_limits.h"
#include "watchers/watcher.h"

namespace govseal {

/// What a scan hands back: the listing for the next one, and how it differs from the one before.
struct ScanData final : CrawlData {
  ScanListing listing;  // of this scan; when it failed or was stopped, the one before
  ScanChanges changes;
  std::size_t looked_at = 0;
};

/// Lists and stats one root and compares. Depth first, with at most tree_depth_max directories held
/// open. Owns the listing before for the time of the scan, so nothing is shared between threads.
class ScanCrawl final : public Crawl {
 public:
  struct Order {
    WatchRoot root;
    std::uint64_t ticket = 0;
    WatchLimits limits;
    ScanListing before;
  };
  ScanCrawl(Order order, FileSystem const& files);
  [[nodiscard]] CrawlResult run(std::stop_token stop) override;

 private:
  using Handle = std::unique_ptr<Directory>;
  struct Frame {
    Handle directory;
    RelativePath path;
    std::vector<std::uint32_t> subdirectories;  // items
    std::size_t next = 0;
  };
  /// What is at the root's path: a directory, another object, nothing, or an errno.
  [[nodiscard]] std::variant<Handle, FileStat, std::monostate, int> find_root();
  void scan(Handle root, std::stop_token const& stop);
  /// Lists one directory into the listing; an errno.
  [[nodiscard]] int list(Frame& frame);
  void list_names(Frame& frame, std::vector<DirectoryEntry> const& entries);
  void add_item(Frame& frame, std::string const& name, unsigned levels);
  void enter_child(Frame const& parent, std::uint32_t item);
  void leave_out(RelativePath path, PartialCoverage::Reason reason, int error_number);

  Order order_;
  FileSystem const& files_;
  RootRules rules_;
  CrawlResult result_;
  ScanListing listing_;
  std::vector<Frame> stack_;
};

}  // namespace govseal
