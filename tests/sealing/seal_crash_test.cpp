// What a crash at any point leaves, and that recovery makes a whole of it: the folder ends without
// seal files or with a valid seal, and the payload is what it was.
#include <doctest/doctest.h>

#include "tests/sealing/seal_support.h"

using namespace govseal;
using namespace govseal::testing;

namespace {

/// Where sealing was when the crash came.
struct Progress {
  bool crashed = false;
  std::optional<SealIntent> intent;  // durable in the ledger: S5 was passed
};

struct Killed {};

/// Seals as the agent does, with the ledger record between the two jobs.
Progress seal_until_crash(MemoryFileSystem& files) {
  Progress progress;
  PrepareOptions options = prepare_options();
  try {
    auto const run_root = files.open(kRunRoot);
    options.run_root = run_root.get();
    auto const prepared = prepare(files, options);
    REQUIRE(std::holds_alternative<SealPlan>(prepared));
    SealPlan const& plan = std::get<SealPlan>(prepared);
    progress.intent = intent_of(plan.bytes);
    auto const published = publish(files, plan);  // CHECK would swallow what ends it
    CHECK(std::holds_alternative<Published>(published));
  } catch (SimulatedCrash const&) {
    progress.crashed = true;
  } catch (Killed const&) {
    progress.crashed = true;
  }
  return progress;
}

/// The start after the crash, with another crash possible in the middle of it.
void restart(MemoryFileSystem& files, SealIntent const& intent) {
  auto const outcome = recover(files, intent);
  if (auto const* const go_on = std::get_if<ContinueSeal>(&outcome)) {
    auto const published = publish(files, go_on->plan);
    CHECK(std::holds_alternative<Published>(published));
    return;
  }
  bool const settled =
      std::holds_alternative<NeverBegun>(outcome) || std::holds_alternative<SealComplete>(outcome);
  CHECK(settled);
}

void expect_whole(MemoryFileSystem& files, Progress const& progress, std::string const& payload) {
  if (!progress.intent) {
    CHECK_FALSE(has_seal_file(files));
    return;
  }
  CHECK(payload_of(files) == payload);
  restart(files, *progress.intent);
  CHECK(payload_of(files) == payload);
  std::string const settled = files.dump();
  if (has_seal_file(files)) {
    FolderVerdict const verdict = verify(files);
    CHECK(verdict.verdict == Verdict::valid);
    CHECK(verdict.root == progress.intent->root);
  }
  restart(files, *progress.intent);  // once more changes nothing
  CHECK(files.dump() == settled);
}

/// A run of which nothing is on the disk yet.
MemoryFileSystem unsynced_run(bool unnamed_files) {
  MemoryFileSystem files;
  files.make_directory(kRunRoot);
  files.sync_all();
  files.set_unnamed_files(unnamed_files);
  write_run(files);
  return files;
}

}  // namespace

TEST_CASE("after a power cut at any write of sealing, recovery leaves a whole seal or none") {
  for (bool const unnamed_files : {true, false}) {
    for (Fault const fault : {Fault::crash_now(), Fault::crash_done()}) {
      bool crashed = true;
      int cuts = 0;
      for (std::size_t n = 0; crashed; ++n) {
        MemoryFileSystem files = unsynced_run(unnamed_files);
        std::string const payload = payload_of(files);
        files.set_fault_hook(fault_at(n, fault));
        Progress const progress = seal_until_crash(files);
        files.set_fault_hook({});
        crashed = progress.crashed;
        if (!crashed) continue;
        ++cuts;
        for (std::uint64_t seed = 0; seed < 12; ++seed) {
          CAPTURE(unnamed_files);
          CAPTURE(n);
          CAPTURE(seed);
          MemoryFileSystem after = files.clone();
          seed == 0 ? after.crash() : after.crash(seed);
          // Before the intent is durable, the producer's own unsynced files may be gone, too.
          if (!after.exists(kRun) && !progress.intent) continue;
          expect_whole(after, progress, payload);
        }
      }
      CHECK(cuts >= 14);
    }
  }
}

TEST_CASE("after a kill at any call of sealing, recovery leaves a whole seal or none") {
  for (bool const unnamed_files : {true, false}) {
    bool crashed = true;
    int kills = 0;
    for (std::size_t n = 0; crashed; ++n) {
      CAPTURE(unnamed_files);
      CAPTURE(n);
      MemoryFileSystem files = unsynced_run(unnamed_files);
      std::string const payload = payload_of(files);
      std::size_t at = 0;
      files.set_fault_hook([&](FileOperation, std::string const&) -> Fault {
        if (at++ >= n) throw Killed{};  // a dead process cleans nothing up
        return Fault::pass();
      });
      Progress const progress = seal_until_crash(files);
      files.set_fault_hook({});
      crashed = progress.crashed;
      if (!crashed) continue;
      ++kills;
      expect_whole(files, progress, payload);
    }
    CHECK(kills > 50);
  }
}

TEST_CASE("a power cut in the middle of a recovery is recovered from") {
  for (bool const unnamed_files : {true, false}) {
    for (std::size_t first = 0;; ++first) {
      MemoryFileSystem files = unsynced_run(unnamed_files);
      std::string const payload = payload_of(files);
      files.set_fault_hook(fault_at(first, Fault::crash_done()));
      Progress const progress = seal_until_crash(files);
      files.set_fault_hook({});
      if (!progress.crashed) break;
      if (!progress.intent) continue;
      files.crash(first);
      for (std::size_t second = 0; second < 8; ++second) {
        CAPTURE(first);
        CAPTURE(second);
        MemoryFileSystem again = files.clone();
        again.set_unnamed_files(unnamed_files);
        again.set_fault_hook(fault_at(second, Fault::crash_now()));
        try {
          restart(again, *progress.intent);
        } catch (SimulatedCrash const&) {
          again.set_fault_hook({});
          again.crash(second);
        }
        again.set_fault_hook({});
        expect_whole(again, progress, payload);
      }
    }
  }
}
