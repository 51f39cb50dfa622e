#include "base/disk_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>

#include "base/disk_file.h"
#include "base/error.h"
#include "base/publish.h"

namespace govseal::disk {
namespace {

/// Opens of a regular file that is replaced again and again while we look.
constexpr int kReplacedAttemptsMax = 10;
constexpr std::size_t kListBufferBytes = 256 * 1024;
constexpr std::size_t kPathBytesMax = 4095;  // PATH_MAX without the NUL

/// The head of struct linux_dirent64 (getdents64(2)); the name follows.
struct EntryHead {
  std::uint64_t ino;
  std::int64_t offset;
  unsigned short size;
  unsigned char type;
};
constexpr std::size_t kNameOffset = 19;

/// One element, as all writing calls take it.
std::string element(std::string_view name) {
  GOVSEAL_ASSERT(!name.empty() && name != "." && name != "..");
  GOVSEAL_ASSERT(name.find('/') == std::string_view::npos);
  GOVSEAL_ASSERT(name.find('\0') == std::string_view::npos);
  return std::string(name);
}

void append_entries(std::vector<DirectoryEntry>& out, char const* buffer, std::size_t size) {
  for (std::size_t at = 0; at < size;) {
    unsigned short entry_size = 0;
    std::memcpy(&entry_size, buffer + at + offsetof(EntryHead, size), sizeof entry_size);
    std::string_view const name = buffer + at + kNameOffset;
    if (name != "." && name != "..") out.push_back({std::string(name)});
    at += entry_size;
  }
}

}  // namespace

std::string DiskDirectory::label_of(std::string_view below) const {
  std::string label = label_;
  if (!label.ends_with('/')) label += '/';
  return label += below;
}

FileOrFailure DiskDirectory::failed(int error, std::string_view operation,
                                    std::string_view below) const {
  if (auto const failure = failure_of(error)) return *failure;
  throw_errno(error, operation, label_of(below));
}

FileStat DiskDirectory::status() const {
  return stat_descriptor(fd_.get(), label_);
}

std::vector<DirectoryEntry> DiskDirectory::list() const {
  // A descriptor of its own: the read position belongs to the open file, not to the caller.
  Opened const reader = open_for_reading(fd_.get(), ".", O_DIRECTORY);
  if (reader.error != 0) throw_errno(reader.error, "list", label_);
  std::vector<DirectoryEntry> out;
  std::vector<char> buffer(kListBufferBytes);
  while (true) {
    long const got = ::syscall(SYS_getdents64, reader.fd.get(), buffer.data(), buffer.size());
    if (got < 0) throw_errno("list", label_);
    if (got == 0) return out;
    append_entries(out, buffer.data(), static_cast<std::size_t>(got));
  }
}

std::optional<FileStat> DiskDirectory::find(std::string_view name) const {
  return stat_of(fd_.get(), element(name), name);
}

std::optional<FileStat> DiskDirectory::stat_of(int dir, std::string const& name,
                                               std::string_view below) const {
  Looked const looked = stat_entry(dir, name);
  if (looked.error != 0) throw_errno(looked.error, "stat", label_of(below));
  return looked.stat;
}

std::variant<std::unique_ptr<Directory>, OpenFailure> DiskDirectory::open_directory(
    RelativePath const& path) const {
  Opened opened = open_directory_beneath(fd_.get(), path, O_RDONLY);
  std::string label = path.is_root() ? label_ : label_of(path.str());
  if (opened.error == 0) {
    return std::make_unique<DiskDirectory>(std::move(opened.fd), std::move(label),
                                           try_noatime_.load());
  }
  if (auto const failure = failure_of(opened.error)) return *failure;
  throw_errno(opened.error, "open directory", label);
}

Opened DiskDirectory::open_for_reading(int dir, std::string const& name, int flags) const {
  if (try_noatime_.load()) {
    Opened opened = open_beneath(dir, name, flags | O_RDONLY | O_NONBLOCK | O_NOATIME);
    if (opened.error != EPERM) return opened;
    try_noatime_.store(false);
  }
  return open_beneath(dir, name, flags | O_RDONLY | O_NONBLOCK);
}

// A FIFO would wait, a device might act: what is no regular file must not even be opened. The look
// before tells them apart, and the look after makes sure that it was the same file.
FileOrFailure DiskDirectory::open_regular(int dir, std::string_view name, int flags,
                                          std::string_view below) const {
  std::string const text(name);
  for (int attempt = 0; attempt < kReplacedAttemptsMax; ++attempt) {
    auto const before = stat_of(dir, text, below);
    if (!before) return OpenFailure::not_found;
    if (before->kind != FileKind::regular) return OpenFailure::wrong_kind;
    Opened opened = flags == O_RDONLY ? open_for_reading(dir, text, 0)
                                      : open_beneath(dir, text, flags | O_NONBLOCK);
    if (opened.error != 0) return failed(opened.error, "open", below);
    FileStat const after = stat_descriptor(opened.fd.get(), label_of(below));
    if (after.kind != FileKind::regular) return OpenFailure::wrong_kind;
    if (after.dev == before->dev && after.ino == before->ino) {
      return std::make_unique<DiskFile>(std::move(opened.fd), label_of(below), after);
    }
  }
  throw_errno(EAGAIN, "open", label_of(below));
}

FileOrFailure DiskDirectory::open_file(RelativePath const& path) const {
  if (path.is_root()) return OpenFailure::wrong_kind;
  RelativePath const parent = path.parent();
  if (parent.is_root()) return open_regular(fd_.get(), path.name(), O_RDONLY, path.str());
  Opened const opened = open_directory_beneath(fd_.get(), parent, O_PATH);
  if (opened.error != 0) return failed(opened.error, "open", path.str());
  return open_regular(opened.fd.get(), path.name(), O_RDONLY, path.str());
}

// The caller's look was the look before. What was put in the place since is opened without waiting
// and not read.
FileOrFailure DiskDirectory::open_found_in(int dir, std::string_view name,
                                           std::string_view below) const {
  Opened opened = open_for_reading(dir, std::string(name), 0);
  if (opened.error != 0) return failed(opened.error, "open", below);
  std::string label = label_of(below);
  FileStat const after = stat_descriptor(opened.fd.get(), label);
  if (after.kind != FileKind::regular) return OpenFailure::wrong_kind;
  return std::make_unique<DiskFile>(std::move(opened.fd), std::move(label), after);
}

FileOrFailure DiskDirectory::open_found(RelativePath const& path) const {
  if (path.is_root()) return OpenFailure::wrong_kind;
  // The kernel holds to the rules of open_beneath() at every element, so one call is as good.
  if (path.str().size() <= kPathBytesMax) return open_found_in(fd_.get(), path.str(), path.str());
  RelativePath const parent = path.parent();
  Opened const opened = open_directory_beneath(fd_.get(), parent, O_PATH);
  if (opened.error != 0) return failed(opened.error, "open", path.str());
  return open_found_in(opened.fd.get(), path.name(), path.str());
}

FileOrFailure DiskDirectory::create_exclusive(std::string_view name, std::uint32_t mode) {
  int const flags = O_RDWR | O_CREAT | O_EXCL | O_APPEND;
  Opened opened = open_beneath(fd_.get(), element(name), flags, mode & 07777U);
  if (opened.error == ENAMETOOLONG) throw_errno(opened.error, "create", label_of(name));
  if (opened.error != 0) return failed(opened.error, "create", name);
  return std::make_unique<DiskFile>(std::move(opened.fd), label_of(name));
}

FileOrFailure DiskDirectory::open_append(std::string_view name) {
  return open_regular(fd_.get(), element(name), O_RDWR | O_APPEND, name);
}

std::optional<OpenFailure> DiskDirectory::publish(std::string_view name, ByteSpan bytes,
                                                  std::uint32_t mode) {
  std::string const target = element(name);
  Opened opened = open_beneath(fd_.get(), ".", O_TMPFILE | O_RDWR, mode & 07777U);
  bool const unsupported = opened.error == EOPNOTSUPP || opened.error == EISDIR ||
                           opened.error == EINVAL || opened.error == ENOENT;
  if (unsupported) return publish_in_place(*this, name, bytes, mode);
  if (opened.error != 0) throw_errno(opened.error, "publish", label_of(name));
  int const unnamed_fd = opened.fd.get();
  DiskFile file(std::move(opened.fd), label_of(name));
  file.append(bytes);
  file.set_mode(mode);
  file.sync();
  if (!link_unnamed(unnamed_fd, target)) return OpenFailure::exists;
  sync();
  return std::nullopt;
}

bool DiskDirectory::link_unnamed(int unnamed_fd, std::string const& name) const {
  char link[64];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", unnamed_fd);
  int result = ::linkat(AT_FDCWD, link, fd_.get(), name.c_str(), AT_SYMLINK_FOLLOW);
  // Without /proc the descriptor can be named directly, given CAP_DAC_READ_SEARCH or Linux 6.10.
  if (result != 0 && errno == ENOENT) {
    result = ::linkat(unnamed_fd, "", fd_.get(), name.c_str(), AT_EMPTY_PATH);
  }
  if (result == 0) return true;
  if (errno == EEXIST) return false;
  throw_errno("publish", label_of(name));
}

bool DiskDirectory::make_directory(std::string_view name, std::uint32_t mode) {
  if (::mkdirat(fd_.get(), element(name).c_str(), mode & 07777U) == 0) return true;
  if (errno == EEXIST) return false;
  throw_errno("make directory", label_of(name));
}

void DiskDirectory::rename(std::string_view from, std::string_view to) {
  int const dir = fd_.get();
  if (::renameat(dir, element(from).c_str(), dir, element(to).c_str()) != 0) {
    throw_errno("rename", label_of(from));
  }
}

bool DiskDirectory::rename_no_replace(std::string_view from, std::string_view to) {
  int const dir = fd_.get();
  std::string const source = element(from);
  std::string const target = element(to);
  if (::renameat2(dir, source.c_str(), dir, target.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno == EEXIST) return false;
  if (errno != EINVAL && errno != ENOSYS) throw_errno("rename", label_of(from));
  // The filesystem lacks the flag. A second name and the removal of the first have the same effect
  // for files, and are as exclusive.
  if (::linkat(dir, source.c_str(), dir, target.c_str(), 0) != 0) {
    if (errno == EEXIST) return false;
    throw_errno("rename", label_of(from));
  }
  if (::unlinkat(dir, source.c_str(), 0) != 0) throw_errno("rename", label_of(from));
  return true;
}

bool DiskDirectory::unlink(std::string_view name) {
  if (::unlinkat(fd_.get(), element(name).c_str(), 0) == 0) return true;
  if (errno == ENOENT) return false;
  throw_errno("unlink", label_of(name));
}

bool DiskDirectory::remove_directory(std::string_view name) {
  if (::unlinkat(fd_.get(), element(name).c_str(), AT_REMOVEDIR) == 0) return true;
  if (errno == ENOENT) return false;
  throw_errno("remove directory", label_of(name));
}

void DiskDirectory::sync() {
  while (::fsync(fd_.get()) != 0) {
    if (errno != EINTR) throw_errno("fsync", label_);
  }
}

}  // namespace govseal::disk
