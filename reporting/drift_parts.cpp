#include "reporting/drift_parts.h"

#include <algorithm>

#include "reporting/json_objects.h"

namespace govseal::drift {
namespace {

struct KindPart {
  std::string_view prefix;
  Part part;
};

// The first prefix that fits decides.
constexpr KindPart kKindParts[] = {{"sealed_write", Part::violations},
                                   {"seal_rewritten", Part::violations},
                                   {"seal_copied", Part::violations},
                                   {"run_missing", Part::violations},
                                   {"seal.", Part::seals},
                                   {"run.", Part::seals},
                                   {"run_root.", Part::seals},
                                   {"enforce.", Part::seals},
                                   {"git.", Part::seals},
                                   {"coverage.", Part::coverage},
                                   {"dispatch.plan_", Part::ripple_plans},
                                   {"dispatch.", Part::undispatched},
                                   {"workflow.", Part::undispatched},
                                   {"rules.", Part::undispatched},
                                   {"guard.", Part::guards},
                                   {"registry_file.", Part::consumers},
                                   {"registry.", Part::registries},
                                   {"pointer.", Part::registries},
                                   {"catalog.", Part::registries},
                                   {"inventory.", Part::consumers},
                                   {"agent_index.", Part::consumers},
                                   {"consumer.", Part::consumers}};

std::size_t place_of(Part part) {
  return static_cast<std::size_t>(part);
}

std::vector<Unknown> unknown_runs(RepositorySnapshot const& repository) {
  std::vector<Unknown> list;
  for (RunViewPtr const& run : repository.runs) {
    if (!run->verdict) list.push_back({"run", run->run, run->error});
  }
  return list;
}

bool is_shortened(Gap const& gap) {
  return gap.roots_total > gap.roots.size();
}

std::vector<Unknown> unknown_coverage(RepositorySnapshot const& repository,
                                      RepositoryPeriod const& period) {
  std::vector<Unknown> list;
  for (WatchRootView const& root : repository.roots) {
    if (root.state == "gap") list.push_back({"root", root.id, root.cause.value_or("not armed")});
  }
  for (auto const& [record, gap] : period.gaps) {
    if (!is_shortened(gap)) continue;
    list.push_back({"gap", "record " + std::to_string(record),
                    "names " + std::to_string(gap.roots.size()) + " of " +
                        std::to_string(gap.roots_total) +
                        " roots; counted for every root of the repository"});
  }
  return list;
}

std::vector<Unknown> unknown_dispatch(RepositorySnapshot const& repository) {
  std::vector<Unknown> list;
  if (!repository.dispatch) return list;
  DispatchView const& dispatch = *repository.dispatch;
  if (!dispatch.audited_tip) {
    list.push_back({"branch", dispatch.branch, "not audited yet"});
  } else if (dispatch.tip && dispatch.tip != dispatch.audited_tip) {
    list.push_back({"branch", dispatch.branch,
                    "audited up to " + *dispatch.audited_tip + ", the tip is " + *dispatch.tip});
  }
  for (DispatchEventView const& event : dispatch.events) {
    if (event.state != "unknown") continue;
    list.push_back({"commit", event.commit, event.reason.value_or("not evaluated")});
  }
  return list;
}

std::vector<Unknown> not_evaluated(Part part) {
  return {{"part", std::string(kPartNames[place_of(part)]), "not evaluated by this version"}};
}

}  // namespace

Part part_of(std::string_view kind) noexcept {
  for (KindPart const& entry : kKindParts) {
    if (kind.starts_with(entry.prefix)) return entry.part;
  }
  return Part::changes;
}

RepositoryDrift make_repository_drift(RepositorySnapshot const& snapshot, Period const& period,
                                      DriftInput const& input) {
  RepositoryDrift drift{.snapshot = snapshot,
                        .period = period.of(snapshot.id),
                        .whole = period,
                        .from_index = input.from_index,
                        .to_index = input.to_index,
                        .unknown = {}};
  drift.unknown[place_of(Part::seals)] = unknown_runs(snapshot);
  drift.unknown[place_of(Part::coverage)] = unknown_coverage(snapshot, drift.period);
  drift.unknown[place_of(Part::undispatched)] = unknown_dispatch(snapshot);
  for (Part const part : {Part::registries, Part::consumers}) {
    drift.unknown[place_of(part)] = not_evaluated(part);
  }
  if (snapshot.dispatch) {
    drift.unknown[place_of(Part::ripple_plans)].push_back(
        {"part", "ripple_plans", "this version lists undispatched plans only"});
  }
  if (!snapshot.guards.empty()) {
    drift.unknown[place_of(Part::guards)] = not_evaluated(Part::guards);
  }
  if (!snapshot.readable) {
    std::string const reason = snapshot.unreadable_reason.value_or("cannot be read");
    drift.unknown[place_of(Part::changes)].push_back({"repository", snapshot.id, reason});
    for (Part const part : {Part::undispatched, Part::ripple_plans, Part::guards}) {
      drift.unknown[place_of(part)].push_back({"repository", snapshot.id, reason});
    }
  }
  return drift;
}

bool is_reported(Finding const& finding, std::uint64_t from_index, std::uint64_t to_index) {
  if (finding.state != FindingState::closed) return true;
  return std::any_of(finding.evidence.begin(), finding.evidence.end(), [&](Evidence const& item) {
    return item.type == Evidence::Type::ledger && item.index >= from_index &&
           item.index <= to_index;
  });
}

void write_unknown(JsonWriter& writer, std::vector<Unknown> const& unknown) {
  writer.key("unknown").begin_array();
  for (Unknown const& item : unknown) {
    writer.begin_object().member("what", item.what);
    write_path(writer, "subject", item.subject);
    write_path(writer, "reason", item.reason);
    writer.end_object();
  }
  writer.end_array();
}

void write_end_of_part(JsonWriter& writer, RepositoryDrift const& drift, Part part) {
  if (part != Part::violations) {
    writer.key("findings").begin_array();
    for (FindingPtr const& finding : drift.snapshot.findings) {
      bool const here = part_of(finding->kind) == part;
      if (here && is_reported(*finding, drift.from_index, drift.to_index)) {
        write_finding(writer, *finding);
      }
    }
    writer.end_array();
  }
  write_unknown(writer, drift.unknown[place_of(part)]);
}

void write_not_evaluated(JsonWriter& writer, RepositoryDrift const& drift, Part part) {
  writer.key(kPartNames[place_of(part)]).begin_object().key("items").begin_array().end_array();
  write_end_of_part(writer, drift, part);
  writer.end_object();
}

void write_parts(JsonWriter& writer, RepositoryDrift const& drift) {
  write_seals(writer, drift);
  write_violations(writer, drift);
  write_coverage(writer, drift);
  write_undispatched(writer, drift);
  write_ripple_plans(writer, drift);
  write_guards(writer, drift);
  write_not_evaluated(writer, drift, Part::registries);
  write_not_evaluated(writer, drift, Part::consumers);
  write_changes(writer, drift);
}

}  // namespace govseal::drift
