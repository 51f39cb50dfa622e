// What becomes of an append when a file operation fails: nothing is acknowledged, nothing signed is
// cut, and after an error of a sync nothing is written or signed any more.
#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "base/json.h"
#include "tests/ledger/ledger_world.h"

using namespace govseal;

namespace {

std::string const kLog = "/state/ledger/log/000000000000.jsonl";
std::string const kCheckpoints = "/state/ledger/checkpoints.log";

/// A ledger whose next ten records complete a tile.
MemoryFileSystem const& before_full_tile() {
  static MemoryFileSystem const files = [] {
    LedgerWorld world;
    world.open();
    world.append_heartbeats(249);
    world.close();
    world.files.sync_all();
    return world.files.clone();
  }();
  return files;
}

std::vector<RecordDraft> ten_records() {
  return std::vector<RecordDraft>(10, heartbeat(5));
}

bool is_sync(FileOperation operation) {
  return operation == FileOperation::sync_data || operation == FileOperation::sync_file ||
         operation == FileOperation::sync_directory;
}

/// The writing operations of one append of ten records, in order.
struct Step {
  FileOperation operation;
  std::string path;
};

std::vector<Step> const& steps_of_append() {
  static std::vector<Step> const steps = [] {
    std::vector<Step> seen;
    LedgerWorld world(before_full_tile().clone());
    world.open();
    world.files.set_fault_hook([&](FileOperation operation, std::string const& path) {
      if (is_writing(operation)) seen.push_back({operation, path});
      return Fault::pass();
    });
    world.append(ten_records());
    return seen;
  }();
  return steps;
}

/// True for the steps that write the full tile: what they leave is derived and rebuilt at a start.
bool is_tile_step(std::size_t n) {
  auto const& steps = steps_of_append();
  auto const is_first = [](Step const& step) {
    return step.operation == FileOperation::make_directory;
  };
  auto const is_last = [](Step const& step) {
    return step.operation == FileOperation::rename && step.path.ends_with("/tile/0/000.tmp");
  };
  auto const first = std::find_if(steps.begin(), steps.end(), is_first) - steps.begin();
  auto const last = std::find_if(steps.begin(), steps.end(), is_last) - steps.begin();
  auto const at_step = static_cast<std::ptrdiff_t>(n);
  return at_step >= first && at_step <= last;
}

/// Removing a temporary file that is not there cannot fail after it was done.
bool has_no_effect(std::size_t n, Fault const& fault) {
  return steps_of_append()[n].operation == FileOperation::unlink &&
         fault.kind == Fault::Kind::fail_done;
}

/// The next start after an attempt that ended in one way or another.
void check_restart(MemoryFileSystem files, std::uint64_t acknowledged, bool expects_recovery) {
  bool const had_marker = files.exists("/state/poisoned");
  LedgerWorld world(std::move(files));
  auto const before = world.log_lines();
  auto const& opened = world.open_only();
  CHECK_FALSE(opened.new_epoch);
  CHECK(world.ledger().next_seq() >= acknowledged);
  if (had_marker || expects_recovery) CHECK(opened.first_records.size() == 1);
  if (had_marker) {
    CHECK(opened.first_records[0].fields.find("\"cause\":\"poisoned\"") != std::string::npos);
  }
  if (!opened.first_records.empty()) world.append(opened.first_records);
  CHECK_FALSE(world.files.exists("/state/poisoned"));
  world.append({heartbeat()});
  world.check_sound();
}

}  // namespace

TEST_CASE("an append takes the steps of the protocol in their order") {
  std::string const text = [] {
    std::string out;
    for (auto const& step : steps_of_append()) {
      out += std::string(to_string(step.operation)) + " " + step.path.substr(13) + "\n";
    }
    return out;
  }();
  auto const position = [&](std::string const& part) {
    auto const found = text.find(part);
    REQUIRE_MESSAGE(found != std::string::npos, part << " in\n" << text);
    return found;
  };
  auto const lines = position(std::string(to_string(FileOperation::append)) + " /log/");
  auto const lines_synced = position(std::string(to_string(FileOperation::sync_data)) + " /log/");
  auto const tile = position(std::string(to_string(FileOperation::rename)) + " /tile/0/000.tmp");
  auto const committed =
      position(std::string(to_string(FileOperation::append)) + " /checkpoints.log");
  auto const committed_synced =
      position(std::string(to_string(FileOperation::sync_data)) + " /checkpoints.log");
  auto const published_synced =
      position(std::string(to_string(FileOperation::sync_file)) + " /checkpoint.tmp");
  auto const published =
      position(std::string(to_string(FileOperation::rename)) + " /checkpoint.tmp");
  CHECK(lines < lines_synced);
  CHECK(lines_synced < tile);
  CHECK(tile < committed);
  CHECK(committed < committed_synced);
  CHECK(committed_synced < published_synced);
  CHECK(published_synced < published);
  CHECK(text.ends_with(std::string(to_string(FileOperation::sync_directory)) + " \n"));
}

