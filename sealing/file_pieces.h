#pragma once

#include <fcntl.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>

#include "base/bytes.h"
#include "base/file_system.h"
#include "sealing/tree_hasher.h"

namespace govseal {

enum class PiecesResult { done, changed, stopped };

/// Reads whole files in pieces of 1 MiB under the rule of sealing.md 8: device, inode, size and
/// times equal what the scan saw, before the first and after the last byte, and as many bytes as
/// the size says. Keeps its buffer from file to file. Used by one thread at a time.
class PieceReader {
 public:
  /// `opened` as Directory::open_file gave it; a failure to open what the scan saw is a change.
  /// Hands every piece to `take` in order. Throws Error on read failures.
  template <typename Take>
  [[nodiscard]] PiecesResult read(FileOrFailure const& opened, FileStat const& expected,
                                  Take const& take, HashOptions const& options,
                                  std::stop_token const& stop) {
    auto const* const file = std::get_if<std::unique_ptr<File>>(&opened);
    if (file == nullptr) return PiecesResult::changed;
    if (!same_state(expected, (*file)->status_at_open())) return PiecesResult::changed;
    reserve(expected.size);
    for (std::uint64_t offset = 0; offset < expected.size;) {
      if (stop.stop_requested()) return PiecesResult::stopped;
      std::size_t const wanted = piece_size(expected.size - offset);
      if (options.pace) options.pace(wanted);
      if ((*file)->read_at(buffer_.get(), wanted, offset) != wanted) return PiecesResult::changed;
      take(ByteSpan(buffer_.get(), wanted));
      offset += wanted;
      if (options.progress != nullptr) options.progress->bytes_done += wanted;
    }
    if (!same_state(expected, (*file)->status())) return PiecesResult::changed;
    if (options.begin_sync) start_writing((*file)->native_handle());
    if (options.drop_cache) (*file)->drop_cache();
    return PiecesResult::done;
  }

 private:
  /// Where a filesystem allocates blocks late, a loop of fsync alone allocates and commits once a
  /// file. When all files have been started before, one commit of the journal serves most of them.
  static void start_writing(int fd) noexcept {
    if (fd >= 0) (void)::sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
  }

  static constexpr std::size_t kPieceBytes = 1024 * 1024;

  static std::size_t piece_size(std::uint64_t left) {
    return left < kPieceBytes ? static_cast<std::size_t>(left) : kPieceBytes;
  }

  void reserve(std::uint64_t size) {
    std::size_t const wanted = piece_size(size);
    if (wanted <= capacity_) return;
    buffer_.reset(new std::byte[wanted]);  // not zeroed, unlike make_unique's
    capacity_ = wanted;
  }

  std::unique_ptr<std::byte[]> buffer_;
  std::size_t capacity_ = 0;
};

}  // namespace govseal
