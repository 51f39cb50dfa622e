#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "watchers/hint.h"

namespace govseal {

/// What one scan saw of a root: every name with its stat. Directories are numbered, 0 is the root;
/// the items of a directory are sorted by name. About 80 bytes an entry and its name.
class ScanListing {
 public:
  static constexpr std::uint32_t kNone = 0xFFFF'FFFF;

  struct Item {
    std::uint32_t name_at = 0;  // see name()
    std::uint16_t name_bytes = 0;
    FileKind kind = FileKind::regular;
    std::uint32_t directory = kNone;  // number of its listing, when it was entered
    std::uint64_t ino = 0;
    std::uint64_t size = 0;
    std::int64_t mtime_ns = 0;
    std::int64_t ctime_ns = 0;
    std::uint32_t mode = 0;
    std::uint32_t nlink = 0;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
  };
  struct Range {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };

  /// Starts the next directory and returns its number. Its items follow in the order of their
  /// names.
  [[nodiscard]] std::uint32_t begin_directory();
  /// The place of the new item, for set_directory.
  std::uint32_t add(std::string_view name, FileStat const& status);
  void set_directory(std::uint32_t item, std::uint32_t directory) noexcept {
    items_[item].directory = directory;
  }

  [[nodiscard]] bool empty() const noexcept { return directories_.empty(); }
  [[nodiscard]] std::size_t directories() const noexcept { return directories_.size(); }
  [[nodiscard]] std::size_t entries() const noexcept { return items_.size(); }
  [[nodiscard]] Range directory(std::uint32_t number) const noexcept {
    return directories_[number];
  }
  [[nodiscard]] Item const& item(std::uint32_t place) const noexcept { return items_[place]; }
  [[nodiscard]] std::string_view name(Item const& item) const noexcept {
    return std::string_view(names_).substr(item.name_at, item.name_bytes);
  }

  /// The root itself when it is no directory.
  std::optional<FileStat> object;

 private:
  std::vector<Range> directories_;
  std::vector<Item> items_;
  std::string names_;
};

/// Differences of two listings, as what hints need; paths are shared by neighbours.
struct ScanChanges {
  struct Change {
    std::uint32_t directory = 0;  // in `directories`
    std::string name;
    HintKinds kinds;
    bool is_directory = false;
    std::optional<std::size_t> other_end;  // in `changes`
  };
  std::vector<RelativePath> directories;
  std::vector<Change> changes;
};

/// Compares what was seen before (empty: nothing) with what is there now. An object that left one
/// name and came under another is matched by its identity (watching.md 9). Times of directories do
/// not count: their entries tell. Pure.
[[nodiscard]] ScanChanges compare_listings(ScanListing const& before, ScanListing const& now);

}  // namespace govseal
