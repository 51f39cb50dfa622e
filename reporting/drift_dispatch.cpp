#include "reporting/drift_parts.h"
#include "reporting/json_objects.h"

namespace govseal::drift {
namespace {

void write_list(JsonWriter& writer, std::string_view key, std::vector<std::string> const& paths) {
  writer.key(key).begin_array();
  for (std::string const& path : paths) writer.value(path);
  writer.end_array();
}

void write_audited(JsonWriter& writer, RepositoryDrift const& drift) {
  writer.key("audited");
  if (!drift.snapshot.dispatch) {
    writer.null();
    return;
  }
  DispatchView const& dispatch = *drift.snapshot.dispatch;
  writer.begin_object();
  write_path(writer, "branch", dispatch.branch);
  writer.member("from", drift.period.audited_from).member("tip", dispatch.tip);
  writer.member("audited_tip", dispatch.audited_tip).key("ledger").begin_array();
  for (std::uint64_t const record : drift.period.evaluations) writer.value(record);
  writer.end_array().end_object();
}

void write_dispatched(JsonWriter& writer, RepositoryPeriod const& period) {
  writer.key("dispatched").begin_array();
  for (Dispatched const& item : period.dispatched) {
    writer.begin_object().member("commit", item.commit).member("finding_id", item.finding);
    write_list(writer, "records", item.files);
    writer.member("ledger", item.record).end_object();
  }
  writer.end_array();
}

void write_files(JsonWriter& writer, std::string_view key, RepositoryPeriod const& period,
                 bool near_misses) {
  writer.key(key).begin_array();
  for (RecordFile const& file : period.files) {
    bool const missed = file.verdict == "orphan" || file.verdict == "malformed";
    if (missed != near_misses) continue;
    writer.begin_object();
    write_path(writer, "file", file.file);
    writer.member("sha256", file.sha256.hex()).member("verdict", file.verdict);
    writer.member("commit", file.commit).member("owner", file.owner);
    write_optional_path(writer, "reason", file.reason);
    writer.member("ledger", file.record).end_object();
  }
  writer.end_array();
}

}  // namespace

// A dispatch record that covers nothing (orphan) or cannot be read (malformed) is a near miss:
// somebody meant to dispatch. Those of before the period stand among the findings.
void write_undispatched(JsonWriter& writer, RepositoryDrift const& drift) {
  auto const& dispatch = drift.snapshot.dispatch;
  writer.key("undispatched").begin_object();
  write_audited(writer, drift);
  writer.member("commits", drift.snapshot.counts.undispatched_commits);
  writer.member("plans", drift.snapshot.counts.undispatched_plans);
  writer.key("items").begin_array();
  if (dispatch) {
    for (DispatchEventView const& event : dispatch->events) {
      write_dispatch_event(writer, drift.snapshot.id, event);
    }
    for (DispatchPlanView const& plan : dispatch->plans) {
      write_dispatch_plan(writer, drift.snapshot.id, plan);
    }
  }
  writer.end_array();
  write_dispatched(writer, drift.period);
  write_files(writer, "recorded", drift.period, false);
  write_files(writer, "near_misses", drift.period, true);
  write_end_of_part(writer, drift, Part::undispatched);
  writer.end_object();
}

void write_ripple_plans(JsonWriter& writer, RepositoryDrift const& drift) {
  writer.key("ripple_plans").begin_object().key("items").begin_array();
  if (drift.snapshot.dispatch) {
    for (DispatchPlanView const& plan : drift.snapshot.dispatch->plans) {
      write_dispatch_plan(writer, drift.snapshot.id, plan);
    }
  }
  writer.end_array();
  write_end_of_part(writer, drift, Part::ripple_plans);
  writer.end_object();
}

}  // namespace govseal::drift
