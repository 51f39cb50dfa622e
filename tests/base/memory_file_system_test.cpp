// What the fake promises beyond the contract: power cuts, faults, a full disk, a foreign producer.
#include "tests/support/memory_file_system.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <set>

#include "tests/base/worlds.h"

namespace govseal {
namespace {

using Names = std::vector<std::string>;

struct Disk {
  MemoryFileSystem files;
  Disk() {
    files.make_directory("/d");
    files.sync_all();
  }
  [[nodiscard]] std::unique_ptr<Directory> open() const { return files.open("/d"); }
};

TEST_CASE("a power cut takes a file whose name was not synced") {
  Disk disk;
  auto const file = opened(disk.open()->create_exclusive("file", 0600));
  file->append(bytes_of("synced"));
  file->sync();
  disk.files.crash();
  CHECK(disk.files.list("/d").empty());
}

TEST_CASE("a power cut empties a file whose bytes were not synced") {
  Disk disk;
  auto const root = disk.open();
  opened(root->create_exclusive("file", 0600))->append(bytes_of("lost"));
  root->sync();
  disk.files.crash();
  CHECK(disk.files.read("/d/file") == "");
}

TEST_CASE("a power cut leaves what was synced before and drops what came later") {
  Disk disk;
  auto const root = disk.open();
  auto const file = opened(root->create_exclusive("file", 0600));
  file->append(bytes_of("kept"));
  file->sync_data();
  root->sync();
  file->append(bytes_of(" lost"));
  CHECK(disk.files.read("/d/file") == "kept lost");
  disk.files.crash();
  CHECK(disk.files.read("/d/file") == "kept");
}

TEST_CASE("a power cut undoes renames and removals whose directory was not synced") {
  Disk disk;
  disk.files.write("/d/a", "a");
  disk.files.write("/d/b", "b");
  disk.files.write("/d/c", "c");
  disk.files.make_directory("/d/e");
  disk.files.sync_all();
  auto const root = disk.open();
  root->rename("a", "b");
  CHECK(root->unlink("c"));
  CHECK(root->remove_directory("e"));
  CHECK(disk.files.list("/d") == Names{"b"});
  disk.files.crash();
  CHECK(disk.files.list("/d") == Names{"a", "b", "c", "e"});
  CHECK(disk.files.read("/d/b") == "b");
  CHECK(disk.files.stat("/d/c")->nlink == 1);
  CHECK(disk.files.stat("/d")->nlink == 3);
}

TEST_CASE("publish and write_durably survive a power cut as soon as they return") {
  for (bool const unnamed : {true, false}) {
    Disk disk;
    disk.files.set_unnamed_files(unnamed);
    CHECK(disk.open()->publish("published", bytes_of("p"), 0444) == std::nullopt);
    write_durably(*disk.open(), "written", bytes_of("one"), 0600);
    write_durably(*disk.open(), "written", bytes_of("two"), 0600);
    disk.files.crash();
    CHECK(disk.files.read("/d/published") == "p");
    CHECK((disk.files.stat("/d/published")->mode & 07777U) == 0444);
    CHECK(disk.files.read("/d/written") == "two");
    CHECK(disk.files.list("/d") == Names{"published", "written"});
  }
}

TEST_CASE("make_directories survives a power cut, so that what is made inside does") {
  Disk disk;
  auto const made = make_directories(*disk.open(), path("x/y"), 0700);
  CHECK(made->publish("file", bytes_of("p"), 0444) == std::nullopt);
  disk.files.crash();
  CHECK(disk.files.read("/d/x/y/file") == "p");
}

TEST_CASE("write_durably leaves the old or the new bytes wherever and however the power goes off") {
  for (auto const kind : {Fault::Kind::crash_now, Fault::Kind::crash_done}) {
    bool finished = false;
    for (std::size_t step = 0; !finished; ++step) {
      Disk disk;
      disk.files.write("/d/state", "old");
      disk.files.sync_all();
      auto const root = disk.open();
      disk.files.set_fault_hook(fault_at(step, {kind, 0}));
      finished = true;
      try {
        write_durably(*root, "state", bytes_of("new"), 0600);
      } catch (SimulatedCrash const&) {
        finished = false;
      }
      disk.files.set_fault_hook({});
      for (std::uint64_t seed = 0; seed < 40; ++seed) {
        MemoryFileSystem after = disk.files.clone();
        seed == 0 ? after.crash() : after.crash(seed);
        auto const content = after.read("/d/state");
        REQUIRE_MESSAGE((content == "old" || content == "new"), "step ", step, " seed ", seed);
        if (finished) REQUIRE(content == "new");
      }
      REQUIRE(step < 20);
    }
  }
}

TEST_CASE("publish leaves the whole file or none wherever and however the power goes off") {
  std::string const bytes(3000, 'x');
  bool finished = false;
  std::set<bool> seen;
  for (std::size_t step = 0; !finished; ++step) {
    Disk disk;
    auto const root = disk.open();
    disk.files.set_fault_hook(fault_at(step, Fault::crash_now()));
    finished = true;
    try {
      auto const refused = root->publish("file", bytes_of(bytes), 0444);
      CHECK(refused == std::nullopt);
    } catch (SimulatedCrash const&) {
      finished = false;
    }
    for (std::uint64_t seed = 1; seed < 40; ++seed) {
      MemoryFileSystem after = disk.files.clone();
      after.crash(seed);
      auto const content = after.read("/d/file");
      if (content) REQUIRE(*content == bytes);
      seen.insert(content.has_value());
    }
  }
  CHECK(seen.size() == 2);
}

TEST_CASE("a seeded power cut tears tails, zeroes blocks and keeps what was synced") {
  std::set<std::string> outcomes;
  std::string const synced(700, 's');
  std::string const appended(2000, 'a');
  bool torn = false;
  bool zeroed = false;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Disk disk;
    auto const root = disk.open();
    auto const file = opened(root->create_exclusive("log", 0600));
    file->append(bytes_of(synced));
    file->sync_data();
    root->sync();
    file->append(bytes_of(appended));
    disk.files.crash(seed);
    std::string const content = disk.files.read("/d/log").value();
    REQUIRE(content.starts_with(synced));
    REQUIRE(content.size() <= synced.size() + appended.size());
    for (char const c : content.substr(synced.size())) REQUIRE((c == 'a' || c == '\0'));
    torn = torn || (content.size() > synced.size() && content.size() < 2700);
    zeroed = zeroed || content.find('\0') != std::string::npos;
    outcomes.insert(content);
  }
  CHECK(outcomes.count(synced) == 1);
  CHECK(outcomes.count(synced + appended) == 1);
  CHECK(torn);
  CHECK(zeroed);
}

TEST_CASE("a seeded power cut may lose each name change, but a rename as a whole") {
  std::set<std::string> outcomes;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Disk disk;
    disk.files.write("/d/a", "a");
    disk.files.write("/d/b", "b");
    disk.files.sync_all();
    auto const root = disk.open();
    root->rename("a", "c");
    CHECK(root->unlink("b"));
    disk.files.crash(seed);
    std::string outcome;
    for (auto const& name : disk.files.list("/d")) outcome += name;
    outcomes.insert(outcome);
  }
  CHECK(outcomes == std::set<std::string>{"ab", "a", "bc", "c"});
}

