// Bound folders on a real filesystem, with the fixtures of every style.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/sealing/bound_support.h"
#include "tests/sealing/seal_fixtures.h"

using namespace govseal;
using namespace govseal::testing;

namespace {

namespace fs = std::filesystem;

/// A copy of a fixture, bound as it was adopted.
struct Adopted {
  explicit Adopted(std::string fixture) : name(std::move(fixture)) {
    fs::copy(SealFixtures::get().folder(name), directory / name, fs::copy_options::recursive);
    FolderVerdict const verdict = verify_path(directory / name);
    binding = {.root = verdict.root,
               .hashfile = binding_file_of(verdict).value(),
               .style = verdict.style.value(),
               .verdict = verdict.verdict.value()};
    row = make_stat_row(verdict, {.repo = "demo",
                                  .run_path = RelativePath::of(name),
                                  .log_index = 1,
                                  .hashed = now() + std::chrono::seconds(10)});
  }

  /// Files that were just written are racy for two seconds; the tests pretend to be later.
  static nanoseconds now() {
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME, &time);
    return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
  }

  BoundLook look() {
    auto const run_root = open_folder(directory.path());
    BoundLookRequest request;
    request.repo = "demo";
    request.run_path = RelativePath::of(name);
    request.row = row ? &*row : nullptr;
    request.now_wall = now() + std::chrono::seconds(20);
    BoundLook found =
        std::get<BoundLook>(look_at_bound(DiskFileSystem(), *run_root, request, test_pool(), {}));
    if (found.row_action == BoundLook::RowAction::store) row = found.row;
    return found;
  }

  std::string judge(BoundLook const& found) const {
    return text_of(judge_bound(binding, found, {}));
  }

  TempDirectory directory;
  std::string name;
  Binding binding;
  std::optional<StatRow> row;
};

/// Flips the last byte and sets the times back, as `touch -r` does.
void flip_last_byte(std::string const& path) {
  struct ::stat before {};
  REQUIRE(::stat(path.c_str(), &before) == 0);
  int const fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(fd >= 0);
  char byte = 0;
  REQUIRE(::pread(fd, &byte, 1, before.st_size - 1) == 1);
  byte = static_cast<char>(byte ^ 1);
  REQUIRE(::pwrite(fd, &byte, 1, before.st_size - 1) == 1);
  timespec const times[2] = {before.st_atim, before.st_mtim};
  REQUIRE(::futimens(fd, times) == 0);
  ::close(fd);
}

std::string only_digest(JsonValue const& object, char const* key) {
  return *object.find_string(key);
}

}  // namespace

TEST_CASE("a flipped byte with restored times is found in a folder of every style") {
  for (auto const& [fixture, file] :
       {std::pair("ok_builder_order", "alpha.txt"), std::pair("ok_line_order", "alpha.txt"),
        std::pair("path1_legacy", "alpha.txt"), std::pair("eol_to_lf", "run.json")}) {
    CAPTURE(fixture);
    Adopted adopted(fixture);
    CHECK(adopted.judge(adopted.look()) == "");
    flip_last_byte(adopted.directory / (std::string(fixture) + "/" + file));
    BoundLook const found = adopted.look();
    CHECK(adopted.judge(found) == "sealed_write content");
    CHECK(text_of(found.changes).find(std::string("write ") + file + " content") !=
          std::string::npos);
    flip_last_byte(adopted.directory / (std::string(fixture) + "/" + file));
    CHECK(adopted.judge(adopted.look()) == "");
  }
}

TEST_CASE("an adopted folder of every style stays good at every look, and its table is used") {
  for (char const* fixture : {"ok_builder_order", "ok_contract_order", "ok_crlf_hashfile",
                              "manifest_compact", "runwriter_sealed", "eol_to_lf", "eol_two_files",
                              "path1_legacy", "legacy_cartographer", "legacy_evidence_pack"}) {
    CAPTURE(fixture);
    Adopted adopted(fixture);
    for (int i = 0; i < 3; ++i) {
      BoundLook const found = adopted.look();
      CHECK(adopted.judge(found) == "");
      CHECK(found.changes.empty());
      CHECK_FALSE(found.full_hash);
    }
  }
}

TEST_CASE(
    "legacy folders: another hash file is a rewritten seal, a stray file is nobody's matter") {
  Adopted adopted("path1_legacy");
  adopted.directory.write("path1_legacy/stray.txt", "x");
  CHECK(adopted.judge(adopted.look()) == "");
  std::string const hashfile = adopted.directory.read("path1_legacy/MANIFEST.sha256");
  adopted.directory.write("path1_legacy/MANIFEST.sha256", hashfile.substr(hashfile.find('\n') + 1));
  CHECK(adopted.judge(adopted.look()) == "seal_rewritten");
}

TEST_CASE("a legacy folder that lost a file names it") {
  Adopted adopted("legacy_evidence_pack");
  FolderVerdict const verdict = verify_path(adopted.directory / adopted.name);
  std::string const victim = verdict.sealed_files.front().path;
  fs::remove(adopted.directory / (adopted.name + "/" + victim));
  BoundLook const found = adopted.look();
  CHECK(adopted.judge(found) == "sealed_write content");
  CHECK(text_of(found.changes).find("delete " + victim + " content") != std::string::npos);
}

TEST_CASE("the fixtures with a history have the violations that they name") {
  int compared = 0;
  for (std::string const& fixture : SealFixtures::get().names()) {
    JsonValue const* const history = SealFixtures::get().expected(fixture).find("history");
    if (history == nullptr) continue;
    std::string const run_path = *history->find_string("run_path");
    for (JsonValue const& bound : *history->find("bindings")->as_array()) {
      // A binding of another run path is the matter of seal_copied.
      if (*bound.find_string("run_path") != run_path) continue;
      Binding binding;
      binding.root = Digest::from_hex(only_digest(bound, "root"));
      binding.hashfile = *Digest::from_hex(only_digest(bound, "hashfile_sha256"));
      fs::path const folder = SealFixtures::get().folder(fixture);
      auto const run_root = open_folder(folder.parent_path());
      BoundLookRequest request;
      request.run_path = RelativePath::of(fixture);
      request.now_wall = Adopted::now();
      auto const found =
          std::get<BoundLook>(look_at_bound(DiskFileSystem(), *run_root, request, test_pool(), {}));
      BoundJudgement const judgement = judge_bound(binding, found, {});
      std::string const wanted = *history->find("violations")->as_array()->front().as_string();
      CHECK(bound_violation_name(judgement.violation) == wanted);
      if (wanted == "sealed_write") CHECK(judgement.effect == BoundEffect::hashfile);
      ++compared;
    }
  }
  CHECK(compared == 2);
}
