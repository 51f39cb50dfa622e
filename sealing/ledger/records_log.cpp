#include "sealing/ledger/records_log.h"

#include "sealing/ledger/field_writer.h"

namespace govseal::record {

RecordDraft make_record(AnchorPublished const& record) {
  FieldWriter fields;
  fields.word("kind", record.kind)
      .text("target", record.target, 255)
      .integer("size", record.size)
      .digest("root", record.root)
      .text("ref", record.ref, 255);
  return fields.take("anchor.published");
}

RecordDraft make_record(AnchorFailed const& record) {
  FieldWriter fields;
  fields.word("kind", record.kind)
      .text("target", record.target, 255)
      .integer("size", record.size)
      .word("code", record.code)
      .text("detail", record.detail, 256);
  return fields.take("anchor.failed");
}

RecordDraft make_record(LogRecovered const& record) {
  FieldWriter fields;
  fields.word("cause", record.cause)
      .integer("signed", record.signed_size)
      .integer("kept", record.kept)
      .integer("cut_bytes", record.cut_bytes)
      .digest("cut_sha256", record.cut_sha256);
  return fields.take("log.recovered");
}

RecordDraft make_record(LogDamaged const& record) {
  FieldWriter fields;
  fields.word("origin", record.origin)
      .integer("signed", record.signed_size)
      .digest("root", record.root)
      .word("code", record.code)
      .integer("at", record.at)
      .text("kept_as", record.kept_as, 64);
  return fields.take("log.damaged");
}

RecordDraft make_record(LogRolledBack const& record) {
  FieldWriter fields;
  fields.word("origin", record.origin)
      .integer("local_size", record.local_size)
      .digest("local_root", record.local_root)
      .integer("seen_size", record.seen_size)
      .digest("seen_root", record.seen_root)
      .text("source", record.source, 255)
      .text("kept_as", record.kept_as, 64);
  return fields.take("log.rolled_back");
}

}  // namespace govseal::record
