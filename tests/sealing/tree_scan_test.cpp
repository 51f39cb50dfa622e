#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "base/error.h"
#include "sealing/tree_scan.h"
#include "tests/sealing/seal_fixtures.h"
#include "tests/support/memory_file_system.h"

namespace govseal {
namespace {

TreeScan scan(MemoryFileSystem const& files, ScanLimits const& limits = {}) {
  return scan_tree(*files.open("/run"), limits, {});
}

std::vector<std::string> paths(TreeScan const& scan) {
  std::vector<std::string> out;
  for (ScanEntry const& entry : scan.entries) out.push_back(entry.path.str());
  return out;
}

std::vector<std::string> bad_names(TreeScan const& scan) {
  std::vector<std::string> out;
  for (BadName const& bad : scan.bad_names) out.push_back(bad.path);
  return out;
}

std::string deep_path(unsigned levels, std::string const& name) {
  std::string out;
  for (unsigned i = 0; i < levels; ++i) out += name + "/";
  return out;
}

}  // namespace

TEST_CASE("a scan gives everything sorted by the bytes of the whole path") {
  MemoryFileSystem files;
  for (char const* path : {"/run/a/x", "/run/a-b", "/run/a/-/y", "/run/a.txt", "/run/Z",
                           "/run/\xC3\xA9", "/run/a/b/c/d", "/run/a/b-c", "/run/a0", "/run/b/a"}) {
    files.write(path, "1");
  }
  auto const found = paths(scan(files));
  CHECK(found == std::vector<std::string>{"Z", "a", "a-b", "a.txt", "a/-", "a/-/y", "a/b", "a/b-c",
                                          "a/b/c", "a/b/c/d", "a/x", "a0", "b", "b/a", "\xC3\xA9"});
}

TEST_CASE("a scan of many names in many directories is sorted whatever the names are") {
  MemoryFileSystem files;
  std::string const letters = "!-./09AZaz\x7E";
  std::vector<std::string> names;
  for (char const a : letters) {
    for (char const b : letters) {
      std::string const name{a, b};
      if (a == '/' || b == '/' || name == "..") continue;
      files.write("/run/" + name + "d/" + name, "1");
      files.write("/run/" + name, "1");
    }
  }
  auto const found = paths(scan(files));
  CHECK(std::is_sorted(found.begin(), found.end()));
  CHECK(found.size() == std::set<std::string>(found.begin(), found.end()).size());
  CHECK(found.size() > 250);
  auto const all = scan(files);
  for (ScanEntry const& entry : all.entries) CHECK(all.find(entry.path.str()) == &entry);
  CHECK(all.find("nothing") == nullptr);
}

TEST_CASE("a scan tells kinds apart and follows no link") {
  MemoryFileSystem files;
  files.write("/outside/f", "1");
  files.write("/run/file", "12");
  files.make_symlink("/run/link", "/outside");
  files.make_fifo("/run/pipe");
  files.make_directory("/run/empty");
  auto const found = scan(files);
  CHECK(paths(found) == std::vector<std::string>{"empty", "file", "link", "pipe"});
  CHECK(found.entries[0].stat.kind == FileKind::directory);
  CHECK(found.entries[0].empty_directory);
  CHECK(found.entries[1].stat.kind == FileKind::regular);
  CHECK(found.entries[1].stat.size == 2);
  CHECK(found.entries[2].stat.kind == FileKind::symlink);
  CHECK(found.entries[3].stat.kind == FileKind::special);
  CHECK_FALSE(found.unstable);
}

TEST_CASE("names that break the path rules are kept as bytes and not descended") {
  MemoryFileSystem files;
  files.write("/run/ok", "1");
  files.write("/run/\xFF.bin", "1");
  files.write("/run/a\nb", "1");
  files.write("/run/a\\b/inside", "1");
  files.write("/run/-", "1");
  files.write("/run/sub/-", "1");
  files.write("/run/sub/\x1B[31m", "1");
  auto const found = scan(files);
  CHECK(paths(found) == std::vector<std::string>{"ok", "sub", "sub/-"});
  CHECK(bad_names(found) ==
        std::vector<std::string>{"-", "a\nb", "a\\b", "sub/\x1B[31m", "\xFF.bin"});
  auto const every = scan(files, {.any_name = true});
  CHECK(every.bad_names.empty());
  CHECK(every.find("a\\b/inside") != nullptr);
  CHECK(every.entries.size() == 9);
}

TEST_CASE("more objects than allowed end the scan") {
  MemoryFileSystem files;
  for (int i = 0; i < 20; ++i) files.write("/run/d/" + std::to_string(i), "1");
  CHECK_FALSE(scan(files, {.objects_max = 21}).too_many);
  auto const found = scan(files, {.objects_max = 20});
  CHECK(found.too_many);
  CHECK(found.entries.size() == 20);
}

TEST_CASE("a directory on another device is an entry and not descended") {
  MemoryFileSystem files;
  files.make_directory("/run/m");
  files.make_mount_point("/run/m");
  files.write("/run/m/f", "1");
  auto const found = scan(files);
  CHECK(paths(found) == std::vector<std::string>{"m"});
  CHECK(found.mounts == std::vector<RelativePath>{RelativePath::of("m")});
}

TEST_CASE("a tree of 2000 levels is scanned to the end, and no further than the limit says") {
  TempDirectory const directory;
  std::string const deep = deep_path(2000, "d");
  auto folder = open_folder(directory.path());
  {
    auto held = make_directories(*folder, RelativePath::of(deep.substr(0, deep.size() - 1)), 0755);
    (void)std::get<std::unique_ptr<File>>(held->create_exclusive("f", 0644));
  }
  auto const found = scan_tree(*folder, {}, {});
  CHECK(found.entries.size() == 2001);
  CHECK(found.find(deep + "f") != nullptr);
  CHECK(found.too_deep.empty());
  auto const limited = scan_tree(*folder, {.depth_max = 200}, {});
  CHECK(limited.entries.size() == 201);
  REQUIRE(limited.too_deep.size() == 1);
  CHECK(limited.too_deep[0].elements().size() == 201);
}

TEST_CASE("a path that becomes too long on the way down is a bad name") {
  TempDirectory const directory;
  std::string const name(255, 'n');
  std::string deep = deep_path(20, name);
  deep.pop_back();
  auto folder = open_folder(directory.path());
  (void)make_directories(*folder, RelativePath::of(deep), 0755);
  auto const found = scan_tree(*folder, {}, {});
  CHECK(found.entries.size() == 16);
  REQUIRE(found.bad_names.size() == 1);
  CHECK(found.bad_names[0].path.size() > 4096);
  CHECK(scan_tree(*folder, {.any_name = true}, {}).entries.size() == 20);
}

TEST_CASE("what vanishes or changes under a scan makes it unstable, and nothing worse") {
  MemoryFileSystem files;
  files.write("/run/a", "1");
  files.write("/run/d/b", "1");
  SUBCASE("a file is gone before it is looked at") {
    files.set_fault_hook([&](FileOperation operation, std::string const& path) {
      if (operation == FileOperation::find && path == "/run/a") files.remove("/run/a");
      return Fault::pass();
    });
  }
  SUBCASE("a directory is gone before it is opened") {
    files.set_fault_hook([&](FileOperation operation, std::string const& path) {
      if (operation == FileOperation::open_directory && path == "/run/d") files.remove("/run/d");
      return Fault::pass();
    });
  }
  SUBCASE("a directory has become a link") {
    files.set_fault_hook([&](FileOperation operation, std::string const& path) {
      if (operation == FileOperation::open_directory && path == "/run/d") {
        files.remove("/run/d");
        files.make_symlink("/run/d", "/");
      }
      return Fault::pass();
    });
  }
  SUBCASE("a file is added to a directory that was listed") {
    files.set_fault_hook([&](FileOperation operation, std::string const& path) {
      if (operation == FileOperation::find && path == "/run/d/b" && !files.exists("/run/d/c")) {
        files.advance_ns(1);
        files.write("/run/d/c", "1");
      }
      return Fault::pass();
    });
  }
  auto const folder = files.open("/run");
  CHECK(scan_tree(*folder, {}, {}).unstable);
}

TEST_CASE("a directory that cannot be read is an Error") {
  MemoryFileSystem files;
  files.write("/run/d/b", "1");
  files.set_fault_hook([](FileOperation operation, std::string const& path) {
    bool const hit = operation == FileOperation::list && path == "/run/d";
    return hit ? Fault::fail(EACCES) : Fault::pass();
  });
  CHECK_THROWS_AS(scan(files), Error);
}

TEST_CASE("a set stop token ends a scan") {
  MemoryFileSystem files;
  files.write("/run/d/b", "1");
  std::stop_source source;
  source.request_stop();
  CHECK(scan_tree(*files.open("/run"), {}, source.get_token()).stopped);
}

TEST_CASE("a scan with a pool sees what a scan without one sees") {
  MemoryFileSystem files;
  for (int i = 0; i < 1500; ++i) files.write("/run/f" + std::to_string(i), "1");
  auto const folder = files.open("/run");
  auto const alone = scan_tree(*folder, {}, {});
  auto const together = scan_tree(*folder, {}, {}, &test_pool());
  CHECK(alone.entries.size() == 1500);
  CHECK(tree_fingerprint(alone) == tree_fingerprint(together));
}

TEST_CASE("the fingerprint changes with every fact of it, and with nothing else") {
  MemoryFileSystem files;
  files.write("/run/a", "1");
  files.write("/run/d/\xFF", "1");
  Digest const before = tree_fingerprint(scan(files));
  CHECK(tree_fingerprint(scan(files)) == before);
  SUBCASE("size") {
    files.append("/run/a", "2");
  }
  SUBCASE("mode") {
    files.set_mode("/run/a", 0600);
  }
  SUBCASE("mtime") {
    files.set_mtime_ns("/run/a", 5);
  }
  SUBCASE("link count") {
    files.make_hard_link("/run/a", "/elsewhere");
  }
  SUBCASE("name") {
    files.rename("/run/a", "/run/b");
  }
  SUBCASE("kind") {
    files.remove("/run/a");
    files.make_fifo("/run/a");
  }
  SUBCASE("identity") {
    auto const stat = files.stat("/run/a");
    files.remove("/run/a");
    files.write("/run/a", "1");
    files.set_mtime_ns("/run/a", stat->mtime_ns);
  }
  SUBCASE("what has a bad name") {
    files.append("/run/d/\xFF", "2");
  }
  SUBCASE("the folder itself") {
    files.set_mode("/run", 0700);
  }
  CHECK(tree_fingerprint(scan(files)) != before);
}

TEST_CASE("the newest ctime counts the folder and everything below it") {
  MemoryFileSystem files;
  files.set_time_ns(1000);
  files.write("/run/d/a", "1");
  CHECK(newest_ctime_ns(scan(files)) == 1000);
  files.set_time_ns(2000);
  files.set_mode("/run", 0700);
  CHECK(newest_ctime_ns(scan(files)) == 2000);
  files.set_time_ns(3000);
  files.append("/run/d/a", "2");
  CHECK(newest_ctime_ns(scan(files)) == 3000);
}

}  // namespace govseal
