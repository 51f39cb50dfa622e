#include "agent/engine/engine.h"

#include <algorithm>

#include "base/error.h"
#include "reporting/finding_kinds.h"
#include "reporting/layer_down/glob.h"
#include "sealing/ledger/records.h"

namespace govseal {
namespace {

constexpr auto kRecordPause = std::chrono::milliseconds(200);
constexpr auto kConfigPause = std::chrono::milliseconds(200);

}  // namespace

void Engine::handle(HintSeen const& event, Instant now) {
  RootBook::Root const* const root = roots_.find(event.hint.root);
  if (root == nullptr) return;
  std::string const& id = root->spec.repository;
  switch (root->spec.kind) {
    case RootKind::runs:
      return runs_.on_hint(event.hint, now);
    case RootKind::references:
      dispatch_.request(id, config_.watch.reference_quiet_ms, now);
      return inspect(id, kInspectPause, now);
    case RootKind::records:
      return dispatch_.request(id, kRecordPause, now);
    case RootKind::guards:
      return dispatch_.request(id, config_.watch.reference_quiet_ms, now);
    case RootKind::config:
      if (digest_due_ == nanoseconds{}) digest_due_ = now.mono + kConfigPause;
      return;
  }
}

void Engine::handle(GapSeen const& event, Instant now) {
  for (RootId const& id : event.gap.roots) {
    if (RootBook::Root const* root = roots_.find(id)) mark(root->spec.repository);
    runs_.on_gap(id, now);
  }
  roots_.on_gap(event.gap, now);
  for (RootId const& id : event.gap.roots) {
    RootBook::Root const* const root = roots_.find(id);
    bool const lost = event.gap.cause == GapCause::root_missing ||
                      event.gap.cause == GapCause::root_replaced ||
                      event.gap.cause == GapCause::unmounted;
    if (root == nullptr || root->spec.repository.empty() || !lost) continue;
    inspect(root->spec.repository, kRecordPause, now);
    // A run root that is gone while its repository stands: every bound run is judged.
    if (root->spec.kind == RootKind::runs) runs_.sweep(id, false, {}, now);
  }
}

void Engine::handle(RootAppeared const& event, Instant now) {
  RootBook::Root const* const root = roots_.find(event.root);
  if (root == nullptr) return;
  mark(root->spec.repository);
  if (!root->spec.repository.empty()) inspect(root->spec.repository, kInspectPause, now);
  roots_.on_appeared(event.root, now);
}

void Engine::handle(PartSeen const& event, Instant now) {
  roots_.on_partial(event.partial, now);
}

void Engine::handle(RootArmed const& event, Instant now) {
  if (RootBook::Root const* root = roots_.find(event.root)) mark(root->spec.repository);
  roots_.on_armed(event, now);
}

void Engine::recover(RootBook::Root const& root, bool full_hash,
                     std::function<void(RootBook::Recovered, Instant)> done, Instant now) {
  RootId const id = root.spec.watch.id;
  switch (root.spec.kind) {
    case RootKind::runs:
      return runs_.sweep(
          id, full_hash,
          [this, done, id](Sweep const& sweep, Instant then) {
            if (RootBook::Root const* seen = roots_.find(id)) mark(seen->spec.repository);
            done({sweep.entries, sweep.changed, sweep.complete}, then);
          },
          now);
    case RootKind::references:
    case RootKind::records:
    case RootKind::guards:
      return dispatch_.request(root.spec.repository, {}, now,
                               [this, done, id](bool good, Instant then) {
                                 if (RootBook::Root const* seen = roots_.find(id))
                                   mark(seen->spec.repository);
                                 // An audit that failed is said by its own finding; the watching is
                                 // whole again.
                                 (void)good;
                                 done({}, then);
                               });
    case RootKind::config:
      if (digest_due_ == nanoseconds{}) digest_due_ = now.mono + kConfigPause;
      return done({}, now);
  }
}

// Once a cycle every bound folder is compared, and some are read whatever the index says.
void Engine::begin_cycle(Instant now) {
  cycle_due_ = now.mono + nanoseconds(config_.sealing.cycle_s);
  for (auto const& [id, root] : roots_.roots()) {
    if (root.spec.kind == RootKind::runs && root.live()) runs_.sweep(id, false, {}, now);
  }
  std::uint64_t files = 0;
  std::uint64_t bound = 0;
  for (auto const& [key, run] : projection_.runs()) {
    if (!run.binding) continue;
    ++bound;
    files += run.binding->files;
  }
  if (bound == 0 || config_.sealing.rehash_percent == 0) return;
  std::uint64_t const folders =
      std::max<std::uint64_t>(1, bound * config_.sealing.rehash_percent / 100);
  runs_.rehash(
      folders, [this](std::size_t below) { return random_() % below; }, now);
}

void Engine::beat(Instant now) {
  heartbeat_due_ = now.mono + nanoseconds(config_.ledger.heartbeat_s);
  auto const counters = runs_.take_counters();
  record::Heartbeat beat{
      .interval_s = config_.ledger.heartbeat_s.count(),
      .uptime_s =
          std::chrono::duration_cast<std::chrono::seconds>(now.mono - started_.mono).count(),
      .boottime_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.boot).count(),
      .repos = static_cast<std::int64_t>(repositories_.size()),
      .runs = static_cast<std::int64_t>(runs_.size()),
      .sealed = static_cast<std::int64_t>(projection_.bound_runs()),
      .verified = counters.verified,
      .hashed_bytes = counters.hashed_bytes,
      .gaps = static_cast<std::int64_t>(roots_.gaps_opened() - gaps_told_)};
  gaps_told_ = roots_.gaps_opened();
  for (auto const& [key, run] : projection_.runs()) {
    if (run.failed) ++beat.failed;
  }
  for (auto const& [id, finding] : projection_.findings()) {
    if (finding->kind == "run_missing" && finding->state != FindingState::closed) ++beat.missing;
  }
  out_.append(make_record(beat));
}

void Engine::handle(ClockStepped const& event, Instant now) {
  auto const delta = event.observed - event.expected;
  out_.append(make_record(record::ClockJump{
      .from = event.expected,
      .to = event.observed,
      .delta_ms = std::chrono::duration_cast<std::chrono::milliseconds>(delta).count(),
      .boottime_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.boot).count()}));
}

}  // namespace govseal
