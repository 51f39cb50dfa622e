#include "sealing/ledger/records_agent.h"

#include "sealing/ledger/field_writer.h"

namespace govseal::record {

RecordDraft make_record(Genesis const& record) {
  std::string previous = "null";
  if (record.previous) {
    FieldWriter fields;
    fields.word("origin", record.previous->origin)
        .integer("size", static_cast<std::int64_t>(record.previous->tree.size))
        .digest("root", record.previous->tree.root);
    previous = fields.take_object();
  }
  FieldWriter fields;
  fields.word("origin", record.origin)
      .integer("epoch", record.epoch)
      .text("host", record.host, 255)
      .text("version", record.version, 64)
      .word("log_vkey", record.log_vkey)
      .word("seal_key", record.seal_key)
      .word("root_key", record.root_key)
      .raw("previous", previous);
  return fields.take("genesis");
}

RecordDraft make_record(AgentStart const& record) {
  FieldWriter fields;
  fields.text("version", record.version, 64)
      .integer("pid", record.pid)
      .integer("uid", record.uid)
      .digest("config", record.config)
      .list("repos", record.repos)
      .boolean("clean", record.clean);
  return fields.take("agent.start");
}

RecordDraft make_record(AgentStop const& record) {
  FieldWriter fields;
  fields.word("reason", record.reason)
      .text("detail", record.detail, 256)
      .integer("uptime_s", record.uptime_s);
  return fields.take("agent.stop");
}

RecordDraft make_record(Heartbeat const& record) {
  FieldWriter fields;
  fields.integer("interval_s", record.interval_s)
      .integer("uptime_s", record.uptime_s)
      .integer("boottime_ms", record.boottime_ms)
      .integer("repos", record.repos)
      .integer("runs", record.runs)
      .integer("sealed", record.sealed)
      .integer("failed", record.failed)
      .integer("missing", record.missing)
      .integer("verified", record.verified)
      .integer("hashed_bytes", record.hashed_bytes)
      .integer("gaps", record.gaps);
  return fields.take("heartbeat");
}

RecordDraft make_record(ConfigReloaded const& record) {
  FieldWriter fields;
  fields.digest("config", record.config)
      .digest("previous", record.previous)
      .boolean("applied", record.applied)
      .integer("problems", record.problems)
      .list("changed", record.changed)
      .by(record.by);
  return fields.take("config.reloaded");
}

RecordDraft make_record(RepositoryAdded const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo).text("path", record.path, 4096);
  return fields.take("repository.added");
}

RecordDraft make_record(ConfigChangedOnDisk const& record) {
  FieldWriter fields;
  fields.digest("config", record.config);
  return fields.take("config.changed_on_disk");
}

RecordDraft make_record(PolicyChanged const& record) {
  FieldWriter fields;
  fields.word("file", record.file)
      .digest("sha256", record.sha256)
      .digest("previous", record.previous);
  return fields.take("policy.changed");
}

RecordDraft make_record(ClockJump const& record) {
  FieldWriter fields;
  fields.time("from", record.from)
      .time("to", record.to)
      .integer("delta_ms", record.delta_ms)
      .integer("boottime_ms", record.boottime_ms);
  return fields.take("clock.jump");
}

RecordDraft make_record(IndexRebuilt const& record) {
  FieldWriter fields;
  fields.word("reason", record.reason).integer("runs", record.runs);
  return fields.take("index.rebuilt");
}

}  // namespace govseal::record
