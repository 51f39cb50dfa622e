// Folders without a seal (sealing.md 4): dialects, states by age, and what would make the sealed
// folder INVALID.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "tests/sealing/seal_fixtures.h"
#include "tests/support/inline_pool.h"
#include "tests/support/memory_file_system.h"

namespace govseal {
namespace {

namespace fs = std::filesystem;
using Set = std::set<std::string>;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

std::string const kEnvelope = "{\"run_id\": \"run\", \"created_utc\": \"2026-08-08T12:00:00Z\"}\n";
std::string const kWriterEnvelope =
    "{\"run_id\": \"run\", \"finished_utc\": \"2026-08-08T12:00:00Z\"}\n";
constexpr char const* kPath1Files[] = {"RUN.md",
                                       "DIS_v1_1_evidence.md",
                                       "RES_v1_0_evidence.md",
                                       "LID_v1_0_evidence.md",
                                       "outputs/study_dis_v1_1.txt",
                                       "outputs/study_res_v1_0.txt",
                                       "outputs/study_lid_v1_0.txt"};

class Folder {
 public:
  explicit Folder(std::string const& run_json = {}) {
    fs::create_directory(directory_ / "run");
    if (!run_json.empty()) write("run.json", run_json);
  }
  void write(std::string const& path, std::string_view bytes) const {
    directory_.write("run/" + path, bytes);
  }
  [[nodiscard]] std::string path(std::string const& below) const {
    return directory_ / ("run/" + below);
  }
  [[nodiscard]] FolderVerdict at_age(nanoseconds age) const {
    VerifyOptions options;
    options.compat = false;
    options.age = age;
    return verify_path(directory_ / "run", options);
  }
  [[nodiscard]] FolderVerdict verify() const { return at_age(seconds(0)); }