TEST_CASE("an I/O error at any step poisons the ledger for good") {
  std::set<std::string> operations;
  for (std::size_t n = 0; n < steps_of_append().size(); ++n) {
    for (auto const& fault : {Fault::fail(EIO), Fault::fail_partly(EIO), Fault::fail_done(EIO)}) {
      if (has_no_effect(n, fault)) continue;
      CAPTURE(n);
      CAPTURE(steps_of_append()[n].path);
      LedgerWorld world(before_full_tile().clone());
      world.open();
      auto const signed_before = world.files.read(kCheckpoints);
      world.files.set_fault_hook(fault_at(n, fault));
      auto const result = world.try_append(ten_records());
      world.files.set_fault_hook({});
      auto const* const poisoned = std::get_if<LedgerPoisoned>(&result);
      REQUIRE(poisoned != nullptr);
      CHECK(poisoned->error_number == EIO);
      CHECK_FALSE(poisoned->operation.empty());
      operations.insert(poisoned->operation + " " + poisoned->file);
      CHECK(world.ledger().size() == 250);

      auto const marker = world.files.read("/state/poisoned");
      REQUIRE(marker.has_value());
      auto const parsed = parse_json(*marker);
      REQUIRE(std::holds_alternative<JsonValue>(parsed));
      CHECK(std::get<JsonValue>(parsed).find_int("errno") == EIO);

      auto const dump = world.files.dump();
      auto const again = world.try_append({heartbeat()});
      CHECK(std::holds_alternative<LedgerPoisoned>(again));
      CHECK(std::holds_alternative<LedgerPoisoned>(world.ledger().retry()));
      CHECK(world.files.dump() == dump);
      CHECK(world.files.read(kCheckpoints)->starts_with(*signed_before));

      check_restart(world.files.clone(), 250, true);
      auto after_power_cut = world.files.clone();
      after_power_cut.crash();
      check_restart(std::move(after_power_cut), 250, false);
    }
  }
  CHECK(operations.size() >= 8);
}

TEST_CASE("a sync that fails for lack of space poisons too, other operations wait for it") {
  for (std::size_t n = 0; n < steps_of_append().size(); ++n) {
    for (auto const& fault :
         {Fault::fail(ENOSPC), Fault::fail_partly(EDQUOT), Fault::fail_done(ENOSPC)}) {
      if (has_no_effect(n, fault)) continue;
      auto const& step = steps_of_append()[n];
      CAPTURE(n);
      CAPTURE(step.path);
      CAPTURE(to_string(step.operation));
      LedgerWorld world(before_full_tile().clone());
      world.open();
      world.files.set_fault_hook(fault_at(n, fault));
      auto const result = world.try_append(ten_records());
      world.files.set_fault_hook({});
      if (is_sync(step.operation) && !is_tile_step(n)) {
        CHECK(std::holds_alternative<LedgerPoisoned>(result));
        continue;
      }
      CHECK(std::holds_alternative<LedgerFull>(result));
      CHECK(world.ledger().waits_for_space());
      CHECK(world.ledger().size() == 250);
      CHECK_FALSE(world.files.exists("/state/poisoned"));
      check_restart(world.files.clone(), 250, false);
      auto const retried = world.ledger().retry();
      REQUIRE(std::holds_alternative<Appended>(retried));
      CHECK(std::get<Appended>(retried).first_seq == 250);
      CHECK(std::get<Appended>(retried).lines.size() == 10);
      CHECK(world.ledger().size() == 260);
      CHECK_FALSE(world.ledger().waits_for_space());
      world.append_heartbeats(1);
      world.check_sound();
      check_restart(world.files.clone(), 261, false);
    }
  }
}

