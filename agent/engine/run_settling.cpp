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
using std::chrono::minutes;
using std::chrono::seconds;

constexpr auto kUnreachableRetry = seconds(60);
constexpr auto kGapRetry = milliseconds(200);
constexpr auto kCopyRetry = seconds(1);
constexpr auto kSealByHandWait = seconds(60);
constexpr auto kQuietMax = minutes(10);    // of a folder whose seals are withdrawn again and again
constexpr int kUnknownWriterFactor = 6;    // sealing.md 9.1, condition 6
constexpr unsigned kProbePauseMax_s = 30;  // watching.md 15.2

std::optional<By> by_of(std::map<RunKey, By> const& all, RunKey const& key) {
  auto const found = all.find(key);
  return found == all.end() ? std::nullopt : std::optional(found->second);
}

std::optional<record::By> record_by(std::optional<By> const& by) {
  if (!by) return std::nullopt;
  return record::By{.uid = by->uid, .pid = by->pid, .role = by->role};
}

VerdictFacts facts_of(FolderVerdict const& verdict) {
  VerdictFacts facts;
  facts.verdict = verdict.verdict;
  facts.codes.assign(verdict.codes.begin(), verdict.codes.end());
  facts.warnings.assign(verdict.warnings.begin(), verdict.warnings.end());
  if (verdict.style) facts.style = seal_style_name(*verdict.style);
  if (verdict.dialect) facts.dialect = dialect_name(*verdict.dialect);
  if (verdict.variant) facts.variant = line_order_name(*verdict.variant);
  facts.root = verdict.root;
  facts.manifest = verdict.manifest_sha256;
  facts.hashfile = verdict.hashfile_sha256;
  facts.files = verdict.files;
  facts.bytes = verdict.bytes;
  return facts;
}

}  // namespace

void RunBook::look(RunState& run, Instant now) {
  (void)now;
  run.work = Work::look;
  RunRootConfig const& config = run.root->config;
  out_.act(LookAtRun{run.place, AgeLimits{config.incomplete_after, config.abandoned_after},
                     world_.config().watch.probe_open_writers});
}

nanoseconds RunBook::needed_quiet(RunState const& run) const {
  nanoseconds needed = run.root->config.settle_ms;
  if (run.look && run.look->writers.probe == Probe::unknown) needed *= kUnknownWriterFactor;
  if (world_.sight(run.root->id).rung == Rung::scan) {
    needed = std::max<nanoseconds>(needed, world_.config().watch.settle_quiet_scan_ms);
  }
  for (unsigned i = 0; i < run.withdrawals && needed < kQuietMax; ++i) {
    needed = std::min<nanoseconds>(2 * needed, std::max<nanoseconds>(kQuietMax, needed));
  }
  return needed;
}

void RunBook::on_looked(RunLooked event, Instant now) {
  RunState* const run = find_mutable(event.key);
  if (run == nullptr || run->work != Work::look) return;
  run->look_cost = event.finished.mono - event.started.mono;
  if (std::holds_alternative<RunGone>(event.outcome)) return forget(event.key, now);
  if (auto const* other = std::get_if<NotAFolder>(&event.outcome)) {
    std::string const name = event.key.run.substr(event.key.run.rfind('/') + 1);
    note_not_a_folder(*run->root, name, other->symlink, true);
    return forget(event.key, now);
  }
  if (auto const* failure = std::get_if<Unreachable>(&event.outcome)) {
    run->error = failure->why.text;
    run->look.reset();
    run->quiet.reset();
    run->resting = true;
    settle_seal_job(*run, "seal.no_permission");
    end_work(*run, now);
    return schedule(*run, now.mono + kUnreachableRetry, false);
  }
  run->error.clear();
  LookFacts const facts = std::get<LookFacts>(event.outcome);
  after_look(*run, facts, event, now);
}

