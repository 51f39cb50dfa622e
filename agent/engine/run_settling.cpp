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
constexpr auto kGapRetry = milliseconds(200);
constexpr auto kSealByHandWait = seconds(60);

constexpr auto kQuietMax = minutes(10);  // of a folder whose seals are withdrawn again and again
constexpr auto kAbortQuietMax = seconds(30);  // of a folder whose seal failed again and again
constexpr int kUnknownWriterFactor = 6;       // sealing.md 9.1, condition 6
constexpr unsigned kProbePauseMax_s = 30;     // watching.md 15.2

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
  // A disk that stays full must not fill the ledger with tries.
  for (unsigned i = 1; i < run.aborts && needed < kAbortQuietMax; ++i) {
    needed = std::min<nanoseconds>(2 * needed, kAbortQuietMax);
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
