#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "base/file_system.h"
#include "base/sha256.h"

namespace govseal {

/// Files that compat reaches by links or by paths out of the folder, with the rights of whoever
/// runs the command line. The agent never gets here (sealing.md 5, Safety).

enum class OutsideKind {
  nothing,  // ENOENT, ENOTDIR, ELOOP
  regular,
  other,     // a directory, FIFO, socket or device
  unusable,  // a name too long for the system, or no right to look
};

struct OutsideStat {
  OutsideKind kind = OutsideKind::nothing;
  std::uint64_t size = 0;
};

/// stat(2) of `path`, absolute or relative to `folder`, following links.
[[nodiscard]] OutsideStat find_outside(Directory const& folder, std::string const& path);

/// Digest of a regular file, read in pieces of 1 MiB; nullopt when it is none any more or `stop`
/// was set. Throws Error.
[[nodiscard]] std::optional<Digest> hash_outside(Directory const& folder, std::string const& path,
                                                 std::stop_token const& stop);

/// The bytes of a regular file of at most `bytes_max`; nullopt when it is none any more or larger.
/// Throws Error.
[[nodiscard]] std::optional<std::string> read_outside(Directory const& folder,
                                                      std::string const& path,
                                                      std::uint64_t bytes_max);

}  // namespace govseal