TEST_CASE("a seeded power cut never keeps a change that builds on a lost one") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Disk disk;
    auto const root = disk.open();
    auto const file = opened(root->create_exclusive("one", 0600));
    file->append(bytes_of("x"));
    file->sync();
    root->rename("one", "two");
    root->rename("two", "three");
    disk.files.crash(seed);
    Names const left = disk.files.list("/d");
    REQUIRE(left.size() <= 1);
    if (!left.empty()) REQUIRE(disk.files.read("/d/" + left[0]) == "x");
  }
}

TEST_CASE("the same seed leaves the same disk") {
  Disk disk;
  for (int i = 0; i < 20; ++i) {
    disk.files.write("/d/sub" + std::to_string(i % 3) + "/f" + std::to_string(i),
                     std::string(static_cast<std::size_t>(i) * 100, 'x'));
  }
  std::set<std::string> dumps;
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    MemoryFileSystem one = disk.files.clone();
    MemoryFileSystem two = disk.files.clone();
    one.crash(seed);
    two.crash(seed);
    CHECK(one.dump() == two.dump());
    dumps.insert(one.dump());
  }
  CHECK(dumps.size() > 10);
}

TEST_CASE("handles from before a power cut are dead, new ones live") {
  Disk disk;
  auto const root = disk.open();
  auto const file = opened(root->create_exclusive("file", 0600));
  disk.files.set_fault_hook(fault_at(0, Fault::crash_now()));
  CHECK_THROWS_AS(file->append(bytes_of("x")), SimulatedCrash);
  CHECK_THROWS_AS((void)root->list(), SimulatedCrash);
  CHECK_THROWS_AS((void)disk.files.open_directory("/d"), SimulatedCrash);
  disk.files.crash();
  CHECK_THROWS_AS((void)root->list(), SimulatedCrash);
  CHECK_THROWS_AS((void)file->status(), SimulatedCrash);
  CHECK(disk.open()->list().empty());
}

