#include "base/disk_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/disk_calls.h"
#include "base/error.h"

namespace govseal::disk {
namespace {

/// Calls until a signal no longer interrupts.
template <typename Call>
auto uninterrupted(Call call) {
  while (true) {
    auto const result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

}  // namespace

FileStat DiskFile::status() const {
  return stat_descriptor(fd_.get(), label_);
}

std::size_t DiskFile::read_at(std::byte* buffer, std::size_t size, std::uint64_t offset) const {
  std::size_t done = 0;
  while (done < size) {
    auto const got = uninterrupted([&] {
      return ::pread(fd_.get(), buffer + done, size - done, static_cast<off_t>(offset + done));
    });
    if (got < 0) throw_errno("read", label_);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

// The descriptors that write have O_APPEND, so each write goes to the end as it is then.
void DiskFile::append(ByteSpan bytes) {
  while (!bytes.empty()) {
    auto const put = uninterrupted([&] { return ::write(fd_.get(), bytes.data(), bytes.size()); });
    if (put < 0) throw_errno("write", label_);
    // Not an error by itself, but repeating it for ever would be one.
    if (put == 0) throw_errno(EIO, "write", label_);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
}

void DiskFile::truncate(std::uint64_t size) {
  auto const call = [&] { return ::ftruncate(fd_.get(), static_cast<off_t>(size)); };
  if (uninterrupted(call) != 0) throw_errno("truncate", label_);
}

void DiskFile::set_mode(std::uint32_t mode) {
  if (::fchmod(fd_.get(), mode & 07777U) != 0) throw_errno("chmod", label_);
}

void DiskFile::sync_data() {
  if (uninterrupted([&] { return ::fdatasync(fd_.get()); }) != 0) throw_errno("fdatasync", label_);
}

void DiskFile::sync() {
  if (uninterrupted([&] { return ::fsync(fd_.get()); }) != 0) throw_errno("fsync", label_);
}

void DiskFile::drop_cache() const {
  int const error = ::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_DONTNEED);
  if (error != 0) throw_errno(error, "fadvise", label_);
}

}  // namespace govseal::disk
