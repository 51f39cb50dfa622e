#include "sealing/ledger/records_keys.h"

#include "sealing/ledger/field_writer.h"

namespace govseal::record {
namespace {

constexpr std::size_t kReasonBytesMax = 512;
constexpr std::size_t kPrincipalBytesMax = 128;

}  // namespace

RecordDraft make_record(KeyRotate const& record) {
  FieldWriter fields;
  fields.word("kind", record.kind)
      .word("old", record.old_key)
      .word("new", record.new_key)
      .time("not_before", record.not_before)
      .time("overlap_until", record.overlap_until)
      .base64("sig_old", record.sig_old)
      .base64("sig_new", record.sig_new)
      .base64("sig_root", record.sig_root)
      .by(record.by);
  return fields.take("key.rotate");
}

RecordDraft make_record(KeyRevoke const& record) {
  FieldWriter fields;
  fields.word("kind", record.kind)
      .word("key", record.key)
      .time("compromised_since", record.compromised_since)
      .text("reason", record.reason, kReasonBytesMax)
      .base64("sig_root", record.sig_root)
      .by(record.by);
  return fields.take("key.revoke");
}

RecordDraft make_record(WaiverGranted const& record) {
  std::vector<std::string> sigs;
  for (auto const& sig : record.sigs) sigs.push_back(to_base64(bytes_of(sig)));
  FieldWriter fields;
  fields.word("id", record.id)
      .word("rule", record.rule)
      .word("repo", record.repo)
      .path("run", record.run)
      .digest("root", record.root)
      .time("expires", record.expires)
      .texts("approvers", record.approvers, record.approvers.size(), kPrincipalBytesMax)
      .base64("waiver", record.waiver)
      .words("sigs", sigs, sigs.size())
      .by(record.by);
  return fields.take("waiver.granted");
}

RecordDraft make_record(WaiverUsed const& record) {
  FieldWriter fields;
  fields.word("id", record.id)
      .word("repo", record.repo)
      .path("run", record.run)
      .digest("root", record.root)
      .integer("finding", record.finding);
  return fields.take("waiver.used");
}

RecordDraft make_record(WaiverExpired const& record) {
  FieldWriter fields;
  fields.word("id", record.id).word("repo", record.repo).path("run", record.run);
  return fields.take("waiver.expired");
}

RecordDraft make_record(WaiverRevoked const& record) {
  FieldWriter fields;
  fields.word("id", record.id)
      .word("repo", record.repo)
      .path("run", record.run)
      .text("reason", record.reason, kReasonBytesMax)
      .text("approver", record.approver, kPrincipalBytesMax)
      .base64("sig", record.sig)
      .by(record.by);
  return fields.take("waiver.revoked");
}

}  // namespace govseal::record
