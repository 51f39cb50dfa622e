#include <doctest/doctest.h>

#include <cstdlib>
#include <iostream>
#include <sstream>

#include "sealing/ledger/merkle.h"
#include "sealing/verify.h"
#include "tests/world/sim_agent.h"

// One seed is one history of producers, tamperers, lost hints, late jobs, kills, power cuts and
// restarts. Now and then everything comes to rest, and what the agent says is compared with what is
// on the disk, looked at anew by the validator.
//
//   simulation_tests                      the seeds of the gate
//   GOVSEAL_SEED=17 simulation_tests      one seed, told step by step
//   GOVSEAL_SEEDS=5000 simulation_tests   many

namespace govseal {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class History {
 public:
  History(std::uint64_t seed, bool told) : sim_(seed), told_(told) {}

  void run(int steps) {
    sim_.start();
    for (int i = 0; i < steps; ++i) {
      try {
        step();
        if (i % 60 == 59) rest();
      } catch (SimulatedCrash const&) {
        tell("power cut in the middle");
        sim_.power_cut();
        restart();
      }
    }
    finish();
  }

 private:
  void tell(std::string const& what) {
    if (told_) std::cerr << sim_.clock().now().mono.count() / 1'000'000 << " ms  " << what << "\n";
  }

  void restart() {
    sim_.pass_time(milliseconds(sim_.draw(5000)));
    sim_.start();
  }

  void step() {
    switch (sim_.draw(24)) {
      case 0:
      case 1:
        return begin_run();
      case 2:
      case 3:
      case 4:
        return write_some();
      case 5:
        return complete_run();
      case 6:
        return tamper();
      case 7:
        return restore();
      case 8:
        return remove_run();
      case 9:
        return move_run();
      case 10:
        return sim_.overflow();
      case 11:
      case 12:
        return sim_.pass_time(milliseconds(sim_.draw(400)));
      case 13:
        return sim_.pass_time(milliseconds(sim_.draw(3000)));
      case 14:
      case 15:
      case 16:
        return sim_.run_a_job();
      case 17:
      case 18:
        return sim_.commit_a_batch();
      case 19:
      case 20:
      case 21:
        return sim_.deliver_an_event();
      case 22:
        return sim_.deliver_a_hint();
      default:
        return trouble();
    }
  }

  void trouble() {
    switch (sim_.draw(8)) {
      case 0:
        tell("kill -9");
        sim_.kill();
        if (sim_.draw(2) == 0) tamper();
        return restart();
      case 1:
        tell("power cut");
        sim_.power_cut();
        return restart();
      case 2:
      case 3:
        tell("power cut soon");
        return sim_.arm_power_cut(sim_.draw(40));
      case 4:
        tell("stop");
        sim_.stop();
        if (sim_.draw(2) == 0) remove_run();
        return restart();
      case 5:
        return sim_.clock().jump_wall(seconds(static_cast<int>(sim_.draw(200)) - 100));
      default:
        return;
    }
  }

  // ---------------------------------------------------------------- the foreign producer
  std::string path_of(std::string const& name) {
    return std::string(SimAgent::kRunRoot) + "/" + name;
  }

  void write(std::string const& below, std::string const& bytes) {
    sim_.files().write(path_of(below), bytes);
    sim_.hint(below, {HintKind::entry, HintKind::content, HintKind::closed_after_write});
  }

  void begin_run() {
    std::string const name = "run" + std::to_string(++count_);
    tell("begin " + name);
    sim_.files().make_directory(path_of(name));
    sim_.hint(name, HintKind::entry);
    names_.push_back(name);
    write(name + "/a.txt", "alpha " + name);
  }

  std::string any_run() { return names_[sim_.draw(names_.size())]; }

  void write_some() {
    if (names_.empty()) return;
    std::string const name = any_run();
    if (!sim_.files().exists(path_of(name)) || sealed_.contains(name)) return;
    write(name + "/sub/f" + std::to_string(sim_.draw(4)), "data " + std::to_string(sim_.draw(100)));
  }

