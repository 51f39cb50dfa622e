#include <doctest/doctest.h>

#include "base/json.h"
#include "tests/ledger/ledger_world.h"

using namespace govseal;

namespace {

std::string const kLog = "/state/ledger/log/000000000000.jsonl";
std::string const kCheckpoints = "/state/ledger/checkpoints.log";
std::string const kCheckpoint = "/state/ledger/checkpoint";

/// Five records: genesis and four heartbeats, signed at 1, 3 and 5.
LedgerWorld five_records() {
  LedgerWorld world;
  world.open();
  world.append_heartbeats(2);
  world.append_heartbeats(2);
  world.close();
  world.files.sync_all();
  return world;
}

/// A line that follows the last one of the log.
std::string next_line(LedgerWorld const& world, std::uint64_t offset = 0) {
  auto const lines = world.log_lines();
  return write_record_line(heartbeat(77), lines.size() + offset, world.now.wall, kTestBootId,
                           leaf_hash(lines.back()));
}

void replace(LedgerWorld& world, std::string const& path, std::string const& from,
             std::string const& to) {
  auto text = *world.files.read(path);
  auto const found = text.find(from);
  REQUIRE(found != std::string::npos);
  world.files.write(path, text.replace(found, from.size(), to));
}

JsonValue recovered_record(LedgerOpened const& opened) {
  REQUIRE(opened.first_records.size() == 1);
  CHECK(opened.first_records[0].type == "log.recovered");
  auto parsed = parse_json("{" + opened.first_records[0].fields + "}");
  REQUIRE(std::holds_alternative<JsonValue>(parsed));
  return std::get<JsonValue>(std::move(parsed));
}

std::string sign_tree(std::string const& origin, TreeHead const& tree, std::uint8_t key = 1) {
  auto const signer = test_key(key);
  Ed25519PrivateKey const* const keys[] = {&signer};
  return sign_checkpoint({.origin = origin, .tree = tree}, keys);
}

/// Replaces log and checkpoints by these lines, signed at their end.
void write_signed(LedgerWorld& world, std::vector<std::string> const& lines) {
  MerkleTree tree;
  std::string text;
  for (auto const& line : lines) {
    tree.append(leaf_hash(line));
    text += line + "\n";
  }
  auto const note = sign_tree(kTestOrigin, tree.head());
  world.files.write(kLog, text);
  world.files.write(kCheckpoints, write_checkpoint_line({tree.head(), note}) + "\n");
  world.files.write(kCheckpoint, note);
}

/// Opens, requires a new epoch 2 whose second record gives this reason, and that the old ledger is
/// kept as it was.
JsonValue expect_new_epoch(LedgerWorld& world, std::string const& type) {
  auto const before = world.files.read(kLog).value_or("");
  auto const checkpoints = world.files.read(kCheckpoints);
  auto const& opened = world.open();
  CHECK(opened.new_epoch);
  CHECK(opened.first_start_lines.empty());
  CHECK_FALSE(opened.clean);
  CHECK(world.ledger().origin() == "govseal.example/host1/e2");
  CHECK(world.ledger().epoch() == 2);
  CHECK(world.ledger().size() == 2);
  CHECK(world.types() == std::vector<std::string>{"genesis", type});
  CHECK(world.files.read("/state/ledger.e1/log/000000000000.jsonl").value_or("") == before);
  CHECK(world.files.read("/state/ledger.e1/checkpoints.log") == checkpoints);
  CHECK(world.files.read("/state/keys/epoch") == "2\n");
  CHECK(world.files.read("/state/keys/log.vkey") == world.ledger().log_key().text() + "\n");
  CHECK(*world.record(0).body.find_string("log_vkey") == world.ledger().log_key().text());
  world.check_sound();
  world.append_heartbeats(1);
  CHECK(world.open().new_epoch == false);
  return world.record(1).body;
}

void check_damage(LedgerWorld& world, std::string const& code,
                  std::optional<std::int64_t> at_index) {
  auto const root = world.checkpoint_lines().back().tree.root.hex();
  auto const reason = expect_new_epoch(world, "log.damaged");
  CHECK(*reason.find_string("code") == code);
  CHECK(reason.find_int("at") == at_index);
  CHECK(*reason.find_string("origin") == kTestOrigin);
  CHECK(reason.find_int("signed") == 5);
  CHECK(*reason.find_string("root") == root);
  CHECK(*reason.find_string("kept_as") == "ledger.e1");
  auto const genesis = world.record(0);
  auto const* const previous = genesis.body.find("previous");
  CHECK(*previous->find_string("origin") == kTestOrigin);
  CHECK(previous->find_int("size") == 5);
  CHECK(*previous->find_string("root") == root);
}

}  // namespace