 private:
  TempDirectory directory_;
};

void write_path1(Folder const& folder) {
  for (char const* path : kPath1Files) folder.write(path, "text\n");
}

}  // namespace

TEST_CASE("a complete folder is UNSEALED at any age, another goes by its age") {
  AgeLimits const limits;
  nanoseconds const little(1);
  for (nanoseconds const age : {nanoseconds(0), nanoseconds(minutes(10)), nanoseconds(hours(99))}) {
    CHECK(state_by_age(true, age, limits) == Verdict::unsealed);
  }
  CHECK(state_by_age(false, nanoseconds(0), limits) == Verdict::open);
  CHECK(state_by_age(false, minutes(10) - little, limits) == Verdict::open);
  CHECK(state_by_age(false, minutes(10), limits) == Verdict::incomplete);
  CHECK(state_by_age(false, hours(24) - little, limits) == Verdict::incomplete);
  CHECK(state_by_age(false, hours(24), limits) == Verdict::abandoned);
  AgeLimits const own{seconds(1), seconds(2)};
  CHECK(state_by_age(false, seconds(1), own) == Verdict::incomplete);
  CHECK(state_by_age(false, seconds(2), own) == Verdict::abandoned);
}

TEST_CASE("the age is that of the newest change below the folder, and never below nothing") {
  MemoryFileSystem files;
  files.write("/runs/run/a/b/old.txt", "x");
  files.advance_ns(nanoseconds(hours(30)).count());
  files.write("/runs/run/a/b/new.txt", "x");
  InlinePool pool;
  VerifyOptions options{.folder_name = "run"};
  options.compat = false;
  auto const judged = [&](nanoseconds now_wall) {
    options.now_wall = now_wall;
    return std::get<FolderVerdict>(
        verify_folder(files, *files.open("/runs/run"), options, pool, {}));
  };
  nanoseconds const newest(judged(nanoseconds(0)).newest_ctime_ns);
  CHECK(judged(newest + minutes(10) - nanoseconds(1)).verdict == Verdict::open);
  CHECK(judged(newest + minutes(10)).verdict == Verdict::incomplete);
  CHECK(judged(newest + hours(24)).verdict == Verdict::abandoned);
  CHECK(judged(newest + hours(24)).age == hours(24));
  // A clock that was set back makes nothing older than new.
  CHECK(judged(newest - hours(1)).verdict == Verdict::open);
  CHECK(judged(newest - hours(1)).age == seconds(0));
}

TEST_CASE("the three dialects are complete by their own files") {
  SUBCASE("envelope") {
    FolderVerdict const verdict = Folder(kEnvelope).at_age(hours(99));
    CHECK(verdict.verdict == Verdict::unsealed);
    CHECK(verdict.dialect == Dialect::envelope);
    CHECK(verdict.codes.empty());
    CHECK(verdict.warnings.empty());
    CHECK(!verdict.style.has_value());
    CHECK(!verdict.files.has_value());
    CHECK(!verdict.bytes.has_value());
  }
  SUBCASE("runwriter, with checks.json that is JSON") {
    Folder const folder(kWriterEnvelope);
    CHECK(folder.verify().verdict == Verdict::open);
    CHECK(folder.verify().codes == Set{"run.no_envelope", "run_json.created_utc"});
    folder.write("checks.json", "{\"a\": ");
    CHECK(folder.verify().verdict == Verdict::open);
    folder.write("checks.json", "{}");
    CHECK(folder.verify().verdict == Verdict::unsealed);
    CHECK(folder.verify().dialect == Dialect::runwriter);
    CHECK(folder.verify().codes.empty());
  }
  SUBCASE("checks.json below the top does not count") {
    Folder const folder(kWriterEnvelope);
    folder.write("sub/checks.json", "{}");
    CHECK(folder.verify().verdict == Verdict::open);
  }
  SUBCASE("path1, all seven files and none of them empty") {
    Folder const folder;
    write_path1(folder);
    CHECK(folder.verify().verdict == Verdict::unsealed);
    CHECK(folder.verify().dialect == Dialect::path1);
    CHECK(folder.verify().codes.empty());
    for (char const* path : kPath1Files) {
      CAPTURE(path);
      folder.write(path, "");
      CHECK(folder.verify().verdict == Verdict::open);
      CHECK(folder.verify().codes == Set{"run.no_envelope"});
      fs::remove(folder.path(path));
      CHECK(folder.verify().verdict == Verdict::open);
      fs::create_directories(folder.path(path));
      CHECK(folder.verify().verdict == Verdict::open);
      fs::remove(folder.path(path));
      folder.write(path, "text\n");
    }
    CHECK(folder.verify().verdict == Verdict::unsealed);
  }
}

TEST_CASE("path1 folders have no codes, whatever lies in them") {
  Folder const folder;
  write_path1(folder);
  fs::create_symlink("RUN.md", folder.path("link"));
  fs::create_directory(folder.path("empty"));
  CHECK(folder.verify().verdict == Verdict::unsealed);
  CHECK(folder.verify().codes.empty());
}

TEST_CASE("a folder that is not complete says why") {
  struct Case {
    std::string run_json;
    Set codes;
  };
  std::string const deep = std::string(300, '[') + std::string(300, ']');
  for (Case const& one : std::vector<Case>{
           {"", {}},
           {"{", {"run_json.json"}},
           {deep, {"run_json.json"}},
           {"\xEF\xBB\xBF" + kEnvelope, {"run_json.bom"}},
           {"{\"run_id\": \"\xFF\"}", {"run_json.not_utf8"}},
           {"[]", {"run_json.not_object"}},
           {"{}", {"run_json.run_id", "run_json.created_utc"}},
           {"{\"created_utc\": \"2026-08-08T12:00:00Z\"}", {"run_json.run_id"}},
           {"{\"run_id\": \"\", \"created_utc\": \"2026-08-08T12:00:00Z\"}", {"run_json.run_id"}},
           {"{\"run_id\": 1, \"created_utc\": \"2026-08-08T12:00:00Z\"}", {"run_json.run_id"}},
           {"{\"run_id\": \"run\"}", {"run_json.created_utc"}},
           {"{\"run_id\": \"run\", \"created_utc\": \"\"}", {"run_json.created_utc"}},
           {"{\"run_id\": \"other\", \"created_utc\": null}",
            {"run_json.created_utc", "run_json.id_mismatch"}},
           {"{\"run_id\": \"run\", \"created_utc\": null, \"finished_utc\": \"x\"}",
            {"run_json.created_utc"}}}) {
    CAPTURE(one.run_json);
    Folder const folder(one.run_json);
    folder.write("payload.txt", "x");
    // Of such a folder the tree is not judged.
    fs::create_directory(folder.path("empty"));
    Set codes = one.codes;
    codes.insert("run.no_envelope");
    CHECK(folder.at_age(seconds(0)).verdict == Verdict::open);
    CHECK(folder.at_age(minutes(10)).verdict == Verdict::incomplete);
    CHECK(folder.at_age(hours(24)).verdict == Verdict::abandoned);
    CHECK(folder.at_age(hours(24)).codes == codes);
  }
}

TEST_CASE("a run.json over 16 MiB is not read") {
  Folder const folder(kEnvelope);
  fs::resize_file(folder.path("run.json"), (16U << 20U) + 1);
  CHECK(folder.verify().verdict == Verdict::open);
  CHECK(folder.verify().codes == Set{"run.no_envelope", "run_json.too_large"});
}

TEST_CASE("what is no regular file run.json is none") {
  Folder const folder;
  SUBCASE("a directory") {
    folder.write("run.json/x", "x");
  }
  SUBCASE("a link") {
    folder.write("other.json", kEnvelope);
    fs::create_symlink("other.json", folder.path("run.json"));
  }
  SUBCASE("a FIFO, which does not block") {
    REQUIRE(::mkfifo(folder.path("run.json").c_str(), 0600) == 0);
  }
  SUBCASE("nothing at all") {}
  CHECK(folder.verify().verdict == Verdict::open);
  CHECK(folder.verify().codes == Set{"run.no_envelope"});
}

TEST_CASE("a complete folder says what would make it INVALID once sealed") {
  struct Case {
    char const* code;
    std::function<void(Folder const&)> make;
  };
  for (Case const& one : std::vector<Case>{
           {"run_json.id_mismatch",
            [](Folder const& folder) {
              folder.write("run.json",
                           "{\"run_id\": \"other\", \"created_utc\": \"2026-08-08T12:00:00Z\"}");
            }},
           {"run_json.duplicate_key",
            [](Folder const& folder) {
              folder.write("run.json",
                           "{\"run_id\": \"x\", \"run_id\": \"run\", "
                           "\"created_utc\": \"2026-08-08T12:00:00Z\"}");
            }},
           {"tree.symlink",
            [](Folder const& folder) { fs::create_symlink("nowhere", folder.path("link")); }},
           {"tree.special",
            [](Folder const& folder) {
              REQUIRE(::mkfifo(folder.path("pipe").c_str(), 0600) == 0);
            }},
           {"tree.hardlink",
            [](Folder const& folder) {
              fs::create_hard_link(folder.path("payload.txt"), folder.path("again.txt"));
            }},
           {"tree.setid",
            [](Folder const& folder) {
              REQUIRE(::chmod(folder.path("payload.txt").c_str(), 04755) == 0);
            }},
           {"tree.empty_dir",
            [](Folder const& folder) { fs::create_directories(folder.path("a/b")); }},
           {"tree.bad_name", [](Folder const& folder) { folder.write("a\\b", "x"); }}}) {
    std::string const code = one.code;
    CAPTURE(code);
    Folder const folder(kEnvelope);
    folder.write("payload.txt", "x");
    one.make(folder);
    FolderVerdict const verdict = folder.verify();
    CHECK(verdict.verdict == Verdict::unsealed);
    CHECK(verdict.codes == Set{code});
    // Everything of it is known without hashing.
    auto const look = std::get<FolderLook>(look_at_folder(
        *open_folder(folder.path("")), {.folder_name = "run", .age = seconds(0)}, {}));
    CHECK(look.codes == Set{code});
    CHECK(look.state == Verdict::unsealed);
  }
}

TEST_CASE("names that are risky elsewhere are warnings, and change no state") {
  Folder const folder("{\"run_id\": \"run\", \"created_utc\": \"yesterday\"}");
  folder.write("a.txt", "x");
  folder.write("A.txt", "x");
  folder.write("aux.log", "x");
  folder.write(" lead", "x");
  folder.write("trail.", "x");
  folder.write("a:b", "x");
  folder.write("e\xCC\x81", "x");
  FolderVerdict const verdict = folder.verify();
  CHECK(verdict.verdict == Verdict::unsealed);
  CHECK(verdict.codes.empty());
  CHECK(verdict.warnings == Set{"name.case_collision", "name.colon", "name.combining_mark",
                                "name.leading_space", "name.trailing_dot_or_space",
                                "name.windows_reserved", "run_json.created_utc_format"});
}

TEST_CASE("half a seal is INCOMPLETE at any age, and nothing else is said of it") {
  for (nanoseconds const age : {nanoseconds(0), nanoseconds(hours(99))}) {
    Folder const folder(kEnvelope);
    SUBCASE("a file") {
      folder.write("manifest.json", "[]");
    }
    SUBCASE("a directory") {
      fs::create_directory(folder.path("manifest.json"));
    }
    SUBCASE("a dangling link") {
      fs::create_symlink("x", folder.path("manifest.json"));
    }
    fs::create_symlink("nowhere", folder.path("link"));
    FolderVerdict const verdict = folder.at_age(age);
    CHECK(verdict.verdict == Verdict::incomplete);
    CHECK(verdict.codes == Set{"seal.incomplete"});
    CHECK(verdict.has_manifest);
    CHECK_FALSE(verdict.has_hashfile);
  }
}

TEST_CASE("a hash file that is no regular file is no hash file") {
  Folder const folder(kEnvelope);
  fs::create_directory(folder.path("MANIFEST.sha256"));
  FolderVerdict const verdict = folder.verify();
  CHECK(verdict.verdict == Verdict::unsealed);
  CHECK(verdict.codes == Set{"tree.empty_dir"});
  CHECK(verdict.has_hashfile);
}

}  // namespace govseal