  void complete_run() {
    if (names_.empty()) return;
    std::string const name = any_run();
    if (!sim_.files().exists(path_of(name))) return;
    if (sim_.files().exists(path_of(name + "/run.json"))) return;
    tell("complete " + name);
    write(name + "/run.json",
          "{\"run_id\": \"" + name + "\", \"created_utc\": \"2026-01-01T00:00:00Z\"}\n");
    sealed_.insert(name);
  }

  void tamper() {
    if (names_.empty()) return;
    std::string const name = any_run();
    if (!sim_.files().exists(path_of(name + "/MANIFEST.sha256"))) return;
    tell("tamper " + name);
    switch (sim_.draw(4)) {
      case 0:
        return write(name + "/a.txt", "beta");
      case 1:
        return write(name + "/new.txt", "new");
      case 2:
        sim_.files().remove(path_of(name + "/a.txt"));
        return sim_.hint(name + "/a.txt", HintKind::entry);
      default:
        return write(name + "/MANIFEST.sha256", "rewritten\n");
    }
  }

  void restore() {
    if (names_.empty()) return;
    std::string const name = any_run();
    if (!sim_.files().exists(path_of(name)) || !sealed_.contains(name)) return;
    tell("restore " + name);
    sim_.files().remove(path_of(name + "/new.txt"));
    sim_.hint(name + "/new.txt", HintKind::entry);
    write(name + "/a.txt", "alpha " + name);
  }

  void remove_run() {
    if (names_.empty() || sim_.draw(3) != 0) return;
    std::string const name = any_run();
    tell("remove " + name);
    sim_.files().remove(path_of(name));
    sim_.hint(name, HintKind::entry);
  }

  void move_run() {
    if (names_.empty() || sim_.draw(3) != 0) return;
    std::string const name = any_run();
    std::string const to = "moved" + std::to_string(++count_);
    if (!sim_.files().exists(path_of(name))) return;
    tell("move " + name + " to " + to);
    sim_.files().rename(path_of(name), path_of(to));
    sim_.hint(name, {HintKind::entry, HintKind::renamed});
    sim_.hint(to, {HintKind::entry, HintKind::renamed});
    names_.push_back(to);
  }

  // ---------------------------------------------------------------- what must be true
  void rest() {
    sim_.files().set_fault_hook({});
    sim_.settle(seconds(400));  // longer than a cycle: whatever no hint told is found by the sweep
    check_truth();
    check_ledger();
    check_replay();
  }

  void finish() {
    rest();
    std::string const before = visible();
    sim_.stop();
    sim_.start();
    sim_.settle(seconds(400));
    CHECK_MESSAGE(visible() == before, "a restart changed what is visible");
    check_ledger();
  }

  std::string visible() {
    std::ostringstream text;
    SnapshotPtr const snapshot = sim_.snapshot();
    for (RunViewPtr const& run : snapshot->repositories.front()->runs) {
      // A folder that waits for its producer grows older all by itself.
      std::string const verdict = run->verdict.value_or("unknown");
      bool const waits = verdict == "OPEN" || verdict == "INCOMPLETE" || verdict == "ABANDONED";
      text << run->run << " " << (waits ? "waits" : verdict);
      for (std::string const& code : run->codes) text << " " << code;
      text << "\n";
    }
    for (FindingPtr const& finding : snapshot->repositories.front()->findings) {
      if (finding->state == FindingState::closed) continue;
      text << finding->id << " " << finding->kind << " " << finding->subject.run.value_or("")
           << "\n";
    }
    return text.str();
  }

  FolderVerdict judge(std::string const& name) {
    auto const folder = sim_.files().open(path_of(name));
    VerifyOptions options;
    options.folder_name = name;
    options.now_wall = sim_.clock().now().wall;
    options.compat = false;
    InlinePool pool;
    auto outcome = verify_folder(sim_.files(), *folder, options, pool, std::stop_token{});
    return std::get<FolderVerdict>(std::move(outcome));
  }

