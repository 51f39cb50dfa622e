#include "reporting/drift_period.h"

#include <algorithm>

#include "reporting/record_fields.h"

namespace govseal::drift {
namespace {

Gap gap_of(Record const& record) {
  Gap gap;
  gap.roots = list_items(record.body, "roots");
  gap.roots_total = list_count(record.body, "roots");
  gap.cause = text_field(record.body, "cause");
  gap.rung = text_field(record.body, "rung");
  gap.record = record.seq;
  gap.from = record.wall();
  gap.boot = record.boot;
  gap.since_us = number_field(record.body, "since_us");
  return gap;
}

/// What a coverage.closed says about its gap.
struct Closing {
  std::string repository;
  std::uint64_t gap = 0;
  std::uint64_t record = 0;
  nanoseconds time{};
  std::optional<std::string> how;
  std::uint64_t entries = 0;
  std::uint64_t changed = 0;
  std::string boot;
  std::uint64_t until_us = 0;
};

Closing closing_of(Record const& record) {
  return {text_field(record.body, "repo"),
          number_field(record.body, "gap"),
          record.seq,
          record.wall(),
          maybe_text(record.body, "how"),
          number_field(record.body, "entries"),
          number_field(record.body, "changed"),
          record.boot,
          number_field(record.body, "until_us")};
}

/// Both ends are on the boot clock; the wall clock may have been set in between, so its times are
/// only kept where the two ends cannot be compared.
void close(Gap& gap, Closing const& closing) {
  gap.to = closing.time;
  gap.closed = closing.record;
  gap.how = closing.how;
  gap.entries = closing.entries;
  gap.changed = closing.changed;
  if (gap.boot != closing.boot || closing.until_us < gap.since_us) return;
  gap.from = *gap.to - std::chrono::microseconds(closing.until_us - gap.since_us);
}

Change change_of(Record const& record) {
  Change change;
  change.record = record.seq;
  change.time = record.wall();
  change.type = record.type;
  return change;
}

Scrub scrub_of(Record const& record) {
  Scrub scrub;
  scrub.record = record.seq;
  scrub.scope = text_field(record.body, "scope");
  scrub.runs = list_items(record.body, "runs");
  scrub.runs_total = list_count(record.body, "runs");
  scrub.changed = number_field(record.body, "changed");
  scrub.started = maybe_time(record.body, "started").value_or(record.wall());
  scrub.finished = maybe_time(record.body, "finished").value_or(record.wall());
  return scrub;
}

/// Folds the records of the period; one object for one report.
class PeriodReader {
 public:
  explicit PeriodReader(DriftInput const& input) : input_(input) {}

  Period read() {
    std::uint64_t const end = input_.to_index + 1;
    if (input_.snapshot.ledger.size == 0) return std::move(period_);
    if (input_.from_index <= input_.to_index) {
      input_.read_records(input_.from_index, end, [this](Record const& record) { take(record); });
    } else {
      input_.read_records(input_.to_index, end,
                          [this](Record const& record) { period_.to = record.wall(); });
    }
    read_older_gaps();
    close_gaps();
    add_older_scrubs();
    return std::move(period_);
  }

 private:
  void take(Record const& record) {
    if (!period_.from) period_.from = record.wall();
    period_.to = record.wall();
    if (!record.known_type) return;
    std::string const repository = text_field(record.body, "repo");
    if (repository.empty()) return take_configuration(record);
    if (!shows(input_, repository)) return;
    RepositoryPeriod& period = period_.repositories[repository];
    if (record.type.starts_with("coverage.")) return take_coverage(record, period);
    if (record.type.starts_with("dispatch.")) return take_dispatch(record, period);
    if (record.type == "finding") return take_finding(record, period);
    if (record.type == "governance.changed") return take_governance(record, period);
    if (record.type == "repository.added") period.added = record.wall();
    take_run(record, period);
    take_place(record, period);
  }

  static void take_run(Record const& record, RepositoryPeriod& period) {
    std::string const run = text_field(record.body, "run");
    if (record.type == "seal.created") period.sealed[run] = record.seq;
    if (record.type == "seal.observed") period.observed[run] = record.seq;
    if (record.type == "seal.verified") period.verified[run] = record.seq;
    if (record.type == "scrub.done") period.scrubs.push_back(scrub_of(record));
  }

