#pragma once

#include <sys/inotify.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/unique_fd.h"

namespace govseal {

/// What is watched in every directory (watching.md 8). Never IN_MASK_CREATE: it would fail for a
/// directory that is watched already, and adding again is what repairs the map after a rename.
/// Never OPEN, ACCESS or CLOSE_NOWRITE: the agent's own reading must make no event.
inline constexpr std::uint32_t kInotifyMask =
    IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE |
    IN_MOVED_FROM | IN_MOVED_TO | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK;

/// One inotify instance. Adding watches is thread-safe, everything else belongs to one thread.
class InotifyHandle {
 public:
  /// Invalid with errno when the kernel refuses another instance.
  [[nodiscard]] static InotifyHandle open();
  InotifyHandle() = default;

  [[nodiscard]] bool valid() const noexcept { return fd_.valid(); }
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// A second descriptor of the same instance, for work that may outlive this one.
  [[nodiscard]] InotifyHandle duplicate() const;

  /// Watches the directory behind a held descriptor, also one that is watched already (the same
  /// watch descriptor comes back). 0 with errno on failure.
  [[nodiscard]] std::int32_t add(int directory_fd) const;
  void remove(std::int32_t watch) const noexcept;

  /// Bytes read, 0 when nothing waits, -1 with errno.
  [[nodiscard]] long read(std::span<char> buffer) const;
  [[nodiscard]] std::size_t waiting_bytes() const noexcept;

 private:
  explicit InotifyHandle(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace govseal
