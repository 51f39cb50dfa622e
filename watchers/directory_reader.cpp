#include "watchers/directory_reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace govseal {
namespace {

// struct linux_dirent64 of getdents64(2): ino, offset, length of the record, type, name.
constexpr std::size_t kLengthOffset = 16;
constexpr std::size_t kTypeOffset = 18;
constexpr std::size_t kNameOffset = 19;

}  // namespace

DirectoryReader::DirectoryReader(std::size_t buffer_bytes) : buffer_(buffer_bytes) {}

void DirectoryReader::start(int fd) {
  fd_ = fd;
  at_ = 0;
  end_ = 0;
}

DirectoryReader::Step DirectoryReader::next(Entry& entry) {
  while (true) {
    if (at_ >= end_) {
      long const got = ::syscall(SYS_getdents64, fd_, buffer_.data(), buffer_.size());
      // A directory that was removed while it is being read says ENOENT and has no more entries.
      if (got == 0 || (got < 0 && errno == ENOENT)) return Step::end;
      if (got < 0) return Step::failed;
      at_ = 0;
      end_ = static_cast<std::size_t>(got);
    }
    char const* const record = buffer_.data() + at_;
    unsigned short length = 0;
    std::memcpy(&length, record + kLengthOffset, sizeof length);
    at_ += length;
    std::string_view const name = record + kNameOffset;
    if (name == "." || name == "..") continue;
    entry.name = name;
    entry.is_directory = is_directory(static_cast<unsigned char>(record[kTypeOffset]), name.data());
    return Step::entry;
  }
}

bool DirectoryReader::is_directory(unsigned char type, char const* name) const {
  if (type != DT_UNKNOWN) return type == DT_DIR;
  struct stat status {};
  if (::fstatat(fd_, name, &status, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0) return false;
  return S_ISDIR(status.st_mode);
}

}  // namespace govseal
