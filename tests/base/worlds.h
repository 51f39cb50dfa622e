#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/file_system.h"
#include "tests/support/memory_file_system.h"
#include "tests/support/temp_directory.h"

namespace govseal {

/// The real file system in a temporary directory, with a foreign producer beside the product. Paths
/// are relative to the root of the world.
class DiskWorld {
 public:
  [[nodiscard]] FileSystem const& files() const { return files_; }
  [[nodiscard]] std::string root() const { return directory_.path(); }
  [[nodiscard]] std::unique_ptr<Directory> open(std::string const& below = "") const {
    return std::get<0>(files_.open_directory(at(below)));
  }
  [[nodiscard]] std::string at(std::string const& below) const {
    return below.empty() ? root() : root() + "/" + below;
  }

  void make_directory(std::string const& below) { std::filesystem::create_directories(at(below)); }
  void write(std::string const& below, std::string_view bytes) { directory_.write(below, bytes); }
  void make_symlink(std::string const& below, std::string const& target) {
    std::filesystem::create_symlink(target, at(below));
  }
  void make_fifo(std::string const& below) {
    if (::mkfifo(at(below).c_str(), 0600) != 0) throw_errno("mkfifo", at(below));
  }
  void make_hard_link(std::string const& existing, std::string const& below) {
    std::filesystem::create_hard_link(at(existing), at(below));
  }
  void rename(std::string const& from, std::string const& to) {
    std::filesystem::rename(at(from), at(to));
  }
  void remove(std::string const& below) { std::filesystem::remove_all(at(below)); }
  [[nodiscard]] std::string read(std::string const& below) const { return directory_.read(below); }

 private:
  TempDirectory directory_;
  DiskFileSystem files_;
};

/// The same over the fake.
class MemoryWorld {
 public:
  MemoryWorld() { files_.make_directory("/world"); }
  [[nodiscard]] FileSystem const& files() const { return files_; }
  [[nodiscard]] std::string root() const { return "/world"; }
  [[nodiscard]] std::unique_ptr<Directory> open(std::string const& below = "") const {
    return files_.open(at(below));
  }
  [[nodiscard]] std::string at(std::string const& below) const {
    return below.empty() ? root() : root() + "/" + below;
  }

  void make_directory(std::string const& below) { files_.make_directory(at(below)); }
  void write(std::string const& below, std::string_view bytes) { files_.write(at(below), bytes); }
  void make_symlink(std::string const& below, std::string const& target) {
    files_.make_symlink(at(below), target);
  }
  void make_fifo(std::string const& below) { files_.make_fifo(at(below)); }
  void make_hard_link(std::string const& existing, std::string const& below) {
    files_.make_hard_link(at(existing), at(below));
  }
  void rename(std::string const& from, std::string const& to) { files_.rename(at(from), at(to)); }
  void remove(std::string const& below) { files_.remove(at(below)); }
  [[nodiscard]] std::string read(std::string const& below) const {
    return files_.read(at(below)).value();
  }

 private:
  MemoryFileSystem files_;
};

inline RelativePath path(std::string_view text) {
  return RelativePath::of(text);
}

/// The file, or an exception of std::variant that fails the test.
inline std::unique_ptr<File> opened(FileOrFailure result) {
  return std::get<std::unique_ptr<File>>(std::move(result));
}
inline std::unique_ptr<Directory> opened(
    std::variant<std::unique_ptr<Directory>, OpenFailure> result) {
  return std::get<std::unique_ptr<Directory>>(std::move(result));
}

/// The failure; nullopt: it was opened.
template <typename Result>
std::optional<OpenFailure> failure(Result const& result) {
  auto const* found = std::get_if<OpenFailure>(&result);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

inline std::string content(File const& file) {
  return read_all(file, 1 << 20).value();
}

/// errno of the Error that `call` throws; 0: it threw none.
template <typename Call>
int errno_of(Call call) {
  try {
    call();
  } catch (Error const& error) {
    return error.error_number();
  }
  return 0;
}

}  // namespace govseal
