#include "config/config_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>

#include "base/unique_fd.h"
#include "config/text_forms.h"

namespace govseal {
namespace {

constexpr std::string_view kSuffix = ".toml";

ConfigProblem file_problem(std::string const& display, std::string message) {
  ConfigProblem problem;
  problem.file = display;
  problem.message = std::move(message);
  return problem;
}

struct CloseDirectory {
  void operator()(DIR* stream) const noexcept { ::closedir(stream); }
};

std::string reason(int error_number) {
  return std::generic_category().message(error_number);
}

/// What the owner and the mode of an open file or directory break.
Complaint check_trust(struct stat const& status, FileTrust trust) {
  if (status.st_uid != 0 && status.st_uid != trust.agent_uid) {
    return "must be owned by root or the agent's user, not by uid " + std::to_string(status.st_uid);
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return "must not be writable for group or others";
  }
  return std::nullopt;
}

/// Up to `bytes_max` + 1 bytes, so that the caller sees a file that grows beyond the bound.
std::optional<std::string> read_descriptor(int fd, std::size_t bytes_max) {
  std::string text(bytes_max + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    auto const count = ::read(fd, text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  text.resize(size);
  return text;
}

bool is_fragment_name(std::string_view name) {
  return name.ends_with(kSuffix) && is_repository_id(name.substr(0, name.size() - kSuffix.size()));
}

}  // namespace

std::variant<std::string, ConfigProblem> read_config_file(std::string const& path,
                                                          std::string const& display,
                                                          FileTrust trust) {
  UniqueFd const fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd.valid()) return file_problem(display, "cannot be opened: " + reason(errno));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return file_problem(display, reason(errno));
  if (!S_ISREG(status.st_mode)) return file_problem(display, "must be a regular file");
  if (auto complaint = check_trust(status, trust)) return file_problem(display, *complaint);
  auto text = read_descriptor(fd.get(), kConfigFileBytesMax);
  if (!text) return file_problem(display, "cannot be read: " + reason(errno));
  if (text->size() > kConfigFileBytesMax) {
    return file_problem(display, "must not be larger than 1 MiB");
  }
  return std::move(*text);
}

std::variant<FragmentListing, ConfigProblem> list_fragments(std::string const& directory,
                                                            std::string const& display,
                                                            FileTrust trust) {
  FragmentListing listing;
  UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) {
    if (errno == ENOENT) return listing;
    return file_problem(display, "cannot be opened: " + reason(errno));
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return file_problem(display, reason(errno));
  if (auto complaint = check_trust(status, trust)) return file_problem(display, *complaint);
  std::unique_ptr<DIR, CloseDirectory> const stream(::fdopendir(fd.get()));
  if (!stream) return file_problem(display, "cannot be listed: " + reason(errno));
  (void)fd.release();  // the stream owns it now
  listing.found = true;
  errno = 0;
  while (auto const* entry = ::readdir(stream.get())) {
    std::string name = entry->d_name;
    if (name.starts_with('.')) continue;
    (is_fragment_name(name) ? listing.names : listing.ignored).push_back(std::move(name));
    errno = 0;
  }
  if (errno != 0) return file_problem(display, "cannot be listed: " + reason(errno));
  std::sort(listing.names.begin(), listing.names.end());
  std::sort(listing.ignored.begin(), listing.ignored.end());
  return listing;
}

std::string absolute_path(std::string const& path) {
  if (path.starts_with('/')) return path;
  std::unique_ptr<char, decltype(&std::free)> const here(::getcwd(nullptr, 0), &std::free);
  auto rest = std::string_view(path);
  while (rest.starts_with("./")) rest.remove_prefix(2);
  return (here ? std::string(here.get()) : std::string()) + "/" + std::string(rest);
}

}  // namespace govseal
