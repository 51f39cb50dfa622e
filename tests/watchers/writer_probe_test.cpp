#include "watchers/writer_probe.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "tests/support/memory_file_system.h"
#include "tests/support/temp_directory.h"

namespace govseal {
namespace {

/// A file on a filesystem whose leases can be trusted, and hands that write to it.
struct Scene {
  Scene() {
    // The duty of the process: an opener that breaks a lease sends it.
    std::signal(SIGIO, SIG_IGN);
    temp.write("run/file", "bytes");
    temp.write("run/other", "bytes");
    folder = std::get<std::unique_ptr<Directory>>(files.open_directory(temp / "run"));
  }
  [[nodiscard]] bool trusted() const {
    auto const facts = read_filesystem_facts(folder->native_handle());
    if (facts && is_lease_trusted(facts->type)) return true;
    MESSAGE("skipped: leases cannot be trusted on the filesystem of the temporary directory");
    return false;
  }
  [[nodiscard]] FolderProbe probe() const {
    return probe_open_writers(lease, *folder,
                              {RelativePath::of("file"), RelativePath::of("other")});
  }

  TempDirectory temp;
  DiskFileSystem files;
  std::unique_ptr<Directory> folder;
  LeaseProbe lease;
};

constexpr ProbeAnswer kClear{Probe::clear, std::nullopt};
constexpr ProbeAnswer kOpen{Probe::open, std::nullopt};

TEST_CASE("a folder that nobody writes in is clear") {
  Scene const scene;
  if (!scene.trusted()) return;
  CHECK(scene.probe().answer == kClear);
  CHECK(scene.probe().open_files.empty());
}

TEST_CASE("W50: a file that is open for writing is named until it is closed") {
  Scene const scene;
  if (!scene.trusted()) return;
  int const fd = ::open((scene.temp / "run/other").c_str(), O_WRONLY | O_CLOEXEC);
  CHECK(scene.probe().answer == kOpen);
  CHECK(scene.probe().open_files == std::vector{RelativePath::of("other")});
  ::close(fd);
  CHECK(scene.probe().answer == kClear);
}

TEST_CASE("W51: a writable mapping alone is a writer until it is unmapped") {
  Scene const scene;
  if (!scene.trusted()) return;
  int const fd = ::open((scene.temp / "run/file").c_str(), O_RDWR | O_CLOEXEC);
  void* const mapping = ::mmap(nullptr, 4'096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  REQUIRE(mapping != MAP_FAILED);
  ::close(fd);
  CHECK(scene.probe().answer == kOpen);
  ::munmap(mapping, 4'096);
  CHECK(scene.probe().answer == kClear);
}

TEST_CASE("readers and read-only mappings are no writers") {
  Scene const scene;
  if (!scene.trusted()) return;
  int const fd = ::open((scene.temp / "run/file").c_str(), O_RDONLY | O_CLOEXEC);
  void* const mapping = ::mmap(nullptr, 4'096, PROT_READ, MAP_SHARED, fd, 0);
  CHECK(scene.probe().answer == kClear);
  ::munmap(mapping, 4'096);
  ::close(fd);
}

TEST_CASE("W59: a writer that opens right after the probe is not kept waiting") {
  Scene const scene;
  CHECK(scene.probe().answer.probe != Probe::open);
  int const fd = ::open((scene.temp / "run/file").c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  CHECK(fd >= 0);
  ::close(fd);
}

TEST_CASE("a filesystem that failed the test is not trusted: a granted lease proves nothing") {
  Scene const scene;
  if (!scene.trusted()) return;
  auto const facts = read_filesystem_facts(scene.folder->native_handle());
  LeaseProbe const doubtful({facts->id});
  auto const files = std::vector{RelativePath::of("file")};
  CHECK(probe_open_writers(doubtful, *scene.folder, files).answer ==
        ProbeAnswer{Probe::unknown, ProbeReason::unsound});
  // A refusal proves a writer everywhere.
  int const fd = ::open((scene.temp / "run/file").c_str(), O_WRONLY | O_CLOEXEC);
  CHECK(probe_open_writers(doubtful, *scene.folder, files).answer == kOpen);
  ::close(fd);
}

TEST_CASE("overlayfs is never trusted, local filesystems are") {
  CHECK(!is_lease_trusted(0x794C7630));
  CHECK(!is_lease_trusted(0x6969));
  for (std::uint64_t const type : {0xEF53U, 0x58465342U, 0x9123683EU, 0x01021994U}) {
    CHECK(is_lease_trusted(type));
  }
}

TEST_CASE("a foreign file without CAP_LEASE is unknown for want of permission") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: needs root to have files of somebody else");
    return;
  }
  Scene const scene;
  std::filesystem::permissions(scene.temp.path(), std::filesystem::perms::all);
  REQUIRE(::seteuid(65'534) == 0);
  FolderProbe const probe = scene.probe();
  REQUIRE(::seteuid(0) == 0);
  CHECK(probe.answer == ProbeAnswer{Probe::unknown, ProbeReason::permission});
}

TEST_CASE("files without a descriptor are unknown, as unsupported") {
  MemoryFileSystem files;
  files.write("/run/file", "x");
  auto const folder = files.open("/run");
  CHECK(probe_open_writers(LeaseProbe(), *folder, {RelativePath::of("file")}).answer ==
        ProbeAnswer{Probe::unknown, ProbeReason::unsupported});
}

TEST_CASE("switched off, every answer is unknown and says so") {
  Scene const scene;
  CHECK(probe_open_writers(NoProbe(), *scene.folder, {RelativePath::of("file")}).answer ==
        ProbeAnswer{Probe::unknown, ProbeReason::off});
}

TEST_CASE("files that are gone or no regular files any more are left out") {
  Scene const scene;
  std::filesystem::create_symlink("file", scene.temp / "run/link");
  std::vector<RelativePath> const files{RelativePath::of("no such file"), RelativePath::of("link")};
  CHECK(probe_open_writers(scene.lease, *scene.folder, files).answer == kClear);
}

TEST_CASE("the property is tried on a file of one's own, which leaves nothing behind") {
  Scene const scene;
  auto const answer = lease_tells_writers(*scene.folder);
  CHECK(scene.folder->list().size() == 2);
  if (!scene.trusted()) return;
  REQUIRE(answer);
  CHECK(*answer);
}

TEST_CASE("where the file has no descriptor the property cannot be tried") {
  MemoryFileSystem files;
  files.make_directory("/own");
  auto const own = files.open("/own");
  CHECK(!lease_tells_writers(*own));
  CHECK(files.list("/own").empty());
}

TEST_CASE("the words of probes are those of the records") {
  CHECK(name_of(Probe::clear) == "clear");
  CHECK(name_of(Probe::open) == "open");
  CHECK(name_of(Probe::unknown) == "unknown");
  CHECK(name_of(ProbeReason::unsound) == "unsound");
  CHECK(name_of(ProbeReason::permission) == "permission");
  CHECK(name_of(ProbeReason::unsupported) == "unsupported");
  CHECK(name_of(ProbeReason::off) == "off");
}

}  // namespace
}  // namespace govseal
