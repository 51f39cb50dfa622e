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
constexpr auto kCopyRetry = seconds(1);

std::optional<By> by_of(std::map<RunKey, By> const& all, RunKey const& key) {
  auto const found = all.find(key);
  return found == all.end() ? std::nullopt : std::optional(found->second);
}

std::optional<record::By> record_by(std::optional<By> const& by) {
  if (!by) return std::nullopt;
  return record::By{.uid = by->uid, .pid = by->pid, .role = by->role};
}

}  // namespace

void RunBook::begin_seal(RunState& run, Instant now) {
  if (run.eio) return rest(run, now);
  if (!world_.may_seal()) {
    settle_seal_job(run, "seal.paused");
    run.quiet.reset();
    return end_work(run, now);  // resume() looks again
  }
  if (!can_store_side_files(run.place.key.run)) return refuse(run, {"seal.path_too_long"}, now);
  run.work = Work::prepare;
  out_.act(PrepareSeal{run.place, run.look->fingerprint, run.look->writers.probe == Probe::unknown,
                       run.write_envelope});
}

void RunBook::on_prepared(SealPrepared event, Instant now) {
  RunState* const found = find_mutable(event.key);
  if (found == nullptr || found->work != Work::prepare) return;
  RunState& run = *found;
  if (auto* plan = std::get_if<std::unique_ptr<SealPlan>>(&event.outcome)) {
    run.plan = std::move(*plan);
    run.tree = event.tree;
    run.head = event.head;
    return append_intent(run, now);
  }
  if (std::holds_alternative<RunGone>(event.outcome)) return forget(event.key, now);
  if (std::holds_alternative<WriterOpen>(event.outcome)) return found_writer(run, now);
  if (auto const* refused = std::get_if<SealRefused>(&event.outcome)) {
    return refuse(run, refused->codes, now);
  }
  if (auto const* failed = std::get_if<PrepareFailed>(&event.outcome)) {
    if (is_no_permission(failed->failure.error_number)) {
      return refuse(run, {"seal.no_permission"}, now);
    }
    return append_aborted(run, failed->failure, false, now);
  }
  if (std::holds_alternative<WriterUnknown>(event.outcome) && run.look) {
    run.look->writers.probe = Probe::unknown;
  }
  wait_again(run, milliseconds(20), now);
}

void RunBook::append_intent(RunState& run, Instant now) {
  (void)now;
  RunKey const key = run.place.key;
  SealBytes const& bytes = run.plan->bytes;
  run.work = Work::records;
  record::SealIntent intent{.repo = key.repository,
                            .run = key.run,
                            .root = bytes.root,
                            .hashfile = bytes.hashfile_sha256,
                            .manifest = bytes.manifest_sha256,
                            .files = static_cast<std::int64_t>(bytes.files),
                            .bytes = static_cast<std::int64_t>(bytes.bytes),
                            .by = record_by(by_of(by_, key))};
  out_.append(make_record(intent), [this, key](Record const&, Instant then) {
    RunState* const waiting = find_mutable(key);
    if (waiting == nullptr || waiting->work != Work::records || !waiting->plan) return;
    waiting->work = Work::publish;
    waiting->own_until = then.mono + seconds(10);
    out_.act(PublishSeal{waiting->place, std::move(waiting->plan)});
  });
}

void RunBook::on_published(SealPublished event, Instant now) {
  RunState* const found = find_mutable(event.key);
  if (found == nullptr || found->work != Work::publish) return;
  RunState& run = *found;
  run.plan = std::move(event.plan);
  run.own_until = now.mono + seconds(10);
  if (auto* published = std::get_if<Published>(&event.outcome)) {
    run.published = std::move(published->files);
    run.work = Work::copy;
    out_.act(WriteSealCopy{run.place, run.plan->bytes.hashfile});
    return;
  }
  if (auto const* withdrawn = std::get_if<Withdrawn>(&event.outcome)) {
    return append_withdrawn(run, *withdrawn, now);
  }
  if (std::holds_alternative<ForeignSeal>(event.outcome)) {
    run.intent_settled = true;
    run.plan.reset();
    return wait_again(run, milliseconds(20), now);
  }
  Aborted const& aborted = std::get<Aborted>(event.outcome);
  if (!aborted.withdrawn) run.eio = true;
  append_aborted(run, aborted.failure, aborted.withdrawn, now);
}

