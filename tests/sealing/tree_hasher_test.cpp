#include <doctest/doctest.h>

#include <cerrno>
#include <mutex>
#include <random>
#include <thread>

#include "base/error.h"
#include "sealing/tree_hasher.h"
#include "sealing/tree_scan.h"
#include "tests/sealing/seal_fixtures.h"
#include "tests/support/inline_pool.h"
#include "tests/support/memory_file_system.h"

namespace govseal {
namespace {

using Digests = std::vector<Digest>;

std::vector<HashJob> jobs_of(TreeScan const& scan) {
  std::vector<HashJob> jobs;
  for (ScanEntry const& entry : scan.entries) {
    if (entry.stat.kind == FileKind::regular) jobs.push_back({entry.path, entry.stat});
  }
  return jobs;
}

std::vector<HashJob> jobs_in(MemoryFileSystem const& files) {
  return jobs_of(scan_tree(*files.open("/run"), {}, {}));
}

auto hash(MemoryFileSystem const& files, std::vector<HashJob> const& jobs,
          HashOptions const& options = {}) {
  InlinePool pool;
  return hash_tree(*files.open("/run"), jobs, pool, options, {});
}

std::string bytes(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

}  // namespace

TEST_CASE("digests come in the order of the files, whatever the width") {
  TempDirectory const directory;
  std::vector<std::string> contents;
  for (unsigned i = 0; i < 60; ++i) {
    contents.push_back(bytes(i % 7 == 0 ? 0 : i * 1000, i));
    directory.write("run/d" + std::to_string(i % 3) + "/" + std::to_string(100 + i), contents[i]);
  }
  contents.push_back(bytes(3 * 1024 * 1024 + 17, 99));
  directory.write("run/large", contents.back());
  auto const folder = open_folder(directory / "run");
  auto const jobs = jobs_of(scan_tree(*folder, {}, {}));
  for (unsigned const width : {0u, 1u, 2u, 16u}) {
    CAPTURE(width);
    auto const result = hash_tree(*folder, jobs, test_pool(), {.width = width}, {});
    Digests const& digests = std::get<Digests>(result);
    REQUIRE(digests.size() == jobs.size());
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      CHECK(digests[i] == sha256(directory.read("run/" + jobs[i].path.str())));
    }
  }
}

TEST_CASE("nothing to hash is no digest") {
  MemoryFileSystem files;
  files.make_directory("/run");
  CHECK(std::get<Digests>(hash(files, {})).empty());
}

TEST_CASE("the largest file starts first, ties by path") {
  MemoryFileSystem files;
  files.write("/run/b", "22");
  files.write("/run/a", "22");
  files.write("/run/big", std::string(5000, 'x'));
  files.write("/run/none", "");
  auto const jobs = jobs_in(files);
  std::vector<std::string> opened;
  files.set_fault_hook([&](FileOperation operation, std::string const& path) {
    if (operation == FileOperation::open_file) opened.push_back(path);
    return Fault::pass();
  });
  CHECK(std::holds_alternative<Digests>(hash(files, jobs)));
  CHECK(opened == std::vector<std::string>{"/run/big", "/run/a", "/run/b", "/run/none"});
}

TEST_CASE("a file that changed after the scan is found, before anything of it is read") {
  MemoryFileSystem files;
  files.write("/run/d/a", "1");
  files.write("/run/d/b", "2");
  auto const jobs = jobs_in(files);
  SUBCASE("grown") {
    files.append("/run/d/b", "x");
  }
  SUBCASE("another file of the same size") {
    files.remove("/run/d/b");
    files.write("/run/d/b", "3");
  }
  SUBCASE("rewritten in place") {
    files.advance_ns(1);
    files.write("/run/d/b", "3");
  }
  SUBCASE("gone") {
    files.remove("/run/d/b");
  }
  SUBCASE("a link now") {
    files.remove("/run/d/b");
    files.make_symlink("/run/d/b", "a");
  }
  SUBCASE("a FIFO now") {
    files.remove("/run/d/b");
    files.make_fifo("/run/d/b");
  }
  SUBCASE("its directory is a link now") {
    files.rename("/run/d", "/run/e");
    files.make_symlink("/run/d", "e");
  }
  auto const result = hash(files, jobs);
  REQUIRE(std::holds_alternative<ChangedWhileHashing>(result));
}

TEST_CASE("a file that changes while it is read is found") {
  MemoryFileSystem files;
  files.write("/run/a", std::string(3 << 20, 'x'));
  auto const jobs = jobs_in(files);
  int reads = 0;
  auto const at_second_read = [&](auto change) {
    files.set_fault_hook([&, change](FileOperation operation, std::string const&) {
      if (operation == FileOperation::read && ++reads == 2) change();
      return Fault::pass();
    });
  };
  SUBCASE("one byte of what was read already") {
    at_second_read([&] {
      files.advance_ns(1);
      files.write("/run/a", "y" + std::string((3 << 20) - 1, 'x'));
    });
  }
  SUBCASE("truncated") {
    at_second_read([&] { files.write("/run/a", "short"); });
  }
  SUBCASE("appended to") {
    at_second_read([&] { files.append("/run/a", "more"); });
  }
  auto const result = hash(files, jobs);
  REQUIRE(std::holds_alternative<ChangedWhileHashing>(result));
  CHECK(std::get<ChangedWhileHashing>(result).path == "a");
}

TEST_CASE("a read error is an Error and no verdict") {
  MemoryFileSystem files;
  files.write("/run/a", "1");
  files.write("/run/b", "2");
  auto const jobs = jobs_in(files);
  for (int const error : {EIO, EACCES}) {
    files.set_fault_hook([error](FileOperation operation, std::string const&) {
      bool const hit = operation == (error == EIO ? FileOperation::read : FileOperation::open_file);
      return hit ? Fault::fail(error) : Fault::pass();
    });
    CHECK_THROWS_AS((void)hash(files, jobs), Error);
  }
}

TEST_CASE("a stop token ends a hash of any size within a piece") {
  TempDirectory const directory;
  directory.write("run/sparse", "");
  std::filesystem::resize_file(directory / "run/sparse", 1ull << 40);
  auto const folder = open_folder(directory / "run");
  auto const jobs = jobs_of(scan_tree(*folder, {}, {}));
  std::stop_source source;
  std::atomic<std::uint64_t> read = 0;
  HashOptions options;
  options.pace = [&](std::uint64_t piece) {
    read += piece;
    if (read >= (8u << 20)) source.request_stop();
  };
  auto const result = hash_tree(*folder, jobs, test_pool(), options, source.get_token());
  CHECK(std::holds_alternative<Stopped>(result));
  CHECK(read == (8u << 20));
}

TEST_CASE("a token that is set already means stopped, not done") {
  MemoryFileSystem files;
  files.write("/run/a", "");
  auto const jobs = jobs_in(files);
  std::stop_source source;
  source.request_stop();
  InlinePool pool;
  auto const result = hash_tree(*files.open("/run"), jobs, pool, {}, source.get_token());
  CHECK(std::holds_alternative<Stopped>(result));
}

TEST_CASE("the pace is asked before every piece and progress counts what was done") {
  MemoryFileSystem files;
  files.write("/run/a", std::string((1 << 20) + 5, 'x'));
  files.write("/run/b", "123");
  std::vector<std::uint64_t> pieces;
  HashProgress progress;
  HashOptions options;
  options.pace = [&](std::uint64_t piece) { pieces.push_back(piece); };
  options.progress = &progress;
  options.drop_cache = true;
  CHECK(std::holds_alternative<Digests>(hash(files, jobs_in(files), options)));
  CHECK(pieces == std::vector<std::uint64_t>{1 << 20, 5, 3});
  CHECK(progress.files_done == 2);
  CHECK(progress.bytes_done == (1 << 20) + 8);
}

TEST_CASE("a hash may run on the pool whose thread asks for it") {
  TempDirectory const directory;
  for (int i = 0; i < 50; ++i) directory.write("run/" + std::to_string(i), std::to_string(i));
  auto const folder = open_folder(directory / "run");
  auto const jobs = jobs_of(scan_tree(*folder, {}, {}));
  ThreadPool pool(1);
  std::mutex mutex;
  std::condition_variable done;
  std::size_t digests = 0;
  pool.submit([&](std::stop_token stop) {
    auto const result = hash_tree(*folder, jobs, pool, {.width = 8}, stop);
    std::lock_guard const lock(mutex);
    digests = std::get<Digests>(result).size();
    done.notify_one();
  });
  std::unique_lock lock(mutex);
  done.wait(lock, [&] { return digests != 0; });
  CHECK(digests == 50);
}

}  // namespace govseal
