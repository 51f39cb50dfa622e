// Power cuts at every operation of a history of appends, each with several outcomes for what was
// not synced. After each one the next start has to find every acknowledged record, must not shorten
// the log to what was signed or below, and there must never be two roots for one size.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "tests/ledger/ledger_world.h"

using namespace govseal;

namespace {

std::string const kLog = "/state/ledger/log/000000000000.jsonl";
std::string const kCheckpoints = "/state/ledger/checkpoints.log";
std::string const kCheckpoint = "/state/ledger/checkpoint";

using Roots = std::map<std::uint64_t, Digest>;

/// Adds what a note states; false when another root was known for that size.
bool add_root(Roots& roots, std::string const& note) {
  auto const parsed = parse_note(note);
  auto const* const signed_note = std::get_if<SignedNote>(&parsed);
  auto const checkpoint =
      signed_note == nullptr ? std::nullopt : parse_checkpoint_body(signed_note->text);
  if (!checkpoint) return true;  // torn
  return roots.emplace(checkpoint->tree.size, checkpoint->tree.root).first->second ==
         checkpoint->tree.root;
}

/// Everything that was signed, as far as a file shows it: also what a power cut takes away.
bool add_visible_roots(Roots& roots, MemoryFileSystem const& files) {
  bool good = add_root(roots, files.read(kCheckpoint).value_or(""));
  good = add_root(roots, files.read("/state/ledger/checkpoint.tmp").value_or("")) && good;
  auto text = files.read(kCheckpoints).value_or("");
  for (std::size_t begin = 0; begin < text.size();) {
    auto const end = text.find('\n', begin);
    auto const line = parse_checkpoint_line(text.substr(begin, end - begin));
    if (line) good = add_root(roots, line->note) && good;
    if (end == std::string::npos) break;
    begin = end + 1;
  }
  return good;
}

/// Appends batches of these sizes and keeps what was acknowledged.
void write_history(LedgerWorld& world, std::vector<std::size_t> const& batches,
                   std::vector<std::string>& acknowledged) {
  for (std::size_t const count : batches) {
    auto const appended = world.append_heartbeats(count);
    acknowledged.insert(acknowledged.end(), appended.lines.begin(), appended.lines.end());
  }
}

/// A ledger of 248 records: ten more complete a tile.
MemoryFileSystem const& start() {
  static MemoryFileSystem const files = [] {
    LedgerWorld world;
    world.open();
    world.append_heartbeats(247);
    world.close();
    world.files.sync_all();
    return world.files.clone();
  }();
  return files;
}

/// A ledger of three records, where the size is of no interest.
MemoryFileSystem small_start() {
  LedgerWorld world;
  world.open();
  world.append_heartbeats(2);
  world.close();
  world.files.sync_all();
  return world.files.clone();
}

void check_after_crash(MemoryFileSystem files, Roots roots,
                       std::vector<std::string> const& acknowledged) {
  LedgerWorld world(std::move(files));
  auto const& opened = world.open_only();
  REQUIRE_FALSE(opened.new_epoch);
  REQUIRE(world.ledger().next_seq() >= acknowledged.size());
  if (!opened.first_records.empty()) world.append(opened.first_records);
  auto const lines = world.log_lines();
  REQUIRE(lines.size() >= acknowledged.size());
  for (std::size_t i = 0; i < acknowledged.size(); ++i) REQUIRE(lines[i] == acknowledged[i]);
  world.append_heartbeats(2);
  CHECK(add_visible_roots(roots, world.files));
  world.check_sound();
}

std::size_t count_operations(MemoryFileSystem const& files,
                             std::vector<std::size_t> const& batches) {
  LedgerWorld world(files.clone());
  world.open();
  std::size_t count = 0;
  world.files.set_fault_hook([&](FileOperation operation, std::string const&) {
    if (is_writing(operation)) ++count;
    return Fault::pass();
  });
  std::vector<std::string> acknowledged;
  write_history(world, batches, acknowledged);
  return count;
}

/// Cuts the power before and after every operation of the history; returns the number of cuts.
std::size_t try_every_crash(MemoryFileSystem const& from, std::vector<std::size_t> const& batches,
                            std::uint64_t outcomes) {
  std::size_t crashes = 0;
  std::size_t const operations = count_operations(from, batches);
  for (std::size_t i = 0; i < 2 * operations; ++i) {
    std::size_t const n = i / 2;
    LedgerWorld world(from.clone());
    world.open();
    auto acknowledged = world.log_lines();
    world.files.set_fault_hook(fault_at(n, i % 2 == 0 ? Fault::crash_now() : Fault::crash_done()));
    bool crashed = false;
    try {
      write_history(world, batches, acknowledged);
    } catch (SimulatedCrash const&) {
      crashed = true;
    }
    if (!crashed) continue;  // an operation that had nothing to do
    ++crashes;
    Roots roots;
    CHECK(add_visible_roots(roots, world.files));
    for (std::uint64_t outcome = 0; outcome < outcomes; ++outcome) {
      CAPTURE(n);
      CAPTURE(outcome);
      auto files = world.files.clone();
      if (outcome == 1) files.sync_all();  // the process was killed, the machine went on
      if (outcome <= 1) files.crash();
      if (outcome > 1) files.crash(n * outcomes + outcome);
      check_after_crash(std::move(files), roots, acknowledged);
    }
  }
  return crashes;
}

}  // namespace

