#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "watchers/directory_tree.h"

namespace govseal {

/// The names that a crawl listed, packed one after another until they are delivered as hints: two
/// bytes an entry and its name. Written once, then read once. Not thread-safe.
class EntryBacklog {
 public:
  struct Entry {
    DirectoryTree::Handle directory;
    std::string_view name;
    bool is_directory = false;
  };

  void begin_directory(DirectoryTree::Handle directory);
  void add(std::string_view name, bool is_directory);
  [[nodiscard]] std::size_t size() const noexcept { return entries_; }

  /// False: nothing is left.
  [[nodiscard]] bool next(Entry& entry);

 private:
  std::string bytes_;
  std::size_t at_ = 0;
  std::size_t entries_ = 0;
  DirectoryTree::Handle current_;
};

}  // namespace govseal
