#include "tests/ledger/ledger_world.h"

#include <doctest/doctest.h>

#include <array>

namespace govseal {
namespace {

constexpr char const* kSegment = "/state/ledger/log/000000000000.jsonl";

std::vector<std::string> split_lines(std::string const& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

}  // namespace

RecordDraft heartbeat(std::int64_t number) {
  return make_record(record::Heartbeat{.interval_s = 900, .uptime_s = number});
}

RecordDraft agent_stop() {
  return make_record(record::AgentStop{.reason = "signal"});
}

LedgerWorld::LedgerWorld(Keys keys) : LedgerWorld(MemoryFileSystem()) {
  files.make_directory("/state", 0700);
  if (keys == Keys::given) {
    files.write("/state/keys/log.key", test_key(1).to_pem(), 0600);
    files.write("/state/keys/seal.key", test_key(3).to_pem(), 0600);
    files.set_mode("/state/keys", 0700);
  }
  files.sync_all();
}

LedgerWorld::LedgerWorld(MemoryFileSystem copy) : files(std::move(copy)) {
  options = {.origin = kTestOrigin,
             .host_name = "host1",
             .version = "1.0.0",
             .root_key = ssh_key_of(test_key(4).public_key()).line() + " comment\n",
             .boot_id = kTestBootId};
  now.wall = at("2026-01-05T09:00:00.000000001Z");
}

LedgerOpening LedgerWorld::try_open() {
  close();
  state_ = files.open("/state");
  return Ledger::open({.state = *state_}, options, now);
}

LedgerOpened& LedgerWorld::open_only() {
  auto opening = try_open();
  if (auto const* const refused = std::get_if<LedgerRefused>(&opening)) {
    FAIL_CHECK(refused->reason);
  }
  REQUIRE(std::holds_alternative<LedgerOpened>(opening));
  opened_ = std::move(std::get<LedgerOpened>(opening));
  return opened_;
}

LedgerOpened& LedgerWorld::open() {
  open_only();
  if (!opened_.first_records.empty()) append(opened_.first_records);
  return opened_;
}

void LedgerWorld::close() {
  opened_ = {};
  state_.reset();
}

AppendResult LedgerWorld::try_append(std::vector<RecordDraft> const& drafts) {
  now.wall += nanoseconds(1);
  return opened_.ledger->append(drafts, now);
}

Appended LedgerWorld::append(std::vector<RecordDraft> const& drafts) {
  auto result = try_append(drafts);
  if (auto const* const poisoned = std::get_if<LedgerPoisoned>(&result)) {
    FAIL_CHECK(poisoned->operation << " " << poisoned->file);
  }
  REQUIRE(std::holds_alternative<Appended>(result));
  return std::move(std::get<Appended>(result));
}

Appended LedgerWorld::append_heartbeats(std::size_t count) {
  std::vector<RecordDraft> drafts;
  for (std::size_t i = 0; i < count; ++i) drafts.push_back(heartbeat(static_cast<int>(i)));
  return append(drafts);
}

std::vector<std::string> LedgerWorld::log_lines() const {
  return split_lines(files.read(kSegment).value_or(""));
}

std::vector<std::string> LedgerWorld::types() const {
  std::vector<std::string> found;
  for (auto const& line : log_lines()) {
    auto const checked = check_record(line);
    auto const* const head = std::get_if<RecordHead>(&checked);
    found.emplace_back(head == nullptr ? "?" : head->type);
  }
  return found;
}

Record LedgerWorld::record(std::uint64_t seq) const {
  auto const lines = log_lines();
  REQUIRE(seq < lines.size());
  auto parsed = parse_record(lines[seq]);
  REQUIRE(std::holds_alternative<Record>(parsed));
  return std::get<Record>(std::move(parsed));
}

std::vector<CheckpointLine> LedgerWorld::checkpoint_lines() const {
  std::vector<CheckpointLine> lines;
  auto const text = files.read("/state/ledger/checkpoints.log").value_or("");
  REQUIRE((text.empty() || text.back() == '\n'));
  for (auto const& line : split_lines(text)) {
    auto parsed = parse_checkpoint_line(line);
    REQUIRE(parsed.has_value());
    lines.push_back(*std::move(parsed));
  }
  return lines;
}

std::unique_ptr<LedgerReader> LedgerWorld::reader() const {
  auto opened = LedgerReader::open(files.open("/state/ledger"));
  REQUIRE(std::holds_alternative<std::unique_ptr<LedgerReader>>(opened));
  return std::get<std::unique_ptr<LedgerReader>>(std::move(opened));
}

void LedgerWorld::check_sound() const {
  auto const read = reader();
  std::array const keys = {read->log_key()};
  CHECK(read->is_signed_by_genesis_key());
  CHECK(read->log_key().key == test_key(1).public_key());
  auto const checkpoints = checkpoint_lines();
  auto next = checkpoints.begin();
  std::uint64_t before = 0;
  MerkleTree tree;
  Digest prev{};
  read->for_each_line(0, read->size(), [&](std::uint64_t, std::string_view line) {
    auto const checked = check_record(line);
    auto const* const head = std::get_if<RecordHead>(&checked);
    bool const follows = head != nullptr && head->seq == tree.size() && head->prev == prev;
    if (!follows) FAIL(line);
    prev = leaf_hash(line);
    tree.append(prev);
    if (next == checkpoints.end() || next->tree.size != tree.size()) return;
    REQUIRE(next->tree.size > before);
    REQUIRE(next->tree.root == tree.root());
    REQUIRE(std::holds_alternative<Checkpoint>(open_checkpoint(next->note, keys)));
    before = next->tree.size;
    ++next;
  });
  CHECK(next == checkpoints.end());
  CHECK(tree.head() == read->checkpoint().tree);
  CHECK(before == read->size());
}

}  // namespace govseal
