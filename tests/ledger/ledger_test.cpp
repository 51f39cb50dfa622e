#include "sealing/ledger/ledger.h"

#include <doctest/doctest.h>

#include "sealing/ledger/tlog_proof.h"
#include "tests/ledger/ledger_world.h"

using namespace govseal;

namespace {

std::vector<RecordDraft> golden_after_genesis() {
  auto drafts = golden_drafts();
  drafts.erase(drafts.begin());
  return drafts;
}

}  // namespace

TEST_CASE("the golden ledger comes out byte for byte") {
  LedgerWorld world;
  world.open();
  CHECK(world.ledger().size() == 1);
  auto const appended = world.append(golden_after_genesis());
  CHECK(appended.first_seq == 1);
  CHECK(appended.lines ==
        std::vector<std::string>(golden_lines().begin() + 1, golden_lines().end()));
  CHECK(world.log_lines() == golden_lines());
  CHECK(world.ledger().size() == 8);
  CHECK(world.ledger().root().hex() == golden_roots()[7]);
  CHECK(world.ledger().checkpoint() == appended.checkpoint);
  CHECK(world.files.read("/state/ledger/checkpoint") == appended.checkpoint);
  CHECK(appended.checkpoint.ends_with(
      "Tf+o5pXiSHOFW6qYAPDlvDB4MtV5Ok5LCGtq18m+zVkHAZI3dz+dRde1btLh2Tz7FOZDoEJEjlgYt7qxKc14Ol9YjQ"
      "U=\n"));
  auto const checkpoints = world.checkpoint_lines();
  REQUIRE(checkpoints.size() == 2);
  CHECK(checkpoints[0].tree.size == 1);
  CHECK(checkpoints[1].tree.size == 8);
  CHECK(world.ledger().tlog_proof(3).find("index 3\nJomA+q2Ku4eMlJ27bc2l/DXkAaRmZObhwWZkVhwqJtY=\n"
                                          "RRPXLsZwEOFRdZGbFlvZTh8pZXCj7ZJFccgCipfL3cw=\n") !=
        std::string::npos);
  world.check_sound();
}

TEST_CASE("modes of files and directories keep others out") {
  LedgerWorld world;
  world.open();
  world.append_heartbeats(256);
  for (char const* const directory :
       {"/state/ledger", "/state/ledger/log", "/state/ledger/tile", "/state/ledger/tile/0"}) {
    CHECK_MESSAGE((world.files.stat(directory)->mode & 0777) == 0700, directory);
  }
  for (char const* const file :
       {"/state/lock", "/state/ledger/checkpoint", "/state/ledger/checkpoints.log",
        "/state/ledger/log/000000000000.jsonl", "/state/ledger/tile/0/000", "/state/keys/epoch"}) {
    CHECK_MESSAGE((world.files.stat(file)->mode & 0777) == 0600, file);
  }
}

TEST_CASE("a record keeps its own time, others get the time of the batch") {
  LedgerWorld world;
  world.open();
  auto own = heartbeat();
  own.wall = at("2025-12-31T23:59:59.999999999Z");
  world.now.wall = at("2026-02-02T00:00:00Z");
  world.append({own, heartbeat()});
  CHECK(world.record(1).ts == "2025-12-31T23:59:59.999999999Z");
  CHECK(world.record(2).ts == "2026-02-02T00:00:00.000000001Z");
}

TEST_CASE("records are read back by range") {
  LedgerWorld world;
  world.open();
  for (int i = 0; i < 5; ++i) world.append_heartbeats(200);
  auto const lines = world.log_lines();
  CHECK(world.ledger().read_lines(0, 1001) == lines);
  CHECK(world.ledger().read_lines(700, 703) ==
        std::vector<std::string>(lines.begin() + 700, lines.begin() + 703));
  CHECK(world.ledger().read_lines(255, 257) ==
        std::vector<std::string>(lines.begin() + 255, lines.begin() + 257));
  CHECK(world.ledger().read_lines(5, 5).empty());
  std::uint64_t next = 998;
  world.ledger().for_each_record(998, 1001, [&](Record const& record) {
    CHECK(record.seq == next);
    CHECK(record.type == "heartbeat");
    ++next;
  });
  CHECK(next == 1001);
  auto const reader = world.reader();
  CHECK(reader->size() == 1001);
  CHECK(reader->read_lines(700, 703) == world.ledger().read_lines(700, 703));
}

TEST_CASE("proofs come from tiles and memory and hold at every size") {
  LedgerWorld world;
  world.open();
  for (int i = 0; i < 3; ++i) world.append_heartbeats(250);
  std::vector<Digest> leaves;
  for (auto const& line : world.log_lines()) leaves.push_back(leaf_hash(line));
  auto const hashes = hashes_of(leaves);
  for (std::uint64_t const size : {1U, 2U, 255U, 256U, 257U, 512U, 513U, 700U, 751U}) {
    for (std::uint64_t const index : {std::uint64_t{0}, size / 3, size - 1}) {
      CHECK(world.ledger().inclusion_proof(index, size) ==
            make_inclusion_proof(index, size, hashes));
    }
    CHECK(world.ledger().consistency_proof(size, 751) == make_consistency_proof(size, 751, hashes));
  }
  auto const proof = parse_tlog_proof(world.ledger().tlog_proof(300));
  REQUIRE(proof.has_value());
  CHECK(verify_inclusion(leaves[300], 300, {751, world.ledger().root()}, proof->path));
  CHECK(world.reader()->tlog_proof(300) == world.ledger().tlog_proof(300));
}

