#include "agent/engine/root_book.h"

#include <algorithm>

#include "reporting/finding_kinds.h"
#include "reporting/record_fields.h"
#include "sealing/ledger/records.h"

// A gap is a record before its recovery starts, and ends only when a recovery that began in its
// epoch is complete. Events of the kernel never close one.

namespace govseal {
namespace {

constexpr auto kBlindAfter = std::chrono::seconds(60);

std::string identity_text(std::optional<DirectoryIdentity> const& identity) {
  if (!identity) return "none";
  std::string text =
      "dev " + std::to_string(identity->dev) + " ino " + std::to_string(identity->ino);
  if (identity->birth_ns) text += " born " + std::to_string(*identity->birth_ns);
  return text;
}

std::int64_t to_us(nanoseconds time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

bool loses_root(GapCause cause) {
  return cause == GapCause::root_missing || cause == GapCause::root_replaced ||
         cause == GapCause::unmounted;
}

RungReason reason_of(GapCause cause) {
  switch (cause) {
    case GapCause::watch_limit:
      return RungReason::watch_limit;
    case GapCause::permission_denied:
      return RungReason::permission_denied;
    case GapCause::filesystem_unsupported:
      return RungReason::filesystem_unsupported;
    case GapCause::malformed_events:
      return RungReason::malformed_events;
    case GapCause::event_silence:
      return RungReason::event_silence;
    case GapCause::event_flood:
      return RungReason::event_flood;
    case GapCause::no_capability:
      return RungReason::no_capability;
    case GapCause::agent_down:
    case GapCause::agent_crash:
    case GapCause::kernel_overflow:
    case GapCause::ring_overflow:
    case GapCause::held_queue_overflow:
    case GapCause::io_error:
    case GapCause::root_missing:
    case GapCause::root_replaced:
    case GapCause::unmounted:
    case GapCause::scan_overdue:
    case GapCause::unreadable_repository:
      return RungReason::io_error;
  }
  return RungReason::io_error;
}

}  // namespace

std::string_view name_of(RootKind kind) noexcept {
  switch (kind) {
    case RootKind::runs:
      return "runs";
    case RootKind::guards:
      return "guards";
    case RootKind::references:
      return "references";
    case RootKind::records:
      return "records";
    case RootKind::config:
      return "config";
  }
  return "";
}

void RootBook::set_roots(std::string const& repository, std::vector<RootSpec> specs, bool known,
                         Instant now) {
  std::set<RootId> wanted;
  for (RootSpec const& spec : specs) wanted.insert(spec.watch.id);
  for (auto it = roots_.begin(); it != roots_.end();) {
    if (it->second.spec.repository == repository && !wanted.contains(it->first)) {
      out_.act(DisarmRoot{it->first});
      close_records(it->second, false, Recovered{}, now);
      it = roots_.erase(it);
    } else {
      ++it;
    }
  }
  std::vector<Root*> begun;
  for (RootSpec& spec : specs) {
    RootId const id = spec.watch.id;
    auto const [it, added] = roots_.try_emplace(id);
    Root& root = it->second;
    bool const changed = !added && !(root.spec == spec);
    root.spec = std::move(spec);
    if (added) {
      root.intervals.push_back({Interval::State::live, now.wall, {}, {}, {}, {}});
      if (known && !repository.empty()) begun.push_back(&root);
      root.full_hash = known && world_.power_was_lost();
    }
    if (added || changed || root.phase == Root::Phase::unarmed) arm(root, now);
  }
  if (begun.empty()) return;
  // Gaps that the last process left open end with the recovery that begins now.
  for (auto const& [seq, gap] : world_.projection().gaps()) {
    if (gap.repository != repository || records_.contains(seq)) continue;
    OpenRecord& open = records_[seq];
    open.repository = repository;
    open.roots = gap.roots;
    for (Root* const root : begun) {
      open.open.insert(root->spec.watch.id);
      root->gap_records.push_back(seq);
    }
  }
  nanoseconds const down = now.wall - world_.down_since();
  nanoseconds const since = std::max(nanoseconds{}, now.boot - std::max(nanoseconds{}, down));
  open_gap(begun, GapCause::agent_down, 0, 0, since, now);
}

void RootBook::lose_repository(std::string const& repository, GapCause cause, Instant now) {
  std::vector<Root*> lost;
  for (auto& [id, root] : roots_) {
    if (root.spec.repository != repository) continue;
    if (root.gap && loses_root(*root.gap)) continue;
    out_.act(DisarmRoot{id});
    root.phase = Root::Phase::unarmed;
    lost.push_back(&root);
  }
  for (Root* const root : lost) note_lost(*root, cause, now);
  if (!lost.empty()) open_gap(lost, cause, 0, 0, now.boot, now);
}

void RootBook::arm(Root& root, Instant now) {
  (void)now;
  root.retry_due = {};
  if (root.phase == Root::Phase::arming) {
    root.arm_again = true;
    return;
  }
  root.phase = Root::Phase::arming;
  WatchRoot watch = root.spec.watch;
  watch.epoch = root.epoch;
  Rung const best =
      world_.config().watch.rung == WatchConfig::Rung::d || root.reason == RungReason::watch_limit
          ? Rung::scan
          : Rung::inotify;
  out_.act(ArmRoot{std::move(watch), best});
}

void RootBook::on_armed(RootArmed const& event, Instant now) {
  auto const found = roots_.find(event.root);
  if (found == roots_.end()) return;
  Root& root = found->second;
  root.phase = event.failure ? Root::Phase::unarmed : Root::Phase::armed;
  if (std::exchange(root.arm_again, false)) return arm(root, now);
  if (event.failure) {
    root.reason = reason_of(*event.failure);
    root.retry_due = now.mono + kLostRetry;
    if (!root.gap) open_gap({&root}, *event.failure, event.error_number, 0, now.boot, now);
    return;
  }
  note_rung(root, event.rung, event.reason);
  root.lost = event.lost;
  root.presence = event.presence;
  bool const had = root.identity.has_value();
  bool const same = had && event.identity == root.identity;
  if (event.presence == RootPresence::directory) {
    if (root.lost_recorded) note_returned(root, same, now);
    if (had && !same) root.full_hash = true;
    root.identity = event.identity;
  }
  root.retry_due = event.rung == Rung::inotify
                       ? nanoseconds{}
                       : now.mono + nanoseconds(world_.config().watch.rung_retry_s);
  want_recovery(root, now);
}

void RootBook::note_rung(Root& root, Rung to, std::optional<RungReason> reason) {
  root.reason = reason;
  if (root.rung == to) return;
  Rung const from = std::exchange(root.rung, to);
  ++root.epoch;
  if (root.spec.repository.empty()) return;
  out_.append(make_record(record::CoverageRung{
      .repo = root.spec.repository,
      .roots = {root.spec.watch.id.text},
      .from = std::string(name_of(from)),
      .to = std::string(name_of(to)),
      .reason = std::string(name_of(to < from ? RungReason::restored
                                              : reason.value_or(RungReason::configuration)))}));
}

void RootBook::open_gap(std::vector<Root*> const& roots, GapCause cause, int error_number,
                        std::uint64_t lost, nanoseconds since_boot, Instant now) {
  std::map<std::string, std::vector<Root*>> by_repository;
  for (Root* const root : roots) {
    ++root->epoch;
    ++gaps_opened_;
    root->gap = cause;
    root->gap_recorded = false;
    root->gap_since = now.mono;
    root->recovering = false;
    root->intervals.push_back({Interval::State::gap, now.wall, cause, {}, {}, {}});
    by_repository[root->spec.repository].push_back(root);
  }
  for (auto const& [repository, members] : by_repository) {
    if (repository.empty()) continue;  // the agent's own roots are in no record
    record::CoverageGap gap{.repo = repository,
                            .cause = std::string(name_of(cause)),
                            .since_us = to_us(since_boot),
                            .rung = std::string(name_of(members.front()->rung))};
    bool const one_epoch = std::all_of(members.begin(), members.end(), [&](Root const* root) {
      return root->epoch == members.front()->epoch;
    });
    if (one_epoch) gap.epoch = static_cast<std::int64_t>(members.front()->epoch);
    if (error_number != 0) gap.error_number = error_number;
    if (lost != 0) gap.lost = static_cast<std::int64_t>(lost);
    std::vector<std::pair<RootId, std::uint64_t>> ids;
    for (Root const* const root : members) {
      gap.roots.push_back(root->spec.watch.id.text);
      ids.emplace_back(root->spec.watch.id, root->epoch);
    }
    out_.append(make_record(gap), [this, ids](Record const& record, Instant then) {
      OpenRecord& open = records_[record.seq];
      open.repository = text_field(record.body, "repo");
      for (auto const& [id, epoch] : ids) {
        auto const found = roots_.find(id);
        if (found == roots_.end()) continue;
        open.open.insert(id);
        open.roots.push_back(id.text);
        found->second.gap_records.push_back(record.seq);
        found->second.intervals.back().gap_record = record.seq;
        if (found->second.epoch != epoch && !found->second.gap) continue;
        found->second.gap_recorded = true;
        want_recovery(found->second, then);
      }
    });
  }
}

void RootBook::on_gap(Gap const& gap, Instant now) {
  std::vector<Root*> fresh;
  for (RootId const& id : gap.roots) {
    auto const found = roots_.find(id);
    if (found == roots_.end()) continue;
    Root& root = found->second;
    if (gap.disarmed) root.phase = Root::Phase::unarmed;
    if (root.gap && !root.recovering && *root.gap == gap.cause) {
      ++root.epoch;  // the same loss went on; one record is enough
    } else {
      fresh.push_back(&root);
    }
    if (loses_root(gap.cause)) {
      note_lost(root, gap.cause, now);
      root.retry_due = now.mono + kLostRetry;
    } else if (gap.cause == GapCause::watch_limit && gap.disarmed) {
      root.reason = RungReason::watch_limit;
      arm(root, now);
    } else {
      arm(root, now);
    }
  }
  open_gap(fresh, gap.cause, gap.error_number, gap.lost_events, now.boot, now);
}

void RootBook::on_appeared(RootId const& id, Instant now) {
  auto const found = roots_.find(id);
  if (found == roots_.end()) return;
  arm(found->second, now);
}

void RootBook::note_lost(Root& root, GapCause cause, Instant now) {
  (void)now;
  if (std::exchange(root.lost_recorded, true) || root.spec.repository.empty()) return;
  out_.append(make_record(record::RootLost{.repo = root.spec.repository,
                                           .root = root.spec.watch.id.text,
                                           .cause = std::string(name_of(cause)),
                                           .before = identity_text(root.identity)}));
}

void RootBook::note_returned(Root& root, bool same, Instant now) {
  (void)now;
  root.lost_recorded = false;
  if (root.spec.repository.empty()) return;
  out_.append(make_record(record::RootReturned{
      .repo = root.spec.repository,
      .root = root.spec.watch.id.text,
      .cause = std::string(
          name_of(same ? root.gap.value_or(GapCause::root_missing) : GapCause::root_replaced)),
      .after = identity_text(root.identity)}));
}

void RootBook::on_time(Instant now) {
  for (auto& [id, root] : roots_) {
    if (root.recover_due != nanoseconds{} && root.recover_due <= now.mono && !root.recovering &&
        root.phase == Root::Phase::armed) {
      start_recovery(root, now);
    }
    if (root.retry_due != nanoseconds{} && root.retry_due <= now.mono) {
      if (root.reason == RungReason::watch_limit) root.reason.reset();
      arm(root, now);
    }
    if (root.gap && now.mono - root.gap_since >= kBlindAfter) set_blind(root, true);
  }
}

std::optional<nanoseconds> RootBook::next_due() const {
  std::optional<nanoseconds> next;
  auto const consider = [&](nanoseconds due) {
    if (due != nanoseconds{} && (!next || due < *next)) next = due;
  };
  for (auto const& [id, root] : roots_) {
    consider(root.recover_due);
    consider(root.retry_due);
    if (root.gap && !root.spec.repository.empty()) {
      std::string const blind =
          make_finding_id("coverage.blind", root.spec.repository, {root.spec.watch.id.text});
      if (world_.projection().find_open(blind) == nullptr) consider(root.gap_since + kBlindAfter);
    }
  }
  return next;
}

RootSight RootBook::sight(RootId const& id) const {
  auto const found = roots_.find(id);
  if (found == roots_.end()) return {};
  return {found->second.epoch, found->second.rung, found->second.live()};
}

RootBook::Root const* RootBook::find(RootId const& id) const {
  auto const found = roots_.find(id);
  return found == roots_.end() ? nullptr : &found->second;
}

}  // namespace govseal
