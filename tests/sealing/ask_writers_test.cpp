#include "sealing/ask_writers.h"

#include <doctest/doctest.h>

#include <atomic>
#include <mutex>
#include <set>

#include "base/error.h"
#include "tests/support/memory_file_system.h"

using namespace govseal;

namespace {

using State = WriterAnswer::State;

/// A folder of many files, of which some answer otherwise than `clear`.
struct ManyFiles {
  explicit ManyFiles(std::size_t count) {
    memory.make_directory("/run");
    folder = memory.open("/run");
    for (std::size_t i = 0; i < count; ++i) files.push_back({RelativePath::of(name_of(i)), {}});
  }

  static std::string name_of(std::size_t file) { return "file" + std::to_string(file); }

  WriterAnswer ask() {
    ThreadPool pool(3);
    return ask_writers_of(
        files, *folder,
        [this](Directory const&, std::vector<RelativePath> const& part) { return answer(part); },
        pool, 3);
  }

  WriterAnswer answer(std::vector<RelativePath> const& part) {
    ++calls;
    WriterAnswer out{.state = State::clear, .reason = {}, .open_files = {}};
    for (RelativePath const& path : part) {
      {
        std::lock_guard const lock(mutex);
        CHECK(asked.insert(path.str()).second);
      }
      if (unknown.count(path.str()) != 0) {
        out.state = State::unknown;
        out.reason = "reason of " + path.str();
      }
      if (open.count(path.str()) != 0) out.open_files.push_back(path);
    }
    if (!out.open_files.empty()) out.state = State::open;
    return out;
  }

  MemoryFileSystem memory;
  std::unique_ptr<Directory> folder;
  std::vector<HashJob> files;
  std::set<std::string> unknown;
  std::set<std::string> open;
  std::mutex mutex;
  std::set<std::string> asked;  // guarded by mutex
  std::atomic<int> calls{0};
};

}  // namespace

TEST_CASE("every file of a large folder is asked about exactly once") {
  for (std::size_t const count : {1u, 511u, 512u, 513u, 2000u}) {
    ManyFiles many(count);
    CHECK(many.ask().state == State::clear);
    CHECK(many.asked.size() == count);
  }
}

TEST_CASE("a folder without files is asked about once, so that a probe that is off can say so") {
  ManyFiles none(0);
  CHECK(none.ask().state == State::clear);
  CHECK(none.calls == 1);
}

TEST_CASE("one open file makes the folder open, and all of them are told in order") {
  ManyFiles many(2000);
  many.open = {many.name_of(1900), many.name_of(3), many.name_of(700)};
  many.unknown = {many.name_of(0), many.name_of(1999)};
  WriterAnswer const answer = many.ask();
  CHECK(answer.state == State::open);
  CHECK(answer.reason == "");
  CHECK(answer.open_files == std::vector<RelativePath>{RelativePath::of("file3"),
                                                       RelativePath::of("file700"),
                                                       RelativePath::of("file1900")});
}

TEST_CASE("one unknown answer makes the folder unknown, with the first reason") {
  ManyFiles many(2000);
  many.unknown = {many.name_of(1800), many.name_of(600)};
  WriterAnswer const answer = many.ask();
  CHECK(answer.state == State::unknown);
  CHECK(answer.reason == "reason of file600");
  CHECK(answer.open_files.empty());
}

TEST_CASE("a probe that fails fails the whole question") {
  ManyFiles many(2000);
  ThreadPool pool(2);
  auto const failing = [](Directory const&, std::vector<RelativePath> const&) -> WriterAnswer {
    throw Error("probe", "file", "refused");
  };
  CHECK_THROWS_AS((void)ask_writers_of(many.files, *many.folder, failing, pool, 2), Error);
}
