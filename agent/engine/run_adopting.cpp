#include <algorithm>

#include "agent/engine/run_book.h"
#include "base/error.h"
#include "base/json.h"
#include "reporting/finding_kinds.h"
#include "sealing/ledger/records.h"
#include "sealing/ledger/seal_side_files.h"
#include "sealing/stat_row.h"

// Folders without a binding: quiet, then sealed, adopted, refused or left waiting.
//
// A folder is quiet when two looks at least `settle_ms` apart on the monotonic clock have the same
// fingerprint, with no hint and no gap between them. Everything that is written afterwards rests on
// what the second look found, read again from the disk by the job itself.

namespace govseal {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

}  // namespace

void RunBook::on_foreign(ForeignVerified event, Instant now) {
  RunState* const found = find_mutable(event.key);
  if (found == nullptr || found->work != Work::foreign) return;
  RunState& run = *found;
  if (std::holds_alternative<RunGone>(event.outcome)) return forget(event.key, now);
  if (std::holds_alternative<Stopped>(event.outcome)) return end_work(run, now);
  if (auto const* failure = std::get_if<Unreachable>(&event.outcome)) {
    run.error = failure->why.text;
    run.resting = true;
    end_work(run, now);
    return schedule(run, now.mono + kUnreachableRetry, false);
  }
  run.foreign = std::move(std::get<std::unique_ptr<ForeignFacts>>(event.outcome));
  if (run.foreign->writers.probe == Probe::open) return found_writer(run, now);
  if (run.again) return wait_again(run, milliseconds(20), now);
  run.facts = make_facts(run.foreign->verdict);
  run.verified =
      Verified{run.foreign->hashed, run.foreign->hashed, "full-hash", run.foreign->hashed, false};
  counters_.verified += 1;
  counters_.hashed_bytes += static_cast<std::int64_t>(run.foreign->verdict.bytes.value_or(0));
  adopt_or_report(run, now);
}

void RunBook::adopt_or_report(RunState& run, Instant now) {
  FolderVerdict const& verdict = run.foreign->verdict;
  bool const binds = verdict.verdict && makes_binding(*verdict.verdict);
  // A copy is a copy also where the new name alone makes it INVALID.
  bool const only_renamed = verdict.codes == std::set<std::string>{"run_json.id_mismatch"};
  if (report_copy(run) && (binds || only_renamed)) return rest(run, now);
  if (!binds) return report_invalid(run, now);
  if (!can_store_side_files(run.place.key.run)) return refuse(run, {"seal.path_too_long"}, now);
  run.work = Work::copy;
  out_.act(WriteSealCopy{run.place, run.foreign->hashfile});
}

void RunBook::report_invalid(RunState& run, Instant now) {
  RunKey const& key = run.place.key;
  RunLedger const* const ledger = ledger_of(run);
  std::string const id = make_finding_id("seal.invalid", key.repository, {key.run});
  Finding const* const known = world_.projection().find_open(id);
  bool const same = known != nullptr && ledger != nullptr && known->codes == run.facts->codes &&
                    ledger->observed_unbound == sha256(run.foreign->hashfile);
  if (!same) append_observed(run, now);
  if (!same) raise(run, "seal.invalid", run.foreign->verdict.codes, "");
  rest(run, now);
}

// The root of a seal that is bound to another run path (sealing.md 10). The copy is told, never
// bound: it has a first seal elsewhere.
bool RunBook::report_copy(RunState& run) {
  RunKey const& key = run.place.key;
  auto const& root = run.foreign->verdict.root;
  std::optional<RunKey> original;
  if (root) {
    for (RunKey const& other : world_.projection().find_bound(*root)) {
      if (other.run != key.run && !original) original = other;
    }
  }
  std::string const id =
      original ? make_finding_id("seal_copied", key.repository, {key.run, root->hex()}) : "";
  for (std::string const& open : world_.projection().open_of_run(key)) {
    // Another root is there now: what was a copy before is none any more.
    bool const copied = world_.projection().find_finding(open)->kind == "seal_copied";
    if (copied && open != id) close_id(open, "changed");
  }
  if (!original) return false;
  if (world_.projection().find_open(id) != nullptr) return true;
  RunBinding const& binding = *world_.projection().find_run(*original)->binding;
  out_.append(make_record(record::SealCopied{.repo = key.repository,
                                             .run = key.run,
                                             .root = *root,
                                             .of_repo = original->repository,
                                             .of_run = original->run,
                                             .of_seal = static_cast<std::int64_t>(binding.seq)}));
  return true;
}

void RunBook::append_observed(RunState& run, Instant now) {
  (void)now;
  RunKey const key = run.place.key;
  FolderVerdict const& verdict = run.foreign->verdict;
  bool const binds = verdict.verdict && makes_binding(*verdict.verdict);
  record::SealObserved observed{
      .repo = key.repository,
      .run = key.run,
      .verdict = std::string(verdict_name(verdict.verdict.value_or(Verdict::invalid))),
      .codes = run.facts->codes,
      .style = run.facts->style.value_or("contract"),
      .variant = run.facts->variant,
      .dialect = run.facts->dialect,
      .root = verdict.style == SealStyle::contract ? verdict.root : std::nullopt,
      .hashfile = sha256(run.foreign->hashfile),
      .manifest = verdict.manifest_sha256,
      .h1 = run.foreign->h1,
      .files = static_cast<std::int64_t>(verdict.files.value_or(0)),
      .bytes = static_cast<std::int64_t>(verdict.bytes.value_or(0)),
      .tree = run.foreign->tree,
      .head = run.foreign->head,
      .warnings = run.facts->warnings};
  if (!binds) {
    out_.append(make_record(observed));
    return;
  }
  observed.key = world_.seal_key_fingerprint();
  if (verdict.root) {
    for (RunKey const& other : world_.projection().find_bound(*verdict.root)) {
      if (other.run == key.run) observed.also_in.push_back(other.repository);
    }
  }
  run.work = Work::records;
  out_.append(make_record(observed), [this, key](Record const& record, Instant then) {
    RunState* const bound = find_mutable(key);
    if (bound == nullptr || bound->work != Work::records || !bound->foreign) return;
    bound->verified.covered = true;
    close_settled(*bound);
    auto row = make_stat_row(bound->foreign->verdict, {.repo = key.repository,
                                                       .run_path = RelativePath::of(key.run),
                                                       .log_index = record.seq,
                                                       .hashed = bound->foreign->hashed});
    if (!row) return end_work(*bound, then);
    bound->work = Work::finish;
    out_.act(FinishSeal{bound->place, std::move(*row)});
  });
}

}  // namespace govseal
