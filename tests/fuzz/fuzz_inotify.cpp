// Bytes of an inotify descriptor: no byte string may make the decoder read past the buffer, go on
// for ever, or give a name that is no file name. What it accepts can be written again and read
// back.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "watchers/inotify_decoder.h"

namespace {

void check(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace govseal;
  ByteSpan bytes(reinterpret_cast<std::byte const*>(data), size);
  InotifyEvent event;
  for (std::size_t left = size; next_inotify_event(bytes, event) == DecodeStep::event;) {
    check(bytes.size() < left);
    left = bytes.size();
    check(event.name.size() <= 255 && event.name != "." && event.name != "..");
    check(event.name.find('/') == std::string_view::npos);
    check(event.name.find('\0') == std::string_view::npos);
    std::string const again = encode_inotify_event(event);
    ByteSpan copy = bytes_of(again);
    InotifyEvent read_back;
    check(next_inotify_event(copy, read_back) == DecodeStep::event && copy.empty());
    check(read_back.wd == event.wd && read_back.mask == event.mask);
    check(read_back.cookie == event.cookie && read_back.name == event.name);
  }
  return 0;
}