TEST_CASE("a ledger that was stopped opens unchanged and says so") {
  auto world = five_records();
  world.open();
  world.append({agent_stop()});
  world.close();
  auto const before = world.files.dump();
  auto const& opened = world.open_only();
  CHECK(opened.clean);
  CHECK(opened.first_records.empty());
  CHECK(world.ledger().size() == 6);
  CHECK(world.files.dump() == before);
}

TEST_CASE("a ledger that ended without agent.stop is not clean, but nothing has to be recovered") {
  auto world = five_records();
  auto const& opened = world.open();
  CHECK_FALSE(opened.clean);
  CHECK(opened.first_records.empty());
  CHECK_FALSE(opened.new_epoch);
  CHECK(world.ledger().last_wall() == world.record(4).wall());
}

TEST_CASE("complete lines after the signed size are kept and signed with the next batch") {
  auto world = five_records();
  auto const line = next_line(world);
  world.files.append(kLog, line + "\n");
  auto const& opened = world.open_only();
  CHECK(world.ledger().size() == 5);
  CHECK(world.ledger().next_seq() == 6);
  auto const recovered = recovered_record(opened);
  CHECK(*recovered.find_string("cause") == "crash");
  CHECK(recovered.find_int("signed") == 5);
  CHECK(recovered.find_int("kept") == 1);
  CHECK(recovered.find_int("cut_bytes") == 0);
  CHECK(*recovered.find_string("cut_sha256") == sha256(std::string_view()).hex());
  world.append(opened.first_records);
  CHECK(world.ledger().size() == 7);
  CHECK(world.log_lines()[5] == line);
  CHECK(world.types().back() == "log.recovered");
  world.check_sound();
  CHECK(world.open().first_records.empty());
}

TEST_CASE("a torn line, zeros and garbage after the signed size are cut and remembered") {
  auto const good = five_records();
  auto const line = next_line(good);
  for (std::string const& rest : std::vector<std::string>{
           line,                                     // no LF
           line.substr(0, 40),                       // torn
           std::string(512, '\0'),                   // a zero-filled block
           std::string(4096, '\0') + line + "\n",    // zeros before a line
           "garbage\n" + line + "\n",                // what follows garbage belongs to nothing
           "\n", "{}\n", next_line(good, 1) + "\n",  // a wrong seq
           std::string(70000, 'x'), std::string(70000, 'x') + "\n",
           "{\"v\":2,\"seq\":5}\n",  // of a later version
       }) {
    LedgerWorld world(good.files.clone());
    world.files.append(kLog, rest);
    auto const recovered = recovered_record(world.open_only());
    CHECK(recovered.find_int("kept") == 0);
    CHECK(recovered.find_int("cut_bytes") == static_cast<std::int64_t>(rest.size()));
    CHECK(*recovered.find_string("cut_sha256") == sha256(rest).hex());
    CHECK(world.files.read(kLog) == good.files.read(kLog));
    CHECK(world.ledger().next_seq() == 5);
    world.open();
    world.check_sound();
  }
}

TEST_CASE("lines before a torn one are kept") {
  auto world = five_records();
  auto const line = next_line(world);
  world.files.append(kLog, line + "\n" + std::string("\0\0\0\n", 4));
  auto const recovered = recovered_record(world.open());
  CHECK(recovered.find_int("kept") == 1);
  CHECK(recovered.find_int("cut_bytes") == 4);
  CHECK(world.log_lines()[5] == line);
  CHECK(world.ledger().size() == 7);
}

