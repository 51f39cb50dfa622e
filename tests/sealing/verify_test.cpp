// Whole folders: what is hostile, what changes under the validator, and what the agent is handed.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/error.h"
#include "tests/sealing/seal_fixtures.h"
#include "tests/support/inline_pool.h"
#include "tests/support/memory_file_system.h"

namespace govseal {
namespace {

using Set = std::set<std::string>;

std::string run_json(std::string const& name) {
  return "{\"run_id\": \"" + name + "\", \"created_utc\": \"2026-08-08T12:00:00Z\"}\n";
}

/// A folder `run` on disk with run.json, some payload and a seal.
class SealedRun {
 public:
  SealedRun() {
    write("run.json", run_json("run"));
    write("alpha.txt", "alpha\n");
    write("sub/beta.csv", "a,b\n1,2\n");
    seal();
  }
  void write(std::string const& path, std::string_view bytes) const {
    directory_.write("run/" + path, bytes);
  }
  void seal() const { write_seal(directory_, "run"); }
  [[nodiscard]] std::string path(std::string const& below = "") const {
    return directory_ / (below.empty() ? "run" : "run/" + below);
  }
  [[nodiscard]] std::string read(std::string const& path) const {
    return directory_.read("run/" + path);
  }
  [[nodiscard]] FolderVerdict verify(VerifyOptions options = {}) const {
    return verify_path(path(), std::move(options));
  }

