#include "sealing/ledger/line_reader.h"

namespace govseal {
namespace {

constexpr std::size_t kChunkBytes = 256U << 10;

}  // namespace

bool LineReader::read_more() {
  if (at_end_) return false;
  buffer_.erase(0, begin_);
  begin_ = 0;
  std::size_t const kept = buffer_.size();
  buffer_.resize(kept + kChunkBytes);
  std::size_t const got = file_.read_at(reinterpret_cast<std::byte*>(buffer_.data() + kept),
                                        kChunkBytes, offset_ + kept);
  buffer_.resize(kept + got);
  at_end_ = got < kChunkBytes;
  return got > 0;
}

std::optional<LineReader::Line> LineReader::next() {
  std::size_t searched = 0;  // bytes after begin_ without LF
  for (;;) {
    auto const end = buffer_.find('\n', begin_ + searched);
    std::size_t const size = (end == std::string::npos ? buffer_.size() : end) - begin_;
    Line line{.text = std::string_view(buffer_).substr(begin_, size), .offset = offset_};
    if (end != std::string::npos && size <= line_bytes_max_) {
      begin_ = end + 1;
      offset_ += size + 1;
      return line;
    }
    searched = size;
    if (size <= line_bytes_max_ && read_more()) continue;
    if (size == 0) return std::nullopt;
    line.complete = false;
    begin_ = buffer_.size();
    offset_ += size;
    at_end_ = true;
    return line;
  }
}

}  // namespace govseal
