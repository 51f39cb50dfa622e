#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/bytes.h"

namespace govseal {

/// One record of inotify(7). `name` points into the buffer, without the padding.
struct InotifyEvent {
  std::int32_t wd = 0;
  std::uint32_t mask = 0;
  std::uint32_t cookie = 0;
  std::string_view name;
};

/// Takes the next record off the front of `buffer`. Pure; never reads past the buffer.
///
/// `malformed`: a header that does not fit, a length beyond the buffer or beyond 4,096 bytes, a
/// name with `/`, longer than 255 bytes, or `.` or `..`. Nothing after such a record can be
/// trusted.
enum class DecodeStep { event, end, malformed };
[[nodiscard]] DecodeStep next_inotify_event(ByteSpan& buffer, InotifyEvent& event) noexcept;

/// Writes one record as the kernel does (name padded with NUL to a multiple of 16); for tests.
[[nodiscard]] std::string encode_inotify_event(InotifyEvent const& event);

}  // namespace govseal
