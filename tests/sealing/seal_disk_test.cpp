// Sealing on a real filesystem: O_TMPFILE and the fallback without it, and the result in the eyes
// of the tools that reviewers have (sealing.md 1.3).
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>

#include "base/publish.h"
#include "tests/sealing/seal_fixtures.h"
#include "tests/sealing/seal_support.h"

using namespace govseal;
using namespace govseal::testing;

namespace {

namespace fs = std::filesystem;

/// A directory of the disk on a filesystem that pretends to have no O_TMPFILE.
class InPlaceDirectory final : public Directory {
 public:
  explicit InPlaceDirectory(std::unique_ptr<Directory> real) : real_(std::move(real)) {}
  FileStat status() const override { return real_->status(); }
  std::vector<DirectoryEntry> list() const override { return real_->list(); }
  std::optional<FileStat> find(std::string_view name) const override { return real_->find(name); }
  std::variant<std::unique_ptr<Directory>, OpenFailure> open_directory(
      RelativePath const& path) const override {
    return real_->open_directory(path);
  }
  FileOrFailure open_file(RelativePath const& path) const override {
    return real_->open_file(path);
  }
  FileOrFailure create_exclusive(std::string_view name, std::uint32_t mode) override {
    return real_->create_exclusive(name, mode);
  }
  FileOrFailure open_append(std::string_view name) override { return real_->open_append(name); }
  std::optional<OpenFailure> publish(std::string_view name, ByteSpan bytes,
                                     std::uint32_t mode) override {
    return publish_in_place(*real_, name, bytes, mode);
  }
  bool make_directory(std::string_view name, std::uint32_t mode) override {
    return real_->make_directory(name, mode);
  }
  void rename(std::string_view from, std::string_view to) override { real_->rename(from, to); }
  bool rename_no_replace(std::string_view from, std::string_view to) override {
    return real_->rename_no_replace(from, to);
  }
  bool unlink(std::string_view name) override { return real_->unlink(name); }
  bool remove_directory(std::string_view name) override { return real_->remove_directory(name); }
  void sync() override { real_->sync(); }
  int native_handle() const noexcept override { return real_->native_handle(); }

 private:
  std::unique_ptr<Directory> real_;
};

std::unique_ptr<Directory> open_for_sealing(std::string const& path, bool unnamed_files) {
  auto folder = open_folder(path);
  if (unnamed_files) return folder;
  return std::make_unique<InPlaceDirectory>(std::move(folder));
}

Published seal_folder(std::string const& path, bool unnamed_files, unsigned width) {
  auto const folder = open_for_sealing(path, unnamed_files);
  PrepareOptions options = prepare_options(fs::path(path).filename().string());
  options.hash.width = width;
  auto const prepared = prepare_seal(*folder, options, test_pool(), {});
  REQUIRE(std::holds_alternative<SealPlan>(prepared));
  auto const published = publish_seal(*folder, std::get<SealPlan>(prepared));
  REQUIRE(std::holds_alternative<Published>(published));
  return std::get<Published>(published);
}

/// Standard output and error of a bash script run in `directory`, and its exit status at the end
/// when it is not 0.
std::string run_bash(std::string const& directory, std::string const& script) {
  TempDirectory scratch;
  std::string const file = scratch.write("script.sh", "exec 2>&1\ncd \"$1\" || exit\n" + script);
  std::string const command = "bash '" + file + "' '" + directory + "'";
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string out;
  char buffer[4096];
  for (std::size_t got = 0; (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    out.append(buffer, got);
  }
  int const status = ::pclose(pipe);
  if (status != 0) out += "exit " + std::to_string(WEXITSTATUS(status)) + "\n";
  return out;
}

/// The commands of sealing.md 1.3, as they stand there.
constexpr char kReview[] = R"SH(
head -n -1 MANIFEST.sha256 | sha256sum --strict --quiet -c -
head -n -1 MANIFEST.sha256 | LC_ALL=C sort | sha256sum
diff <(jq -r '.[]|"\(.sha256)  \(.relpath)"' manifest.json) \
     <(head -n -1 MANIFEST.sha256 | grep -v '  manifest\.json$')
diff <(find . -type f ! -path ./MANIFEST.sha256 -printf '%P\n' | LC_ALL=C sort) \
     <(head -n -1 MANIFEST.sha256 | cut -c67- | LC_ALL=C sort)
find . ! -type f ! -type d; find . -type d -empty; find . -type f -links +1
)SH";

bool has_review_tools() {
  return run_bash("/", "command -v jq sha256sum diff find >/dev/null && echo yes\n") == "yes\n";
}

/// A copy of a fixture without its seal files.
std::string copy_without_seal(TempDirectory const& directory, std::string const& name) {
  std::string const path = directory / name;
  fs::copy(SealFixtures::get().folder(name), path, fs::copy_options::recursive);
  fs::remove(path + "/manifest.json");
  fs::remove(path + "/MANIFEST.sha256");
  return path;
}

std::vector<std::string> resealed_fixtures() {
  std::vector<std::string> names;
  for (std::string const& name : SealFixtures::get().names()) {
    JsonValue const* const flag = SealFixtures::get().expected(name).find("reseal_identical");
    if (flag != nullptr && flag->as_bool() != nullptr && *flag->as_bool()) names.push_back(name);
  }
  return names;
}

std::string read_file(std::string const& path) {
  auto const folder = open_folder(fs::path(path).parent_path());
  auto const file = folder->open_file(RelativePath::of(fs::path(path).filename().string()));
  return *read_all(*std::get<std::unique_ptr<File>>(file), 1 << 30);
}

struct ::stat stat_of(std::string const& path) {
  struct ::stat out {};
  REQUIRE(::lstat(path.c_str(), &out) == 0);
  return out;
}

}  // namespace

