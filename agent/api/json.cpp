#include "agent/api/json.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/utf8.h"

namespace govseal {
namespace {

std::optional<std::string> rung_text(char rung) {
  return std::string(1, rung);
}

void write_interval(JsonWriter& writer, CoverageInterval const& interval) {
  writer.begin_object().member("state", interval.state);
  write_time(writer, "from", interval.from);
  write_time(writer, "to", interval.to);
  writer.member("cause", interval.cause).member("closed_by", interval.closed_by);
  writer.key("ledger");
  if (interval.gap_record) {
    writer.begin_object().member("gap", interval.gap_record);
    writer.member("closed", interval.closed_record).end_object();
  } else {
    writer.null();
  }
  writer.end_object();
}

void write_root_of_repository(JsonWriter& writer, WatchRootView const& root) {
  writer.begin_object();
  write_path(writer, "root", root.id);
  writer.member("kind", root.kind).member("rung", rung_text(root.rung));
  writer.member("state", root.state);
  writer.member("writable", root.writable).member("lease", root.lease);
  writer.end_object();
}

/// Only what there is: a repository of four hundred VALID runs says one word.
void write_run_counts(JsonWriter& writer, RepositoryCounts const& counts) {
  writer.key("runs").begin_object();
  for (std::size_t i = 0; i < kVerdictWords.size(); ++i) {
    if (counts.runs[i] > 0) writer.member(kVerdictWords[i], counts.runs[i]);
  }
  writer.end_object();
}

}  // namespace

void write_verified(JsonWriter& writer, Verified const& verified) {
  writer.begin_object();
  write_time(writer, "hashed_at", verified.hashed_at);
  write_time(writer, "stat_at", verified.stat_at);
  writer.member("basis", verified.basis);
  write_time(writer, "verified_at", verified.verified_at);
  writer.member("covered", verified.covered).end_object();
}

void begin_severities(JsonWriter& writer, RepositoryCounts const& counts) {
  writer.begin_object();
  for (Severity const severity :
       {Severity::critical, Severity::high, Severity::medium, Severity::low}) {
    writer.member(to_text(severity), counts.open[static_cast<std::size_t>(severity)]);
  }
}

void write_repository(JsonWriter& writer, RepositorySnapshot const& repository) {
  writer.begin_object().member("id", repository.id);
  write_path(writer, "path", repository.path);
  write_optional_path(writer, "branch", repository.branch);
  writer.member("reader", repository.reader).member("object_format", repository.object_format);
  writer.member("reference_format", repository.reference_format);
  writer.member("readable", repository.readable);
  writer.member("unreadable_reason", repository.unreadable_reason);
  writer.member("head", repository.head).member("audited_tip", repository.audited_tip);
  write_time(writer, "audited_at", repository.audited_at);
  writer.member("source", repository.source);
  if (!repository.configured) writer.member("configured", false);
  writer.key("roots").begin_array();
  for (auto const& root : repository.roots) write_root_of_repository(writer, root);
  writer.end_array();
  write_run_counts(writer, repository.counts);
  writer.key("findings");
  begin_severities(writer, repository.counts);
  writer.end_object();
  writer.member("undispatched", repository.counts.undispatched_commits).end_object();
}

void write_coverage_root(JsonWriter& writer, WatchRootView const& root) {
  writer.begin_object();
  write_path(writer, "root", root.id);
  writer.member("rung", rung_text(root.rung)).member("best_rung", rung_text(root.best_rung));
  writer.member("reason", root.reason);
  write_strings(writer, "lost", root.lost);
  writer.member("epoch", root.epoch).key("verified");
  write_verified(writer, root.verified);
  writer.key("intervals").begin_array();
  for (auto const& interval : root.intervals) write_interval(writer, interval);
  writer.end_array().end_object();
}

}  // namespace govseal