TEST_CASE("segments that cannot belong to the log are cut with what is torn") {
  auto world = five_records();
  world.files.append(kLog, "torn");
  world.files.write("/state/ledger/log/000000000001.jsonl", "more");
  world.files.write("/state/ledger/log/000000000007.jsonl", "");
  auto const recovered = recovered_record(world.open());
  CHECK(recovered.find_int("cut_bytes") == 8);
  CHECK(*recovered.find_string("cut_sha256") == sha256(std::string_view("tornmore")).hex());
  CHECK(world.files.list("/state/ledger/log") == std::vector<std::string>{"000000000000.jsonl"});
  world.check_sound();
}

TEST_CASE("what recovery cut and kept is durable before anything is appended") {
  auto world = five_records();
  world.files.append(kLog, next_line(world) + "\ntorn");
  world.files.append(kCheckpoints, "{\"size\":");
  world.files.sync_all();
  world.open_only();
  world.files.crash();
  CHECK(world.files.read(kLog)->ends_with("}\n"));
  CHECK(world.files.read(kCheckpoints)->ends_with("}\n"));
}

TEST_CASE("a torn last line of checkpoints.log is cut") {
  auto const good = five_records();
  for (std::string const& rest : std::vector<std::string>{
           "{", "\n", "garbage\n", std::string(512, '\0'), "{\"size\":6,\"root\":\""}) {
    LedgerWorld world(good.files.clone());
    world.files.append(kCheckpoints, rest);
    CHECK(recovered_record(world.open()).find_int("cut_bytes") == 0);
    CHECK(world.ledger().size() == 6);
    world.check_sound();
  }
}

TEST_CASE("a last line of checkpoints.log that was torn off is found again by the checkpoint") {
  auto world = five_records();
  auto const text = *world.files.read(kCheckpoints);
  for (std::string const& left :
       std::vector<std::string>{text.substr(0, text.size() - 1), text.substr(0, text.size() - 100),
                                text.substr(0, text.rfind('{'))}) {
    LedgerWorld after(world.files.clone());
    after.files.write(kCheckpoints, left);
    auto const& opened = after.open_only();
    CHECK_FALSE(opened.new_epoch);
    CHECK(after.ledger().size() == 5);
    CHECK(after.files.read(kCheckpoints) == text);
    if (!opened.first_records.empty()) CHECK(recovered_record(opened).find_int("kept") == 0);
  }
}

TEST_CASE("a checkpoint that is missing, malformed, older or of another key is published again") {
  auto const good = five_records();
  auto const note = *good.files.read(kCheckpoint);
  auto const old_note = good.checkpoint_lines()[1].note;
  TreeHead const larger{99, sha256(std::string_view("x"))};
  for (std::string const& content :
       std::vector<std::string>{"", "garbage", old_note, std::string(70000, 'x'),
                                sign_tree(kTestOrigin, larger, 5),  // not our key
                                sign_tree("another", larger)}) {    // not our origin
    LedgerWorld world(good.files.clone());
    world.files.write(kCheckpoint, content);
    auto const& opened = world.open_only();
    CHECK_FALSE(opened.new_epoch);
    CHECK(world.files.read(kCheckpoint) == note);
  }
  LedgerWorld world(good.files.clone());
  world.files.remove(kCheckpoint);
  world.open_only();
  CHECK(world.files.read(kCheckpoint) == note);
}

TEST_CASE("a log shorter than its signed size is damage: SHORT") {
  auto const good = five_records();
  auto const text = *good.files.read(kLog);
  for (std::size_t const size :
       {std::size_t{0}, std::size_t{100}, text.size() - 1, text.find('\n') + 1}) {
    LedgerWorld world(good.files.clone());
    world.files.write(kLog, text.substr(0, size));
    check_damage(world, "SHORT", std::nullopt);
  }
  LedgerWorld world(good.files.clone());
  world.files.remove(kLog);
  check_damage(world, "SHORT", std::nullopt);
  LedgerWorld without_log(good.files.clone());
  without_log.files.remove("/state/ledger/log");
  check_damage(without_log, "SHORT", std::nullopt);
}