/// Appends ten records with more and more space until they fit.
static void check_every_amount_of_space(MemoryFileSystem const& from, std::uint64_t size,
                                        std::uint64_t step_bytes) {
  bool has_fitted = false;
  for (std::uint64_t free_bytes = 0; !has_fitted; free_bytes += step_bytes) {
    CAPTURE(free_bytes);
    REQUIRE(free_bytes < 40000);
    LedgerWorld world(from.clone());
    world.open();
    auto const signed_log = *world.files.read(kLog);
    world.files.set_free_bytes(free_bytes);
    auto result = world.try_append(ten_records());
    has_fitted = std::holds_alternative<Appended>(result);
    if (!has_fitted) {
      REQUIRE(std::holds_alternative<LedgerFull>(result));
      CHECK(std::holds_alternative<LedgerFull>(world.ledger().retry()));
      CHECK(world.ledger().size() == size);
      CHECK(world.files.read(kLog)->starts_with(signed_log));
      auto full_disk = world.files.clone();
      full_disk.crash();
      check_restart(std::move(full_disk), size, false);
      world.files.set_free_bytes(std::nullopt);
      result = world.ledger().retry();
      REQUIRE(std::holds_alternative<Appended>(result));
    }
    auto const lines = std::get<Appended>(result).lines;
    REQUIRE(lines.size() == 10);
    auto const log = world.log_lines();
    CHECK(std::vector<std::string>(log.end() - 10, log.end()) == lines);
    world.check_sound();
  }
}

TEST_CASE("with any amount of space nothing is lost, cut or acknowledged before its time") {
  LedgerWorld small;
  small.open();
  small.close();
  small.files.sync_all();
  check_every_amount_of_space(small.files, 1, 41);
  check_every_amount_of_space(before_full_tile(), 250, 577);
}

TEST_CASE("a checkpoint signed before the space ran out is written with the same bytes later") {
  LedgerWorld world(before_full_tile().clone());
  world.open();
  std::string first;
  world.files.set_fault_hook([&](FileOperation operation, std::string const& path) {
    bool const is_commit = operation == FileOperation::append && path == kCheckpoints;
    return is_commit ? Fault::fail_partly(ENOSPC) : Fault::pass();
  });
  CHECK(std::holds_alternative<LedgerFull>(world.try_append(ten_records())));
  auto const log = world.files.read(kLog);
  CHECK(std::holds_alternative<LedgerFull>(world.ledger().retry()));
  CHECK(world.files.read(kLog) == log);  // the lines that were signed stay
  CHECK(world.files.read(kCheckpoints)->ends_with("}\n"));
  world.files.set_fault_hook({});
  CHECK(std::holds_alternative<Appended>(world.ledger().retry()));
  world.check_sound();
}

TEST_CASE("a failed write that cannot be undone poisons") {
  LedgerWorld world(before_full_tile().clone());
  world.open();
  world.files.set_fault_hook([&](FileOperation operation, std::string const& path) {
    if (path != kLog) return Fault::pass();
    if (operation == FileOperation::append) return Fault::fail_partly(ENOSPC);
    return operation == FileOperation::truncate ? Fault::fail(EROFS) : Fault::pass();
  });
  auto const result = world.try_append(ten_records());
  world.files.set_fault_hook({});
  REQUIRE(std::holds_alternative<LedgerPoisoned>(result));
  CHECK(std::get<LedgerPoisoned>(result).error_number == EROFS);
  check_restart(world.files.clone(), 250, true);
}

TEST_CASE("the marker that cannot be written does not keep the ledger from being poisoned") {
  LedgerWorld world(before_full_tile().clone());
  world.open();
  world.files.set_fault_hook([&](FileOperation operation, std::string const&) {
    return is_writing(operation) ? Fault::fail(EIO) : Fault::pass();
  });
  CHECK(std::holds_alternative<LedgerPoisoned>(world.try_append(ten_records())));
  CHECK(world.ledger().poisoned().has_value());
  world.files.set_fault_hook({});
  CHECK_FALSE(world.files.exists("/state/poisoned"));
  CHECK(std::holds_alternative<LedgerPoisoned>(world.try_append({heartbeat()})));
  check_restart(world.files.clone(), 250, false);
}