 private:
  TempDirectory directory_;
};

/// The same in memory.
void write_run(MemoryFileSystem& files) {
  std::vector<ManifestEntry> entries;
  auto const add = [&](std::string const& path, std::string const& bytes) {
    files.write("/runs/run/" + path, bytes);
    entries.push_back({path, bytes.size(), sha256(bytes)});
  };
  add("run.json", run_json("run"));
  add("alpha.txt", "alpha\n");
  add("sub/beta.csv", "a,b\n1,2\n");
  SealBytes const seal = make_seal_bytes(entries);
  files.write("/runs/run/manifest.json", seal.manifest_json);
  files.write("/runs/run/MANIFEST.sha256", seal.hashfile);
}

std::variant<FolderVerdict, Stopped> verify(MemoryFileSystem const& files,
                                            VerifyOptions options = {},
                                            std::stop_token const& stop = {}) {
  options.folder_name = "run";
  InlinePool pool;
  return verify_folder(files, *files.open("/runs/run"), options, pool, stop);
}

FolderVerdict verdict_of(MemoryFileSystem const& files, VerifyOptions options = {}) {
  return std::get<FolderVerdict>(verify(files, std::move(options)));
}

}  // namespace

TEST_CASE("a sealed folder is VALID, and everything that was read is handed over") {
  SealedRun const run;
  auto const verdict = run.verify();
  CHECK(verdict.verdict == Verdict::valid);
  CHECK(verdict.compat.pass == true);
  CHECK(verdict.dialect == Dialect::envelope);
  CHECK(verdict.files == 3);
  CHECK(verdict.bytes == 6 + 8 + run_json("run").size());
  CHECK(verdict.has_manifest);
  CHECK(verdict.has_hashfile);
  REQUIRE(verdict.sealed_files.size() == 5);
  std::vector<std::string> paths;
  for (SealedFile const& file : verdict.sealed_files) {
    paths.push_back(file.path);
    CHECK(file.sha256 == sha256(run.read(file.path)));
    struct stat found {};
    REQUIRE(::stat(run.path(file.path).c_str(), &found) == 0);
    CHECK(file.stat.ino == found.st_ino);
    CHECK(file.stat.size == static_cast<std::uint64_t>(found.st_size));
  }
  CHECK(paths == std::vector<std::string>{"alpha.txt", "run.json", "sub/beta.csv", "manifest.json",
                                          "MANIFEST.sha256"});
}

TEST_CASE("the verdict does not depend on the number of threads") {
  SealedRun const run;
  run.write("alpha.txt", "changed\n");
  for (unsigned const width : {1u, 16u}) {
    CHECK(run.verify({.hash = {.width = width}}).codes == Set{"content.size"});
  }
}

TEST_CASE("a FIFO never blocks, listed or not") {
  SealedRun const run;
  SUBCASE("unlisted") {
    REQUIRE(::mkfifo(run.path("pipe").c_str(), 0644) == 0);
    auto const verdict = run.verify({.allow_outside = true});
    CHECK(verdict.codes == Set{"tree.special"});
    CHECK(verdict.compat.pass == true);
  }
  SUBCASE("listed") {
    std::filesystem::remove(run.path("alpha.txt"));
    REQUIRE(::mkfifo(run.path("alpha.txt").c_str(), 0644) == 0);
    auto const verdict = run.verify({.allow_outside = true});
    CHECK(verdict.codes == Set{"tree.special"});
    CHECK(verdict.compat.aborted);
  }
  SUBCASE("in the place of run.json") {
    std::filesystem::remove(run.path("run.json"));
    REQUIRE(::mkfifo(run.path("run.json").c_str(), 0644) == 0);
    auto const verdict = run.verify({.allow_outside = true});
    CHECK(verdict.codes == Set{"run_json.missing", "tree.special"});
    CHECK(verdict.compat.aborted);
  }
  SUBCASE("in the place of the hash file") {
    std::filesystem::remove(run.path("MANIFEST.sha256"));
    REQUIRE(::mkfifo(run.path("MANIFEST.sha256").c_str(), 0644) == 0);
    auto const verdict = run.verify({.allow_outside = true});
    CHECK(verdict.verdict == Verdict::incomplete);
    CHECK(verdict.codes == Set{"seal.incomplete"});
    CHECK(verdict.compat.aborted);
  }
  SUBCASE("behind a link that compat follows") {
    std::filesystem::remove(run.path("alpha.txt"));
    REQUIRE(::mkfifo(run.path("pipe").c_str(), 0644) == 0);
    std::filesystem::create_symlink("pipe", run.path("alpha.txt"));
    auto const verdict = run.verify({.allow_outside = true});
    CHECK(verdict.codes == Set{"tree.special", "tree.symlink"});
    CHECK(verdict.compat.aborted);
  }
}

TEST_CASE("names of 255 bytes, with blanks and beyond ASCII are sealed and verified") {
  SealedRun const run;
  run.write(std::string(255, 'n'), "1");
  run.write("with blanks in it/\xC3\xA9\xE2\x80\x93", "2");
  run.write(std::string(255, 'd') + "/" + std::string(255, 'e') + "/f", "3");
  run.seal();
  CHECK(run.verify().verdict == Verdict::valid);
}

TEST_CASE("names that cannot be listed make a sealed folder INVALID") {
  SealedRun const run;
  for (char const* name : {"a\nb", "\x1B[2J", "\xFF.bin", "back\\slash"}) {
    run.write(name, "x");
    auto const verdict = run.verify();
    CHECK(verdict.codes == Set{"tree.bad_name"});
    REQUIRE(verdict.findings.size() == 1);
    CHECK(verdict.findings[0].path == name);
    std::filesystem::remove(run.path(name));
  }
  CHECK(run.verify().verdict == Verdict::valid);
}

TEST_CASE("a payload 1500 levels deep is sealed and verified, 4096 bytes are the end") {
  SealedRun const run;
  std::string deep;
  for (int i = 0; i < 1500; ++i) deep += "d/";
  auto folder = open_folder(run.path());
  {
    auto const held =
        make_directories(*folder, RelativePath::of(deep.substr(0, deep.size() - 1)), 0755);
    auto const file = std::get<std::unique_ptr<File>>(held->create_exclusive("f", 0644));
    file->append(bytes_of("deep\n"));
  }
  CHECK(run.verify().codes == Set{"tree.unlisted"});
  run.seal();
  CHECK(run.verify().verdict == Verdict::valid);
  CHECK(run.verify().compat.pass == true);
}

TEST_CASE("hard links, set-id bits and empty directories are found on any file") {
  SealedRun const run;
  SUBCASE("hard link to a place outside") {
    TempDirectory const elsewhere;
    std::error_code error;
    std::filesystem::create_hard_link(run.path("alpha.txt"), elsewhere / "second", error);
    if (error) return;  // another filesystem
    CHECK(run.verify().codes == Set{"tree.hardlink"});
  }
  SUBCASE("set-id") {
    REQUIRE(::chmod(run.path("sub/beta.csv").c_str(), 02755) == 0);
    CHECK(run.verify().codes == Set{"tree.setid"});
  }
  SUBCASE("set-group-id on a directory is usual") {
    REQUIRE(::chmod(run.path("sub").c_str(), 02755) == 0);
    CHECK(run.verify().verdict == Verdict::valid);
  }
  SUBCASE("empty directory") {
    std::filesystem::create_directories(run.path("sub/none"));
    auto const verdict = run.verify();
    CHECK(verdict.codes == Set{"tree.empty_dir"});
    CHECK(verdict.findings[0].path == "sub/none");
  }
}

TEST_CASE("seal files that are too large are not read as such, and everything else is checked") {
  SealedRun const run;
  std::string const blanks(65u << 20, ' ');
  SUBCASE("manifest.json") {
    run.write("manifest.json", run.read("manifest.json") + blanks);
    CHECK(run.verify({.compat = false}).codes ==
          Set{"hashfile.manifest_hash", "manifest.too_large"});
  }
  SUBCASE("MANIFEST.sha256") {
    run.write("MANIFEST.sha256", run.read("MANIFEST.sha256") + blanks);
    auto const verdict = run.verify({.compat = false});
    CHECK(verdict.codes == Set{"hashfile.too_large"});
    CHECK(verdict.hashfile_sha256.has_value());
  }
  SUBCASE("run.json") {
    run.write("run.json", run_json("run") + blanks);
    run.seal();
    auto const verdict = run.verify();
    CHECK(verdict.codes == Set{"run_json.too_large"});
    CHECK(verdict.compat.pass == true);
  }
}

TEST_CASE("line ends that were converted are told apart from tampering, and can be restored") {
  SealedRun const run;
  run.write("mixed.txt", "a\r\nb\r\n");
  run.seal();
  run.write("mixed.txt", "a\nb\n");
  run.write("alpha.txt", "alpha\r\n");
  auto const verdict = run.verify();
  CHECK(verdict.verdict == Verdict::eol_normalized);
  REQUIRE(verdict.findings.size() == 2);
  CHECK(verdict.findings[0].actual == "to_lf");
  CHECK(verdict.findings[1].actual == "to_crlf");
  run.write("mixed.txt", "a\r\nb\r\n");
  run.write("alpha.txt", "alpha\n");
  CHECK(run.verify().verdict == Verdict::valid);
}

TEST_CASE("everything wrong with a folder is said at once") {
  SealedRun const run;
  run.write("alpha.txt", "Alpha\n");
  run.write("sub/beta.csv", "longer than before\n");
  run.write("report.md", "unlisted\n");
  std::filesystem::create_symlink("alpha.txt", run.path("link"));
  std::filesystem::create_directories(run.path("none"));
  std::filesystem::remove(run.path("run.json"));
  CHECK(run.verify().codes == Set{"content.hash", "content.size", "run_json.missing",
                                  "tree.empty_dir", "tree.missing", "tree.symlink",
                                  "tree.unlisted"});
}

TEST_CASE("a listed path below a linked directory is missing as well") {
  SealedRun const run;
  std::filesystem::rename(run.path("sub"), run.path("moved"));
  std::filesystem::create_directory_symlink("moved", run.path("sub"));
  auto const verdict = run.verify({.allow_outside = true});
  CHECK(verdict.codes == Set{"tree.missing", "tree.symlink", "tree.unlisted"});
}

TEST_CASE("a mount point inside is a code, and what it hides is missing") {
  MemoryFileSystem files;
  write_run(files);
  files.remove("/runs/run/sub");
  files.make_directory("/runs/run/sub");
  files.make_mount_point("/runs/run/sub");
  files.write("/runs/run/sub/beta.csv", "a,b\n1,2\n");
  auto const verdict = verdict_of(files);
  CHECK(verdict.codes == Set{"tree.missing", "tree.mount"});
  CHECK(verdict.compat.reason == "outside_folder");
}

TEST_CASE("too many objects are the only thing said about the tree") {
  MemoryFileSystem files;
  write_run(files);
  for (int i = 0; i < 50; ++i) files.write("/runs/run/A/" + std::to_string(i), "");
  for (int i = 0; i < 50; ++i) files.write("/runs/run/A" + std::to_string(i), "");
  auto const verdict = verdict_of(files, {.scan = {.objects_max = 20}});
  CHECK(verdict.codes == Set{"tree.too_many"});
  CHECK(verdict.style == SealStyle::contract);
  CHECK(verdict.compat.reason == "too_many");
}

TEST_CASE("a folder that cannot be read has no verdict") {
  MemoryFileSystem files;
  write_run(files);
  for (auto const operation :
       {FileOperation::open_file, FileOperation::read, FileOperation::list}) {
    for (int const error : {EACCES, EIO}) {
      files.set_fault_hook([operation, error](FileOperation now, std::string const&) {
        return now == operation ? Fault::fail(error) : Fault::pass();
      });
      CHECK_THROWS_AS((void)verify(files), Error);
    }
  }
}

TEST_CASE("an unreadable file is an error and no sign of tampering") {
  if (::geteuid() == 0) {
    MESSAGE("SKIPPED: root reads everything");
    return;
  }
  SealedRun const run;
  REQUIRE(::chmod(run.path("alpha.txt").c_str(), 0) == 0);
  CHECK_THROWS_AS((void)run.verify(), Error);
}

TEST_CASE("a file that changes once is read again, one that never holds still is tree.changed") {
  MemoryFileSystem files;
  write_run(files);
  int changes = 0;
  int changes_max = 1;
  files.set_fault_hook([&](FileOperation operation, std::string const& path) {
    if (operation == FileOperation::read && path.ends_with("alpha.txt") && changes < changes_max) {
      ++changes;
      files.advance_ns(1'000'000);
      files.write("/runs/run/alpha.txt", "alpha\n");
    }
    return Fault::pass();
  });
  SUBCASE("twice") {
    changes_max = 2;
    CHECK(verdict_of(files).verdict == Verdict::valid);
  }
  SUBCASE("always") {
    changes_max = 1000;
    auto const verdict = verdict_of(files);
    CHECK(verdict.verdict == Verdict::invalid);
    CHECK(verdict.codes == Set{"tree.changed"});
    CHECK(verdict.style == SealStyle::contract);
    CHECK(verdict.compat.reason == "changed");
    CHECK(changes == 3);
  }
}

TEST_CASE("names that come and go under the scan are tree.changed beside what else is wrong") {
  MemoryFileSystem files;
  write_run(files);
  files.remove("/runs/run/alpha.txt");
  int writes = 0;
  files.set_fault_hook([&](FileOperation operation, std::string const& path) {
    if (operation == FileOperation::find && path.ends_with("manifest.json")) {
      files.advance_ns(1'000'000);
      files.write("/runs/run/tmp" + std::to_string(++writes), "");
    }
    return Fault::pass();
  });
  auto const verdict = verdict_of(files);
  CHECK(verdict.codes.count("tree.changed") == 1);
  CHECK(verdict.codes.count("tree.missing") == 1);
}

TEST_CASE("a stop token ends a verification") {
  MemoryFileSystem files;
  write_run(files);
  std::stop_source source;
  SUBCASE("before it begins") {
    source.request_stop();
  }
  SUBCASE("while it reads") {
    files.set_fault_hook([&](FileOperation operation, std::string const&) {
      if (operation == FileOperation::read) source.request_stop();
      return Fault::pass();
    });
  }
  CHECK(std::holds_alternative<Stopped>(verify(files, {}, source.get_token())));
}

TEST_CASE("a stop token ends the verification of a huge sparse file") {
  SealedRun const run;
  std::filesystem::resize_file(run.path("alpha.txt"), 1ull << 42);
  std::stop_source source;
  VerifyOptions options;
  options.folder_name = "run";
  options.hash.pace = [&](std::uint64_t piece) {
    if (piece == (1u << 20)) source.request_stop();
  };
  auto const folder = open_folder(run.path());
  auto const result =
      verify_folder(DiskFileSystem(), *folder, options, test_pool(), source.get_token());
  CHECK(std::holds_alternative<Stopped>(result));
}

TEST_CASE("what is known to be unchanged is not read") {
  MemoryFileSystem files;
  write_run(files);
  auto const first = verdict_of(files);
  std::set<std::string> read;
  files.set_fault_hook([&](FileOperation operation, std::string const& path) {
    if (operation == FileOperation::read) read.insert(path);
    return Fault::pass();
  });
  VerifyOptions options;
  options.known = [&](std::string_view path, FileStat const& stat) -> std::optional<Digest> {
    for (SealedFile const& file : first.sealed_files) {
      if (file.path == path && file.stat == stat) return file.sha256;
    }
    return std::nullopt;
  };
  auto const again = verdict_of(files, options);
  CHECK(again.verdict == Verdict::valid);
  CHECK(again.compat.pass == true);
  CHECK(again.sealed_files.size() == 5);
  CHECK(read.count("/runs/run/alpha.txt") == 0);
  CHECK(read.count("/runs/run/sub/beta.csv") == 0);
  files.write("/runs/run/alpha.txt", "Alpha\n");
  files.advance_ns(1);
  files.write("/runs/run/alpha.txt", "Alpha\n");
  CHECK(verdict_of(files, options).codes == Set{"content.hash"});
}

TEST_CASE("a manifest with a duplicate entry reads its file once and gives one content code") {
  SealedRun const run;
  std::string manifest = run.read("manifest.json");
  std::string const entry = manifest.substr(2, manifest.find('}') - 1);
  run.write("manifest.json", "[" + entry + "," + manifest.substr(1));
  run.write("alpha.txt", "Alpha\n");
  auto const verdict = run.verify({.compat = false});
  CHECK(verdict.codes == Set{"content.hash", "hashfile.manifest_hash", "manifest.duplicate_path"});
  CHECK(verdict.files == 3);
}

TEST_CASE("a manifest that lists a directory, a link and a ghost gives each its code") {
  SealedRun const run;
  std::filesystem::remove(run.path("alpha.txt"));
  std::filesystem::create_symlink("run.json", run.path("alpha.txt"));
  std::filesystem::remove_all(run.path("sub"));
  std::filesystem::create_directories(run.path("sub/beta.csv/x"));
  CHECK(run.verify().codes == Set{"tree.empty_dir", "tree.listed_dir", "tree.symlink"});
}

}  // namespace govseal
