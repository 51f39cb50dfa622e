#include "sealing/seal_recover.h"

#include <doctest/doctest.h>

#include <cerrno>

#include "sealing/seal_files.h"
#include "tests/sealing/seal_support.h"

using namespace govseal;
using namespace govseal::testing;

namespace {

std::string const kManifest = kRun + "/manifest.json";
std::string const kHashFile = kRun + "/MANIFEST.sha256";

struct World {
  World() {
    write_run(files);
    plan = std::get<SealPlan>(prepare(files, prepare_options()));
    intent = intent_of(plan.bytes);
  }
  MemoryFileSystem files;
  SealPlan plan;
  SealIntent intent;

  void put_manifest(std::string_view bytes) { files.write(kManifest, bytes, 0444); }
  void put_hashfile(std::string_view bytes) { files.write(kHashFile, bytes, 0444); }

  /// Recovery goes on and ends with a valid seal; asking again finds it complete.
  void expect_continued() {
    std::string const payload = payload_of(files);
    auto const outcome = recover(files, intent);
    REQUIRE(std::holds_alternative<ContinueSeal>(outcome));
    SealPlan const& again = std::get<ContinueSeal>(outcome).plan;
    CHECK(intent_of(again.bytes) == intent);
    CHECK(again.warnings == plan.warnings);
    CHECK(again.dialect == plan.dialect);
    REQUIRE(std::holds_alternative<Published>(publish(files, again)));
    CHECK(payload_of(files) == payload);
    CHECK(verify(files).verdict == Verdict::valid);
    CHECK((files.stat(kManifest)->mode & 07777U) == 0444);
    CHECK(std::holds_alternative<SealComplete>(recover(files, intent)));
  }

  /// Nothing was touched, now and when asked again.
  void expect_foreign() {
    std::string const before = files.dump();
    for (int i = 0; i < 2; ++i) {
      CHECK(std::holds_alternative<ForeignSeal>(recover(files, intent)));
      CHECK(files.dump() == before);
    }
  }
};

std::string half(std::string const& bytes) {
  return bytes.substr(0, bytes.size() / 2);
}

}  // namespace

TEST_CASE_FIXTURE(World, "an intent without any file is as if it had never begun") {
  CHECK(std::holds_alternative<NeverBegun>(recover(files, intent)));
  CHECK(std::holds_alternative<NeverBegun>(recover(files, intent)));
  CHECK_FALSE(has_seal_file(files));
}

TEST_CASE_FIXTURE(World, "our manifest.json alone is completed") {
  put_manifest(plan.bytes.manifest_json);
  expect_continued();
}

TEST_CASE_FIXTURE(World, "a torn manifest.json of the fallback is replaced and completed") {
  SUBCASE("a prefix") {
    put_manifest(half(plan.bytes.manifest_json));
  }
  SUBCASE("empty") {
    put_manifest("");
  }
  SUBCASE("zeros of the full length") {
    put_manifest(std::string(plan.bytes.manifest_json.size(), '\0'));
  }
  SUBCASE("a prefix and zeros") {
    put_manifest(half(plan.bytes.manifest_json) + std::string(10, '\0'));
  }
  SUBCASE("whole, but with another mode") {
    put_manifest(plan.bytes.manifest_json);
    files.set_mode(kManifest, 0644);
  }
  expect_continued();
}

TEST_CASE_FIXTURE(World, "a torn MANIFEST.sha256 of the fallback is replaced and completed") {
  put_manifest(plan.bytes.manifest_json);
  SUBCASE("a prefix") {
    put_hashfile(half(plan.bytes.hashfile));
  }
  SUBCASE("empty") {
    put_hashfile("");
  }
  expect_continued();
}

TEST_CASE_FIXTURE(World, "both files with the hashes of the intent are a complete seal") {
  put_manifest(plan.bytes.manifest_json);
  put_hashfile(plan.bytes.hashfile);
  std::string const before = files.dump();
  auto const outcome = recover(files, intent);
  REQUIRE(std::holds_alternative<SealComplete>(outcome));
  SealBytes const& bytes = std::get<SealComplete>(outcome).bytes;
  CHECK(intent_of(bytes) == intent);
  CHECK(bytes.h1 == plan.bytes.h1);
  CHECK(bytes.files == plan.bytes.files);
  CHECK(bytes.bytes == plan.bytes.bytes);
  CHECK(bytes.hashfile == plan.bytes.hashfile);
  CHECK(files.dump() == before);
}

TEST_CASE_FIXTURE(World, "a complete seal over content that changed since stays complete") {
  put_manifest(plan.bytes.manifest_json);
  put_hashfile(plan.bytes.hashfile);
  files.append(kRun + "/alpha.txt", "tampered");
  CHECK(std::holds_alternative<SealComplete>(recover(files, intent)));
  CHECK(verify(files).verdict == Verdict::invalid);
}