  static void take_place(Record const& record, RepositoryPeriod& period) {
    bool const is_root = record.type == "root.lost" || record.type == "root.returned";
    bool const is_line = record.type == "root.baseline";
    if (!is_root && !is_line && record.type != "repository.added") return;
    Change change = change_of(record);
    if (is_root) {
      change.root = maybe_text(record.body, "root");
      change.detail = maybe_text(record.body, "cause");
    }
    if (is_line) change.detail = maybe_text(record.body, "path");
    period.changes.push_back(std::move(change));
  }

  void take_configuration(Record const& record) {
    std::string const& type = record.type;
    if (type == "agent.start") return take_start(record);
    if (type != "config.reloaded" && type != "config.changed_on_disk" && type != "policy.changed") {
      return;
    }
    Change change = change_of(record);
    change.config = maybe_digest(record.body, type == "policy.changed" ? "sha256" : "config");
    if (type == "policy.changed") change.detail = maybe_text(record.body, "file");
    if (type == "config.reloaded") {
      // Keys of other repositories are nobody's business who may not see them.
      if (!input_.visible) change.keys = list_or_array(record.body, "changed");
      JsonValue const* const applied = record.body.find("applied");
      bool const* const flag = applied == nullptr ? nullptr : applied->as_bool();
      change.detail = flag != nullptr && *flag ? "applied" : "refused";
      if (flag != nullptr && *flag) config_ = change.config;
    }
    period_.configuration.push_back(std::move(change));
  }

  /// The agent was started with another configuration than it had.
  void take_start(Record const& record) {
    auto const config = maybe_digest(record.body, "config");
    if (config_ && config && *config_ != *config) {
      Change change = change_of(record);
      change.config = config;
      period_.configuration.push_back(std::move(change));
    }
    if (config) config_ = config;
  }

  static std::vector<std::string> list_or_array(JsonValue const& body, std::string_view key) {
    auto items = list_items(body, key);
    return items.empty() ? text_array(body, key) : items;
  }

  void take_coverage(Record const& record, RepositoryPeriod& period) {
    if (record.type == "coverage.gap") {
      period.gaps[record.seq] = gap_of(record);
    } else if (record.type == "coverage.closed") {
      closings_.push_back(closing_of(record));
    } else if (record.type == "coverage.rung") {
      std::string const from = text_field(record.body, "from");
      std::string const to = text_field(record.body, "to");
      if (from.size() != 1 || to.size() != 1) return;
      period.rungs.push_back(
          {record.seq, record.wall(), list_items(record.body, "roots"), from.front(), to.front()});
      Change change = change_of(record);
      change.roots = list_items(record.body, "roots");
      change.detail = from + " to " + to + ", " + text_field(record.body, "reason");
      period.changes.push_back(std::move(change));
    }
  }

  static void take_dispatch(Record const& record, RepositoryPeriod& period) {
    if (record.type == "dispatch.evaluated") {
      if (period.evaluations.empty()) period.audited_from = maybe_text(record.body, "old_tip");
      period.evaluations.push_back(record.seq);
    } else if (record.type == "dispatch.recorded") {
      period.files.push_back({record.seq, text_field(record.body, "file"),
                              digest_field(record.body, "sha256"),
                              text_field(record.body, "verdict"), maybe_text(record.body, "commit"),
                              maybe_text(record.body, "owner"), maybe_text(record.body, "reason")});
    }
  }

  static void take_finding(Record const& record, RepositoryPeriod& period) {
    if (text_field(record.body, "name") != "dispatch.undispatched") return;
    if (text_field(record.body, "state") != "closed") return;
    if (text_field(record.body, "reason") != "dispatched") return;
    period.dispatched.push_back({record.seq, text_field(record.body, "commit"),
                                 text_field(record.body, "id"), list_items(record.body, "paths")});
  }

  static void take_governance(Record const& record, RepositoryPeriod& period) {
    period.governance.push_back({record.seq, record.wall(), text_field(record.body, "source"),
                                 maybe_text(record.body, "to"), actor_field(record.body, "actor"),
                                 list_items(record.body, "paths")});
  }

