#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "sealing/bound_judge.h"
#include "sealing/bound_look.h"
#include "sealing/stat_row.h"
#include "tests/sealing/seal_support.h"

namespace govseal::testing {

inline constexpr std::int64_t kSecondNs = 1'000'000'000;

/// A sealed and bound run in memory whose row is old enough to be trusted, and an hour later.
struct BoundWorld {
  BoundWorld() {
    write_run(files);
    SealedRun const run = seal_run(files);
    binding.root = run.plan.bytes.root;
    binding.hashfile = run.plan.bytes.hashfile_sha256;
    row = make_stat_row(
        run.plan, run.published,
        {.repo = "alpha", .run_path = run_path, .log_index = 5, .hashed = run.plan.hashed});
    hour_later();
    // The seal files are younger than the hash: the first sweep reads those two.
    BoundLook const first = look_and_store();
    CHECK(first.changes.empty());
    CHECK(first.files_hashed == 2);
    hour_later();
  }

  void hour_later() { files.advance_ns(3600 * kSecondNs); }
  nanoseconds now() {
    files.remove("/clock");
    files.write("/clock", "");
    return nanoseconds(files.stat("/clock")->ctime_ns);
  }

  BoundLookRequest request() {
    BoundLookRequest out;
    out.repo = "alpha";
    out.run_path = run_path;
    out.log_index = 5;
    out.row = row ? &*row : nullptr;
    out.now_wall = now();
    return out;
  }

  BoundLook look(BoundLookRequest const& wanted) {
    InlinePool pool;
    auto const run_root = files.open(kRunRoot);
    return std::get<BoundLook>(look_at_bound(files, *run_root, wanted, pool, {}));
  }
  BoundLook look() { return look(request()); }

  BoundLook look_and_store() {
    BoundLook out = look();
    if (out.row_action == BoundLook::RowAction::store) row = out.row;
    if (out.row_action == BoundLook::RowAction::remove) row.reset();
    return out;
  }

  BoundJudgement judge(BoundLook const& found, BoundHints const& hints = {}) const {
    return judge_bound(binding, found, hints);
  }

  static std::string path(std::string const& below) { return kRun + "/" + below; }

  MemoryFileSystem files;
  RelativePath run_path = RelativePath::of(std::string(".codex/RUNS/") + kRunName);
  Binding binding;
  std::optional<StatRow> row;
};

/// `kind path effect`, one a line.
inline std::string text_of(std::vector<BoundChange> const& changes) {
  std::string out;
  for (BoundChange const& change : changes) {
    out += std::string(bound_change_name(change.kind)) + " " + change.path;
    if (change.to) out += " -> " + *change.to;
    out += " " + std::string(bound_effect_name(change.effect)) + "\n";
  }
  return out;
}

/// `violation effect`.
inline std::string text_of(BoundJudgement const& judgement) {
  std::string out(bound_violation_name(judgement.violation));
  if (judgement.effect != BoundEffect::none) {
    out += " " + std::string(bound_effect_name(judgement.effect));
  }
  return out;
}

}  // namespace govseal::testing