void RunBook::after_look(RunState& run, LookFacts const& facts, RunLooked const& event,
                         Instant now) {
  RootSight const sight = world_.sight(run.root->id);
  bool held = run.quiet && !run.again && run.quiet->fingerprint == facts.fingerprint &&
              run.quiet->epoch == sight.epoch && sight.live;
  run.look = facts;
  if (run.facts && !held) run.facts.reset();
  touch(run);
  if (run.seal_job && now.mono >= run.seal_deadline) {
    settle_seal_job(run, facts.writers.probe == Probe::open ? "run.writer_open" : "run.not_quiet");
  }
  if (facts.writers.probe == Probe::open) return found_writer(run, now);
  if (run.probes > 0) {  // a clear probe begins a new quiet period
    run.probes = 0;
    held = false;
  }
  if (run.again) {
    run.quiet.reset();
    return end_work(run, now);
  }
  if (!sight.live) return wait_again(run, kGapRetry, now);
  if (!held) {
    run.quiet = RunState::Quiet{event.finished.mono, facts.fingerprint, sight.epoch};
    end_work(run, now);
    return schedule(run, run.quiet->since + needed_quiet(run), run.seal_job.has_value());
  }
  nanoseconds const quiet_for = event.started.mono - run.quiet->since;
  if (quiet_for < needed_quiet(run)) {
    end_work(run, now);
    return schedule(run, run.quiet->since + needed_quiet(run), run.seal_job.has_value());
  }
  run.quiet_seen = quiet_for;
  decide(run, now);
}

void RunBook::wait_again(RunState& run, nanoseconds pause, Instant now) {
  run.quiet.reset();
  end_work(run, now);
  schedule(run, now.mono + pause, run.seal_job.has_value());
}

void RunBook::found_writer(RunState& run, Instant now) {
  unsigned const pause_s = std::min(1U << std::min(run.probes, 5U), kProbePauseMax_s);
  ++run.probes;
  wait_again(run, seconds(pause_s), now);
}

// The folder is quiet and the newest look says what it is.
void RunBook::decide(RunState& run, Instant now) {
  LookFacts const& facts = *run.look;
  if (facts.sealed_style) {
    run.work = Work::foreign;
    RunRootConfig const& config = run.root->config;
    out_.act(VerifyForeign{run.place, AgeLimits{config.incomplete_after, config.abandoned_after}});
    return;
  }
  if (facts.has_manifest || facts.has_hashfile) return report_half_seal(run, now);
  bool const by_hand = run.seal_job.has_value();
  if (run.root->config.seal != RunRootConfig::Seal::automatic && !by_hand) return rest(run, now);
  bool const complete = facts.state == Verdict::unsealed && facts.dialect != Dialect::path1;
  if (!complete) {
    if (!by_hand) return rest(run, now);
    if (!run.write_envelope) return refuse(run, {"seal.no_envelope"}, now);
  }
  if (run.write_envelope && facts.has_run_json) return refuse(run, {"seal.envelope_exists"}, now);
  if (!facts.codes.empty() && complete) return refuse(run, facts.codes, now);
  begin_seal(run, now);
}

void RunBook::rest(RunState& run, Instant now) {
  run.resting = true;
  run.plan.reset();
  run.foreign.reset();
  settle_seal_job(run, "seal.exists");
  watch_age(run, now);
  end_work(run, now);
}

// The state by age changes without anything happening in the folder.
void RunBook::watch_age(RunState& run, Instant now) {
  if (!run.look || !run.look->state || run.look->state == Verdict::unsealed) {
    return close(run.place.key, "run.abandoned", "changed");
  }
  RunRootConfig const& config = run.root->config;
  auto const newest = nanoseconds(run.look->newest_ctime_ns);
  nanoseconds const abandoned_at = newest + nanoseconds(config.abandoned_after);
  if (run.look->state == Verdict::abandoned) {
    auto const baseline = world_.projection().baseline_of(run.root->repository, config.path.str());
    bool const counted = !baseline || abandoned_at <= *baseline;
    if (!counted) raise(run, "run.abandoned", run.look->codes, "");
    return;
  }
  close(run.place.key, "run.abandoned", "changed");
  nanoseconds const incomplete_at = newest + nanoseconds(config.incomplete_after);
  nanoseconds const next = now.wall < incomplete_at ? incomplete_at : abandoned_at;
  nanoseconds const pause = std::clamp<nanoseconds>(next - now.wall, seconds(1), minutes(60));
  run.again = false;
  if (run.due != nanoseconds{}) due_.erase({run.due, run.place.key});
  run.due = now.mono + pause;
  due_.insert({run.due, run.place.key});
}

