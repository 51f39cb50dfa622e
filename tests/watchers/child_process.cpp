#include "tests/watchers/child_process.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

namespace govseal {
namespace {

bool write_text(char const* path, std::string const& text) {
  int const fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool const written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(fd);
  return written;
}

/// As `unshare -Ur` does: the user is root inside, and owns what it owns outside.
bool isolate(Isolation isolation) {
  std::string const uid = std::to_string(::geteuid());
  std::string const gid = std::to_string(::getegid());
  int const mounts = isolation == Isolation::mounts ? CLONE_NEWNS : 0;
  if (::unshare(CLONE_NEWUSER | mounts) != 0) return false;
  return write_text("/proc/self/setgroups", "deny") &&
         write_text("/proc/self/uid_map", "0 " + uid + " 1") &&
         write_text("/proc/self/gid_map", "0 " + gid + " 1");
}

[[noreturn]] void be_the_child(Isolation isolation, std::function<int()> const& work) {
  int status = kNotPossible;
  if (isolate(isolation)) {
    try {
      status = work();
    } catch (...) {
      status = 255;
    }
  }
  ::_exit(status);
}

}  // namespace

std::optional<int> run_in_child(Isolation isolation, std::function<int()> const& work) {
  std::fflush(nullptr);
  pid_t const child = ::fork();
  if (child == 0) be_the_child(isolation, work);
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) return std::nullopt;
  if (!WIFEXITED(status)) return 255;
  if (WEXITSTATUS(status) == kNotPossible) return std::nullopt;
  return WEXITSTATUS(status);
}

bool set_limit(char const* path, long value) {
  return write_text(path, std::to_string(value));
}

}  // namespace govseal
