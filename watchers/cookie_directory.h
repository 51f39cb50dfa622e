#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "watchers/hint.h"
#include "watchers/rung.h"

namespace govseal {

/// A directory of the agent's own, outside every repository, in which cookies are laid (watching.md
/// 13). Its user watches it; this class only knows names and files. Not thread-safe.
class CookieDirectory {
 public:
  /// `path` is absolute; `boot_id` as Clock gives it. Opens nothing yet.
  CookieDirectory(std::string path, std::string_view boot_id);

  /// Opens the directory, which must exist and belong to this process's user, and removes files
  /// with the form of a cookie, of any boot, that are older than a minute. The descriptor is to be
  /// watched and closed; invalid with errno on failure.
  [[nodiscard]] UniqueFd open(Instant now);
  /// Makes the directory (0700) when it is gone and opens it.
  [[nodiscard]] UniqueFd make_again();

  /// nullopt until it was opened.
  [[nodiscard]] std::optional<FilesystemId> filesystem() const noexcept { return filesystem_; }
  [[nodiscard]] std::string const& path() const noexcept { return path_; }

  /// Creates `c.<boot id, 8 hex>.<number>` with O_EXCL, closes and unlinks it. False with errno.
  [[nodiscard]] bool lay(CookieId cookie) const;
  /// The cookie of a file name; nullopt: none of this boot.
  [[nodiscard]] std::optional<CookieId> find_cookie(std::string_view name) const;

 private:
  [[nodiscard]] UniqueFd open_directory();

  std::string path_;
  std::string prefix_;  // `c.<boot id, 8 hex>.`
  std::optional<FilesystemId> filesystem_;
};

}  // namespace govseal