TEST_CASE("a record that was changed, added or removed below the signed size is damage: RECORD") {
  auto const good = five_records();
  auto const lines = good.log_lines();
  struct Row {
    std::string from;
    std::string to;
    std::int64_t at_index;
  };
  for (auto const& row : std::vector<Row>{
           {lines[2], lines[2].substr(0, lines[2].size() - 1) + " }", 2},  // malformed
           {"\"uptime_s\":1", "\"uptime_s\":2", 3},  // well-formed: the next line names its hash
           {lines[2] + "\n", "", 2},
           {lines[2] + "\n", lines[2] + "\n" + lines[2] + "\n", 3},
           {"\"seq\":3", "\"seq\":4", 3},
           {"genesis", "genesiS", 0},
       }) {
    LedgerWorld world(good.files.clone());
    replace(world, kLog, row.from, row.to);
    CAPTURE(row.to);
    check_damage(world, "RECORD", row.at_index);
  }
  LedgerWorld zeroed(good.files.clone());
  auto text = *good.files.read(kLog);
  text.replace(700, 512, std::string(512, '\0'));
  zeroed.files.write(kLog, text);
  check_damage(zeroed, "RECORD", 1);
}

TEST_CASE("a change in the last signed record is damage: ROOT") {
  auto world = five_records();
  auto text = *world.files.read(kLog);
  text.replace(text.rfind("\"gaps\":0"), 8, "\"gaps\":9");
  world.files.write(kLog, text);
  check_damage(world, "ROOT", std::nullopt);
}

TEST_CASE("damage is found although an attacker extends the log") {
  auto world = five_records();
  auto text = *world.files.read(kLog);
  text.replace(text.rfind("\"gaps\":0"), 8, "\"gaps\":9");
  world.files.write(kLog, text);
  world.files.append(kLog, next_line(world) + "\n");
  check_damage(world, "ROOT", std::nullopt);
}

TEST_CASE("checkpoints.log that is gone, malformed, unordered or wrongly signed is damage") {
  auto const good = five_records();
  auto const lines = good.checkpoint_lines();
  auto const line = [&](std::size_t i) { return write_checkpoint_line(lines[i]) + "\n"; };
  auto forged = lines[2];
  forged.note = sign_tree(kTestOrigin, forged.tree, 5);
  struct Row {
    std::string content;
    std::int64_t known;  // the largest signed checkpoint that can still be read
  };
  for (auto const& row : std::vector<Row>{
           {"", 5},
           {"garbage\n" + line(0) + line(1), 5},
           {line(0) + "garbage\n" + line(2), 5},
           {line(0) + line(2) + line(1), 5},
           {line(0) + line(1) + line(1), 5},
           {line(0) + line(1) + write_checkpoint_line(forged) + "\n", 5},
       }) {
    LedgerWorld world(good.files.clone());
    world.files.write(kCheckpoints, row.content);
    auto const reason = expect_new_epoch(world, "log.damaged");
    CHECK(*reason.find_string("code") == "CHECKPOINTS");
    CHECK(reason.find("at")->is_null());
    CHECK(world.record(0).body.find("previous")->find_int("size") == row.known);
  }
  LedgerWorld world(good.files.clone());
  world.files.remove(kCheckpoints);
  world.files.remove(kCheckpoint);
  auto const reason = expect_new_epoch(world, "log.damaged");
  CHECK(*reason.find_string("code") == "CHECKPOINTS");
  CHECK(reason.find_int("signed") == 0);
  CHECK(*reason.find_string("root") == empty_root().hex());
  CHECK(world.record(0).body.find("previous")->is_null());
}

TEST_CASE("a published checkpoint beyond the local log is a rollback") {
  auto world = five_records();
  auto const text = *world.files.read(kLog);
  auto const checkpoints = *world.files.read(kCheckpoints);
  world.open();
  world.append_heartbeats(3);
  world.close();
  world.files.write(kLog, text);
  world.files.write(kCheckpoints, checkpoints);
  auto const reason = expect_new_epoch(world, "log.rolled_back");
  CHECK(*reason.find_string("origin") == kTestOrigin);
  CHECK(*reason.find_string("source") == "local");
  CHECK(reason.find_int("local_size") == 5);
  CHECK(reason.find_int("seen_size") == 8);
  CHECK(*reason.find_string("kept_as") == "ledger.e1");
  CHECK(world.record(0).body.find("previous")->find_int("size") == 8);
}

