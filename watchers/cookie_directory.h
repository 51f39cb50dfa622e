#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "watchers/hint.h"
#include "watchers/rung.h"

namespace govseal {

/// A directory of the agent's own, outside every repository, in which cookies are laid (watching.md
/// 13). The owner watches it; this class only knows names and files. Loop thread.
class CookieDirectory {
 public:
  /// `path` is absolute; `boot_id` as Clock gives it. Opens nothing yet.
  CookieDirectory(std::string path, std::string_view boot_id);

  /// Opens the directory, making it (0700) when it is not there; the descriptor is the caller's to
  /// watch and close, -1 with errno set. Sets filesystem(). Removes files with our prefix of any
  /// boot that are older than a minute before `now`.
  [[nodiscard]] int open(Instant now);
  /// The second and last time a deleted directory is made again; -1 when that was done before.
  [[nodiscard]] int open_again(Instant now);

  [[nodiscard]] std::optional<FilesystemId> filesystem() const noexcept { return filesystem_; }
  [[nodiscard]] std::string const& path() const noexcept { return path_; }

  /// Creates `c.<boot id, 8 hex>.<number>` with O_EXCL, closes and unlinks it. False with errno.
  [[nodiscard]] bool lay(CookieId cookie) const;
  /// The cookie of a file name; nullopt: none of this boot.
  [[nodiscard]] std::optional<CookieId> find_cookie(std::string_view name) const;

 private:
  std::string path_;
  std::string prefix_;  // `c.<boot id, 8 hex>.`
  std::optional<FilesystemId> filesystem_;
  bool made_again_ = false;
};

}  // namespace govseal
