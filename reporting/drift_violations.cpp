#include "reporting/drift_parts.h"
#include "reporting/json_objects.h"

namespace govseal::drift {
namespace {

/// Index of the record that opened the finding the last time: its first evidence.
std::uint64_t opened_at(Finding const& finding) {
  for (Evidence const& item : finding.evidence) {
    if (item.type == Evidence::Type::ledger) return item.index;
  }
  return 0;
}

/// Index of the newest record about it; of the one that closed it when it is closed.
std::uint64_t newest_record(Finding const& finding) {
  std::uint64_t newest = 0;
  for (Evidence const& item : finding.evidence) {
    if (item.type == Evidence::Type::ledger && item.index > newest) newest = item.index;
  }
  return newest;
}

template <typename Wanted>
void write_list(JsonWriter& writer, std::string_view key, RepositoryDrift const& drift,
                Wanted const& wanted) {
  writer.key(key).begin_array();
  for (FindingPtr const& finding : drift.snapshot.findings) {
    if (part_of(finding->kind) == Part::violations && wanted(*finding)) {
      write_finding(writer, *finding);
    }
  }
  writer.end_array();
}

}  // namespace

// A violation stands in every list it belongs to: one that came and went is both opened and closed,
// one that came and stayed both opened and open.
void write_violations(JsonWriter& writer, RepositoryDrift const& drift) {
  auto const in_period = [&drift](std::uint64_t record) {
    return record >= drift.from_index && record <= drift.to_index;
  };
  writer.key("violations").begin_object();
  write_list(writer, "opened", drift,
             [&](Finding const& finding) { return in_period(opened_at(finding)); });
  write_list(writer, "closed", drift, [&](Finding const& finding) {
    return finding.state == FindingState::closed && in_period(newest_record(finding));
  });
  write_list(writer, "open", drift,
             [](Finding const& finding) { return finding.state != FindingState::closed; });
  write_end_of_part(writer, drift, Part::violations);
  writer.end_object();
}

}  // namespace govseal::drift
