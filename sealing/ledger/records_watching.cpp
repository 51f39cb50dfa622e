#include "sealing/ledger/records_watching.h"

#include "sealing/ledger/field_writer.h"

namespace govseal::record {
namespace {

constexpr std::size_t kRootIdBytesMax = 512;
constexpr std::size_t kCandidatesMax = 16;

std::string candidates_json(std::vector<Candidate> const& candidates) {
  std::vector<std::string> items;
  for (auto const& candidate : candidates) {
    if (items.size() == kCandidatesMax) break;
    FieldWriter fields;
    fields.integer("pid", candidate.pid)
        .integer("uid", candidate.uid)
        .text("comm", candidate.comm, 64);
    items.push_back(fields.take_object());
  }
  return json_array(items);
}

template <typename RootChange>
FieldWriter root_change(RootChange const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .text("root", record.root, kRootIdBytesMax)
      .word("cause", record.cause)
      .text("before", record.before, 256)
      .text("after", record.after, 256);
  return fields;
}

}  // namespace

RecordDraft make_record(CoverageGap const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .list("roots", record.roots)
      .word("cause", record.cause)
      .integer("since_us", record.since_us)
      .integer("epoch", record.epoch)
      .word("rung", record.rung)
      .integer("errno", record.error_number)
      .integer("lost", record.lost);
  return fields.take("coverage.gap");
}

RecordDraft make_record(CoverageClosed const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .list("roots", record.roots)
      .integer("gap", record.gap)
      .word("how", record.how)
      .integer("entries", record.entries)
      .integer("changed", record.changed)
      .integer("until_us", record.until_us)
      .integer("epoch", record.epoch);
  return fields.take("coverage.closed");
}

RecordDraft make_record(CoverageRung const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .list("roots", record.roots)
      .word("from", record.from)
      .word("to", record.to)
      .word("reason", record.reason);
  return fields.take("coverage.rung");
}

RecordDraft make_record(CoverageAttribution const& record) {
  FieldWriter fields;
  fields.word("from", record.from).word("to", record.to).word("reason", record.reason);
  return fields.take("coverage.attribution");
}

RecordDraft make_record(CoverageMissed const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .text("root", record.root, kRootIdBytesMax)
      .path("path", record.path)
      .word("rung", record.rung);
  return fields.take("coverage.missed");
}

RecordDraft make_record(RootLost const& record) {
  return root_change(record).take("root.lost");
}

RecordDraft make_record(RootReturned const& record) {
  return root_change(record).take("root.returned");
}

RecordDraft make_record(GovernanceChanged const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .word("source", record.source)
      .text("branch", record.branch, 255)
      .word("from", record.from)
      .word("to", record.to)
      .list("paths", record.paths)
      .actor(record.actor);
  return fields.take("governance.changed");
}

RecordDraft make_record(Violation const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .word("name", record.name)
      .word("effect", record.effect)
      .word("kind", record.kind)
      .path("run", record.run)
      .integer("seal", record.seal)
      .integer("unlock", record.unlock)
      .list("paths", record.paths)
      .path("to", record.to)
      .digest("was", record.was)
      .digest("now", record.now)
      .word("basis", record.basis)
      .boolean("late", record.late)
      .actor(record.actor)
      .raw("candidates", candidates_json(record.candidates));
  return fields.take("violation");
}

RecordDraft make_record(Finding const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .word("id", record.id)
      .word("name", record.name)
      .word("state", record.state)
      .integer("of", record.of)
      .word("severity", record.severity)
      .text("subject", record.subject, 255)
      .path("run", record.run)
      .word("commit", record.commit)
      .list("paths", record.paths)
      .digest("expected", record.expected)
      .digest("actual", record.actual)
      .codes("codes", record.codes)
      .word("reason", record.reason)
      .text("detail", record.detail, 512)
      .time("last_seen", record.last_seen)
      .actor(record.actor)
      .by(record.by);
  auto draft = fields.take("finding");
  draft.urgent = record.severity == "critical" || record.severity == "high";
  return draft;
}

}  // namespace govseal::record