void RunBook::append_withdrawn(RunState& run, Withdrawn const& withdrawn, Instant now) {
  RunLedger const* const ledger = ledger_of(run);
  GOVSEAL_ASSERT(ledger != nullptr && ledger->intent);
  ++run.withdrawals;
  run.plan.reset();
  record::SealWithdrawn record{.repo = run.place.key.repository,
                               .run = run.place.key.run,
                               .intent = static_cast<std::int64_t>(ledger->intent->seq)};
  for (std::string const& path : withdrawn.paths) {
    record.paths.push_back(path.empty() ? run.place.key.run : run.place.key.run + "/" + path);
  }
  out_.append(make_record(record));
  wait_again(run, milliseconds(20), now);
}

void RunBook::append_aborted(RunState& run, StepFailure const& failure, bool with_intent,
                             Instant now) {
  RunLedger const* const ledger = ledger_of(run);
  record::SealAborted record{.repo = run.place.key.repository,
                             .run = run.place.key.run,
                             .step = std::string(seal_step_name(failure.step)),
                             .error_number = failure.error_number};
  if (with_intent && ledger != nullptr && ledger->intent) {
    record.intent = static_cast<std::int64_t>(ledger->intent->seq);
  }
  run.plan.reset();
  run.intent_settled = true;
  if (failure.error_number == EIO) run.eio = true;
  ++run.aborts;
  out_.append(make_record(record));
  settle_seal_job(run, "seal.aborted");
  if (is_no_permission(failure.error_number)) return refuse(run, {"seal.no_permission"}, now);
  wait_again(run, needed_quiet(run), now);
}

void RunBook::on_copy_written(SealCopyWritten event, Instant now) {
  RunState* const found = find_mutable(event.key);
  if (found == nullptr || found->work != Work::copy) return;
  if (event.failure) {
    // Nothing may be bound without its signature. Both seal files are there: recovery finishes.
    found->plan.reset();
    found->foreign.reset();
    found->error = event.failure->text;
    return wait_again(*found, kCopyRetry, now);
  }
  if (found->foreign) return append_observed(*found, now);
  append_created(*found, found->plan->recovered, now);
}

void RunBook::append_created(RunState& run, bool recovered, Instant now) {
  (void)now;
  RunKey const key = run.place.key;
  RunLedger const* const ledger = ledger_of(run);
  GOVSEAL_ASSERT(run.plan && ledger != nullptr && ledger->intent);
  SealBytes const& bytes = run.plan->bytes;
  record::SealCreated created{.repo = key.repository,
                              .run = key.run,
                              .root = bytes.root,
                              .hashfile = bytes.hashfile_sha256,
                              .manifest = bytes.manifest_sha256,
                              .h1 = bytes.h1,
                              .files = static_cast<std::int64_t>(bytes.files),
                              .bytes = static_cast<std::int64_t>(bytes.bytes),
                              .tree = run.tree,
                              .head = run.head,
                              .key = world_.seal_key_fingerprint(),
                              .warnings = {run.plan->warnings.begin(), run.plan->warnings.end()},
                              .intent = static_cast<std::int64_t>(ledger->intent->seq),
                              .recovered = recovered};
  if (!recovered) {
    WriterAnswer const& writers = run.plan->writers;
    created.settle = record::Settle{
        .dialect = run.plan->dialect ? std::string(dialect_name(*run.plan->dialect)) : "envelope",
        .quiet_ms = run.quiet_seen.count() / 1'000'000,
        .probe = writers.state == WriterAnswer::State::clear ? "clear" : writers.reason,
        .epoch = static_cast<std::int64_t>(world_.sight(run.root->id).epoch)};
  }
  run.work = Work::records;
  out_.append(make_record(created), [this, key](Record const& record, Instant then) {
    RunState* const bound = find_mutable(key);
    if (bound == nullptr || bound->work != Work::records || !bound->plan) return;
    SealPlan const& plan = *bound->plan;
    VerdictFacts facts;
    facts.verdict = Verdict::valid;
    facts.style = "contract";
    facts.variant = "A";
    facts.root = plan.bytes.root;
    facts.manifest = plan.bytes.manifest_sha256;
    facts.hashfile = plan.bytes.hashfile_sha256;
    facts.files = plan.bytes.files;
    facts.bytes = plan.bytes.bytes;
    facts.warnings.assign(plan.warnings.begin(), plan.warnings.end());
    if (plan.dialect) facts.dialect = dialect_name(*plan.dialect);
    bound->facts = std::move(facts);
    counters_.verified += 1;
    counters_.hashed_bytes += static_cast<std::int64_t>(plan.bytes.bytes);
    if (plan.recovered || bound->published.empty()) {
      // What was found after a crash is verified before anything is believed.
      bound->full_hash = true;
      bound->again = true;
      close_settled(*bound);
      settle_seal_job(*bound, std::nullopt);
      return end_work(*bound, then);
    }
    nanoseconds const hashed = plan.hashed;
    bound->verified = Verified{hashed, hashed, "full-hash", hashed, true};
    close_settled(*bound);
    finish_with_row(*bound, std::move(bound->published), record.seq, hashed);
  });
}

