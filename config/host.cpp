#include "config/host.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <fstream>
#include <memory>

namespace govseal {
namespace {

constexpr std::size_t kDatabaseBufferMax = 1 << 20;

/// Calls a getXXnam_r function with a buffer that grows as it asks for.
template <typename Entry, typename Get>
bool is_in_database(std::string const& name, Get get) {
  std::vector<char> buffer(4'096);
  while (true) {
    Entry entry{};
    Entry* found = nullptr;
    int const code = get(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (code != ERANGE || buffer.size() >= kDatabaseBufferMax) return found != nullptr;
    buffer.resize(buffer.size() * 2);
  }
}

/// Primary and supplementary groups of a user; just empty when it is not in the database.
std::vector<std::uint32_t> groups_of(std::uint32_t uid) {
  std::vector<char> buffer(kDatabaseBufferMax);
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return {};
  }
  int count = 64;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  while (::getgrouplist(entry.pw_name, entry.pw_gid, groups.data(), &count) < 0) {
    if (count <= 0 || count > NGROUPS_MAX) return {entry.pw_gid};
    groups.resize(static_cast<std::size_t>(count));
  }
  return {groups.begin(), groups.begin() + count};
}

}  // namespace

bool SystemHost::user_exists(std::string const& name) const {
  return is_in_database<passwd>(name, ::getpwnam_r);
}

bool SystemHost::group_exists(std::string const& name) const {
  return is_in_database<group>(name, ::getgrnam_r);
}

HostView::PathKind SystemHost::path_kind(std::string const& path) const {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    bool const is_missing = errno == ENOENT || errno == ENOTDIR;
    return is_missing ? PathKind::missing : PathKind::unknown;
  }
  if (S_ISREG(status.st_mode)) return PathKind::regular;
  return S_ISDIR(status.st_mode) ? PathKind::directory : PathKind::other;
}

std::string SystemHost::canonical(std::string const& path) const {
  std::unique_ptr<char, decltype(&std::free)> const resolved(::realpath(path.c_str(), nullptr),
                                                             &std::free);
  return resolved ? std::string(resolved.get()) : path;
}

std::optional<bool> SystemHost::writable(std::string const& directory, std::uint32_t uid) const {
  if (uid == ::geteuid()) {
    if (::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return true;
    if (errno == EACCES || errno == EROFS || errno == EPERM) return false;
    return std::nullopt;
  }
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) return std::nullopt;
  if (uid == 0) return true;
  // With an ACL the mode bits of the group are its mask; whoever can read ACLs overrides this.
  bool const has_acl = ::getxattr(directory.c_str(), "system.posix_acl_access", nullptr, 0) > 0;
  if (has_acl) return std::nullopt;
  auto const groups = groups_of(uid);
  bool const in_group = std::find(groups.begin(), groups.end(), status.st_gid) != groups.end();
  unsigned const shift = status.st_uid == uid ? 6 : in_group ? 3 : 0;
  return (status.st_mode >> shift & (W_OK | X_OK)) == (W_OK | X_OK);
}

std::optional<std::uint64_t> SystemHost::device(std::string const& path) const {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return static_cast<std::uint64_t>(status.st_dev);
}

std::optional<bool> SystemHost::has_capability(unsigned number) const {
  if (!is_agent_ || number >= 64) return std::nullopt;
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (!line.starts_with("CapEff:")) continue;
    auto const bits = std::strtoull(line.c_str() + 7, nullptr, 16);
    return (bits >> number & 1U) != 0;
  }
  return std::nullopt;
}

}  // namespace govseal