TEST_CASE_FIXTURE(World, "half a seal over content that changed since is withdrawn") {
  put_manifest(plan.bytes.manifest_json);
  std::vector<std::string> expected;
  SUBCASE("a file changed") {
    files.append(kRun + "/alpha.txt", "more");
    expected = {"alpha.txt"};
  }
  SUBCASE("a file came and one went") {
    files.write(kRun + "/new", "x");
    files.remove(kRun + "/.hidden");
    expected = {".hidden", "new"};
  }
  auto const outcome = recover(files, intent);
  REQUIRE(std::holds_alternative<Withdrawn>(outcome));
  CHECK(std::get<Withdrawn>(outcome).paths == expected);
  CHECK(std::get<Withdrawn>(outcome).left.empty());
  CHECK_FALSE(has_seal_file(files));
  CHECK(std::holds_alternative<NeverBegun>(recover(files, intent)));
}

TEST_CASE_FIXTURE(World, "half a seal of a folder that may no longer be sealed is withdrawn") {
  put_manifest(plan.bytes.manifest_json);
  files.make_symlink(kRun + "/link", "alpha.txt");
  CHECK(std::holds_alternative<Withdrawn>(recover(files, intent)));
  CHECK_FALSE(has_seal_file(files));
}

TEST_CASE_FIXTURE(World, "an empty manifest.json over changed content is withdrawn") {
  put_manifest("");
  files.append(kRun + "/alpha.txt", "more");
  CHECK(std::holds_alternative<Withdrawn>(recover(files, intent)));
  CHECK_FALSE(has_seal_file(files));
}

TEST_CASE_FIXTURE(World, "anything else is foreign and stays as it is") {
  SUBCASE("another manifest.json") {
    put_manifest("[]\n");
  }
  SUBCASE("a longer one") {
    put_manifest(plan.bytes.manifest_json + "\n");
  }
  SUBCASE("a torn one with one other byte") {
    put_manifest("[ ");
  }
  SUBCASE("a torn one over changed content: whose it is cannot be told") {
    put_manifest(half(plan.bytes.manifest_json));
    files.append(kRun + "/alpha.txt", "more");
  }
  SUBCASE("MANIFEST.sha256 alone, even with our bytes") {
    put_hashfile(plan.bytes.hashfile);
  }
  SUBCASE("our manifest.json beside another MANIFEST.sha256") {
    put_manifest(plan.bytes.manifest_json);
    put_hashfile("theirs\n");
  }
  SUBCASE("our manifest.json beside a directory") {
    put_manifest(plan.bytes.manifest_json);
    files.make_directory(kHashFile);
  }
  SUBCASE("another manifest.json beside our MANIFEST.sha256") {
    put_manifest("[]\n");
    put_hashfile(plan.bytes.hashfile);
  }
  expect_foreign();
}

TEST_CASE_FIXTURE(World, "a recovery that cannot read decides nothing") {
  put_manifest(plan.bytes.manifest_json);
  InlinePool pool;
  auto const folder = files.open(kRun);
  std::string const before = files.dump();
  bool failed = true;
  for (std::size_t n = 0; failed; ++n) {
    std::size_t at = 0;
    failed = false;
    files.set_fault_hook([&](FileOperation, std::string const&) {
      if (at++ != n) return Fault::pass();
      failed = true;
      return Fault::fail(EIO);
    });
    RecoverOptions options;
    options.folder_name = kRunName;
    auto const outcome = recover_intent(*folder, intent, options, pool, {});
    files.set_fault_hook({});
    CHECK(std::holds_alternative<RecoverFailed>(outcome) == failed);
    CHECK(files.dump() == before);
  }
}

TEST_CASE("the warnings of a recovered seal are those of the first look") {
  MemoryFileSystem files;
  files.write(kRun + "/run.json",
              "{\"run_id\": \"" + std::string(kRunName) + "\", \"created_utc\": \"yesterday\"}");
  files.write(kRun + "/A.txt", "1");
  files.write(kRun + "/a.txt", "2");
  files.write(kRun + "/con.log", "3");
  SealPlan const plan = std::get<SealPlan>(prepare(files, prepare_options()));
  CHECK(plan.warnings == std::set<std::string>{"name.case_collision", "name.windows_reserved",
                                               "run_json.created_utc_format"});
  files.write(kManifest, plan.bytes.manifest_json, 0444);
  auto const half_way = recover(files, intent_of(plan.bytes));
  REQUIRE(std::holds_alternative<ContinueSeal>(half_way));
  CHECK(std::get<ContinueSeal>(half_way).plan.warnings == plan.warnings);
  files.write(kHashFile, plan.bytes.hashfile, 0444);
  auto const complete = recover(files, intent_of(plan.bytes));
  REQUIRE(std::holds_alternative<SealComplete>(complete));
  CHECK(std::get<SealComplete>(complete).warnings == plan.warnings);
}

TEST_CASE("a torn copy is a beginning whose unwritten blocks may read as zeros") {
  CHECK(is_torn_copy("", "abc"));
  CHECK(is_torn_copy("abc", "abc"));
  CHECK(is_torn_copy("ab", "abc"));
  CHECK(is_torn_copy(std::string("a\0c", 3), "abc"));
  CHECK_FALSE(is_torn_copy("abcd", "abc"));
  CHECK_FALSE(is_torn_copy("ac", "abc"));
}