// Index row and proof; then the folder is an ordinary bound one.
void RunBook::finish_with_row(RunState& run, StatTable files, std::uint64_t log_index,
                              nanoseconds hashed) {
  StatRow row;
  row.repo = run.place.key.repository;
  row.path = run.place.key.run;
  row.style = run.facts->style.value_or("contract");
  row.root = run.facts->root;
  row.hashfile_sha = run.facts->hashfile.value_or(Digest{});
  row.manifest_sha = run.facts->manifest;
  row.log_index = log_index;
  row.state = std::string(verdict_name(run.facts->verdict.value_or(Verdict::valid)));
  row.codes = run.facts->codes;
  row.hashed = hashed;
  row.files = std::move(files);
  run.work = Work::finish;
  out_.act(FinishSeal{run.place, std::move(row)});
}

void RunBook::on_finished(SealFinished event, Instant now) {
  RunState* const run = find_mutable(event.key);
  if (run == nullptr || run->work != Work::finish) return;
  // A missing row or proof is made again by the next comparison; the seal stands.
  run->plan.reset();
  run->foreign.reset();
  run->look.reset();
  run->quiet.reset();
  run->resting = false;
  run->aborts = 0;
  settle_seal_job(*run, std::nullopt);
  end_work(*run, now);
}

void RunBook::close_settled(RunState& run) {
  for (char const* kind : {"seal.refused", "seal.invalid", "seal.incomplete", "run.abandoned"}) {
    close(run.place.key, kind, "sealed");
  }
}

void RunBook::on_recovered(SealRecovered event, Instant now) {
  RunState* const found = find_mutable(event.key);
  if (found == nullptr || found->work != Work::recover) return;
  RunState& run = *found;
  if (std::holds_alternative<RunGone>(event.outcome)) {
    run.intent_settled = true;
    return forget(event.key, now);
  }
  if (std::holds_alternative<Unreachable>(event.outcome)) {
    run.error = std::get<Unreachable>(event.outcome).why.text;
    end_work(run, now);
    return schedule(run, now.mono + kUnreachableRetry, false);
  }
  RecoverOutcome& outcome = std::get<RecoverOutcome>(event.outcome);
  if (auto* go_on = std::get_if<ContinueSeal>(&outcome)) {
    run.work = Work::publish;
    out_.act(PublishSeal{run.place, std::make_unique<SealPlan>(std::move(go_on->plan))});
    return;
  }
  if (auto* complete = std::get_if<SealComplete>(&outcome)) {
    run.plan = std::make_unique<SealPlan>();
    run.plan->bytes = std::move(complete->bytes);
    run.plan->recovered = true;
    run.published = {};
    run.work = Work::copy;
    out_.act(WriteSealCopy{run.place, run.plan->bytes.hashfile});
    return;
  }
  if (auto const* withdrawn = std::get_if<Withdrawn>(&outcome)) {
    return append_withdrawn(run, *withdrawn, now);
  }
  if (std::holds_alternative<RecoverFailed>(outcome)) {
    run.error = std::get<RecoverFailed>(outcome).failure.text;
    end_work(run, now);
    return schedule(run, now.mono + kUnreachableRetry, false);
  }
  run.intent_settled = true;
  wait_again(run, milliseconds(20), now);
}

}  // namespace govseal
