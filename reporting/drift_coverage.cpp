#include <algorithm>

#include "reporting/drift_parts.h"
#include "reporting/json_objects.h"

// Seconds come from the records alone: a root is live (on rung D: scanned) but for its gaps, and a
// gap that was closed is time that was scanned (watching.md 12.1).

namespace govseal::drift {
namespace {

struct Seconds {
  nanoseconds live{};
  nanoseconds scanned{};
  nanoseconds gap{};
};

/// A point of the sweep over the period: what begins or ends there.
struct Mark {
  nanoseconds time{};
  int open_gaps = 0;
  int closed_gaps = 0;
  char rung = '\0';
};

bool names_root(std::vector<std::string> const& roots, std::string const& id) {
  return std::find(roots.begin(), roots.end(), id) != roots.end();
}

bool concerns(Gap const& gap, std::string const& id) {
  return names_root(gap.roots, id) || gap.roots_total > gap.roots.size();
}

/// The rung the root had when the period began.
char first_rung(WatchRootView const& root, RepositoryPeriod const& period) {
  for (RungChange const& change : period.rungs) {
    if (names_root(change.roots, root.id)) return change.from;
  }
  return root.rung;
}

std::vector<Mark> marks_of(WatchRootView const& root, RepositoryPeriod const& period,
                           nanoseconds start, nanoseconds end) {
  std::vector<Mark> marks;
  for (auto const& [record, gap] : period.gaps) {
    if (!concerns(gap, root.id)) continue;
    nanoseconds const from = std::clamp(gap.from, start, end);
    nanoseconds const to = std::clamp(gap.to.value_or(end), from, end);
    bool const open = !gap.to;
    marks.push_back({from, open ? 1 : 0, open ? 0 : 1, '\0'});
    marks.push_back({to, open ? -1 : 0, open ? 0 : -1, '\0'});
  }
  for (RungChange const& change : period.rungs) {
    if (!names_root(change.roots, root.id)) continue;
    marks.push_back({std::clamp(change.time, start, end), 0, 0, change.to});
  }
  marks.push_back({end, 0, 0, '\0'});
  std::stable_sort(marks.begin(), marks.end(),
                   [](Mark const& a, Mark const& b) { return a.time < b.time; });
  return marks;
}

Seconds seconds_of(WatchRootView const& root, RepositoryPeriod const& period, Period const& whole) {
  Seconds seconds;
  if (!whole.from || !whole.to) return seconds;
  nanoseconds const end = *whole.to;
  nanoseconds at = std::min(std::max(*whole.from, period.added.value_or(*whole.from)), end);
  char rung = first_rung(root, period);
  int open_gaps = 0;
  int closed_gaps = 0;
  for (Mark const& mark : marks_of(root, period, at, end)) {
    nanoseconds const length = mark.time - at;
    bool const scanned = closed_gaps > 0 || rung == 'D';
    (open_gaps > 0 ? seconds.gap : scanned ? seconds.scanned : seconds.live) += length;
    at = mark.time;
    open_gaps += mark.open_gaps;
    closed_gaps += mark.closed_gaps;
    if (mark.rung != '\0') rung = mark.rung;
  }
  return seconds;
}

void write_seconds(JsonWriter& writer, std::string_view key, nanoseconds length) {
  writer.member(key, std::chrono::duration_cast<std::chrono::seconds>(length).count());
}

void write_gap(JsonWriter& writer, Gap const& gap) {
  writer.begin_object().member("cause", gap.cause).member("rung", gap.rung);
  writer.key("roots").begin_array();
  for (std::string const& root : gap.roots) writer.value(root);
  writer.end_array().member("roots_total", gap.roots_total);
  write_time(writer, "from", gap.from);
  write_time(writer, "to", gap.to);
  writer.member("closed_by", gap.how);
  writer.key("entries").value(gap.closed ? std::optional(gap.entries) : std::nullopt);
  writer.key("changed").value(gap.closed ? std::optional(gap.changed) : std::nullopt);
  writer.key("ledger").begin_object().member("gap", gap.record);
  writer.member("closed", gap.closed).end_object().end_object();
}

}  // namespace

void write_root(JsonWriter& writer, WatchRootView const& root, RepositoryPeriod const& period,
                Period const& whole) {
  Seconds const seconds = seconds_of(root, period, whole);
  writer.begin_object();
  write_path(writer, "root", root.id);
  writer.member("kind", root.kind).member("rung", std::string(1, root.rung));
  writer.member("best_rung", std::string(1, root.best_rung)).member("reason", root.reason);
  write_strings(writer, "lost", root.lost);
  writer.member("state", root.state).member("cause", root.cause);
  write_seconds(writer, "live_s", seconds.live);
  write_seconds(writer, "scanned_s", seconds.scanned);
  write_seconds(writer, "gap_s", seconds.gap);
  writer.end_object();
}

void write_coverage(JsonWriter& writer, RepositoryDrift const& drift) {
  writer.key("coverage").begin_object().key("roots").begin_array();
  for (WatchRootView const& root : drift.snapshot.roots) {
    write_root(writer, root, drift.period, drift.whole);
  }
  writer.end_array().key("gaps").begin_array();
  for (auto const& [record, gap] : drift.period.gaps) write_gap(writer, gap);
  writer.end_array();
  write_end_of_part(writer, drift, Part::coverage);
  writer.end_object();
}

}  // namespace govseal::drift