  void check_truth() {
    Projection const& known = sim_.engine().projection();
    std::set<std::string> on_disk;
    for (std::string const& name : sim_.files().list(SimAgent::kRunRoot)) {
      on_disk.insert(name);
      RunKey const key{"demo", ".codex/RUNS/" + name};
      RunLedger const* const ledger = known.find_run(key);
      FolderVerdict const verdict = judge(name);
      INFO("run " << name << ", on disk "
                  << std::string(verdict_name(verdict.verdict.value_or(Verdict::waived))));
      bool const bound = ledger != nullptr && ledger->binding.has_value();
      bool const copied = has_open(key, "seal_copied");
      if (!bound) {
        // Whatever can be sealed has been, and what holds has been adopted or is a copy.
        bool const sealable = verdict.verdict == Verdict::unsealed && verdict.codes.empty();
        CHECK_FALSE_MESSAGE(sealable, "a complete folder was not sealed");
        CHECK_FALSE_MESSAGE((verdict.verdict == Verdict::valid && !copied),
                            "a valid seal was neither adopted nor told to be a copy");
        continue;
      }
      bool const same = verdict.root == ledger->binding->root &&
                        verdict.hashfile_sha256 == ledger->binding->hashfile;
      bool const good = verdict.verdict == Verdict::valid && same;
      bool const told = has_open(key, "sealed_write", "content") ||
                        has_open(key, "sealed_write", "hashfile") ||
                        has_open(key, "seal_rewritten");
      CHECK_FALSE_MESSAGE((good && told), "a finding without a cause");
      CHECK_FALSE_MESSAGE((!good && !told), "tampering was not reported");
      CHECK_FALSE_MESSAGE(has_open(key, "run_missing"), "told to be missing, but there");
    }
    for (auto const& [key, run] : known.runs()) {
      std::string const name = key.run.substr(key.run.rfind('/') + 1);
      if (!run.binding || on_disk.contains(name)) continue;
      INFO("run " << name);
      CHECK_MESSAGE(has_open(key, "run_missing"), "a sealed folder is gone and nobody said so");
    }
  }

  bool has_open(RunKey const& key, std::string const& kind, std::string const& effect = "") {
    for (Finding const* finding : sim_.engine().projection().findings_of_run(key)) {
      if (finding->state == FindingState::closed || finding->kind != kind) continue;
      if (effect.empty() || finding->effect == effect) return true;
    }
    return false;
  }

  void check_ledger() {
    std::map<std::string, int> seals;
    std::uint64_t seq = 0;
    Digest previous;
    for (Record const& record : sim_.records()) {
      CHECK(record.seq == seq++);
      CHECK(record.prev == previous);
      previous = leaf_hash(record.line);
      if (record.type == "seal.created") ++seals[*record.body.find_string("run")];
      CHECK(record.type != "log.damaged");
      CHECK(record.type != "log.rolled_back");
    }
    for (auto const& [run, count] : seals) CHECK_MESSAGE(count == 1, run << " was sealed twice");
  }

  // Replaying the ledger gives what following it gave.
  void check_replay() {
    Projection replayed;
    for (Record const& record : sim_.records()) replayed.apply(record);
    Projection const& live = sim_.engine().projection();
    REQUIRE(replayed.findings().size() == live.findings().size());
    for (auto const& [id, finding] : live.findings()) {
      CHECK(*replayed.findings().at(id) == *finding);
    }
    CHECK(replayed.bound_runs() == live.bound_runs());
  }

  SimAgent sim_;
  bool told_;
  int count_ = 0;
  std::vector<std::string> names_;
  std::set<std::string> sealed_;  // completed by the producer, who leaves them alone then
};

std::uint64_t number(char const* name, std::uint64_t otherwise) {
  char const* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST_CASE("what the agent says agrees with the disk after every seeded history") {
  if (std::getenv("GOVSEAL_SEED") != nullptr) {
    History(number("GOVSEAL_SEED", 0), true).run(400);
    return;
  }
  std::uint64_t const seeds = number("GOVSEAL_SEEDS", 60);
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    INFO("replay with GOVSEAL_SEED=" << seed);
    History(seed, false).run(400);
  }
}

}  // namespace
}  // namespace govseal
