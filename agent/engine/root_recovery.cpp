#include "agent/engine/root_book.h"

#include <algorithm>

#include "reporting/finding_kinds.h"
#include "reporting/record_fields.h"
#include "sealing/ledger/records.h"

// A gap is a record before its recovery starts, and ends only when a recovery that began in its
// epoch is complete. Events of the kernel never close one.

namespace govseal {
void RootBook::want_recovery(Root& root, Instant now) {
  bool const recorded = !root.gap || root.gap_recorded || root.spec.repository.empty();
  if (root.phase != Root::Phase::armed || root.recovering || !recorded) return;
  auto const& watch = world_.config().watch;
  nanoseconds const earliest =
      root.last_recovery == nanoseconds{} ? now.mono : root.last_recovery + root.recover_pause;
  root.recover_pause =
      now.mono - root.last_recovery > std::chrono::minutes(5)
          ? nanoseconds(watch.recovery_interval_min_ms)
          : std::min<nanoseconds>(
                std::max<nanoseconds>(2 * root.recover_pause, watch.recovery_interval_min_ms),
                watch.recovery_interval_max_ms);
  if (earliest <= now.mono) return start_recovery(root, now);
  root.recover_due = earliest;
}

void RootBook::start_recovery(Root& root, Instant now) {
  root.recover_due = {};
  root.recovering = true;
  root.last_recovery = now.mono;
  bool const full_hash = std::exchange(root.full_hash, false);
  RootId const id = root.spec.watch.id;
  std::uint64_t const epoch = root.epoch;
  recover_(
      root, full_hash,
      [this, id, epoch, full_hash](Recovered found, Instant then) {
        close_gap(id, epoch, full_hash, found, then);
      },
      now);
}

void RootBook::close_gap(RootId const& id, std::uint64_t epoch, bool full_hash,
                         Recovered const& found, Instant now) {
  auto const entry = roots_.find(id);
  if (entry == roots_.end()) return;
  Root& root = entry->second;
  if (root.epoch != epoch) return want_recovery(root, now);  // another gap opened meanwhile
  root.recovering = false;
  if (!root.gap) return;
  if (!found.complete) {
    root.recover_due = now.mono + kLostRetry;
    return;
  }
  std::string const how = full_hash ? "full-hash" : "stat";
  Interval& gap = root.intervals.back();
  gap.state = Interval::State::scanned;
  gap.closed_by = how;
  root.intervals.push_back({Interval::State::live, now.wall, {}, {}, {}, {}});
  std::size_t const most = world_.config().watch.coverage_intervals_max;
  if (root.intervals.size() > most) root.intervals.erase(root.intervals.begin());
  root.gap.reset();
  set_blind(root, false);
  close_records(root, full_hash, found, now);
}

// One closing record for each coverage.gap, when the last of its roots has recovered.
void RootBook::close_records(Root& root, bool full_hash, Recovered const& found, Instant now) {
  for (std::uint64_t const seq : std::exchange(root.gap_records, {})) {
    auto const held = records_.find(seq);
    if (held == records_.end()) continue;
    OpenRecord& record = held->second;
    record.open.erase(root.spec.watch.id);
    record.full_hash = record.full_hash && full_hash;
    record.found.entries += found.entries;
    record.found.changed += found.changed;
    if (!record.open.empty()) continue;
    record::CoverageClosed closed{
        .repo = record.repository,
        .roots = record.roots,
        .gap = static_cast<std::int64_t>(seq),
        .how = record.full_hash ? "full-hash" : "stat",
        .entries = static_cast<std::int64_t>(record.found.entries),
        .changed = static_cast<std::int64_t>(record.found.changed),
        .until_us = std::chrono::duration_cast<std::chrono::microseconds>(now.boot).count()};
    records_.erase(held);
    out_.append(make_record(closed), [this, seq](Record const& written, Instant) {
      for (auto& [id, other] : roots_) {
        for (Interval& interval : other.intervals) {
          if (interval.gap_record == seq) interval.closed_record = written.seq;
        }
      }
    });
  }
}

void RootBook::set_blind(Root const& root, bool blind) {
  if (root.spec.repository.empty()) return;
  std::string const id =
      make_finding_id("coverage.blind", root.spec.repository, {root.spec.watch.id.text});
  Finding const* const known = world_.projection().find_finding(id);
  bool const open = known != nullptr && known->state != FindingState::closed;
  if (open == blind) return;
  record::Finding finding{.repo = root.spec.repository,
                          .id = id,
                          .name = "coverage.blind",
                          .state = !blind             ? "closed"
                                   : known == nullptr ? "opened"
                                                      : "reopened",
                          .of = world_.projection().opening_record(id),
                          .severity = "high",
                          .subject = root.spec.watch.id.text};
  if (root.gap) finding.reason = std::string(name_of(*root.gap));
  out_.append(make_record(finding));
}

void RootBook::on_partial(PartialCoverage const& partial, Instant now) {
  (void)now;
  auto const found = roots_.find(partial.root);
  if (found == roots_.end() || found->second.spec.repository.empty()) return;
  Root& root = found->second;
  std::string const path = (root.spec.watch.path / partial.directory).str();
  if (!root.partial.insert(path).second) return;
  std::string const id =
      make_finding_id("coverage.partial", root.spec.repository, {root.spec.watch.id.text});
  Finding const* const known = world_.projection().find_finding(id);
  if (known != nullptr && known->state != FindingState::closed) return;
  static constexpr char const* kReasons[] = {"permission", "depth", "entries", "other-filesystem",
                                             "failure"};
  out_.append(
      make_record(record::Finding{.repo = root.spec.repository,
                                  .id = id,
                                  .name = "coverage.partial",
                                  .state = known == nullptr ? "opened" : "reopened",
                                  .severity = "medium",
                                  .subject = root.spec.watch.id.text,
                                  .paths = {path},
                                  .reason = kReasons[static_cast<std::size_t>(partial.reason)]}));
}

}  // namespace govseal
