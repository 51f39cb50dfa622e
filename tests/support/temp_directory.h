#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace govseal {

/// A fresh directory below $TMPDIR (or /tmp), removed with everything in it at the end, also what
/// was made read-only meanwhile.
class TempDirectory {
 public:
  TempDirectory();
  TempDirectory(TempDirectory const&) = delete;
  TempDirectory& operator=(TempDirectory const&) = delete;
  ~TempDirectory();

  /// Absolute, without symbolic links.
  [[nodiscard]] std::string const& path() const noexcept { return path_; }
  [[nodiscard]] std::string operator/(std::string_view below) const;

  /// Writes a file, with the directories it needs; returns its path.
  std::string write(std::string_view below, std::string_view bytes) const;
  [[nodiscard]] std::string read(std::string_view below) const;

 private:
  std::string path_;
};

}  // namespace govseal
