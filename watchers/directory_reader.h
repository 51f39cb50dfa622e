#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"

namespace govseal {

/// Lists an open directory with getdents64(2), one entry at a time and with its type, which saves a
/// stat of every entry. Not thread-safe.
class DirectoryReader {
 public:
  struct Entry {
    std::string_view name;  // valid until the next call
    bool is_directory = false;
  };
  enum class Step { entry, end, failed };  // failed: errno tells why

  explicit DirectoryReader(std::size_t buffer_bytes = 32 * 1024);

  /// Starts with the directory behind `fd`, which stays the caller's and must be fresh: the read
  /// position belongs to the descriptor.
  void start(int fd);
  /// "." and ".." are left out.
  [[nodiscard]] Step next(Entry& entry);

 private:
  [[nodiscard]] bool is_directory(unsigned char type, char const* name) const;

  int fd_ = -1;
  std::vector<char> buffer_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
};

}  // namespace govseal
