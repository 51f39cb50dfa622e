#include "watchers/inotify_handle.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace govseal {

InotifyHandle InotifyHandle::open() {
  return InotifyHandle(UniqueFd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)));
}

InotifyHandle InotifyHandle::duplicate() const {
  return InotifyHandle(UniqueFd(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0)));
}

std::int32_t InotifyHandle::add(int directory_fd) const {
  // The link itself is no directory; with "/." behind it the kernel resolves what it stands for, so
  // no path is looked up a second time.
  char path[64];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d/.", directory_fd);
  int const watch = ::inotify_add_watch(fd_.get(), path, kInotifyMask);
  return watch > 0 ? watch : 0;
}

void InotifyHandle::remove(std::int32_t watch) const noexcept {
  ::inotify_rm_watch(fd_.get(), watch);
}

long InotifyHandle::read(std::span<char> buffer) const {
  while (true) {
    ssize_t const got = ::read(fd_.get(), buffer.data(), buffer.size());
    if (got >= 0) return got;
    if (errno == EAGAIN) return 0;
    if (errno != EINTR) return -1;
  }
}

std::size_t InotifyHandle::waiting_bytes() const noexcept {
  int waiting = 0;
  if (!fd_.valid() || ::ioctl(fd_.get(), FIONREAD, &waiting) != 0) return 0;
  return static_cast<std::size_t>(waiting);
}

}  // namespace govseal
