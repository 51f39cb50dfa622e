#include <algorithm>

#include "agent/engine/run_book.h"
#include "base/error.h"
#include "base/json.h"
#include "reporting/finding_kinds.h"
#include "sealing/ledger/records.h"
#include "sealing/ledger/text_field.h"

// Bound folders: compared with the first seal after every hint and in every sweep.
//
// What is found becomes records only where the ledger does not say it yet, and the index row is
// stored after these records are durable: a crash in between finds the same difference again.

namespace govseal {
namespace {

/// A folder that is gone, or has no seal, is looked at once more after this: removing or replacing
/// a folder takes many steps, and only what they come to is judged.
constexpr auto kMissingConfirm = std::chrono::milliseconds(250);

SealStyle parse_style(std::string const& name) {
  for (SealStyle const style : {SealStyle::contract, SealStyle::path1, SealStyle::cartographer,
                                SealStyle::evidence_pack, SealStyle::catalog}) {
    if (seal_style_name(style) == name) return style;
  }
  return SealStyle::contract;
}

Binding binding_of(RunBinding const& binding) {
  return {.root = binding.root,
          .hashfile = binding.hashfile,
          .style = parse_style(binding.style),
          .verdict = parse_verdict(binding.verdict).value_or(Verdict::valid)};
}

std::string hex_or_empty(std::optional<Digest> const& digest) {
  return digest ? digest->hex() : std::string();
}

std::vector<std::string> full_paths(RunKey const& key, std::vector<BoundChange> const& changes) {
  std::vector<std::string> paths;
  for (BoundChange const& change : changes) {
    paths.push_back(change.path.empty() ? key.run : key.run + "/" + change.path);
  }
  if (paths.empty()) paths.push_back(key.run);
  return paths;
}

/// Over everything that the changes of a look say.
Digest mark_of(std::vector<BoundChange> const& changes) {
  Sha256 hash;
  for (BoundChange const& change : changes) {
    hash.update(change.path)
        .update(std::string_view("\0", 1))
        .update(bound_change_name(change.kind));
    if (change.now) hash.update(change.now->hex());
    hash.update(std::string_view("\0", 1));
  }
  return hash.finish();
}

std::string basis_of(bool full_hash, bool hinted) {
  if (full_hash) return "full-hash";
  return hinted ? "event" : "stat";
}

}  // namespace

void RunBook::check(RunState& run, Instant now) {
  (void)now;
  run.work = Work::check;
  run.checking_full = std::exchange(run.full_hash, false);
  run.checking_content = std::exchange(run.content_hint, false);
  out_.act(CheckBound{run.place, ledger_of(run)->binding->seq, run.checking_full});
}

void RunBook::on_checked(BoundChecked event, Instant now) {
  RunState* const found = find_mutable(event.key);
  if (found == nullptr || found->work != Work::check) return;
  RunState& run = *found;
  run.look_cost = event.finished.mono - event.started.mono;
  if (std::holds_alternative<Stopped>(event.outcome)) return end_work(run, now);
  if (auto const* failure = std::get_if<Unreachable>(&event.outcome)) {
    run.error = failure->why.text;
    run.facts.reset();
    run.full_hash = run.full_hash || run.checking_full;
    run.content_hint = run.content_hint || run.checking_content;
    sweep_saw(run, false, false, now);
    finish_verify_jobs(run);
    end_work(run, now);
    return schedule(run, now.mono + kUnreachableRetry, false);
  }
  BoundLook& look = *std::get<std::unique_ptr<BoundLook>>(event.outcome);
  bool const no_seal = look.missing || !look.hashfile;
  if (no_seal && !run.missing_seen) {
    run.missing_seen = true;
    run.full_hash = run.full_hash || run.checking_full;
    run.content_hint = run.content_hint || run.checking_content;
    end_work(run, now);
    return schedule(run, now.mono + kMissingConfirm, true);
  }
  run.missing_seen = false;
  bool const unmoved = look.files_hashed == 0 && look.changes.empty() && !look.missing;
  if (run.checking_content && !run.checking_full && unmoved) {
    // Somebody wrote and the stat index sees nothing: the clock was set back, or a file's times
    // were. The event is believed, so the bytes are read.
    run.full_hash = true;
    run.content_hint = true;
    end_work(run, now);
    return schedule(run, now.mono, true);
  }
  judge(run, look, event, now);
}

void RunBook::judge(RunState& run, BoundLook& look, BoundChecked const& event, Instant now) {
  RunKey const& key = run.place.key;
  RunBinding const& binding = *ledger_of(run)->binding;
  std::string const missing_id = make_finding_id("run_missing", key.repository, {key.run, ""});
  BoundHints const hints{.written = run.checking_content,
                         .was_missing = world_.projection().find_open(missing_id) != nullptr};
  BoundJudgement const judgement = judge_bound(binding_of(binding), look, hints);
  note_facts(run, look, event);
  auto records = records_of(run, look, judgement, event, now);
  if (judgement.violation == BoundViolation::sealed_write && !records.empty()) {
    run.violation_at = now.mono;
  }
  run.new_row.reset();
  if (look.row_action == BoundLook::RowAction::store) {
    run.new_row = std::move(look.row);
  }
  run.drop_row = look.row_action == BoundLook::RowAction::remove;
  if (!look.missing) run.moved_to.reset();
  sweep_saw(run, judgement.violation != BoundViolation::none, true, now);
  write_decision(run, std::move(records), now);
}

void RunBook::note_facts(RunState& run, BoundLook const& look, BoundChecked const& event) {
  run.error.clear();
  counters_.verified += look.files_hashed > 0 ? 1 : 0;
  counters_.hashed_bytes += static_cast<std::int64_t>(look.bytes_hashed);
  VerdictFacts facts;
  if (look.missing) {
    facts.verdict = Verdict::invalid;
    facts.codes = {"tree.missing"};
  } else {
    facts = make_facts(look.verdict);
  }
  if (run.facts && !facts.dialect) facts.dialect = run.facts->dialect;
  if (run.facts && !facts.files) facts.files = run.facts->files;
  if (run.facts && !facts.bytes) facts.bytes = run.facts->bytes;
  if (run.facts && !facts.variant && facts.verdict == Verdict::valid) {
    facts.variant = run.facts->variant;
  }
  run.facts = std::move(facts);
  run.verified.stat_at = event.started.wall;
  run.verified.verified_at = event.started.wall;
  if (run.checking_full || !look.before) {
    run.verified.hashed_at = event.started.wall;
    run.verified.basis = "full-hash";
  } else {
    run.verified.basis = "stat";
    if (!run.verified.hashed_at && look.row.hashed != nanoseconds{}) {
      run.verified.hashed_at = look.row.hashed;
    }
  }
  run.verified.covered = world_.sight(run.root->id).live;
}

void RunBook::add_write(std::vector<RecordDraft>& records, RunState& run, BoundLook const& look,
                        BoundJudgement const& judgement) const {
  RunKey const& key = run.place.key;
  RunLedger const& ledger = *ledger_of(run);
  std::string const id = make_finding_id("sealed_write", key.repository,
                                         {key.run, hex_or_empty(ledger.binding->root)});
  Finding const* const open = world_.projection().find_open(id);
  std::string const effect(bound_effect_name(judgement.effect));
  // A state is found again at every look; it is told again only when it is another one.
  auto const paths = full_paths(key, look.changes);
  RunLedger::LastViolation const found{
      make_list(paths).sha256, look.changes.size() == 1 ? look.changes.front().now : std::nullopt,
      effect};
  Digest const mark = mark_of(look.changes);
  bool const same =
      ledger.violation == found && (!run.violation_mark || run.violation_mark == mark);
  if (open != nullptr && (same || (look.changes.empty() && open->effect == effect))) return;
  run.violation_mark = mark;
  record::Violation violation{
      .repo = key.repository,
      .name = "sealed_write",
      .effect = effect,
      .kind = std::string(bound_change_name(judgement.kind)),
      .run = key.run,
      .seal = static_cast<std::int64_t>(ledger.binding->seq),
      .paths = full_paths(key, look.changes),
      .basis = basis_of(run.checking_full && !run.checking_content,
                        run.checking_content || world_.sight(run.root->id).live)};
  if (ledger.unlock) violation.unlock = static_cast<std::int64_t>(*ledger.unlock);
  if (look.changes.size() == 1) {
    BoundChange const& change = look.changes.front();
    violation.was = change.was;
    violation.now = change.now;
    if (change.to) violation.to = key.run + "/" + *change.to;
  }
  records.push_back(make_record(violation));
}

void RunBook::add_closings(std::vector<RecordDraft>& records, RunState const& run, bool good,
                           BoundLook const& look) const {
  bool recovered = false;
  for (std::string const& id : world_.projection().open_of_run(run.place.key)) {
    Finding const& finding = *world_.projection().find_finding(id);
    bool const is_state = finding.kind == "seal_rewritten" || finding.kind == "run_missing" ||
                          (finding.kind == "sealed_write" &&
                           severity_of_write(finding.effect.value_or("")) == Severity::critical);
    bool const back = finding.kind == "run_missing" && !look.missing;
    if (!is_state || !(good || back)) continue;
    recovered = recovered || good;
    records.push_back(
        make_record(record::Finding{.repo = finding.repository,
                                    .id = id,
                                    .name = finding.kind,
                                    .state = "closed",
                                    .of = world_.projection().opening_record(id),
                                    .severity = std::string(to_text(finding.severity)),
                                    .run = finding.subject.run,
                                    .reason = good ? "restored" : "returned"}));
  }
  RunLedger const& ledger = *ledger_of(run);
  bool const by_request = !run.verify_jobs.empty();
  if (!good || !(recovered || ledger.failed || by_request)) return;
  records.push_back(make_record(record::SealVerified{
      .repo = run.place.key.repository,
      .run = run.place.key.run,
      .root = ledger.binding->root,
      .seal = static_cast<std::int64_t>(ledger.binding->seq),
      .verdict = std::string(verdict_name(run.facts->verdict.value_or(Verdict::valid))),
      .source = "worktree",
      .trigger = recovered || ledger.failed ? "recovered" : "request",
      .files = static_cast<std::int64_t>(look.files_hashed),
      .bytes = static_cast<std::int64_t>(look.bytes_hashed)}));
}

std::vector<RecordDraft> RunBook::records_of(RunState& run, BoundLook const& look,
                                             BoundJudgement const& judgement,
                                             BoundChecked const& event, Instant now) const {
  std::vector<RecordDraft> records;
  RunKey const& key = run.place.key;
  RunLedger const& ledger = *ledger_of(run);
  auto const seal = static_cast<std::int64_t>(ledger.binding->seq);
  switch (judgement.violation) {
    case BoundViolation::none:
      break;
    case BoundViolation::sealed_write:
      add_write(records, run, look, judgement);
      break;
    case BoundViolation::seal_rewritten: {
      std::string const id = make_finding_id("seal_rewritten", key.repository,
                                             {key.run, hex_or_empty(judgement.found_root)});
      if (world_.projection().find_open(id) != nullptr) break;
      record::SealRewritten rewritten{.repo = key.repository,
                                      .run = key.run,
                                      .seal = seal,
                                      .root_was = ledger.binding->root,
                                      .root = judgement.found_root,
                                      .hashfile_was = ledger.binding->hashfile,
                                      .hashfile = look.hashfile};
      if (look.verdict.verdict) rewritten.verdict = verdict_name(*look.verdict.verdict);
      records.push_back(make_record(rewritten));
      break;
    }
    case BoundViolation::run_missing: {
      std::string const id = make_finding_id("run_missing", key.repository, {key.run, ""});
      if (world_.projection().find_open(id) != nullptr) break;
      records.push_back(make_record(
          record::RunMissing{.repo = key.repository,
                             .run = key.run,
                             .root = ledger.binding->root,
                             .seal = seal,
                             .last_seen = run.verified.stat_at.value_or(ledger.binding->at),
                             .git = event.git_place,
                             .moved_to = run.moved_to}));
      break;
    }
  }
  bool const failed =
      !look.missing && !judgement.is_good && look.verdict.verdict && !run.facts->codes.empty();
  std::pair<std::string, std::vector<std::string>> const state{
      look.verdict.verdict ? std::string(verdict_name(*look.verdict.verdict)) : "",
      run.facts->codes};
  if (failed && ledger.failed != state) {
    records.push_back(make_record(record::SealFailed{.repo = key.repository,
                                                     .run = key.run,
                                                     .root = ledger.binding->root,
                                                     .seal = seal,
                                                     .verdict = state.first,
                                                     .source = "worktree",
                                                     .codes = state.second,
                                                     .paths = full_paths(key, look.changes)}));
  }
  add_closings(records, run, judgement.is_good, look);
  (void)now;
  return records;
}

// The row is stored when all of these are durable, so a crash between finds the difference again.
void RunBook::write_decision(RunState& run, std::vector<RecordDraft> records, Instant now) {
  if (records.empty()) return decision_written(run, now);
  RunKey const key = run.place.key;
  run.work = Work::records;
  run.open_records = records.size();
  for (RecordDraft& draft : records) {
    out_.append(std::move(draft), [this, key](Record const&, Instant then) {
      RunState* const waiting = find_mutable(key);
      if (waiting == nullptr || waiting->work != Work::records) return;
      if (--waiting->open_records == 0) decision_written(*waiting, then);
    });
  }
}

void RunBook::decision_written(RunState& run, Instant now) {
  finish_verify_jobs(run);
  bool const drop = std::exchange(run.drop_row, false);
  if (!run.new_row && !drop) return end_work(run, now);
  run.work = Work::finish;
  out_.act(FinishSeal{run.place, std::exchange(run.new_row, std::nullopt)});
}

bool RunBook::verify_by_hand(RunKey const& key, bool full_hash, std::string job, Instant now) {
  RunState* const run = find_mutable(key);
  if (run == nullptr) return false;
  out_.act(StartJob{job});
  run->verify_jobs.push_back(std::move(job));
  if (!is_bound(*run)) {
    finish_verify_jobs(*run);
    return true;
  }
  run->full_hash = run->full_hash || full_hash;
  schedule(*run, now.mono, true);
  return true;
}

void RunBook::finish_verify_jobs(RunState& run) {
  if (run.verify_jobs.empty()) return;
  if (run.work == Work::check && run.again && run.full_hash) return;  // asked for while under way
  JsonWriter json;
  json.begin_object().key("items").begin_array().begin_object();
  json.member("repository", run.place.key.repository).member("run", run.place.key.run);
  json.key("verdict");
  if (run.facts && run.facts->verdict) {
    json.value(verdict_name(*run.facts->verdict));
  } else if (!run.facts && run.look && run.look->state) {
    json.value(verdict_name(*run.look->state));
  } else {
    json.null();
  }
  json.key("codes").begin_array();
  if (run.facts) {
    for (std::string const& code : run.facts->codes) json.value(code);
  }
  json.end_array();
  if (!run.error.empty()) json.member("error", run.error);
  json.end_object().end_array().end_object();
  std::string const result = json.take();
  for (std::string const& job : std::exchange(run.verify_jobs, {})) {
    out_.act(FinishJob{job, result});
  }
}

}  // namespace govseal
