#include "watchers/root_walk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <string>
#include <utility>

#include "base/disk_calls.h"

namespace govseal {
namespace {

/// Nothing there, as opposed to something that could not be opened.
bool is_absence(int error) {
  return error == ENOENT || error == ENAMETOOLONG;
}
/// A file, a link or a special file in the place of a directory.
bool is_other_object(int error) {
  return error == ENOTDIR || error == ELOOP;
}

RootWalk stopped_at(RootWalk walk, int error, bool last_element) {
  if (is_other_object(error)) {
    walk.presence = last_element ? RootPresence::other : RootPresence::missing;
  } else if (!is_absence(error)) {
    walk.error_number = error;
  }
  return walk;
}

}  // namespace

RootWalk walk_to_root(WatchRoot const& root, RootWalk::OnTheWay const& on_the_way) {
  RootWalk walk;
  disk::Opened base = disk::open_absolute_directory(root.base);
  if (base.error != 0) {
    walk.base_missing = is_absence(base.error) || is_other_object(base.error);
    if (!walk.base_missing) walk.error_number = base.error;
    return walk;
  }
  walk.fd = std::move(base.fd);
  auto const elements = root.path.elements();
  for (std::size_t i = 0; i < elements.size(); ++i) {
    walk.nearest = std::move(walk.fd);
    if (int const error = on_the_way(walk.nearest.get()); error != 0) {
      walk.error_number = error;
      return walk;
    }
    disk::Opened next =
        disk::open_beneath(walk.nearest.get(), std::string(elements[i]), O_RDONLY | O_DIRECTORY);
    if (next.error != 0) return stopped_at(std::move(walk), next.error, i + 1 == elements.size());
    walk.fd = std::move(next.fd);
  }
  walk.presence = RootPresence::directory;
  return walk;
}

std::optional<DirectoryIdentity> identity_of(int fd) {
  struct statx found {};
  if (::statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &found) != 0) return std::nullopt;
  DirectoryIdentity identity;
  identity.dev = makedev(found.stx_dev_major, found.stx_dev_minor);
  identity.ino = found.stx_ino;
  if ((found.stx_mask & STATX_BTIME) != 0) {
    identity.birth_ns =
        found.stx_btime.tv_sec * 1'000'000'000 + static_cast<std::int64_t>(found.stx_btime.tv_nsec);
  }
  return identity;
}

bool is_same(DirectoryIdentity const& one, DirectoryIdentity const& other) noexcept {
  if (one.dev != other.dev || one.ino != other.ino) return false;
  return !one.birth_ns || !other.birth_ns || one.birth_ns == other.birth_ns;
}

RootLook look_at_root(WatchRoot const& root) {
  RootWalk const walk = walk_to_root(root, [](int) { return 0; });
  RootLook look{walk.presence, std::nullopt, walk.error_number};
  if (walk.presence == RootPresence::directory) look.identity = identity_of(walk.fd.get());
  return look;
}

}  // namespace govseal