TEST_CASE("a published checkpoint with another root is a rollback, at any size") {
  auto const good = five_records();
  for (std::uint64_t const size : {5U, 4U}) {
    LedgerWorld world(good.files.clone());
    TreeHead const fork{size, sha256(std::string_view("another history"))};
    world.files.write(kCheckpoint, sign_tree(kTestOrigin, fork));
    auto const reason = expect_new_epoch(world, "log.rolled_back");
    CHECK(*reason.find_string("source") == "local");
    CHECK(reason.find_int("local_size") == 5);
    CHECK(reason.find_int("seen_size") == static_cast<std::int64_t>(size));
    CHECK(*reason.find_string("seen_root") == fork.root.hex());
    CHECK(world.record(0).body.find("previous")->find_int("size") == 5);
  }
}

TEST_CASE("a published checkpoint that signs kept lines becomes the signed size") {
  auto world = five_records();
  world.open();
  world.append_heartbeats(3);
  world.close();
  auto const full = *world.files.read(kCheckpoints);
  world.files.write(kCheckpoints, full.substr(0, full.rfind('{')));
  auto const& opened = world.open_only();
  CHECK(opened.first_records.empty());
  CHECK(world.ledger().size() == 8);
  CHECK(world.files.read(kCheckpoints) == full);
  world.check_sound();
}

TEST_CASE("an anchor that knows more, another root or a later epoch is a rollback") {
  auto const good = five_records();
  TreeHead const fork{3, sha256(std::string_view("another history"))};
  TreeHead const more{9, sha256(std::string_view("more"))};
  for (auto const& tree : {fork, more}) {
    LedgerWorld world(good.files.clone());
    world.options.seen = {{.note = sign_tree(kTestOrigin, tree), .source = "git:audit/host1"}};
    auto const reason = expect_new_epoch(world, "log.rolled_back");
    CHECK(*reason.find_string("source") == "git:audit/host1");
    CHECK(reason.find_int("seen_size") == static_cast<std::int64_t>(tree.size));
    CHECK(*reason.find_string("local_root") == good.checkpoint_lines().back().tree.root.hex());
  }
  LedgerWorld world(good.files.clone());
  world.options.seen = {
      {.note = sign_tree(std::string(kTestOrigin) + "/e4", more), .source = "anchor"}};
  CHECK(world.open().new_epoch);
  CHECK(world.ledger().origin() == "govseal.example/host1/e5");
  CHECK(world.record(0).body.find("previous")->find_int("size") == 5);
  CHECK(world.record(1).body.find_int("seen_size") == 9);
}

TEST_CASE("an anchor that agrees changes nothing") {
  auto world = five_records();
  for (auto const& line : world.checkpoint_lines()) {
    world.options.seen.push_back({.note = line.note, .source = "anchor"});
  }
  CHECK_FALSE(world.open().new_epoch);
  CHECK(world.ledger().size() == 5);
}

TEST_CASE("damage in a later epoch begins the one after it, with the first origin") {
  auto world = five_records();
  world.files.write(kLog, "");
  world.open();
  world.append_heartbeats(1);
  world.close();
  world.files.write(kLog, "");
  CHECK(world.open().new_epoch);
  CHECK(world.ledger().origin() == "govseal.example/host1/e3");
  CHECK(*world.record(1).body.find_string("kept_as") == "ledger.e2");
  CHECK(*world.record(1).body.find_string("origin") == "govseal.example/host1/e2");
  CHECK(world.files.exists("/state/ledger.e1"));
  CHECK(world.files.exists("/state/ledger.e2"));
}

TEST_CASE("records of closed epochs that verify are carried over, no others") {
  auto world = five_records();
  world.open();
  world.append({make_record(record::AnchorPublished{.kind = "git", .target = "good"})});
  auto const good = world.log_lines();
  world.append({make_record(record::AnchorPublished{.kind = "git", .target = "last"})});
  world.close();
  auto text = *world.files.read(kLog);
  text.replace(text.rfind("last"), 4, "evil");
  world.files.write(kLog, text);
  world.open();
  world.close();
  world.files.write(kLog, "");  // nothing of the second epoch verifies
  world.open();
  CHECK(world.ledger().epoch() == 3);
  std::vector<std::string> lines;
  world.ledger().for_each_earlier_record([&](std::uint64_t epoch, Record const& record) {
    CHECK(epoch == 1);
    lines.push_back(record.line);
  });
  CHECK(lines == good);
}

