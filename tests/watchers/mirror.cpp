#include "tests/watchers/mirror.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <utility>

namespace govseal {
namespace {

namespace fs = std::filesystem;

std::string bytes_of_file(std::string const& path) {
  std::string bytes;
  int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return bytes;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::read(fd, buffer, sizeof buffer)) > 0;) {
    bytes.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(fd);
  return bytes;
}

/// As a receiver that follows no link finds it: nothing is behind one.
bool leads_through_link(std::string const& top, std::string const& below) {
  for (auto slash = below.find('/'); slash != std::string::npos;
       slash = below.find('/', slash + 1)) {
    std::error_code ignored;
    if (fs::is_symlink(fs::symlink_status(top + "/" + below.substr(0, slash), ignored)))
      return true;
  }
  return false;
}

std::optional<std::string> state_of(std::string const& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return std::nullopt;
  std::string state = std::to_string(status.st_mode) + " " + std::to_string(status.st_ino);
  if (S_ISREG(status.st_mode)) state += " " + bytes_of_file(path);
  return state;
}

bool is_directory(std::string const& path) {
  std::error_code ignored;
  return fs::is_directory(fs::symlink_status(path, ignored));
}

void collect(std::string const& top, std::string const& below,
             std::map<std::string, std::string>& out) {
  std::string const path = below.empty() ? top : top + "/" + below;
  std::error_code ignored;
  for (auto const& entry : fs::directory_iterator(path, ignored)) {
    std::string const name = entry.path().filename().string();
    std::string const child = below.empty() ? name : below + "/" + name;
    auto state = state_of(top + "/" + child);
    if (!state) continue;
    out.emplace(child, std::move(*state));
    if (is_directory(top + "/" + child)) collect(top, child, out);
  }
}

}  // namespace

void Mirror::apply(Hint const& hint) {
  std::string path = hint.directory.str();
  if (!hint.name.empty()) path += (path.empty() ? "" : "/") + hint.name;
  look(path, hint.kinds.has(HintKind::subtree));
}

void Mirror::apply(std::vector<Hint> const& hints) {
  for (Hint const& hint : hints) apply(hint);
}

void Mirror::look(std::string const& path, bool with_subtree) {
  std::string const absolute = path.empty() ? top_ : top_ + "/" + path;
  auto state = state_of(absolute);
  if (leads_through_link(top_, path)) state.reset();
  if (!state || !is_directory(absolute) || with_subtree) forget(path);
  if (!state) return;
  if (!path.empty()) known_[path] = std::move(*state);
  if (with_subtree && is_directory(absolute)) collect(top_, path, known_);
}

void Mirror::forget(std::string const& path) {
  std::string const prefix = path.empty() ? "" : path + "/";
  known_.erase(path);
  for (auto at = known_.lower_bound(prefix); at != known_.end() && at->first.starts_with(prefix);) {
    at = known_.erase(at);
  }
}

std::vector<std::string> Mirror::differences() const {
  Tree truth;
  collect(top_, "", truth);
  std::vector<std::string> lines;
  for (auto const& [path, state] : truth) {
    auto const known = known_.find(path);
    if (known == known_.end()) {
      lines.push_back("not known: " + path);
    } else if (known->second != state) {
      lines.push_back("changed: " + path);
    }
  }
  for (auto const& [path, state] : known_) {
    if (!truth.contains(path)) lines.push_back("gone: " + path);
  }
  return lines;
}

}  // namespace govseal
