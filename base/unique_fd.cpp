// close(2) frees the descriptor on Linux even when it reports EINTR or EIO, so it is never called
// twice; who needs to know whether the bytes arrived calls fsync before.
#include "base/unique_fd.h"

#include <unistd.h>

#include <cerrno>

namespace govseal {

void UniqueFd::reset(int fd) noexcept {
  int const old = std::exchange(fd_, fd);
  if (old < 0) return;
  // The errno of a failed call survives the clean-up behind it.
  int const saved = errno;
  ::close(old);
  errno = saved;
}

}  // namespace govseal
