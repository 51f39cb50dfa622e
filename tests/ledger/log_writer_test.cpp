#include "sealing/ledger/log_writer.h"

#include <doctest/doctest.h>

#include <cerrno>

#include "tests/ledger/ledger_fixture.h"
#include "tests/support/memory_file_system.h"

using namespace govseal;

namespace {

/// A writer whose first segment is full: the next line begins the second one.
struct FullSegment {
  MemoryFileSystem files;
  Ed25519PrivateKey key = test_key(1);
  std::unique_ptr<Directory> ledger;
  std::unique_ptr<Directory> log;
  std::unique_ptr<LogWriter> writer;

  FullSegment() {
    files.write("/ledger/log/000000000000.jsonl", "the first segment, not read here\n", 0600);
    files.write("/ledger/checkpoints.log", "", 0600);
    files.sync_all();
    ledger = files.open("/ledger");
    log = files.open("/ledger/log");
    LogEnd end;
    for (auto const& leaf : leaves()) {
      end.tree.append(leaf);
      end.index.add_line(1);
    }
    end.last_leaf = leaves().back();
    end.signed_line.tree = end.tree.head();
    writer = std::make_unique<LogWriter>(
        LogWriter::Place{.ledger = *ledger, .log = *log, .origin = kTestOrigin, .key = key},
        std::move(end));
  }

  static std::vector<Digest> const& leaves() {
    static std::vector<Digest> const all = large_tree_leaves(kSegmentRecords);
    return all;
  }

  LogWriter::Result commit() {
    std::string const line = "{\"seq\":65536}";
    return writer->commit({.lines = {line}, .leaves = {leaf_hash(line)}});
  }
};

std::string const kSecond = "/ledger/log/000000000001.jsonl";

}  // namespace

TEST_CASE("a new segment is created, synced in its directory and written") {
  FullSegment world;
  CHECK(world.writer->room() == 65536);
  CHECK(std::holds_alternative<LogWriter::Committed>(world.commit()));
  CHECK(world.files.read(kSecond) == "{\"seq\":65536}\n");
  CHECK((world.files.stat(kSecond)->mode & 0777) == 0600);
  CHECK((world.files.stat("/ledger/log/000000000000.jsonl")->mode & 0777) == 0400);
  CHECK(world.writer->room() == 65535);
  CHECK(world.writer->signed_line().tree.size == 65537);
  CHECK(world.writer->signed_line().tree.root.hex() ==
        "6570fc361b5d0c75aa7f7c9dac2da556585c261b2c7b42777696db8e8de1651d");
  world.files.crash();
  CHECK(world.files.read(kSecond) == "{\"seq\":65536}\n");
}

TEST_CASE("no space for a new segment keeps the batch, an I/O error or a failed sync poisons") {
  struct Row {
    FileOperation operation;
    std::string path;
    int error_number;
    bool waits;
  };
  for (auto const& row : std::vector<Row>{
           {FileOperation::create_exclusive, kSecond, ENOSPC, true},
           {FileOperation::create_exclusive, kSecond, EDQUOT, true},
           {FileOperation::create_exclusive, kSecond, EIO, false},
           {FileOperation::create_exclusive, kSecond, EACCES, false},
           {FileOperation::sync_directory, "/ledger/log", ENOSPC, false},
           {FileOperation::sync_directory, "/ledger/log", EIO, false},
       }) {
    for (bool const is_done : {false, true}) {
      CAPTURE(row.path);
      CAPTURE(row.error_number);
      FullSegment world;
      world.files.set_fault_hook([&](FileOperation operation, std::string const& path) {
        if (operation != row.operation || path != row.path) return Fault::pass();
        return is_done ? Fault::fail_done(row.error_number) : Fault::fail(row.error_number);
      });
      auto const result = world.commit();
      world.files.set_fault_hook({});
      CHECK(world.writer->signed_line().tree.size == 65536);
      CHECK(world.files.read("/ledger/checkpoints.log") == "");
      if (!row.waits) {
        CHECK(std::holds_alternative<LedgerPoisoned>(result));
        continue;
      }
      CHECK(std::holds_alternative<LedgerFull>(result));
      CHECK(std::holds_alternative<LogWriter::Committed>(world.writer->resume()));
      CHECK(world.files.read(kSecond) == "{\"seq\":65536}\n");
    }
  }
}
