#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/file_system.h"
#include "base/unique_fd.h"

// Inside of DiskFileSystem: the system calls with their rules, without objects. Nothing here throws
// but where it says so; a failed call gives its errno.
namespace govseal::disk {

struct Opened {
  UniqueFd fd;
  int error = 0;  // errno; 0: `fd` is valid
};

/// openat2(2) with all RESOLVE_ restrictions; O_CLOEXEC, O_NOCTTY and (but for directories)
/// O_NOFOLLOW are added. EAGAIN and EXDEV, the answers to a rename at the same moment, are retried:
/// EXDEV in the end is another filesystem. `path` is shorter than PATH_MAX.
[[nodiscard]] Opened open_beneath(int dir, std::string const& path, int flags, unsigned mode = 0);

/// The same for a directory; a path longer than PATH_MAX is walked in pieces. The root path gives
/// `dir` itself.
[[nodiscard]] Opened open_directory_beneath(int dir, RelativePath const& path, int flags);

/// Opens an absolute directory of any length for reading, following symbolic links.
[[nodiscard]] Opened open_absolute_directory(std::string const& path);

struct Looked {
  std::optional<FileStat> stat;
  int error = 0;  // errno; 0: `stat` is there, or the name is not
};

/// lstat of one name.
[[nodiscard]] Looked stat_entry(int dir, std::string const& name);
/// Of an open descriptor. Throws Error, naming `label`.
[[nodiscard]] FileStat stat_descriptor(int fd, std::string const& label);

/// The alternative of OpenFailure that stands for this errno; nullopt: to be thrown.
[[nodiscard]] std::optional<OpenFailure> failure_of(int error);

}  // namespace govseal::disk
