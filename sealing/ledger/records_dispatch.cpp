#include "sealing/ledger/records_dispatch.h"

#include <algorithm>
#include <tuple>

#include "sealing/ledger/field_writer.h"

namespace govseal::record {
namespace {

constexpr std::size_t kBranchBytesMax = 255;
constexpr std::size_t kRecordBytesKept = 4096;
constexpr std::size_t kCountsMax = 128;

std::string counts_json(std::vector<GuardCount> counts) {
  std::sort(counts.begin(), counts.end(), [](GuardCount const& a, GuardCount const& b) {
    return std::tie(a.rule, a.code) < std::tie(b.rule, b.code);
  });
  std::vector<std::string> items;
  for (auto const& count : counts) {
    if (items.size() == kCountsMax) break;
    FieldWriter fields;
    fields.word("rule", count.rule).word("code", count.code).integer("n", count.n);
    items.push_back(fields.take_object());
  }
  return json_array(items);
}

}  // namespace

RecordDraft make_record(CommitUndispatched const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .word("id", record.id)
      .word("state", record.state)
      .text("branch", record.branch, kBranchBytesMax)
      .word("commit", record.commit)
      .time("committed", record.committed)
      .word("priority", record.priority)
      .words("lists", record.lists, 8)
      .list("paths", record.paths)
      .word("workflow", record.workflow)
      .word("reason", record.reason)
      .texts("records", record.records, 8, 255);
  return fields.take("commit.undispatched");
}

RecordDraft make_record(DispatchRecorded const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .path("file", record.file)
      .digest("sha256", record.sha256)
      .word("verdict", record.verdict)
      .word("commit", record.commit)
      .word("owner", record.owner)
      .list("covers", record.covers)
      .text("reason", record.reason, 256);
  return fields.take("dispatch.recorded");
}

RecordDraft make_record(DispatchEvaluated const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .word("old_tip", record.old_tip)
      .word("new_tip", record.new_tip)
      .integer("new_commits", record.new_commits)
      .list("events", record.events)
      .integer("dispatched", record.dispatched)
      .integer("pending", record.pending)
      .integer("undispatched", record.undispatched);
  return fields.take("dispatch.evaluated");
}

RecordDraft make_record(DispatchAudit const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .word("cause", record.cause)
      .word("tip", record.tip)
      .integer("events", record.events)
      .integer("dispatched", record.dispatched)
      .integer("pending", record.pending)
      .integer("undispatched", record.undispatched)
      .digest("report_sha256", record.report_sha256);
  return fields.take("dispatch.audit");
}

RecordDraft make_record(DispatchLineChanged const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .word("old", record.old_tip)
      .word("new", record.new_tip)
      .word("kind", record.kind);
  return fields.take("dispatch.line_changed");
}

RecordDraft make_record(BackfillIntent const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .word("id", record.id)
      .by(record.by)
      .list("covers", record.covers)
      .text("reason", record.reason, 1024)
      .text("approval", record.approval, 255)
      .integer("argc", static_cast<std::int64_t>(record.argv.size()))
      .texts("argv", record.argv, 16, 512);
  return fields.take("backfill.intent");
}

RecordDraft make_record(BackfillRecorded const& record) {
  bool const keeps_bytes = record.record && record.record->size() <= kRecordBytesKept;
  FieldWriter fields;
  fields.word("repo", record.repo)
      .word("id", record.id)
      .by(record.by)
      .list("covers", record.covers)
      .text("reason", record.reason, 1024)
      .integer("exit", record.exit)
      .path("file", record.file)
      .digest("sha256", record.sha256)
      .base64("record", keeps_bytes ? record.record : std::nullopt)
      .boolean("log_ignored", record.log_ignored)
      .codes("missing", record.missing);
  return fields.take("backfill.recorded");
}

RecordDraft make_record(BackfillFailed const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .word("id", record.id)
      .by(record.by)
      .integer("exit", record.exit)
      .text("detail", record.detail, 256);
  return fields.take("backfill.failed");
}

RecordDraft make_record(GuardBaseline const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .text("branch", record.branch, kBranchBytesMax)
      .word("tip", record.tip)
      .raw("counts", counts_json(record.counts));
  return fields.take("guard.baseline");
}

RecordDraft make_record(DriftReported const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .text("report", record.report, 255)
      .integer("upto", record.upto)
      .digest("json", record.json)
      .digest("markdown", record.markdown)
      .digest("html", record.html)
      .digest("text", record.text)
      .word("state", record.state)
      .integer("findings", record.findings)
      .integer("opened", record.opened)
      .integer("closed", record.closed)
      .by(record.by);
  return fields.take("drift.reported");
}

}  // namespace govseal::record