TEST_CASE("a closed epoch of the same number does not keep the agent from starting") {
  auto world = five_records();
  world.files.make_directory("/state/ledger.e1");
  world.files.write(kLog, "");
  CHECK(world.open().new_epoch);
  CHECK(world.files.exists("/state/ledger.e2/log/000000000000.jsonl"));
  CHECK(*world.record(1).body.find_string("kept_as") == "ledger.e2");
  CHECK(world.ledger().epoch() == 3);
}

TEST_CASE("the root key of the old epoch stays the root key") {
  auto world = five_records();
  world.options.root_key = ssh_key_of(test_key(5).public_key()).line();
  replace(world, kLog, "\"seq\":3", "\"seq\":4");
  world.open();
  CHECK(*world.record(0).body.find_string("root_key") ==
        ssh_key_of(test_key(4).public_key()).line());
}

TEST_CASE("a signed record of a later version ends the start and changes nothing") {
  auto world = five_records();
  auto lines = world.log_lines();
  lines[3].replace(lines[3].find("\"v\":1"), 5, "\"v\":2");
  write_signed(world, lines);
  auto const before = world.files.dump();
  auto const opening = world.try_open();
  auto const* const refused = std::get_if<LedgerRefused>(&opening);
  REQUIRE(refused != nullptr);
  CHECK(refused->reason ==
        "record 3 of the ledger govseal.example/host1 was written by a newer version of govseal");
  CHECK(world.files.dump() == before);
}

TEST_CASE("signed records of unknown types are accepted") {
  auto world = five_records();
  auto lines = world.log_lines();
  auto unknown = next_line(world);
  unknown.replace(unknown.find("heartbeat"), 9, "future.thing");
  lines.push_back(unknown);
  write_signed(world, lines);
  CHECK_FALSE(world.open().new_epoch);
  CHECK(world.ledger().size() == 6);
}

TEST_CASE("a signed chain that does not begin with genesis is damage") {
  auto world = five_records();
  std::vector<std::string> const lines = {
      write_record_line(heartbeat(), 0, world.now.wall, kTestBootId, {})};
  write_signed(world, lines);
  CHECK(world.open().new_epoch);
  CHECK(*world.record(1).body.find_string("code") == "RECORD");
  CHECK(world.record(1).body.find_int("at") == 0);
}

TEST_CASE("a marker of an I/O error is recorded and then removed") {
  auto world = five_records();
  world.files.write("/state/poisoned", "{}\n");
  auto const& opened = world.open_only();
  auto const recovered = recovered_record(opened);
  CHECK(*recovered.find_string("cause") == "poisoned");
  CHECK(recovered.find_int("kept") == 0);
  CHECK_FALSE(opened.clean);
  CHECK(world.files.exists("/state/poisoned"));
  world.append({heartbeat()});
  CHECK(world.files.exists("/state/poisoned"));
  world.append(opened.first_records);
  CHECK_FALSE(world.files.exists("/state/poisoned"));
  world.files.crash();
  CHECK_FALSE(world.files.exists("/state/poisoned"));
}

TEST_CASE("tiles that are missing, wrong or of another size are rewritten at the start") {
  LedgerWorld world;
  world.open();
  world.append_heartbeats(255);
  world.append_heartbeats(256);
  world.close();
  std::string const first = "/state/ledger/tile/0/000";
  auto const good = *world.files.read(first);
  for (std::string const& content :
       std::vector<std::string>{"", good.substr(32), good + "x", std::string(8192, '\0')}) {
    world.files.write(first, content);
    world.open();
    CHECK(world.files.read(first) == good);
  }
  world.files.remove("/state/ledger/tile");
  world.open();
  CHECK(world.files.read(first) == good);
  CHECK(world.files.read("/state/ledger/tile/0/001")->size() == 8192);
}

TEST_CASE("segments are checked in parallel with the same result") {
  LedgerWorld world;
  world.open();
  world.append_heartbeats(100);
  world.close();
  ThreadPool pool(2);
  world.options.pool = &pool;
  world.open();
  CHECK(world.ledger().size() == 101);
}
