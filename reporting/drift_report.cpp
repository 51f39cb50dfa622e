#include "reporting/drift_report.h"

#include "reporting/drift_parts.h"
#include "reporting/drift_period.h"
#include "reporting/json_objects.h"

// Everything is taken from the ledger's records and from the picture that follows from them. What
// moves without a record (the newest confirmation of a verdict, queues, uptime) stays out, so that
// the same ledger gives the same bytes.

namespace govseal {
namespace {

using drift::Period;
using drift::RepositoryDrift;
using drift::Unknown;

std::vector<RepositorySnapshot const*> shown_repositories(DriftInput const& input) {
  std::vector<RepositorySnapshot const*> shown;
  for (RepositorySnapshotPtr const& repository : input.snapshot.repositories) {
    if (drift::shows(input, repository->id)) shown.push_back(repository.get());
  }
  return shown;
}

std::vector<Unknown> unknown_of_agent(Snapshot const& snapshot) {
  std::vector<Unknown> list;
  for (WatchRootView const& root : snapshot.roots) {
    if (root.state == "gap") list.push_back({"root", root.id, root.cause.value_or("not armed")});
  }
  return list;
}

void write_period(JsonWriter& writer, DriftInput const& input, Period const& period) {
  writer.key("period").begin_object().member("from_index", input.from_index);
  writer.member("to_index", input.to_index);
  write_time(writer, "from", period.from);
  write_time(writer, "to", period.to);
  writer.end_object();
}

void write_summary(JsonWriter& writer, RepositoryCounts const& counts,
                   std::vector<RepositoryDrift> const& drifts, std::size_t agent_unknown) {
  std::uint64_t unknown = agent_unknown;
  std::uint64_t gaps = 0;
  for (RepositoryDrift const& drift : drifts) {
    for (auto const& part : drift.unknown) unknown += part.size();
    gaps += drift.period.gaps.size();
  }
  writer.key("summary").begin_object().key("findings").begin_object();
  for (Severity const severity :
       {Severity::critical, Severity::high, Severity::medium, Severity::low}) {
    writer.member(to_text(severity), counts.open[static_cast<std::size_t>(severity)]);
  }
  writer.end_object().member("unknown", unknown).member("gaps", gaps).end_object();
}

/// The agent itself has no repository: what it watches and found about itself stands beside its
/// ledger.
void write_agent(JsonWriter& writer, DriftInput const& input, std::vector<Unknown> const& unknown) {
  writer.key("agent").begin_object().key("roots").begin_array();
  for (WatchRootView const& root : input.snapshot.roots) {
    writer.begin_object();
    write_path(writer, "root", root.id);
    writer.member("kind", root.kind).member("rung", std::string(1, root.rung));
    writer.member("state", root.state).member("cause", root.cause).end_object();
  }
  writer.end_array().key("findings").begin_array();
  for (FindingPtr const& finding : input.snapshot.findings) {
    if (drift::is_reported(*finding, input.from_index, input.to_index)) {
      write_finding(writer, *finding);
    }
  }
  writer.end_array();
  drift::write_unknown(writer, unknown);
  writer.end_object();
}

void write_ledger(JsonWriter& writer, DriftInput const& input,
                  std::vector<Unknown> const& unknown) {
  LedgerStatus const& ledger = input.snapshot.ledger;
  writer.key("ledger").begin_object().member("origin", ledger.origin);
  writer.member("size", ledger.size).member("root", ledger.root.hex());
  writer.member("anchored_size", ledger.anchored_size);
  write_strings(writer, "flags", ledger.flags);
  write_agent(writer, input, unknown);
  writer.end_object();
}

}  // namespace

DriftReport make_drift_report(DriftInput const& input) {
  auto const shown = shown_repositories(input);
  RepositoryCounts const counts = sum_counts(input.snapshot, shown);
  Period const period = drift::read_period(input);
  std::vector<RepositoryDrift> drifts;
  for (RepositorySnapshot const* repository : shown) {
    drifts.push_back(drift::make_repository_drift(*repository, period, input));
  }
  auto const agent_unknown = unknown_of_agent(input.snapshot);
  DriftReport report;
  report.state = to_text(state_of(counts, input.snapshot.ledger));
  for (std::uint64_t const open : counts.open) report.findings += static_cast<std::int64_t>(open);

  JsonWriter writer(JsonWriter::Style::indent2);
  writer.begin_object().member("schema", "govseal.drift-report").member("schema_version", 1);
  writer.member("host", input.host).member("state", report.state);
  write_period(writer, input, period);
  write_summary(writer, counts, drifts, agent_unknown.size());
  writer.key("repositories").begin_array();
  for (RepositoryDrift const& drift : drifts) {
    writer.begin_object().member("id", drift.snapshot.id);
    drift::write_parts(writer, drift);
    writer.end_object();
  }
  writer.end_array();
  write_ledger(writer, input, agent_unknown);
  writer.end_object();
  report.json = writer.take() + "\n";
  return report;
}

}  // namespace govseal
