#include "agent/api/listener.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/error.h"

// A socket's name in sockaddr_un has at most 107 bytes, and a temporary name beside a path of that
// length has more. Binding through /proc/self/fd of the held directory keeps the name short and
// binds in the directory that was looked at.

namespace govseal {
namespace {

constexpr int kBacklog = 128;

sockaddr_un address_of(std::string const& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw_errno(ENAMETOOLONG, "bind", path);
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

UniqueFd make_socket() {
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) throw_errno("socket", "");
  return fd;
}

enum class Answer { nobody, somebody };

/// A connection that is refused means that no process holds the socket any more. A full backlog
/// (EAGAIN) means that one does.
Answer ask(std::string const& through) {
  UniqueFd const fd = make_socket();
  sockaddr_un const address = address_of(through);
  int const result = connect(fd.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address);
  if (result == 0 || errno == EAGAIN || errno == EINPROGRESS) return Answer::somebody;
  if (errno == ECONNREFUSED || errno == ENOENT) return Answer::nobody;
  throw_errno("connect", through);
}

struct Place {
  UniqueFd directory;
  std::string through;  // /proc/self/fd/N/
  std::string name;
};

Place open_place(std::string const& path) {
  auto const slash = path.rfind('/');
  if (slash == std::string::npos) throw Error("listen", path, "the path is not absolute");
  Place place;
  std::string const parent = path.substr(0, slash) + "/";
  place.directory.reset(openat(AT_FDCWD, parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!place.directory.valid()) throw_errno("open", parent);
  place.through = "/proc/self/fd/" + std::to_string(place.directory.get()) + "/";
  place.name = path.substr(slash + 1);
  return place;
}

std::optional<CannotListen> find_obstacle(Place const& place, std::string const& path) {
  struct stat status {};
  if (fstatat(place.directory.get(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return {};
    throw_errno("stat", path);
  }
  if (S_ISLNK(status.st_mode)) return CannotListen{78, path + ": is a symbolic link"};
  if (!S_ISSOCK(status.st_mode)) return CannotListen{78, path + ": is not a socket"};
  if (ask(place.through + place.name) == Answer::somebody) {
    return CannotListen{75, path + ": another agent answers there"};
  }
  return {};
}

/// Takes the temporary name away again when something goes wrong.
class TemporaryName {
 public:
  TemporaryName(int directory, std::string name) : directory_(directory), name_(std::move(name)) {
    unlinkat(directory_, name_.c_str(), 0);
  }
  TemporaryName(TemporaryName const&) = delete;
  TemporaryName& operator=(TemporaryName const&) = delete;
  ~TemporaryName() {
    if (!kept_) unlinkat(directory_, name_.c_str(), 0);
  }
  [[nodiscard]] char const* name() const noexcept { return name_.c_str(); }
  void rename_to(std::string const& name) {
    if (renameat(directory_, name_.c_str(), directory_, name.c_str()) != 0) {
      throw_errno("rename", name);
    }
    kept_ = true;
  }

 private:
  int directory_;
  std::string name_;
  bool kept_ = false;
};

int option_of(int fd, int option) {
  int value = -1;
  socklen_t size = sizeof value;
  return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

}  // namespace

std::variant<UniqueFd, CannotListen> make_listener(ListenerOptions const& options) {
  Place const place = open_place(options.path);
  if (auto obstacle = find_obstacle(place, options.path)) return std::move(*obstacle);
  int const directory = place.directory.get();
  UniqueFd fd = make_socket();
  TemporaryName temporary(directory, ".govseal-" + std::to_string(getpid()));
  sockaddr_un const address = address_of(place.through + temporary.name());
  if (bind(fd.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0) {
    throw_errno("bind", options.path);
  }
  if (options.group && fchownat(directory, temporary.name(), static_cast<uid_t>(-1), *options.group,
                                AT_SYMLINK_NOFOLLOW) != 0) {
    throw_errno("chown", options.path);
  }
  if (fchmodat(directory, temporary.name(), options.mode, 0) != 0) {
    throw_errno("chmod", options.path);
  }
  if (listen(fd.get(), kBacklog) != 0) throw_errno("listen", options.path);
  temporary.rename_to(place.name);
  return fd;
}

std::optional<std::string> listener_fault(int fd) {
  if (option_of(fd, SO_DOMAIN) != AF_UNIX) return "is not a unix socket";
  if (option_of(fd, SO_TYPE) != SOCK_STREAM) return "is not a stream socket";
  if (option_of(fd, SO_ACCEPTCONN) != 1) return "does not listen";
  return {};
}

std::vector<std::string> listener_differences(int fd, ListenerOptions const& options) {
  sockaddr_un address{};
  socklen_t size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  std::string const path = address.sun_path;
  std::vector<std::string> differences;
  if (path != options.path) {
    differences.push_back("api.socket: the socket handed over is " + path + ", configured is " +
                          options.path);
  }
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return differences;
  if ((status.st_mode & 07777) != options.mode) {
    char text[16];
    std::snprintf(text, sizeof text, "%04o", status.st_mode & 07777u);
    differences.push_back("api.socket_mode: the socket handed over has " + std::string(text));
  }
  if (options.group && status.st_gid != *options.group) {
    differences.push_back("api.socket_group: the socket handed over has the group id " +
                          std::to_string(status.st_gid));
  }
  return differences;
}

}  // namespace govseal