TEST_CASE("every fixture that says so is sealed to the same bytes, in one thread and in sixteen") {
  auto const names = resealed_fixtures();
  CHECK(names.size() >= 8);
  bool const review = has_review_tools();
  if (!review) MESSAGE("skipped: the review commands need bash, jq, sha256sum, diff and find");
  for (std::string const& name : names) {
    for (unsigned const width : {1u, 16u}) {
      for (bool const unnamed_files : {true, false}) {
        CAPTURE(name);
        CAPTURE(width);
        CAPTURE(unnamed_files);
        TempDirectory directory;
        std::string const path = copy_without_seal(directory, name);
        seal_folder(path, unnamed_files, width);
        std::string const original = SealFixtures::get().folder(name);
        CHECK(read_file(path + "/MANIFEST.sha256") == read_file(original + "/MANIFEST.sha256"));
        CHECK(read_file(path + "/manifest.json") == read_file(original + "/manifest.json"));
        FolderVerdict const verdict = verify_path(path);
        CHECK(verdict.verdict == Verdict::valid);
        if (review) CHECK(run_bash(path, kReview) == verdict.root->hex() + "  -\n");
      }
    }
  }
}

TEST_CASE("on a real disk sealing adds two read-only files and touches nothing else") {
  for (bool const unnamed_files : {true, false}) {
    TempDirectory directory;
    std::string const path = copy_without_seal(directory, "ok_builder_order");
    std::vector<std::string> const names = {"alpha.txt", "Zeta.json", "run.json", "sub/beta.csv",
                                            "sub"};
    std::vector<struct ::stat> before;
    for (std::string const& name : names) before.push_back(stat_of(path + "/" + name));
    mode_t const old_mask = ::umask(0777);  // the modes do not depend on it
    seal_folder(path, unnamed_files, 2);
    ::umask(old_mask);
    for (std::size_t i = 0; i < names.size(); ++i) {
      struct ::stat const after = stat_of(path + "/" + names[i]);
      CHECK(after.st_mode == before[i].st_mode);
      CHECK(after.st_mtim.tv_nsec == before[i].st_mtim.tv_nsec);
      CHECK(after.st_ctim.tv_nsec == before[i].st_ctim.tv_nsec);
    }
    std::size_t objects = 0;
    for ([[maybe_unused]] auto const& entry : fs::directory_iterator(path)) ++objects;
    CHECK(objects == 6);
    CHECK((stat_of(path + "/manifest.json").st_mode & 07777) == 0444);
    CHECK((stat_of(path + "/MANIFEST.sha256").st_mode & 07777) == 0444);
  }
}

TEST_CASE("the vector of the specification comes out byte for byte") {
  TempDirectory directory;
  std::string const path = copy_without_seal(directory, "ok_builder_order");
  seal_folder(path, true, 0);
  std::string const manifest = read_file(path + "/manifest.json");
  std::string const hashfile = read_file(path + "/MANIFEST.sha256");
  CHECK(manifest.size() == 543);
  CHECK(sha256(manifest).hex() ==
        "8b9d247fbc89bcc3958f4d291da13444758deb818e367202deb434fd9c17489e");
  CHECK(hashfile.size() == 464);
  CHECK(sha256(hashfile).hex() ==
        "858b9ccde8e67cbd7f23dd74d50ed344ae21bf5b5880fa8dba3c2457f7780d7a");
}

TEST_CASE("a seal that a kill left half done on a real disk is completed") {
  for (bool const unnamed_files : {true, false}) {
    TempDirectory directory;
    std::string const path = copy_without_seal(directory, "ok_builder_order");
    auto const folder = open_for_sealing(path, unnamed_files);
    auto const prepared =
        prepare_seal(*folder, prepare_options("ok_builder_order"), test_pool(), {});
    SealPlan const& plan = std::get<SealPlan>(prepared);
    directory.write("ok_builder_order/manifest.json", plan.bytes.manifest_json.substr(0, 100));
    RecoverOptions options;
    options.folder_name = "ok_builder_order";
    auto const outcome = recover_intent(*folder, intent_of(plan.bytes), options, test_pool(), {});
    REQUIRE(std::holds_alternative<ContinueSeal>(outcome));
    auto const published = publish_seal(*folder, std::get<ContinueSeal>(outcome).plan);
    CHECK(std::holds_alternative<Published>(published));
    CHECK(verify_path(path).verdict == Verdict::valid);
  }
}