TEST_CASE("a fault fails one operation, done or not done") {
  Disk disk;
  auto const root = disk.open();
  auto const file = opened(root->create_exclusive("file", 0600));
  disk.files.set_fault_hook(fault_at(0, Fault::fail(EIO)));
  CHECK(errno_of([&] { file->append(bytes_of("1234")); }) == EIO);
  CHECK(disk.files.read("/d/file") == "");
  disk.files.set_fault_hook(fault_at(0, Fault::fail_partly(ENOSPC)));
  CHECK(errno_of([&] { file->append(bytes_of("1234")); }) == ENOSPC);
  CHECK(disk.files.read("/d/file") == "12");
  disk.files.set_fault_hook(fault_at(0, Fault::fail_done(EIO)));
  CHECK(errno_of([&] { file->append(bytes_of("34")); }) == EIO);
  CHECK(disk.files.read("/d/file") == "1234");
  disk.files.set_fault_hook(fault_at(1, Fault::fail(EIO)));
  file->append(bytes_of("5"));
  CHECK(errno_of([&] { root->rename("file", "other"); }) == EIO);
  root->rename("file", "other");
  CHECK(disk.files.list("/d") == Names{"other"});
}

TEST_CASE("bytes that a failed sync lost are not saved by a later one") {
  Disk disk;
  auto const root = disk.open();
  auto const file = opened(root->create_exclusive("file", 0600));
  root->sync();
  file->append(bytes_of("kept "));
  file->sync();
  file->append(bytes_of("gone "));
  disk.files.set_fault_hook(fault_at(0, Fault::fail(EIO)));
  CHECK(errno_of([&] { file->sync_data(); }) == EIO);
  disk.files.set_fault_hook({});
  file->append(bytes_of("later"));
  CHECK(content(*file) == "kept gone later");
  file->sync();
  disk.files.crash();
  CHECK(disk.files.read("/d/file") == std::string("kept \0\0\0\0\0later", 15));
}

TEST_CASE("a hook sees each operation with its path and may change files like a foreigner") {
  Disk disk;
  disk.files.write("/d/file", "before");
  auto const root = disk.open();
  std::vector<std::string> seen;
  disk.files.set_fault_hook([&](FileOperation operation, std::string const& at) {
    seen.push_back(std::string(to_string(operation)) + " " + at);
    if (operation == FileOperation::read) disk.files.write("/d/file", "after");
    return Fault::pass();
  });
  auto const before = disk.files.operation_count();
  auto const file = opened(root->open_file(path("file")));
  char buffer[16];
  auto const size = file->read_at(reinterpret_cast<std::byte*>(buffer), sizeof buffer, 0);
  CHECK(std::string_view(buffer, size) == "after");
  CHECK(seen == std::vector<std::string>{"open_file /d/file", "read /d/file"});
  CHECK(disk.files.operation_count() == before + 2);
}

TEST_CASE("a full disk takes what fits, says ENOSPC and has room again after a removal") {
  Disk disk;
  disk.files.write("/d/old", std::string(100, 'o'));
  auto const root = disk.open();
  auto const file = opened(root->create_exclusive("file", 0600));
  disk.files.set_free_bytes(10);
  CHECK(errno_of([&] { file->append(bytes_of("0123456789abc")); }) == ENOSPC);
  CHECK(disk.files.read("/d/file") == "0123456789");
  CHECK(errno_of([&] { (void)root->create_exclusive("more", 0600); }) == ENOSPC);
  CHECK(errno_of([&] { (void)root->publish("more", bytes_of("x"), 0600); }) == ENOSPC);
  CHECK(errno_of([&] { root->make_directory("more", 0700); }) == ENOSPC);
  file->truncate(5);
  file->append(bytes_of("abcde"));
  CHECK(root->unlink("old"));
  file->append(bytes_of(std::string(100, 'x')));
  CHECK(errno_of([&] { file->append(bytes_of("x")); }) == ENOSPC);
  disk.files.set_free_bytes(std::nullopt);
  file->append(bytes_of("x"));
  CHECK(disk.files.read("/d/file")->size() == 111);
}

TEST_CASE("write_durably on a full disk keeps the old file and nothing beside it") {
  Disk disk;
  write_durably(*disk.open(), "state", bytes_of("old"), 0600);
  disk.files.set_free_bytes(2);
  CHECK(errno_of([&] { write_durably(*disk.open(), "state", bytes_of("newer"), 0600); }) == ENOSPC);
  CHECK(disk.files.read("/d/state") == "old");
  CHECK(disk.files.list("/d") == Names{"state"});
}

