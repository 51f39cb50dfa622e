#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/relative_path.h"
#include "watchers/rung.h"

namespace govseal {

/// Is anybody still able to write (watching.md 15.2)?
enum class Probe { clear, open, unknown };
enum class ProbeReason { unsound, permission, unsupported, off };

[[nodiscard]] std::string_view name_of(Probe probe) noexcept;
[[nodiscard]] std::string_view name_of(ProbeReason reason) noexcept;

struct ProbeAnswer {
  Probe probe = Probe::unknown;
  std::optional<ProbeReason> reason;  // set exactly with `unknown`
  friend bool operator==(ProbeAnswer const&, ProbeAnswer const&) = default;
};

/// Of a whole folder: `open` when any file is, else `unknown` when any file is, else `clear`.
struct FolderProbe {
  ProbeAnswer answer;
  std::vector<RelativePath> open_files;  // in the order asked
};

/// The seam of the probe. Thread-safe.
///
/// SIGIO must be ignored by the process before the first probe: the default action of that signal
/// ends the process when an opener breaks a lease. The process does that once, at start.
class WriterProbe {
 public:
  virtual ~WriterProbe() = default;
  /// On the descriptor that will be hashed.
  [[nodiscard]] virtual ProbeAnswer probe(File const& file) const = 0;
};

/// Opens each of `files` beneath `folder` and probes it. A file that is gone or no regular file any
/// more is left out: the tree fingerprint tells of it. Throws Error when a file cannot be opened
/// for another reason.
[[nodiscard]] FolderProbe probe_open_writers(WriterProbe const& probe, Directory const& folder,
                                             std::vector<RelativePath> const& files);

/// `fcntl(fd, F_SETLEASE, F_RDLCK)`, given back at once. Trusts ext4, xfs, btrfs and tmpfs.
class LeaseProbe final : public WriterProbe {
 public:
  /// `distrusted`: filesystems on which lease_tells_writers() said no.
  explicit LeaseProbe(std::vector<FilesystemId> distrusted = {});
  [[nodiscard]] ProbeAnswer probe(File const& file) const override;

 private:
  std::vector<FilesystemId> distrusted_;
};

/// `probe_open_writers = false`: every answer is `unknown`, reason `off`.
class NoProbe final : public WriterProbe {
 public:
  [[nodiscard]] ProbeAnswer probe(File const& file) const override;
};

/// Tries the property on a file made in `own`, a directory of the agent's own: a writable mapping
/// whose descriptor is closed refuses the lease, and once unmapped grants it. nullopt: could not be
/// tried. Any thread; leaves nothing behind.
[[nodiscard]] std::optional<bool> lease_tells_writers(Directory& own);

}  // namespace govseal
