// The ledger on a real file system: locks, modes and links are the kernel's.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "sealing/ledger/ledger.h"
#include "sealing/ledger/ledger_reader.h"
#include "tests/ledger/ledger_fixture.h"
#include "tests/support/temp_directory.h"

using namespace govseal;
namespace fs = std::filesystem;

namespace {

struct DiskWorld {
  TempDirectory scratch;
  std::string state = scratch / "state";
  std::unique_ptr<Directory> directory;

  DiskWorld() {
    fs::create_directory(state);
    fs::permissions(state, fs::perms::owner_all);
    directory = open_directory(state);
  }
  static std::unique_ptr<Directory> open_directory(std::string const& path) {
    auto opened = DiskFileSystem().open_directory(path);
    REQUIRE(std::holds_alternative<std::unique_ptr<Directory>>(opened));
    return std::get<std::unique_ptr<Directory>>(std::move(opened));
  }
  LedgerOpening try_open() const {
    Instant now;
    now.wall = at("2026-01-05T09:00:00Z");
    return Ledger::open({.state = *directory},
                        {.origin = kTestOrigin,
                         .host_name = "host1",
                         .version = "1.0.0",
                         .root_key = {},
                         .boot_id = kTestBootId,
                         .own_uid = ::geteuid()},
                        now);
  }
  std::unique_ptr<Ledger> open() const {
    auto opening = try_open();
    REQUIRE(std::holds_alternative<LedgerOpened>(opening));
    return std::move(std::get<LedgerOpened>(opening).ledger);
  }
  [[nodiscard]] unsigned mode(std::string const& below) const {
    struct stat found {};
    REQUIRE(::lstat((state + "/" + below).c_str(), &found) == 0);
    return found.st_mode & 0777U;
  }
};

std::uint64_t append_some(Ledger& ledger, std::size_t count) {
  std::vector<RecordDraft> const drafts(count, make_record(record::ConfigChangedOnDisk{}));
  Instant now;
  now.wall = at("2026-01-05T09:00:01Z");
  auto const result = ledger.append(drafts, now);
  REQUIRE(std::holds_alternative<Appended>(result));
  return std::get<Appended>(result).first_seq;
}

}  // namespace

TEST_CASE("a ledger on disk survives being closed and opened") {
  DiskWorld const world;
  auto ledger = world.open();
  CHECK(append_some(*ledger, 256) == 1);
  auto const root = ledger->root();
  ledger.reset();
  ledger = world.open();
  CHECK(ledger->size() == 257);
  CHECK(ledger->root() == root);
  CHECK(append_some(*ledger, 3) == 257);
  CHECK(ledger->inclusion_proof(100, 260).size() == 9);
  CHECK(world.mode("keys") == 0700);
  CHECK(world.mode("keys/log.key") == 0600);
  CHECK(world.mode("keys/seal.key") == 0600);
  CHECK(world.mode("ledger") == 0700);
  CHECK(world.mode("ledger/log/000000000000.jsonl") == 0600);
  CHECK(world.mode("ledger/tile/0/000") == 0600);
  auto reader = LedgerReader::open(DiskWorld::open_directory(world.state + "/ledger"));
  REQUIRE(std::holds_alternative<std::unique_ptr<LedgerReader>>(reader));
  CHECK(std::get<std::unique_ptr<LedgerReader>>(reader)->size() == 260);
}

TEST_CASE("a second writer finds the ledger busy, also when the first one was poisoned or idle") {
  DiskWorld const world;
  auto ledger = world.open();
  CHECK(std::holds_alternative<LedgerBusy>(world.try_open()));
  ledger.reset();
  CHECK(std::holds_alternative<LedgerOpened>(world.try_open()));
}

TEST_CASE("a key behind a link and a lock that is a link are refused on disk") {
  DiskWorld const world;
  world.open();
  fs::rename(world.state + "/keys/seal.key", world.state + "/elsewhere");
  fs::create_symlink("../elsewhere", world.state + "/keys/seal.key");
  auto const by_key = world.try_open();
  REQUIRE(std::holds_alternative<LedgerRefused>(by_key));
  CHECK(std::get<LedgerRefused>(by_key).reason == "keys/seal.key: it is a symbolic link");
  fs::rename(world.state + "/elsewhere", world.state + "/keys/seal.key");
  fs::remove(world.state + "/lock");
  fs::create_symlink("keys/epoch", world.state + "/lock");
  auto const by_lock = world.try_open();
  REQUIRE(std::holds_alternative<LedgerRefused>(by_lock));
  CHECK(std::get<LedgerRefused>(by_lock).reason == "lock is not a regular file");
}