TEST_CASE("publishing in place removes what it could not finish, and nothing of others") {
  Disk disk;
  disk.files.set_unnamed_files(false);
  auto const root = disk.open();
  disk.files.set_fault_hook(fault_at(1, Fault::fail_partly(ENOSPC)));
  CHECK(errno_of([&] { (void)root->publish("file", bytes_of("1234"), 0444); }) == ENOSPC);
  CHECK(disk.files.list("/d").empty());
  disk.files.set_fault_hook([&](FileOperation operation, std::string const&) {
    if (operation != FileOperation::sync_file) return Fault::pass();
    disk.files.write("/d/foreign", "foreign");
    disk.files.rename("/d/foreign", "/d/file");
    return Fault::fail(EIO);
  });
  CHECK(errno_of([&] { (void)root->publish("file", bytes_of("1234"), 0444); }) == EIO);
  CHECK(disk.files.read("/d/file") == "foreign");
}

TEST_CASE("times are those of the clock that the test moves") {
  Disk disk;
  disk.files.set_time_ns(1000);
  disk.files.write("/d/file", "x");
  CHECK(disk.files.stat("/d/file")->mtime_ns == 1000);
  CHECK(disk.files.stat("/d")->mtime_ns == 1000);
  disk.files.advance_ns(5);
  disk.files.set_mode("/d/file", 0400);
  CHECK(disk.files.stat("/d/file")->mtime_ns == 1000);
  CHECK(disk.files.stat("/d/file")->ctime_ns == 1005);
  disk.files.advance_ns(5);
  disk.files.append("/d/file", "y");
  CHECK(disk.files.stat("/d/file")->mtime_ns == 1010);
  disk.files.set_mtime_ns("/d/file", 7);
  CHECK(disk.files.stat("/d/file")->mtime_ns == 7);
  CHECK(disk.files.stat("/d/file")->ctime_ns == 1010);
  CHECK(disk.files.stat("/d")->mtime_ns == 1000);
}

TEST_CASE("a mount point is another device and in the way of what looks beneath") {
  Disk disk;
  disk.files.make_mount_point("/d/mnt");
  disk.files.write("/d/mnt/file", "x");
  auto const root = disk.open();
  CHECK(failure(root->open_directory(path("mnt"))) == OpenFailure::other_device);
  CHECK(failure(root->open_file(path("mnt/file"))) == OpenFailure::other_device);
  CHECK(disk.files.stat("/d/mnt/file")->dev == disk.files.stat("/d/mnt")->dev);
  CHECK(disk.files.stat("/d/mnt")->dev != disk.files.stat("/d")->dev);
  CHECK(content(*opened(disk.files.open("/d/mnt")->open_file(path("file")))) == "x");
}

TEST_CASE("a foreign producer moves things between directories, by copy or link or by name") {
  Disk disk;
  disk.files.write("/d/one/file", "x");
  auto const ino = disk.files.stat("/d/one/file")->ino;
  disk.files.rename("/d/one/file", "/d/two/file");
  CHECK(disk.files.stat("/d/two/file")->ino == ino);
  CHECK(disk.files.stat("/d/two/file")->nlink == 1);
  disk.files.rename("/d/one", "/d/two/inner");
  CHECK(disk.files.stat("/d/two/inner")->nlink == 2);
  CHECK(disk.files.stat("/d/two")->nlink == 3);
  CHECK(disk.files.stat("/d")->nlink == 3);
  disk.files.make_hard_link("/d/two/file", "/d/link");
  CHECK(disk.files.stat("/d/link")->nlink == 2);
  CHECK(disk.files.remove("/d/two"));
  CHECK_FALSE(disk.files.remove("/d/two"));
  CHECK(disk.files.read("/d/link") == "x");
  CHECK(disk.files.stat("/d/link")->nlink == 1);
}

TEST_CASE("a clone shares nothing with its original and keeps hard links") {
  Disk disk;
  disk.files.write("/d/one", "x");
  disk.files.make_hard_link("/d/one", "/d/two");
  MemoryFileSystem copy = disk.files.clone();
  CHECK(copy.dump() == disk.files.dump());
  copy.write("/d/one", "y");
  CHECK(copy.read("/d/two") == "y");
  CHECK(disk.files.read("/d/two") == "x");
}

TEST_CASE("a dump shows every kind of thing") {
  MemoryFileSystem files;
  files.write("/a/file", "", 0640);
  files.make_symlink("/a/link", "file");
  files.make_fifo("/a/pipe");
  CHECK(files.dump() ==
        "/a/ 0755\n/a/file 0640 0 e3b0c44298fc1c14\n/a/link -> file\n/a/pipe| 0644\n");
}

}  // namespace
}  // namespace govseal
