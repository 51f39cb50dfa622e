#include "sealing/ledger/records_seals.h"

#include <algorithm>

#include "sealing/ledger/field_writer.h"

namespace govseal::record {
namespace {

constexpr std::size_t kVerdictBytesMax = 48;

std::string settle_json(std::optional<Settle> const& settle) {
  if (!settle) return "null";
  FieldWriter fields;
  fields.word("dialect", settle->dialect)
      .integer("quiet_ms", settle->quiet_ms)
      .word("probe", settle->probe)
      .integer("epoch", settle->epoch);
  return fields.take_object();
}

/// The present names in the order the format fixes.
std::vector<std::string> seal_files_in_order(std::vector<std::string> const& have) {
  std::vector<std::string> ordered;
  for (char const* const name : {"manifest.json", "MANIFEST.sha256", "run.json"}) {
    if (std::find(have.begin(), have.end(), name) != have.end()) ordered.emplace_back(name);
  }
  return ordered;
}

}  // namespace

RecordDraft make_record(SealIntent const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .path("run", record.run)
      .digest("root", record.root)
      .digest("hashfile", record.hashfile)
      .digest("manifest", record.manifest)
      .integer("files", record.files)
      .integer("bytes", record.bytes)
      .by(record.by);
  return fields.take("seal.intent");
}

RecordDraft make_record(SealCreated const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .path("run", record.run)
      .digest("root", record.root)
      .digest("hashfile", record.hashfile)
      .digest("manifest", record.manifest)
      .word("h1", record.h1)
      .integer("files", record.files)
      .integer("bytes", record.bytes)
      .word("tree", record.tree)
      .word("head", record.head)
      .word("key", record.key)
      .codes("warnings", record.warnings)
      .raw("settle", settle_json(record.settle))
      .integer("intent", record.intent)
      .boolean("recovered", record.recovered);
  return fields.take("seal.created");
}

RecordDraft make_record(SealObserved const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .path("run", record.run)
      .text("verdict", record.verdict, kVerdictBytesMax)
      .codes("codes", record.codes)
      .word("style", record.style)
      .word("variant", record.variant)
      .word("dialect", record.dialect)
      .digest("root", record.root)
      .digest("hashfile", record.hashfile)
      .digest("manifest", record.manifest)
      .word("h1", record.h1)
      .integer("files", record.files)
      .integer("bytes", record.bytes)
      .word("tree", record.tree)
      .word("head", record.head)
      .word("key", record.key)
      .codes("warnings", record.warnings)
      .list("also_in", record.also_in);
  return fields.take("seal.observed");
}

RecordDraft make_record(SealVerified const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .path("run", record.run)
      .digest("root", record.root)
      .integer("seal", record.seal)
      .text("verdict", record.verdict, kVerdictBytesMax)
      .word("source", record.source)
      .word("trigger", record.trigger)
      .integer("files", record.files)
      .integer("bytes", record.bytes)
      .by(record.by);
  return fields.take("seal.verified");
}

RecordDraft make_record(SealFailed const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .path("run", record.run)
      .digest("root", record.root)
      .integer("seal", record.seal)
      .text("verdict", record.verdict, kVerdictBytesMax)
      .word("source", record.source)
      .codes("codes", record.codes)
      .list("paths", record.paths)
      .word("waiver", record.waiver);
  return fields.take("seal.failed");
}

RecordDraft make_record(SealRewritten const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .path("run", record.run)
      .integer("seal", record.seal)
      .digest("root_was", record.root_was)
      .digest("root", record.root)
      .digest("hashfile_was", record.hashfile_was)
      .digest("hashfile", record.hashfile)
      .text("verdict", record.verdict, kVerdictBytesMax)
      .actor(record.actor);
  return fields.take("seal.rewritten");
}

RecordDraft make_record(SealCopied const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .path("run", record.run)
      .digest("root", record.root)
      .word("of_repo", record.of_repo)
      .path("of_run", record.of_run)
      .integer("of_seal", record.of_seal)
      .actor(record.actor);
  return fields.take("seal.copied");
}

RecordDraft make_record(SealIncomplete const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .path("run", record.run)
      .words("have", seal_files_in_order(record.have), 3)
      .time("since", record.since);
  return fields.take("seal.incomplete");
}

RecordDraft make_record(SealWithdrawn const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .path("run", record.run)
      .integer("intent", record.intent)
      .list("paths", record.paths);
  return fields.take("seal.withdrawn");
}

RecordDraft make_record(SealAborted const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .path("run", record.run)
      .integer("intent", record.intent)
      .word("step", record.step)
      .integer("errno", record.error_number);
  return fields.take("seal.aborted");
}

RecordDraft make_record(SealUnlocked const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .path("run", record.run)
      .integer("seal", record.seal)
      .word("level", record.level)
      .text("reason", record.reason, 512)
      .by(record.by);
  return fields.take("seal.unlocked");
}

RecordDraft make_record(RunMissing const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .path("run", record.run)
      .digest("root", record.root)
      .integer("seal", record.seal)
      .time("last_seen", record.last_seen)
      .word("git", record.git)
      .path("moved_to", record.moved_to)
      .actor(record.actor);
  return fields.take("run.missing");
}

RecordDraft make_record(RootBaseline const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .path("path", record.path)
      .integer("valid", record.valid)
      .integer("invalid", record.invalid)
      .integer("eol_normalized", record.eol_normalized)
      .integer("legacy", record.legacy)
      .integer("incomplete", record.incomplete)
      .integer("unsealed", record.unsealed)
      .integer("open", record.open)
      .integer("abandoned", record.abandoned);
  return fields.take("root.baseline");
}

RecordDraft make_record(ScrubDone const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .word("scope", record.scope)
      .list("runs", record.runs)
      .integer("files", record.files)
      .integer("bytes", record.bytes)
      .integer("changed", record.changed)
      .time("started", record.started)
      .time("finished", record.finished)
      .by(record.by);
  return fields.take("scrub.done");
}

}  // namespace govseal::record