TEST_CASE("whatever a power cut leaves of an append, recovery keeps what was acknowledged") {
  auto const small = small_start();
  CHECK(try_every_crash(small, {1, 3, 2, 5}, 8) > 70);
  CHECK(try_every_crash(start(), {10}, 4) > 25);  // completes a tile
}

TEST_CASE("a power cut during recovery is recovered from") {
  LedgerWorld before(start().clone());
  before.open();
  auto const acknowledged = before.log_lines();
  auto const next = write_record_line(heartbeat(1), 248, before.now.wall, kTestBootId,
                                      leaf_hash(acknowledged.back()));
  before.close();
  before.files.append(kLog, next + "\n" + next.substr(0, 50));
  before.files.append(kCheckpoints, "{\"size\":24");
  before.files.remove(kCheckpoint);
  before.files.sync_all();
  std::size_t crashes = 0;
  for (std::size_t n = 0; n < 1000; ++n) {
    LedgerWorld world(before.files.clone());
    world.files.set_fault_hook(fault_at(n, Fault::crash_now()));
    bool crashed = false;
    try {
      world.open();
    } catch (SimulatedCrash const&) {
      crashed = true;
    }
    if (!crashed) break;
    ++crashes;
    Roots roots;
    CHECK(add_visible_roots(roots, world.files));
    for (std::uint64_t outcome = 0; outcome < 4; ++outcome) {
      CAPTURE(n);
      CAPTURE(outcome);
      auto files = world.files.clone();
      if (outcome == 0) files.crash();
      if (outcome > 0) files.crash(n * 4 + outcome);
      check_after_crash(std::move(files), roots, acknowledged);
    }
  }
  CHECK(crashes > 10);
}

TEST_CASE("a power cut while a new epoch begins ends in a new epoch that is whole") {
  LedgerWorld before(start().clone());
  before.files.write(kLog, "");
  before.files.sync_all();
  std::size_t crashes = 0;
  for (std::size_t n = 0; n < 1000; ++n) {
    LedgerWorld world(before.files.clone());
    world.files.set_fault_hook(fault_at(n, Fault::crash_now()));
    bool crashed = false;
    try {
      world.open();
    } catch (SimulatedCrash const&) {
      crashed = true;
    }
    if (!crashed) break;
    ++crashes;
    for (std::uint64_t outcome = 0; outcome < 4; ++outcome) {
      CAPTURE(n);
      CAPTURE(outcome);
      LedgerWorld after(world.files.clone());
      if (outcome == 0) after.files.crash();
      if (outcome > 0) after.files.crash(n * 4 + outcome);
      after.open();
      CHECK(after.ledger().epoch() >= 2);
      CHECK(after.types()[0] == "genesis");
      CHECK(after.types()[1] == "log.damaged");
      CHECK(after.files.exists("/state/ledger.e1/log"));
      CHECK_FALSE(after.files.exists("/state/ledger.new"));
      after.check_sound();
    }
  }
  CHECK(crashes > 15);
}

TEST_CASE("a batch torn at any byte is recovered, and nothing at or below the signed size is cut") {
  LedgerWorld world(small_start());
  world.open();
  auto const signed_log = *world.files.read(kLog);
  auto const acknowledged = world.log_lines();
  auto const signed_state = world.files.clone();
  world.append_heartbeats(3);
  auto const full_log = *world.files.read(kLog);
  for (std::size_t size = signed_log.size(); size <= full_log.size(); ++size) {
    CAPTURE(size);
    LedgerWorld after(signed_state.clone());
    after.files.write(kLog, full_log.substr(0, size));
    auto const& opened = after.open_only();
    REQUIRE_FALSE(opened.new_epoch);
    auto const log = *after.files.read(kLog);
    CHECK(log.starts_with(signed_log));
    CHECK(log.back() == '\n');
    CHECK(full_log.starts_with(log));
    CHECK(opened.first_records.size() == (size == signed_log.size() ? 0 : 1));
  }
}

TEST_CASE("a zero-filled block after the signed size is recovered, one below it is damage") {
  LedgerWorld world(small_start());
  world.open();
  auto const signed_size = world.files.read(kLog)->size();
  auto const signed_log = *world.files.read(kLog);
  auto const signed_state = world.files.clone();
  world.append_heartbeats(5);
  auto const full_log = *world.files.read(kLog);
  for (std::size_t block = 0; block * 512 < full_log.size(); ++block) {
    CAPTURE(block);
    auto const begin = block * 512;
    auto const end = std::min(begin + 512, full_log.size());
    auto zeroed = full_log;
    std::fill(zeroed.begin() + static_cast<std::ptrdiff_t>(begin),
              zeroed.begin() + static_cast<std::ptrdiff_t>(end), '\0');
    LedgerWorld after(signed_state.clone());
    after.files.write(kLog, zeroed);
    auto const& opened = after.open_only();
    if (begin >= signed_size) {
      CHECK_FALSE(opened.new_epoch);
      CHECK(after.files.read(kLog)->starts_with(signed_log));
    } else {
      CHECK(opened.new_epoch);
      CHECK(after.types() == std::vector<std::string>{"genesis", "log.damaged"});
      CHECK(after.files.read("/state/ledger.e1/log/000000000000.jsonl") == zeroed);
    }
  }
}
