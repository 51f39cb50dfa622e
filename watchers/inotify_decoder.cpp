// struct inotify_event of inotify(7): wd, mask, cookie, len as 32-bit numbers of the host, then len
// bytes with the name, padded with NUL.
#include "watchers/inotify_decoder.h"

#include <array>
#include <cstring>

namespace govseal {
namespace {

constexpr std::size_t kHeaderBytes = 16;
constexpr std::size_t kNameFieldBytesMax = 4096;
constexpr std::size_t kNameBytesMax = 255;
constexpr std::size_t kNamePadding = 16;

template <typename Number>
Number number_at(ByteSpan buffer, std::size_t offset) noexcept {
  Number number;
  std::memcpy(&number, buffer.data() + offset, sizeof number);
  return number;
}

bool is_file_name(std::string_view name) noexcept {
  if (name.size() > kNameBytesMax || name == "." || name == "..") return false;
  return name.find('/') == std::string_view::npos;
}

}  // namespace

DecodeStep next_inotify_event(ByteSpan& buffer, InotifyEvent& event) noexcept {
  if (buffer.empty()) return DecodeStep::end;
  if (buffer.size() < kHeaderBytes) return DecodeStep::malformed;
  auto const name_bytes = number_at<std::uint32_t>(buffer, 12);
  if (name_bytes > kNameFieldBytesMax) return DecodeStep::malformed;
  if (name_bytes > buffer.size() - kHeaderBytes) return DecodeStep::malformed;
  std::string_view name = text_of(buffer.subspan(kHeaderBytes, name_bytes));
  name = name.substr(0, name.find('\0'));
  if (!is_file_name(name)) return DecodeStep::malformed;
  event.wd = number_at<std::int32_t>(buffer, 0);
  event.mask = number_at<std::uint32_t>(buffer, 4);
  event.cookie = number_at<std::uint32_t>(buffer, 8);
  event.name = name;
  buffer = buffer.subspan(kHeaderBytes + name_bytes);
  return DecodeStep::event;
}

std::string encode_inotify_event(InotifyEvent const& event) {
  std::size_t padded = 0;
  if (!event.name.empty()) padded = (event.name.size() / kNamePadding + 1) * kNamePadding;
  std::array<std::uint32_t, 4> const header{static_cast<std::uint32_t>(event.wd), event.mask,
                                            event.cookie, static_cast<std::uint32_t>(padded)};
  std::string bytes(kHeaderBytes, '\0');
  std::memcpy(bytes.data(), header.data(), kHeaderBytes);
  bytes += event.name;
  bytes.resize(kHeaderBytes + padded, '\0');
  return bytes;
}

}  // namespace govseal
