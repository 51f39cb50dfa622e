#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"

namespace govseal {

/// `000000000000.jsonl`, the file of records number * 65536 and following.
[[nodiscard]] std::string segment_name(std::uint64_t number);
/// The number of a name of that form.
[[nodiscard]] std::optional<std::uint64_t> parse_segment_name(std::string_view name);

/// Opens a file that must be there; `what` is its path for the message. Throws Error.
[[nodiscard]] std::unique_ptr<File> open_existing(Directory const& directory,
                                                  std::string_view name);
[[nodiscard]] std::unique_ptr<File> open_existing_append(Directory& directory,
                                                         std::string_view name);
/// nullptr: there is no directory of that name. Throws Error for something else of that name.
[[nodiscard]] std::unique_ptr<Directory> open_if_there(Directory const& directory,
                                                       std::string_view name);
/// The bytes of a small regular file; nullopt when there is none, it is something else or larger.
[[nodiscard]] std::optional<std::string> read_small(Directory const& directory,
                                                    std::string_view name, std::uint64_t bytes_max);
/// Removes a directory with everything in it; nothing happens when it is not there.
void remove_tree(Directory& parent, std::string_view name);

/// Where lines begin in the segments, for reading some of them without reading all before: the
/// offset of every 256th line.
class LogIndex {
 public:
  /// The next line has this many bytes, its LF included.
  void add_line(std::uint64_t bytes);
  [[nodiscard]] std::uint64_t lines() const noexcept { return lines_; }
  /// Bytes of the lines of a segment.
  [[nodiscard]] std::uint64_t segment_bytes(std::uint64_t number) const noexcept;
  /// Calls `visit` for the lines [from, to), all of which must have been added. Throws Error.
  void for_each_line(
      Directory const& log, std::uint64_t from, std::uint64_t to,
      std::function<void(std::uint64_t seq, std::string_view line)> const& visit) const;

 private:
  struct Segment {
    std::vector<std::uint64_t> marks;
    std::uint64_t bytes = 0;
  };
  std::vector<Segment> segments_;
  std::uint64_t lines_ = 0;
};

}  // namespace govseal
