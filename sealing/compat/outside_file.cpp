#include "sealing/compat/outside_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "base/error.h"
#include "base/unique_fd.h"

namespace govseal {
namespace {

constexpr std::size_t kPieceBytes = 1024 * 1024;

/// Opened without waiting, so that a FIFO put there meanwhile cannot block; only a regular file is
/// read.
UniqueFd open_outside(Directory const& folder, std::string const& path) {
  constexpr int kFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  UniqueFd fd(::openat(folder.native_handle(), path.c_str(), kFlags));
  if (!fd.valid()) throw_errno("open", path);
  struct stat found {};
  if (::fstat(fd.get(), &found) != 0) throw_errno("stat", path);
  return S_ISREG(found.st_mode) ? std::move(fd) : UniqueFd();
}

std::size_t read_piece(int fd, std::byte* buffer, std::string const& path) {
  while (true) {
    auto const got = ::read(fd, buffer, kPieceBytes);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) throw_errno("read", path);
  }
}

}  // namespace

OutsideStat find_outside(Directory const& folder, std::string const& path) {
  struct stat found {};
  if (::fstatat(folder.native_handle(), path.c_str(), &found, 0) == 0) {
    bool const regular = S_ISREG(found.st_mode);
    return {regular ? OutsideKind::regular : OutsideKind::other,
            static_cast<std::uint64_t>(found.st_size)};
  }
  bool const nothing = errno == ENOENT || errno == ENOTDIR || errno == ELOOP;
  return {nothing ? OutsideKind::nothing : OutsideKind::unusable, 0};
}

std::optional<Digest> hash_outside(Directory const& folder, std::string const& path,
                                   std::stop_token const& stop) {
  UniqueFd const fd = open_outside(folder, path);
  if (!fd.valid()) return std::nullopt;
  std::unique_ptr<std::byte[]> const buffer(new std::byte[kPieceBytes]);
  Sha256 hash;
  while (!stop.stop_requested()) {
    std::size_t const got = read_piece(fd.get(), buffer.get(), path);
    if (got == 0) return hash.finish();
    hash.update(ByteSpan(buffer.get(), got));
  }
  return std::nullopt;
}

std::optional<std::string> read_outside(Directory const& folder, std::string const& path,
                                        std::uint64_t bytes_max) {
  UniqueFd const fd = open_outside(folder, path);
  if (!fd.valid()) return std::nullopt;
  std::unique_ptr<std::byte[]> const buffer(new std::byte[kPieceBytes]);
  std::string out;
  while (out.size() <= bytes_max) {
    std::size_t const got = read_piece(fd.get(), buffer.get(), path);
    if (got == 0) return out;
    out += text_of(ByteSpan(buffer.get(), got));
  }
  return std::nullopt;
}

}  // namespace govseal
