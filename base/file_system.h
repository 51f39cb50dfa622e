#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/relative_path.h"

namespace govseal {

enum class FileKind { regular, directory, symlink, special };

/// What stat tells (statx(2), lstat semantics: a link is never followed).
struct FileStat {
  FileKind kind = FileKind::regular;
  std::uint64_t dev = 0;
  std::uint64_t ino = 0;
  std::uint64_t size = 0;  // bytes
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  std::uint32_t mode = 0;  // with the type bits
  std::uint32_t nlink = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  friend bool operator==(FileStat const&, FileStat const&) = default;
};

struct DirectoryEntry {
  std::string name;  // raw bytes, never "." or ".."
  friend auto operator<=>(DirectoryEntry const&, DirectoryEntry const&) = default;
};

/// Why something could not be opened although the caller has to go on.
enum class OpenFailure {
  not_found,     // ENOENT, ENOTDIR
  wrong_kind,    // a link, a directory, a FIFO, socket or device where a file was asked for; ELOOP
  other_device,  // EXDEV: a mount point in the way
  exists,        // create_exclusive: the name is taken
};

/// An open regular file. Used by one thread at a time. Every method throws Error on failure.
class File {
 public:
  virtual ~File() = default;
  [[nodiscard]] virtual FileStat status() const = 0;
  /// What status() was right after the file was opened, where that was looked at anyway.
  [[nodiscard]] virtual FileStat status_at_open() const { return status(); }
  /// Reads up to `size` bytes at `offset` into `buffer`; fewer only at the end of the file.
  [[nodiscard]] virtual std::size_t read_at(std::byte* buffer, std::size_t size,
                                            std::uint64_t offset) const = 0;
  /// Writes all bytes at the end (O_APPEND for files of open_append). A failure may leave a part.
  virtual void append(ByteSpan bytes) = 0;
  virtual void truncate(std::uint64_t size) = 0;
  virtual void set_mode(std::uint32_t mode) = 0;
  virtual void sync_data() = 0;  // fdatasync
  virtual void sync() = 0;       // fsync
  /// POSIX_FADV_DONTNEED over the whole file: what was read leaves the page cache.
  virtual void drop_cache() const = 0;
  /// The descriptor for what has no place in this seam (leases); -1 in fakes.
  [[nodiscard]] virtual int native_handle() const noexcept = 0;
};

using FileOrFailure = std::variant<std::unique_ptr<File>, OpenFailure>;

/// A held directory descriptor, the only way to reach anything below it: openat2 with
/// RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV, regular files
/// with O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC (O_NOATIME tried first), then fstat. EAGAIN
/// of openat2 is retried at most 10 times. Nothing but regular files is ever opened for reading.
/// Const methods are thread-safe. Failures that are not named in a return type throw Error.
class Directory {
 public:
  virtual ~Directory() = default;
  [[nodiscard]] virtual FileStat status() const = 0;
  /// All entries in no particular order.
  [[nodiscard]] virtual std::vector<DirectoryEntry> list() const = 0;
  /// lstat of one name in this directory; nullopt: not there.
  [[nodiscard]] virtual std::optional<FileStat> find(std::string_view name) const = 0;
  /// `path` may have several elements; the root path gives a second handle of this directory.
  [[nodiscard]] virtual std::variant<std::unique_ptr<Directory>, OpenFailure> open_directory(
      RelativePath const& path) const = 0;
  [[nodiscard]] virtual FileOrFailure open_file(RelativePath const& path) const = 0;
  /// open_file() for a regular file that the caller has found (lstat) before, with one look less.
  /// What took its place since is a failure or shows in status_at_open().
  [[nodiscard]] virtual FileOrFailure open_found(RelativePath const& path) const {
    return open_file(path);
  }

  // Writing. All names are single elements of this directory.
  /// O_CREAT | O_EXCL | O_NOFOLLOW, read and write.
  [[nodiscard]] virtual FileOrFailure create_exclusive(std::string_view name,
                                                       std::uint32_t mode) = 0;
  /// O_APPEND, read and write; the file must exist.
  [[nodiscard]] virtual FileOrFailure open_append(std::string_view name) = 0;
  /// Makes `name` appear complete or not at all, never over something (sealing.md 9.2, publish):
  /// O_TMPFILE, write, fchmod, fsync, linkat, fsync of this directory; where the filesystem has no
  /// O_TMPFILE, O_CREAT | O_EXCL with one write. nullopt: done; `exists`: the name is taken.
  [[nodiscard]] virtual std::optional<OpenFailure> publish(std::string_view name, ByteSpan bytes,
                                                           std::uint32_t mode) = 0;
  /// False: it was there already (as anything).
  virtual bool make_directory(std::string_view name, std::uint32_t mode) = 0;
  /// rename(2) within this directory, replacing `to`.
  virtual void rename(std::string_view from, std::string_view to) = 0;
  /// renameat2 RENAME_NOREPLACE; false: `to` exists.
  [[nodiscard]] virtual bool rename_no_replace(std::string_view from, std::string_view to) = 0;
  /// False: not there.
  virtual bool unlink(std::string_view name) = 0;
  virtual bool remove_directory(std::string_view name) = 0;
  virtual void sync() = 0;
  /// The descriptor for watches and leases; -1 in fakes.
  [[nodiscard]] virtual int native_handle() const noexcept = 0;
};

/// The operating system's files, or a fake of them.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  /// Opens an absolute path, following symbolic links as the operator wrote it. `not_found` and
  /// `wrong_kind` (no directory) are returned, everything else throws Error.
  [[nodiscard]] virtual std::variant<std::unique_ptr<Directory>, OpenFailure> open_directory(
      std::string const& absolute_path) const = 0;
};

/// The real one.
class DiskFileSystem final : public FileSystem {
 public:
  [[nodiscard]] std::variant<std::unique_ptr<Directory>, OpenFailure> open_directory(
      std::string const& absolute_path) const override;
};

/// Reads a whole file, at most `bytes_max`; nullopt when it is larger. Throws Error.
[[nodiscard]] std::optional<std::string> read_all(File const& file, std::uint64_t bytes_max);

/// Replaces `name` by a file with these bytes so that a crash leaves the old or the new one:
/// temporary name, write, fsync, rename, fsync of the directory.
void write_durably(Directory& directory, std::string_view name, ByteSpan bytes, std::uint32_t mode);

/// Makes every element of `path` that is missing and opens the last one.
[[nodiscard]] std::unique_ptr<Directory> make_directories(Directory& from, RelativePath const& path,
                                                          std::uint32_t mode);

}  // namespace govseal
