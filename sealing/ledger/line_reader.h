#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_system.h"

namespace govseal {

/// Reads a file line by line in large pieces. Throws Error on I/O failure.
class LineReader {
 public:
  struct Line {
    std::string_view text;     // without LF; valid until the next call
    std::uint64_t offset = 0;  // of its first byte in the file
    bool complete = true;      // false: no LF before the end or within `line_bytes_max`
  };

  LineReader(File const& file, std::size_t line_bytes_max, std::uint64_t offset = 0)
      : file_(file), line_bytes_max_(line_bytes_max), offset_(offset) {}

  /// nullopt at the end, and after a line that was not complete.
  [[nodiscard]] std::optional<Line> next();

 private:
  [[nodiscard]] bool read_more();

  File const& file_;
  std::size_t line_bytes_max_;
  std::uint64_t offset_;  // in the file, of buffer_[begin_]
  std::string buffer_;
  std::size_t begin_ = 0;
  bool at_end_ = false;
};

}  // namespace govseal
