#include <algorithm>

#include "reporting/drift_parts.h"
#include "reporting/json_objects.h"

namespace govseal::drift {
namespace {

bool reads_all_bytes(std::string_view type) {
  return type == "seal.created" || type == "seal.observed" || type == "seal.verified" ||
         type == "seal.failed";
}

/// When all bytes were last read as the ledger has it. What the agent read since without a record
/// (a scrub that is still running) does not count yet: the same ledger gives the same report.
std::optional<nanoseconds> recorded_hash(RunView const& run, RepositoryPeriod const& period,
                                         std::uint64_t bound) {
  std::optional<nanoseconds> newest;
  auto const take = [&newest](nanoseconds time) {
    if (!newest || time > *newest) newest = time;
  };
  for (HistoryItem const& item : run.history) {
    if (reads_all_bytes(item.type)) take(item.time);
  }
  for (auto const* scrubs : {&period.scrubs, &period.older_scrubs}) {
    for (Scrub const& scrub : *scrubs) {
      bool const named =
          std::find(scrub.runs.begin(), scrub.runs.end(), run.run) != scrub.runs.end();
      if (named || (bound > scrub.runs.size() && scrub.runs_total >= bound)) take(scrub.started);
    }
  }
  return newest;
}

std::uint64_t count_bound(RepositorySnapshot const& repository) {
  return static_cast<std::uint64_t>(
      std::count_if(repository.runs.begin(), repository.runs.end(),
                    [](RunViewPtr const& run) { return run->ledger.has_value(); }));
}

std::optional<nanoseconds> oldest_full_hash(RepositoryDrift const& drift, std::uint64_t bound) {
  std::optional<nanoseconds> oldest;
  for (RunViewPtr const& run : drift.snapshot.runs) {
    if (!run->ledger) continue;
    auto const hashed = recorded_hash(*run, drift.period, bound);
    if (hashed && (!oldest || *hashed < *oldest)) oldest = hashed;
  }
  return oldest;
}

void write_run(JsonWriter& writer, RunView const& run) {
  writer.begin_object();
  write_path(writer, "run", run.run);
  writer.member("verdict", run.verdict);
  write_strings(writer, "codes", run.codes);
  write_digest(writer, "root", run.root);
  write_digest(writer, "bound_root", run.bound_root);
  write_digest(writer, "hashfile_sha256", run.hashfile_sha256);
  writer.key("ledger");
  if (run.ledger) {
    writer.begin_object().member("index", run.ledger->index);
    writer.member("record_sha256", run.ledger->record_sha256.hex()).end_object();
  } else {
    writer.null();
  }
  writer.member("waiver", run.waiver);
  if (!run.verdict) write_path(writer, "error", run.error);
  writer.end_object();
}

void write_records(JsonWriter& writer, std::string_view key,
                   std::map<std::string, std::uint64_t> const& runs) {
  std::vector<std::uint64_t> records;
  for (auto const& [run, record] : runs) records.push_back(record);
  std::sort(records.begin(), records.end());
  writer.key(key).begin_array();
  for (std::uint64_t const record : records) writer.value(record);
  writer.end_array();
}

void write_scrubs(JsonWriter& writer, RepositoryPeriod const& period) {
  writer.key("scrubs").begin_array();
  for (Scrub const& scrub : period.scrubs) {
    writer.begin_object().member("scope", scrub.scope).member("runs", scrub.runs_total);
    writer.member("changed", scrub.changed);
    write_time(writer, "started", scrub.started);
    write_time(writer, "finished", scrub.finished);
    writer.member("ledger", scrub.record).end_object();
  }
  writer.end_array();
}

void write_period(JsonWriter& writer, RepositoryPeriod const& period) {
  writer.key("period").begin_object();
  writer.member("sealed", static_cast<std::uint64_t>(period.sealed.size()));
  writer.member("observed", static_cast<std::uint64_t>(period.observed.size()));
  writer.member("verified", period.verified_runs());
  writer.key("ledger").begin_object();
  write_records(writer, "sealed", period.sealed);
  write_records(writer, "observed", period.observed);
  write_records(writer, "verified", period.verified);
  writer.end_object();
  write_scrubs(writer, period);
  writer.end_object();
}

}  // namespace

void write_seals(JsonWriter& writer, RepositoryDrift const& drift) {
  std::uint64_t const bound = count_bound(drift.snapshot);
  writer.key("seals").begin_object().key("runs").begin_object();
  for (std::size_t i = 0; i < kVerdictWords.size(); ++i) {
    writer.member(kVerdictWords[i], drift.snapshot.counts.runs[i]);
  }
  writer.end_object().member("bound", bound);
  writer.key("not_valid").begin_array();
  for (RunViewPtr const& run : drift.snapshot.runs) {
    if (run->verdict != "VALID") write_run(writer, *run);
  }
  writer.end_array();
  write_period(writer, drift.period);
  write_time(writer, "oldest_full_hash", oldest_full_hash(drift, bound));
  write_end_of_part(writer, drift, Part::seals);
  writer.end_object();
}

}  // namespace govseal::drift