void RunBook::report_half_seal(RunState& run, Instant now) {
  RunKey const& key = run.place.key;
  std::string const id = make_finding_id("seal.incomplete", key.repository, {key.run});
  if (world_.projection().find_open(id) == nullptr) {
    record::SealIncomplete incomplete{.repo = key.repository, .run = key.run, .since = now.wall};
    if (run.look->has_manifest) incomplete.have.emplace_back("manifest.json");
    if (run.look->has_hashfile) incomplete.have.emplace_back("MANIFEST.sha256");
    if (run.look->has_run_json) incomplete.have.emplace_back("run.json");
    out_.append(make_record(incomplete));
  }
  rest(run, now);
}

void RunBook::refuse(RunState& run, std::set<std::string> codes, Instant now) {
  std::string const first = codes.empty() ? "seal.refused" : *codes.begin();
  if (!run.seal_job || run.root->config.seal == RunRootConfig::Seal::automatic) {
    bool const automatic = run.root->config.seal == RunRootConfig::Seal::automatic;
    bool const by_hand_only = first == "seal.no_envelope" || first == "seal.envelope_exists";
    if (automatic && !by_hand_only) raise(run, "seal.refused", codes, "");
  }
  settle_seal_job(run, first);
  rest(run, now);
}

// ------------------------------------------------------------------------------ sealing

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
  settle_seal_job(*run, std::nullopt);
  end_work(*run, now);
}

void RunBook::close_settled(RunState& run) {
  for (char const* kind : {"seal.refused", "seal.invalid", "seal.incomplete", "run.abandoned"}) {
    close(run.place.key, kind, "sealed");
  }
}

// ------------------------------------------------------------------------------ recovery

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

// ------------------------------------------------------------------------------ foreign seals

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
  run.facts = facts_of(run.foreign->verdict);
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

// ------------------------------------------------------------------------------ by hand

void RunBook::seal_by_hand(RunKey const& key, bool write_envelope, std::string job, By by,
                           Instant now) {
  auto const root = std::find_if(roots_.begin(), roots_.end(), [&](auto const& entry) {
    return entry.second.repository == key.repository && !key.run.empty() &&
           RelativePath::parse(key.run).has_value() &&
           RelativePath::of(key.run).parent() == entry.second.config.path;
  });
  if (root == roots_.end()) {
    return out_.act(FailJob{
        job, refused("seal.not_a_run_folder", "not a direct child of a configured run root")});
  }
  RunState& run = make_run(root->second, std::string(RelativePath::of(key.run).name()));
  if (run.seal_job) {
    return out_.act(FailJob{job, refused("run.not_quiet", "a seal of this folder is under way")});
  }
  run.seal_job = std::move(job);
  out_.act(StartJob{*run.seal_job});
  if (is_bound(run)) {
    bool const valid = run.facts && run.facts->verdict == Verdict::valid;
    return settle_seal_job(run, valid ? std::nullopt : std::optional<std::string>("seal.bound"));
  }
  run.write_envelope = write_envelope;
  run.seal_deadline = now.mono + kSealByHandWait;
  run.resting = false;
  by_[key] = std::move(by);
  schedule(run, now.mono, true);
}

// No refusal: the folder is sealed.
void RunBook::settle_seal_job(RunState& run, std::optional<std::string> refusal) {
  if (!run.seal_job) return;
  std::string const job = *std::exchange(run.seal_job, std::nullopt);
  by_.erase(run.place.key);
  run.write_envelope = false;
  if (refusal) {
    return out_.act(FailJob{job, refused(*refusal, run.place.key.run + " was not sealed")});
  }
  RunLedger const* const ledger = ledger_of(run);
  JsonWriter json;
  json.begin_object();
  json.member("repository", run.place.key.repository).member("run", run.place.key.run);
  bool const fresh = run.work == Work::finish || run.work == Work::records;
  json.member("outcome", fresh ? "sealed" : "already sealed");
  json.key("root").value(ledger != nullptr && ledger->binding && ledger->binding->root
                             ? std::optional<std::string>(ledger->binding->root->hex())
                             : std::nullopt);
  json.key("log_index")
      .value(ledger != nullptr && ledger->binding
                 ? std::optional<std::uint64_t>(ledger->binding->seq)
                 : std::nullopt);
  json.end_object();
  out_.act(FinishJob{job, json.take()});
}

}  // namespace govseal
