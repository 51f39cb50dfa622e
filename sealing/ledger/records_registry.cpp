#include "sealing/ledger/records_registry.h"

#include "sealing/ledger/field_writer.h"

namespace govseal::record {
namespace {

constexpr std::size_t kChangesMax = 32;

std::string changes_json(std::vector<PointerChange> const& changes) {
  std::vector<std::string> items;
  for (auto const& change : changes) {
    if (items.size() == kChangesMax) break;
    FieldWriter fields;
    fields.word("registry", change.registry)
        .text("from", change.from, 255)
        .text("to", change.to, 255)
        .digest("root", change.root);
    items.push_back(fields.take_object());
  }
  return json_array(items);
}

}  // namespace

RecordDraft make_record(RegistryBuilt const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .word("kind", record.kind)
      .path("run", record.run)
      .digest("root", record.root);
  return fields.take("registry.built");
}

RecordDraft make_record(RegistryBuildFailed const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .word("kind", record.kind)
      .integer("exit", record.exit)
      .text("reason", record.reason, 256);
  return fields.take("registry.build_failed");
}

RecordDraft make_record(RegistryHealth const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .word("from", record.from)
      .word("to", record.to)
      .words("conditions", record.conditions, 32)
      .words("unknown", record.unknown, 32);
  return fields.take("registry.health");
}

RecordDraft make_record(PointerProposed const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .word("id", record.id)
      .path("pointer_file", record.pointer_file)
      .digest("file_sha256", record.file_sha256)
      .raw("changes", changes_json(record.changes));
  return fields.take("pointer.proposed");
}

RecordDraft make_record(PointerIntent const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .word("id", record.id)
      .text("reason", record.reason, 512)
      .by(record.by);
  return fields.take("pointer.intent");
}

RecordDraft make_record(PointerApplied const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .word("id", record.id)
      .raw("changes", changes_json(record.changes))
      .text("reason", record.reason, 512)
      .digest("before", record.before)
      .digest("after", record.after)
      .by(record.by);
  return fields.take("pointer.applied");
}

RecordDraft make_record(PointerFailed const& record) {
  FieldWriter fields;
  fields.word("repo", record.repo)
      .word("id", record.id)
      .word("code", record.code)
      .text("detail", record.detail, 256)
      .by(record.by);
  return fields.take("pointer.failed");
}

}  // namespace govseal::record
