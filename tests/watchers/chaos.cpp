#include "tests/watchers/chaos.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

namespace govseal {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kNames = 4;
constexpr unsigned kLevels = 4;
constexpr std::size_t kHeldMost = 6;

void move(std::string const& from, std::string const& to) {
  (void)::rename(from.c_str(), to.c_str());
}

}  // namespace

Chaos::Chaos(std::vector<std::string> tops, std::uint32_t seed)
    : tops_(std::move(tops)), random_(seed), seed_(seed) {}
Chaos::~Chaos() = default;

void Chaos::step() {
  switch (below(16)) {
    case 0:
      ::mkdir(directory().c_str(), 0755);
      return;
    case 1:
    case 2:
      return make_tree();
    case 3:
    case 4:
      return write_file(file(), O_APPEND | O_CREAT);
    case 5:
      return write_file(file(), O_TRUNC | O_CREAT);
    case 6:
      return replace_file();
    case 7:
    case 8:
    case 9:
      return move(directory(), directory());
    case 10:
      return exchange();
    case 11:
      return replace_directory();
    case 12:
      return rename_twice();
    case 13:
      return remove_tree();
    case 14:
      return write_through_held();
    default:
      if (below(2) == 0) {
        ::unlink(file().c_str());
      } else {
        ::chmod(directory().c_str(), below(2) == 0 ? 0700 : 0755);
      }
  }
}

std::string Chaos::directory(unsigned levels_min) {
  std::string path = top();
  for (unsigned levels = levels_min + below(kLevels); levels > 0; --levels) {
    path += "/d" + std::to_string(below(kNames));
  }
  return path;
}

std::string Chaos::file() {
  return directory(0) + "/f" + std::to_string(below(3));
}

std::string Chaos::text() {
  return std::to_string(seed_) + "." + std::to_string(++written_) + "\n";
}

/// Directories below each other with a file at the bottom, as fast as possible: the watcher cannot
/// have been in any of them.
void Chaos::make_tree() {
  std::string path = top();
  for (unsigned levels = 1 + below(kLevels); levels > 0; --levels) {
    path += "/d" + std::to_string(below(kNames));
    ::mkdir(path.c_str(), 0755);
  }
  write_file(path + "/f0", O_APPEND | O_CREAT);
}

void Chaos::write_file(std::string const& path, int flags) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | flags, 0644));
  if (!fd.valid()) return;
  std::string const bytes = text();
  (void)!::write(fd.get(), bytes.data(), bytes.size());
  if (below(4) != 0) return;
  held_.push_back(std::move(fd));
  if (held_.size() > kHeldMost) held_.erase(held_.begin());
}

/// As editors do: a new file under a temporary name, renamed over the old one.
void Chaos::replace_file() {
  std::string const target = file();
  std::string const temporary = target + ".tmp" + std::to_string(below(2));
  write_file(temporary, O_TRUNC | O_CREAT);
  move(temporary, below(4) == 0 ? file() : target);
}

/// A directory goes, and something else has its name at once.
void Chaos::replace_directory() {
  std::string const place = directory();
  move(place, directory());
  switch (below(4)) {
    case 0:
      (void)!::symlink(directory().c_str(), place.c_str());
      return;
    case 1:
      return write_file(place, O_CREAT);
    case 2:
      return move(directory(), place);
    default:
      ::mkdir(place.c_str(), 0755);
      ::mkdir((place + "/d0").c_str(), 0755);
      write_file(place + "/d0/f0", O_CREAT);
  }
}

void Chaos::exchange() {
  std::string const one = directory();
  std::string const other = below(4) == 0 ? file() : directory();
  (void)::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE);
}

/// Between being seen and being entered; the third leg may bring it back.
void Chaos::rename_twice() {
  std::string const first = directory();
  std::string const second = directory();
  move(first, second);
  move(second, below(3) == 0 ? first : directory());
  if (below(2) == 0) write_file(second + "/f0", O_APPEND | O_CREAT);
}

void Chaos::remove_tree() {
  std::error_code ignored;
  std::string const path = directory();
  if (fs::is_symlink(path, ignored) || below(2) == 0) {
    ::unlink(path.c_str());
    ::rmdir(path.c_str());
  } else {
    fs::remove_all(path, ignored);
  }
}

void Chaos::write_through_held() {
  if (held_.empty()) return;
  UniqueFd& fd = held_[below(static_cast<unsigned>(held_.size()))];
  std::string const bytes = text();
  (void)!::write(fd.get(), bytes.data(), bytes.size());
  if (below(3) == 0) std::swap(fd, held_.back()), held_.pop_back();
}

}  // namespace govseal