TEST_CASE("a damaged tile never leads to a proof and is rewritten at the next start") {
  LedgerWorld world;
  world.open();
  world.append_heartbeats(255);
  world.append_heartbeats(100);
  auto const good = *world.files.read("/state/ledger/tile/0/000");
  auto bad = good;
  bad[40] = static_cast<char>(bad[40] ^ 1);
  world.files.write("/state/ledger/tile/0/000", bad);
  CHECK_THROWS_AS(static_cast<void>(world.ledger().inclusion_proof(3, 356)), Error);
  world.files.remove("/state/ledger/tile/0/000");
  CHECK_THROWS_AS(static_cast<void>(world.ledger().inclusion_proof(3, 356)), Error);
  world.files.write("/state/ledger/tile/0/000", bad);
  world.open();
  CHECK(world.files.read("/state/ledger/tile/0/000") == good);
  CHECK(world.ledger().inclusion_proof(3, 356).size() == 9);
}

TEST_CASE("a reader beside the writer sees signed lines only") {
  LedgerWorld world;
  world.open();
  world.append_heartbeats(3);
  auto const reader = world.reader();
  world.append_heartbeats(3);
  world.files.append("/state/ledger/log/000000000000.jsonl", "{\"unsigned\":1}\n");
  CHECK(reader->size() == 4);
  CHECK(reader->read_lines(0, 4).size() == 4);
  CHECK(world.reader()->size() == 7);
}

TEST_CASE("a reader says why there is nothing to read") {
  LedgerWorld world;
  CHECK_FALSE(world.files.exists("/state/ledger"));
  world.files.make_directory("/state/empty");
  CHECK(std::holds_alternative<NoLedger>(LedgerReader::open(world.files.open("/state/empty"))));
  world.files.write("/state/bad/checkpoint", "garbage");
  CHECK(
      std::holds_alternative<LedgerUnreadable>(LedgerReader::open(world.files.open("/state/bad"))));
  world.open();
  world.files.write("/state/ledger/log/000000000000.jsonl", "");
  CHECK(std::holds_alternative<LedgerUnreadable>(
      LedgerReader::open(world.files.open("/state/ledger"))));
}

TEST_CASE("a reader treats segments of any length as one stream") {
  LedgerWorld world;
  world.open();
  world.append_heartbeats(250);
  auto const lines = world.log_lines();
  world.files.write("/bundle/checkpoint", world.ledger().checkpoint());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string const name = std::to_string(100000000000 + i / 100) + ".jsonl";
    auto const path = "/bundle/log/" + name;
    world.files.write(path, world.files.read(path).value_or("") + lines[i] + "\n");
  }
  auto opened = LedgerReader::open(world.files.open("/bundle"));
  REQUIRE(std::holds_alternative<std::unique_ptr<LedgerReader>>(opened));
  auto const& reader = *std::get<std::unique_ptr<LedgerReader>>(opened);
  CHECK(reader.read_lines(0, 251) == lines);
  CHECK(reader.tlog_proof(120) == world.ledger().tlog_proof(120));
}

TEST_CASE("a reader makes no proof from a log that has another root") {
  LedgerWorld world;
  world.open();
  world.append_heartbeats(3);
  auto text = *world.files.read("/state/ledger/log/000000000000.jsonl");
  text.replace(text.rfind("\"gaps\":0"), 8, "\"gaps\":1");
  world.files.write("/state/ledger/log/000000000000.jsonl", text);
  CHECK_THROWS_AS(static_cast<void>(world.reader()->tlog_proof(0)), Error);
}

TEST_CASE("a segment ends after 65536 records, full ones become read-only") {
  LedgerWorld world;
  world.open();
  std::vector<RecordDraft> const small(256, make_record(record::ConfigChangedOnDisk{}));
  for (int i = 0; i < 255; ++i) world.append(small);
  CHECK(world.ledger().size() == 65281);
  CHECK((world.files.stat("/state/ledger/log/000000000000.jsonl")->mode & 0777) == 0600);
  auto const appended = world.append(small);
  CHECK(appended.first_seq == 65281);
  CHECK(appended.lines.size() == 256);
  CHECK(world.ledger().size() == 65537);
  CHECK((world.files.stat("/state/ledger/log/000000000000.jsonl")->mode & 0777) == 0400);
  CHECK(world.files.list("/state/ledger/log") ==
        std::vector<std::string>{"000000000000.jsonl", "000000000001.jsonl"});
  // The batch was cut at the segment's end, and each part was committed.
  auto const checkpoints = world.checkpoint_lines();
  CHECK(checkpoints[checkpoints.size() - 2].tree.size == 65536);
  CHECK(checkpoints.back().tree.size == 65537);
  CHECK(world.files.read("/state/ledger/tile/1/000")->size() == 8192);
  CHECK(world.ledger().read_lines(65535, 65537).size() == 2);
  CHECK(world.ledger().inclusion_proof(65535, 65537).size() == 17);
  world.check_sound();

  auto const root = world.ledger().root();
  auto const dump = world.files.dump();
  auto const& opened = world.open_only();
  CHECK(opened.first_records.empty());
  CHECK(world.ledger().root() == root);
  CHECK(world.files.dump() == dump);
  world.append_heartbeats(1);
  CHECK(world.ledger().size() == 65538);
  CHECK(world.ledger().inclusion_proof(65537, 65538).size() == 2);
}
