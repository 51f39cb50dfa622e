#include "sealing/ledger/seal_side_files.h"

#include <doctest/doctest.h>

#include "sealing/ledger/ssh_signature.h"
#include "tests/ledger/ledger_fixture.h"
#include "tests/support/memory_file_system.h"

using namespace govseal;

namespace {

SealPlace const kPlace{.repo = "alpha", .run = ".codex/RUNS/2026-01-05__090000__demo"};
std::string const kBelow = "/state/seals/alpha/.codex/RUNS/2026-01-05__090000__demo/";

MemoryFileSystem make_state() {
  MemoryFileSystem files;
  files.make_directory("/state", 0700);
  files.sync_all();
  return files;
}

}  // namespace

TEST_CASE("copy and signature of a seal survive a power cut, the signature holds") {
  auto files = make_state();
  {
    auto const state = files.open("/state");
    write_seal_copy(*state, kPlace, "bytes\n", test_key(3));
  }
  files.crash();
  CHECK(files.read(kBelow + "MANIFEST.sha256") == "bytes\n");
  auto const armored = files.read(kBelow + "MANIFEST.sha256.sig");
  REQUIRE(armored.has_value());
  auto const signature = parse_ssh_signature(*dearmor_ssh_signature(*armored));
  REQUIRE(signature.has_value());
  CHECK(verify_ssh_signature(*signature, kSealNamespace, "bytes\n"));
  CHECK((files.stat(kBelow + "MANIFEST.sha256")->mode & 0777) == 0600);
  CHECK((files.stat("/state/seals/alpha")->mode & 0777) == 0700);
  CHECK(files.list(kBelow.substr(0, kBelow.size() - 1)).size() == 2);
}

TEST_CASE("what a crash left is overwritten by the same code") {
  auto files = make_state();
  files.write(kBelow + "MANIFEST.sha256", "old");
  files.write(kBelow + "MANIFEST.sha256.sig.tmp", "torn");
  auto const state = files.open("/state");
  write_seal_copy(*state, kPlace, "new", test_key(3));
  write_seal_proof(*state, kPlace, "proof");
  auto const found = read_side_files(*state, kPlace);
  CHECK(found.hashfile == "new");
  CHECK(found.signature.has_value());
  CHECK(found.proof == "proof");
}

TEST_CASE("reading what is not there gives nothing") {
  auto files = make_state();
  auto const state = files.open("/state");
  auto const found = read_side_files(*state, kPlace);
  CHECK_FALSE(found.hashfile.has_value());
  CHECK_FALSE(found.signature.has_value());
  CHECK_FALSE(found.proof.has_value());
}

TEST_CASE("removing takes the files and the directories that are empty then") {
  auto files = make_state();
  auto const state = files.open("/state");
  SealPlace const other{.repo = "alpha", .run = ".codex/RUNS/other"};
  write_seal_copy(*state, kPlace, "a", test_key(3));
  write_seal_copy(*state, other, "b", test_key(3));
  remove_side_files(*state, kPlace);
  CHECK_FALSE(files.exists(kBelow.substr(0, kBelow.size() - 1)));
  CHECK(read_side_files(*state, other).hashfile == "b");
  remove_side_files(*state, other);
  CHECK(files.list("/state/seals").empty());
  remove_side_files(*state, other);
}

TEST_CASE("the directory has the run path as the record writes it") {
  auto files = make_state();
  auto const state = files.open("/state");
  write_seal_copy(*state, {.repo = "alpha", .run = "runs/100%\n"}, "x", test_key(3));
  CHECK(files.read("/state/seals/alpha/runs/100%25%0A/MANIFEST.sha256") == "x");
}

TEST_CASE("a run path is storable up to 1024 bytes and 255 for an element, encoded") {
  CHECK(can_store_side_files("runs/a"));
  CHECK(can_store_side_files(std::string(255, 'a')));
  CHECK_FALSE(can_store_side_files(std::string(256, 'a')));
  CHECK_FALSE(can_store_side_files(std::string(86, '\n')));  // 258 encoded
  CHECK(can_store_side_files(std::string(85, '\n')));
  std::string path(255, 'a');
  for (int i = 0; i < 3; ++i) path += "/" + std::string(255, 'b');
  CHECK(path.size() == 1023);
  CHECK(can_store_side_files(path));
  CHECK_FALSE(can_store_side_files(path + "/c"));
  CHECK_FALSE(can_store_side_files(""));
}
