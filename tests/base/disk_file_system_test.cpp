// What only the real file system has.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <thread>

#include "base/unique_fd.h"
#include "tests/base/worlds.h"

namespace govseal {
namespace {

TEST_CASE("a device is never opened as a file") {
  DiskFileSystem const files;
  auto const dev = opened(files.open_directory("/dev"));
  CHECK(failure(dev->open_file(path("null"))) == OpenFailure::wrong_kind);
  CHECK(dev->find("null")->kind == FileKind::special);
}

TEST_CASE("a socket is never opened as a file") {
  TempDirectory const directory;
  UniqueFd const socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string const name = directory / "socket";
  REQUIRE(name.size() < sizeof address.sun_path);
  name.copy(address.sun_path, name.size());
  auto const* const any = reinterpret_cast<sockaddr const*>(&address);
  REQUIRE(::bind(socket.get(), any, sizeof address) == 0);
  auto const root = opened(DiskFileSystem().open_directory(directory.path()));
  CHECK(failure(root->open_file(path("socket"))) == OpenFailure::wrong_kind);
}

TEST_CASE("a mount point in the way is another device") {
  DiskFileSystem const files;
  auto const root = opened(files.open_directory("/"));
  auto const proc = root->find("proc");
  if (!proc || proc->dev == root->status().dev) {
    MESSAGE("SKIPPED: /proc is no mount point here");
    return;
  }
  CHECK(failure(root->open_directory(path("proc"))) == OpenFailure::other_device);
  CHECK(failure(root->open_directory(path("proc/self"))) == OpenFailure::other_device);
  CHECK(failure(root->open_file(path("proc/version"))) == OpenFailure::other_device);
}

TEST_CASE("a file of the kernel that claims to be empty is read to its end") {
  auto const proc = opened(DiskFileSystem().open_directory("/proc"));
  auto const file = opened(proc->open_file(path("version")));
  CHECK(file->status().size == 0);
  CHECK(read_all(*file, 1 << 16)->starts_with("Linux version"));
  CHECK(read_all(*file, 5) == std::nullopt);
}

TEST_CASE("reading leaves the access time of our own files alone") {
  DiskWorld world;
  world.write("file", "x");
  timespec const old[2] = {{1'000'000, 0}, {1'000'000, 0}};
  REQUIRE(::utimensat(AT_FDCWD, world.at("file").c_str(), old, 0) == 0);
  CHECK(content(*opened(world.open()->open_file(path("file")))) == "x");
  struct stat found {};
  REQUIRE(::stat(world.at("file").c_str(), &found) == 0);
  CHECK(found.st_atim.tv_sec == 1'000'000);
}

TEST_CASE("a file of another user opens, although its access time cannot be left alone") {
  auto const etc = opened(DiskFileSystem().open_directory("/etc"));
  CHECK_FALSE(content(*opened(etc->open_file(path("passwd")))).empty());
  CHECK_FALSE(content(*opened(etc->open_file(path("group")))).empty());
  CHECK_FALSE(etc->list().empty());
}

TEST_CASE("what may not be read is an error and no absence") {
  if (::geteuid() == 0) {
    MESSAGE("SKIPPED: root may read everything");
    return;
  }
  DiskWorld world;
  world.write("secret", "x");
  world.make_directory("closed");
  REQUIRE(::chmod(world.at("secret").c_str(), 0) == 0);
  REQUIRE(::chmod(world.at("closed").c_str(), 0) == 0);
  auto const root = world.open();
  CHECK(errno_of([&] { (void)root->open_file(path("secret")); }) == EACCES);
  CHECK(errno_of([&] { (void)root->open_directory(path("closed")); }) == EACCES);
  CHECK(errno_of([&] { (void)world.files().open_directory(world.at("closed")); }) == EACCES);
}

TEST_CASE("a large directory is listed completely") {
  DiskWorld world;
  constexpr int kFiles = 12'000;
  auto const root = world.open();
  for (int i = 0; i < kFiles; ++i) {
    (void)opened(root->create_exclusive(std::string(40, 'n') + std::to_string(i), 0600));
  }
  auto entries = root->list();
  std::sort(entries.begin(), entries.end());
  CHECK(entries.size() == kFiles);
  CHECK(std::adjacent_find(entries.begin(), entries.end()) == entries.end());
}

TEST_CASE("several threads list the same directory at once") {
  DiskWorld world;
  auto const root = world.open();
  for (int i = 0; i < 300; ++i) (void)opened(root->create_exclusive(std::to_string(i), 0600));
  std::atomic<int> complete = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) complete += root->list().size() == 300 ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(complete == 200);
}

TEST_CASE("a name that turns from file to FIFO, link and directory never opens as one of them") {
  DiskWorld world;
  world.write("outside", "outside");
  world.write("kept/regular", "regular");
  world.make_fifo("kept/fifo");
  world.make_symlink("kept/link", "../outside");
  world.make_directory("run");
  std::atomic<bool> stop = false;
  std::thread swapper([&] {
    // Every step replaces `run/name` by another kind of object, atomically where that can be.
    std::string const name = world.at("run/name");
    while (!stop) {
      for (auto const* kind : {"regular", "fifo", "link"}) {
        std::string const staged = world.at("run/staged");
        std::string const kept = world.at(std::string("kept/") + kind);
        if (::linkat(AT_FDCWD, kept.c_str(), AT_FDCWD, staged.c_str(), 0) != 0) continue;
        std::rename(staged.c_str(), name.c_str());
        ::unlink(staged.c_str());
      }
      ::unlink(name.c_str());
      ::mkdir(name.c_str(), 0700);
      ::rmdir(name.c_str());
    }
  });
  auto const run = world.open("run");
  int opened_count = 0;
  int refused_count = 0;
  for (int i = 0; i < 500'000 && (opened_count < 100 || refused_count < 1'000); ++i) {
    auto const result = run->open_file(path("name"));
    if (failure(result)) {
      ++refused_count;
      continue;
    }
    ++opened_count;
    CHECK(content(*std::get<0>(result)) == "regular");
  }
  stop = true;
  swapper.join();
  CHECK(opened_count > 0);
  CHECK(refused_count > 0);
}

TEST_CASE("descriptors are closed on exec and reach what has no place in the seam") {
  DiskWorld world;
  world.write("file", "x");
  auto const root = world.open();
  auto const file = opened(root->open_file(path("file")));
  CHECK((::fcntl(root->native_handle(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(file->native_handle(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("no descriptor stays open") {
  auto const count = [] {
    return opened(DiskFileSystem().open_directory("/proc/self/fd"))->list().size();
  };
  auto const before = count();
  {
    DiskWorld world;
    auto const root = world.open();
    write_durably(*root, "a", bytes_of("x"), 0600);
    CHECK(root->publish("b", bytes_of("x"), 0600) == std::nullopt);
    CHECK(failure(root->open_file(path("c/d"))) == OpenFailure::not_found);
    (void)make_directories(*root, path("x/y/z"), 0700);
    (void)opened(root->open_file(path("b")));
    (void)root->list();
  }
  CHECK(count() == before);
}

}  // namespace
}  // namespace govseal
