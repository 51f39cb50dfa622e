// The rules for reaching files below a held directory: the kernel resolves the path with openat2
// and RESOLVE_BENEATH, NO_SYMLINKS, NO_MAGICLINKS and NO_XDEV, so that no link or mount, however
// quickly it is put there, leads out of it.
#include "base/disk_calls.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/error.h"

namespace govseal::disk {
namespace {

constexpr int kResolveAttemptsMax = 10;
/// PATH_MAX is 4096 with the NUL.
constexpr std::size_t kPieceBytesMax = 4095;
constexpr unsigned kStatxMask = STATX_BASIC_STATS;

FileKind kind_of(unsigned mode) {
  if (S_ISREG(mode)) return FileKind::regular;
  if (S_ISDIR(mode)) return FileKind::directory;
  return S_ISLNK(mode) ? FileKind::symlink : FileKind::special;
}

std::int64_t ns_of(struct statx_timestamp const& time) {
  return time.tv_sec * 1'000'000'000 + static_cast<std::int64_t>(time.tv_nsec);
}

FileStat convert(struct statx const& from) {
  FileStat to;
  to.kind = kind_of(from.stx_mode);
  to.dev = makedev(from.stx_dev_major, from.stx_dev_minor);
  to.ino = from.stx_ino;
  to.size = from.stx_size;
  to.mtime_ns = ns_of(from.stx_mtime);
  to.ctime_ns = ns_of(from.stx_ctime);
  to.mode = from.stx_mode;
  to.nlink = from.stx_nlink;
  to.uid = from.stx_uid;
  to.gid = from.stx_gid;
  return to;
}

/// Cuts the longest piece that a system call takes off the front, at a `/`.
std::string take_piece(std::string_view& rest) {
  if (rest.size() <= kPieceBytesMax) return std::string(std::exchange(rest, {}));
  auto const slash = rest.rfind('/', kPieceBytesMax);
  // A single element that long is longer than any filesystem takes: the call says ENAMETOOLONG.
  auto const end = slash == std::string_view::npos || slash == 0 ? rest.find('/', 1) : slash;
  std::string piece(rest.substr(0, end));
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end);
  rest.remove_prefix(std::min(rest.find_first_not_of('/'), rest.size()));
  return piece;
}

}  // namespace

Opened open_beneath(int dir, std::string const& path, int flags, unsigned mode) {
  struct open_how how {};
  // O_NOFOLLOW would turn the ELOOP of a link in the place of a directory into ENOTDIR, as if
  // something harmless were there; RESOLVE_NO_SYMLINKS refuses it either way. openat2 takes no
  // O_NOCTTY beside O_PATH.
  flags |= O_CLOEXEC;
  if ((flags & O_DIRECTORY) == 0) flags |= O_NOFOLLOW;
  if ((flags & O_PATH) == 0) flags |= O_NOCTTY;
  how.flags = static_cast<__u64>(flags);
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  for (int attempt = 1;; ++attempt) {
    long const fd = ::syscall(SYS_openat2, dir, path.c_str(), &how, sizeof how);
    if (fd >= 0) return {UniqueFd(static_cast<int>(fd)), 0};
    if (errno == EINTR) continue;
    // EXDEV is a mount point, or an object that a rename took out of `dir` during the lookup: only
    // a mount point says it again.
    bool const again = errno == EAGAIN || errno == EXDEV;
    if (!again || attempt >= kResolveAttemptsMax) return {UniqueFd(), errno};
  }
}

Opened open_directory_beneath(int dir, RelativePath const& path, int flags) {
  if (path.is_root()) return open_beneath(dir, ".", flags | O_DIRECTORY);
  std::string_view rest = path.str();
  Opened held;
  while (true) {
    std::string const piece = take_piece(rest);
    int const from = held.fd.valid() ? held.fd.get() : dir;
    Opened next = open_beneath(from, piece, (rest.empty() ? flags : O_PATH) | O_DIRECTORY);
    if (rest.empty() || next.error != 0) return next;
    held = std::move(next);
  }
}

Opened open_absolute_directory(std::string const& path) {
  constexpr int kFlags = O_DIRECTORY | O_CLOEXEC;
  std::string_view rest = path;
  Opened held;
  while (true) {
    std::string const piece = take_piece(rest);
    int const from = held.fd.valid() ? held.fd.get() : AT_FDCWD;
    int fd = -1;
    do {
      fd = ::openat(from, piece.c_str(), (rest.empty() ? O_RDONLY : O_PATH) | kFlags);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) return {UniqueFd(), errno};
    held = {UniqueFd(fd), 0};
    if (rest.empty()) return held;
  }
}

Looked stat_entry(int dir, std::string const& name) {
  struct statx found;  // Not cleared: this is called for every file of every scan.
  int const flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
  if (::statx(dir, name.c_str(), flags, kStatxMask, &found) == 0) return {convert(found), 0};
  if (errno == ENOENT || errno == ENAMETOOLONG) return {};
  return {std::nullopt, errno};
}

FileStat stat_descriptor(int fd, std::string const& label) {
  struct statx found {};
  if (::statx(fd, "", AT_EMPTY_PATH, kStatxMask, &found) != 0) throw_errno("stat", label);
  return convert(found);
}

std::optional<OpenFailure> failure_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:  // No filesystem can hold such a name.
      return OpenFailure::not_found;
    case ELOOP:
    case ENXIO:  // A socket, or a device without a driver.
    case EISDIR:
      return OpenFailure::wrong_kind;
    case EXDEV:
      return OpenFailure::other_device;
    case EEXIST:
      return OpenFailure::exists;
    default:
      return std::nullopt;
  }
}

}  // namespace govseal::disk
