#include "agent/api/listener.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "tests/support/temp_directory.h"

using namespace govseal;

namespace {

ListenerOptions options(std::string path) {
  ListenerOptions result;
  result.path = std::move(path);
  return result;
}

UniqueFd made(ListenerOptions const& wanted) {
  auto result = make_listener(wanted);
  REQUIRE(std::holds_alternative<UniqueFd>(result));
  return std::get<UniqueFd>(std::move(result));
}

int exit_code(ListenerOptions const& wanted) {
  auto const result = make_listener(wanted);
  REQUIRE(std::holds_alternative<CannotListen>(result));
  return std::get<CannotListen>(result).exit_code;
}

bool connects(std::string const& path) {
  UniqueFd const fd(socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
  return connect(fd.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0;
}

/// As systemd makes one.
UniqueFd bound(std::string const& path) {
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
  REQUIRE(bind(fd.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0);
  REQUIRE(listen(fd.get(), 1) == 0);
  return fd;
}

std::size_t entries_of(std::string const& directory) {
  auto const all = std::filesystem::directory_iterator(directory);
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

TEST_CASE("the socket appears with its mode, listening, and nothing else beside it") {
  TempDirectory const directory;
  auto wanted = options(directory / "a.sock");
  wanted.mode = 0640;
  wanted.group = getegid();
  UniqueFd const fd = made(wanted);
  struct stat status {};
  REQUIRE(lstat(wanted.path.c_str(), &status) == 0);
  CHECK(S_ISSOCK(status.st_mode));
  CHECK((status.st_mode & 07777) == 0640);
  CHECK(status.st_gid == getegid());
  CHECK(connects(wanted.path));
  CHECK(entries_of(directory.path()) == 1);
  CHECK_FALSE(listener_fault(fd.get()));
}

TEST_CASE("a stale socket is replaced, one that answers is another agent") {
  TempDirectory const directory;
  auto const wanted = options(directory / "a.sock");
  UniqueFd first = made(wanted);
  CHECK(exit_code(wanted) == 75);
  first.reset();
  CHECK_FALSE(connects(wanted.path));
  UniqueFd const second = made(wanted);
  CHECK(connects(wanted.path));
  CHECK(entries_of(directory.path()) == 1);
}

TEST_CASE("an agent whose backlog is full still answers") {
  TempDirectory const directory;
  auto const wanted = options(directory / "a.sock");
  UniqueFd const first = made(wanted);
  REQUIRE(listen(first.get(), 0) == 0);
  CHECK(connects(wanted.path));
  CHECK(exit_code(wanted) == 75);
  CHECK(exit_code(wanted) == 75);
}

TEST_CASE("a symbolic link or something else in the place of the socket is refused") {
  TempDirectory const directory;
  directory.write("file", "x");
  CHECK(exit_code(options(directory / "file")) == 78);
  REQUIRE(symlink("elsewhere", (directory / "link").c_str()) == 0);
  CHECK(exit_code(options(directory / "link")) == 78);
  CHECK(directory.read("file") == "x");
  CHECK_FALSE(std::filesystem::exists(directory / "elsewhere"));
}

TEST_CASE("a path of the greatest length works, a missing directory is an error") {
  TempDirectory const directory;
  std::string const longest = directory / std::string(106 - directory.path().size(), 's');
  REQUIRE(longest.size() == 107);
  UniqueFd const fd = made(options(longest));
  CHECK(connects(longest));
  CHECK_THROWS_AS((void)make_listener(options(directory / "none/a.sock")), Error);
}

TEST_CASE("only a listening unix stream socket is taken over, with differences named") {
  TempDirectory const directory;
  auto wanted = options(directory / "a.sock");
  UniqueFd const fd = bound(wanted.path);
  REQUIRE(chmod(wanted.path.c_str(), 0660) == 0);
  CHECK_FALSE(listener_fault(fd.get()));
  wanted.group = getegid();
  CHECK(listener_differences(fd.get(), wanted).empty());
  wanted.mode = 0600;
  wanted.group = getegid() + 1;
  wanted.path += "x";
  CHECK(listener_differences(fd.get(), wanted).size() == 3);
  UniqueFd const tcp(socket(AF_INET, SOCK_STREAM, 0));
  UniqueFd const datagram(socket(AF_UNIX, SOCK_DGRAM, 0));
  UniqueFd const idle(socket(AF_UNIX, SOCK_STREAM, 0));
  CHECK(listener_fault(tcp.get()) == "is not a unix socket");
  CHECK(listener_fault(datagram.get()) == "is not a stream socket");
  CHECK(listener_fault(idle.get()) == "does not listen");
  CHECK(listener_fault(STDIN_FILENO).has_value());
}