  /// Gaps that began before the period: those it closes, and those that last, which only the
  /// picture of now names. Records are read one after the other, never while others are visited.
  void read_older_gaps() {
    std::set<std::uint64_t> wanted;
    for (Closing const& closing : closings_) wanted.insert(closing.gap);
    for (RepositorySnapshotPtr const& repository : input_.snapshot.repositories) {
      for (WatchRootView const& root : repository->roots) {
        if (root.intervals.empty() || root.intervals.back().state != "gap") continue;
        if (auto const record = root.intervals.back().gap_record) wanted.insert(*record);
      }
    }
    for (std::uint64_t const index : wanted) {
      if (index >= input_.from_index) break;
      input_.read_records(index, index + 1, [this](Record const& record) {
        std::string const repository = text_field(record.body, "repo");
        if (record.type != "coverage.gap" || !shows(input_, repository)) return;
        period_.repositories[repository].gaps[record.seq] = gap_of(record);
      });
    }
  }

  void close_gaps() {
    for (Closing const& closing : closings_) {
      auto& gaps = period_.repositories[closing.repository].gaps;
      auto const found = gaps.find(closing.gap);
      if (found != gaps.end()) close(found->second, closing);
    }
  }

  /// "When were all bytes last read" is not a question about the period: goes back until every
  /// repository has a scrub of all its runs, at most kLookBack records from the end.
  void add_older_scrubs() {
    constexpr std::uint64_t kLookBack = 16384;
    constexpr std::uint64_t kStep = 1024;
    std::uint64_t const end = input_.to_index + 1;
    std::uint64_t const first = end > kLookBack ? end - kLookBack : 0;
    std::uint64_t upper = std::min(input_.from_index, end);
    while (upper > first && !all_scrubbed()) {
      std::uint64_t const lower = upper - first > kStep ? upper - kStep : first;
      input_.read_records(lower, upper, [this](Record const& record) {
        if (record.type != "scrub.done") return;
        older_[text_field(record.body, "repo")].push_back(scrub_of(record));
      });
      upper = lower;
    }
    for (auto& [repository, scrubs] : older_) {
      period_.repositories[repository].older_scrubs = std::move(scrubs);
    }
  }

  [[nodiscard]] bool all_scrubbed() const {
    auto const& all = input_.snapshot.repositories;
    return std::all_of(all.begin(), all.end(), [this](RepositorySnapshotPtr const& repository) {
      auto const bound = static_cast<std::uint64_t>(
          std::count_if(repository->runs.begin(), repository->runs.end(),
                        [](RunViewPtr const& run) { return run->ledger.has_value(); }));
      if (!shows(input_, repository->id)) return true;
      auto const full = [bound](Scrub const& scrub) { return scrub.runs_total >= bound; };
      auto const& period = period_.of(repository->id).scrubs;
      auto const older = older_.find(repository->id);
      return bound == 0 || std::any_of(period.begin(), period.end(), full) ||
             (older != older_.end() &&
              std::any_of(older->second.begin(), older->second.end(), full));
    });
  }

  DriftInput const& input_;
  Period period_;
  std::optional<Digest> config_;
  std::vector<Closing> closings_;
  std::map<std::string, std::vector<Scrub>> older_;
};

}  // namespace

std::uint64_t RepositoryPeriod::verified_runs() const {
  std::set<std::string> runs;
  std::uint64_t largest = 0;
  for (auto const& [run, record] : verified) runs.insert(run);
  for (Scrub const& scrub : scrubs) {
    runs.insert(scrub.runs.begin(), scrub.runs.end());
    largest = std::max(largest, scrub.runs_total);
  }
  return std::max<std::uint64_t>(runs.size(), largest);
}

RepositoryPeriod const& Period::of(std::string const& repository) const {
  static RepositoryPeriod const kNothing;
  auto const found = repositories.find(repository);
  return found == repositories.end() ? kNothing : found->second;
}

bool shows(DriftInput const& input, std::string const& repository) {
  if (input.repository && *input.repository != repository) return false;
  if (!input.visible) return true;
  return std::find(input.visible->begin(), input.visible->end(), repository) !=
         input.visible->end();
}

Period read_period(DriftInput const& input) {
  return PeriodReader(input).read();
}

}  // namespace govseal::drift
