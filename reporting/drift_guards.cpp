#include <algorithm>

#include "reporting/drift_parts.h"
#include "reporting/json_objects.h"
#include "reporting/layer_down/glob.h"

namespace govseal::drift {
namespace {

bool guards_path(GuardView const& guard, std::string const& path) {
  return any_glob_matches(guard.paths, path) && !any_glob_matches(guard.exclude, path);
}

bool is_about(GuardView const& guard, Finding const& finding) {
  if (!finding.kind.starts_with("guard.")) return false;
  if (finding.subject.rule) return *finding.subject.rule == guard.name;
  return finding.subject.path && guards_path(guard, *finding.subject.path);
}

/// `broken` by an open finding. Without one it is unknown: that the rule holds is for the
/// evaluation of guards to say.
std::string_view state_of_guard(GuardView const& guard, RepositorySnapshot const& repository) {
  bool const broken = std::any_of(
      repository.findings.begin(), repository.findings.end(), [&guard](FindingPtr const& finding) {
        return finding->state != FindingState::closed && is_about(guard, *finding);
      });
  return broken ? "broken" : "unknown";
}

void write_change(JsonWriter& writer, GovernanceChange const& change) {
  writer.begin_object().member("source", change.source).member("commit", change.commit);
  write_actor(writer, change.actor);
  write_time(writer, "time", change.time);
  writer.member("ledger", change.record).end_object();
}

void write_last_change(JsonWriter& writer, GuardView const& guard, RepositoryPeriod const& period) {
  writer.key("last_change");
  for (auto change = period.governance.rbegin(); change != period.governance.rend(); ++change) {
    bool const here =
        std::any_of(change->paths.begin(), change->paths.end(),
                    [&](std::string const& path) { return guards_path(guard, path); });
    if (here) return write_change(writer, *change);
  }
  writer.null();
}

}  // namespace

void write_guards(JsonWriter& writer, RepositoryDrift const& drift) {
  writer.key("guards").begin_object().key("items").begin_array();
  for (GuardView const& guard : drift.snapshot.guards) {
    writer.begin_object().member("rule", guard.name).member("kind", guard.kind);
    write_strings(writer, "paths", guard.paths);
    write_strings(writer, "exclude", guard.exclude);
    writer.member("state", state_of_guard(guard, drift.snapshot));
    write_last_change(writer, guard, drift.period);
    writer.end_object();
  }
  writer.end_array();
  write_end_of_part(writer, drift, Part::guards);
  writer.end_object();
}

}  // namespace govseal::drift
