#include "sealing/ledger/records.h"

#include <doctest/doctest.h>

#include <set>

#include "sealing/ledger/record_schema.h"
#include "sealing/ledger/ssh_signature.h"
#include "tests/ledger/ledger_fixture.h"

using namespace govseal;

namespace {

/// Outside data at its worst: long, not UTF-8, with control characters and quotes.
std::string const kWild = [] {
  std::string text;
  for (int i = 0; i < 700; ++i) text += "\xff\n\"\\%\xE2\x80\xA6 \xC3\xBC";
  return text;
}();
std::string const kOid(40, 'a');
std::string const kFingerprint = "SHA256:BEX3O+cF6MFz2KetzzzRxhZbIipFFWUMrV7D1iY6l14";
std::string const kH1 = "h1:VVKhpBFmiaq230plUIC3tZzVK/5rK7DLu+PdwC/pc6Y=";

std::vector<std::string> many(std::size_t count) {
  std::vector<std::string> items;
  for (std::size_t i = 0; i < count; ++i) items.push_back(kWild + std::to_string(i));
  return items;
}

std::vector<std::string> many_names(std::size_t count) {
  std::vector<std::string> items;
  for (std::size_t i = 0; i < count; ++i) items.push_back("n" + std::to_string(count - i));
  return items;
}

record::Actor wild_actor() {
  return {.pid = 1,
          .exe = kWild,
          .uid = 2,
          .comm = kWild,
          .gid = 3,
          .loginuid = 4294967295,
          .start_ticks = 5,
          .cgroup = kWild,
          .confidence = "pid-only",
          .operation = "attribute",
          .observed_at = at("2026-01-05T09:00:00Z"),
          .unreadable = {"exe", "cgroup"}};
}

record::By const kBy{.uid = 1000, .pid = 12, .role = "operator"};

std::string sshsig() {
  return make_ssh_signature(test_key(4), kKeyNamespace, "x");
}

std::vector<RecordDraft> agent_drafts() {
  auto const vkey = test_vkey(1).text();
  auto const key = ssh_key_of(test_key(3).public_key()).line();
  return {
      make_record(record::Genesis{.origin = kTestOrigin,
                                  .epoch = 2,
                                  .host = kWild,
                                  .version = kWild,
                                  .log_vkey = vkey,
                                  .seal_key = key,
                                  .root_key = key,
                                  .previous = Checkpoint{.origin = kTestOrigin, .tree = {}}}),
      make_record(record::AgentStart{.version = kWild, .repos = many(50)}),
      make_record(record::AgentStop{.reason = "error", .detail = kWild}),
      make_record(record::Heartbeat{}),
      make_record(record::ConfigReloaded{.changed = many(2), .by = kBy}),
      make_record(record::RepositoryAdded{.repo = "a", .path = "/" + kWild}),
      make_record(record::ConfigChangedOnDisk{}),
      make_record(record::PolicyChanged{.file = "waiver_signers"}),
      make_record(record::ClockJump{.delta_ms = -5}),
      make_record(record::IndexRebuilt{.reason = "absent"}),
  };
}

std::vector<RecordDraft> watching_drafts() {
  return {
      make_record(record::CoverageGap{.repo = "a",
                                      .roots = many(40),
                                      .cause = "agent-down",
                                      .epoch = 3,
                                      .rung = "A",
                                      .error_number = 5,
                                      .lost = 7}),
      make_record(record::CoverageClosed{.repo = "a", .how = "full-hash"}),
      make_record(record::CoverageRung{.repo = "a", .from = "A", .to = "D", .reason = "r"}),
      make_record(record::CoverageAttribution{.from = "off", .to = "exact", .reason = "r"}),
      make_record(record::CoverageMissed{.repo = "a", .root = kWild, .path = "", .rung = "C"}),
      make_record(record::RootLost{
          .repo = "a", .root = kWild, .cause = "unmounted", .before = kWild, .after = kWild}),
      make_record(record::RootReturned{.repo = "a", .root = "r", .cause = "c"}),
      make_record(record::GovernanceChanged{.repo = "a",
                                            .source = "commit",
                                            .branch = kWild,
                                            .from = kOid,
                                            .to = kOid,
                                            .paths = many(40),
                                            .actor = wild_actor()}),
      make_record(record::Violation{
          .repo = "a",
          .effect = "same_bytes",
          .kind = "rename",
          .run = kWild,
          .paths = many(40),
          .to = kWild,
          .basis = "full-hash",
          .late = true,
          .actor = wild_actor(),
          .candidates = std::vector<record::Candidate>(20, {.pid = 1, .uid = 2, .comm = kWild})}),
      make_record(record::Finding{.repo = "a",
                                  .id = "f",
                                  .name = "n",
                                  .state = "closed",
                                  .of = 1,
                                  .severity = "low",
                                  .subject = kWild,
                                  .run = kWild,
                                  .commit = kOid,
                                  .paths = many(40),
                                  .codes = many_names(40),
                                  .reason = "r",
                                  .detail = kWild,
                                  .last_seen = at("2026-01-05T09:00:00Z"),
                                  .actor = wild_actor(),
                                  .by = kBy}),
  };
}

std::vector<RecordDraft> seal_drafts() {
  record::Settle const settle{.dialect = "runwriter", .probe = "unsupported"};
  return {
      make_record(record::SealIntent{.repo = "a", .run = kWild, .by = kBy}),
      make_record(record::SealCreated{.repo = "a",
                                      .run = "r",
                                      .h1 = kH1,
                                      .tree = kOid,
                                      .key = kFingerprint,
                                      .warnings = many_names(3),
                                      .settle = settle}),
      make_record(record::SealObserved{.repo = "a",
                                       .run = "r",
                                       .verdict = kWild,
                                       .codes = {"b", "a"},
                                       .style = "contract",
                                       .variant = "B",
                                       .dialect = "d",
                                       .h1 = kH1,
                                       .key = kFingerprint,
                                       .also_in = many(2)}),
      make_record(record::SealVerified{.repo = "a",
                                       .run = "r",
                                       .verdict = "VALID",
                                       .source = "git",
                                       .trigger = "recovered",
                                       .by = kBy}),
      make_record(record::SealFailed{.repo = "a",
                                     .run = "r",
                                     .verdict = "INVALID",
                                     .source = "git",
                                     .codes = many_names(40),
                                     .paths = many(40),
                                     .waiver = "W-1"}),
      make_record(record::SealRewritten{
          .repo = "a", .run = "r", .verdict = "VALID", .actor = wild_actor()}),
      make_record(record::SealCopied{.repo = "a", .run = "r", .of_repo = "b", .of_run = kWild}),
      make_record(
          record::SealIncomplete{.repo = "a", .run = "r", .have = {"run.json", "manifest.json"}}),
      make_record(record::SealWithdrawn{.repo = "a", .run = "r", .paths = many(3)}),
      make_record(record::SealAborted{.repo = "a", .run = "r", .step = "S6", .error_number = 28}),
      make_record(record::SealUnlocked{
          .repo = "a", .run = "r", .level = "chmod", .reason = kWild, .by = kBy}),
      make_record(record::RunMissing{.repo = "a", .run = "r", .git = "ref", .moved_to = kWild}),
      make_record(record::RootBaseline{.repo = "a", .path = ""}),
      make_record(record::ScrubDone{.repo = "a", .scope = "scheduled", .runs = many(40)}),
  };
}

std::vector<RecordDraft> dispatch_drafts() {
  std::vector<record::GuardCount> const counts(200, {.rule = "r", .code = "c", .n = 1});
  std::vector<record::PointerChange> const changes(
      40, {.registry = "r", .from = kWild, .to = kWild, .root = {}});
  return {
      make_record(record::CommitUndispatched{.repo = "a",
                                             .id = "i",
                                             .state = "opened",
                                             .branch = kWild,
                                             .commit = kOid,
                                             .priority = "MEDIUM",
                                             .lists = many_names(12),
                                             .paths = many(40),
                                             .workflow = "w",
                                             .reason = "r",
                                             .records = many(12)}),
      make_record(record::DispatchRecorded{.repo = "a",
                                           .file = kWild,
                                           .verdict = "orphan",
                                           .commit = kOid,
                                           .owner = kOid,
                                           .covers = {kOid},
                                           .reason = kWild}),
      make_record(record::DispatchEvaluated{.repo = "a", .old_tip = kOid, .new_tip = kOid}),
      make_record(record::DispatchAudit{.repo = "a", .cause = "c", .tip = kOid}),
      make_record(record::DispatchLineChanged{
          .repo = "a", .old_tip = kOid, .new_tip = kOid, .kind = "rewritten"}),
      make_record(record::BackfillIntent{
          .repo = "a", .id = "i", .by = kBy, .reason = kWild, .approval = kWild, .argv = many(20)}),
      make_record(record::BackfillRecorded{.repo = "a",
                                           .id = "i",
                                           .reason = kWild,
                                           .file = kWild,
                                           .record = std::string(4096, '\n'),
                                           .missing = {"log"}}),
      make_record(record::BackfillFailed{.repo = "a", .id = "i", .exit = 2, .detail = kWild}),
      make_record(
          record::GuardBaseline{.repo = "a", .branch = kWild, .tip = kOid, .counts = counts}),
      make_record(record::DriftReported{.report = kWild, .state = "blind", .by = kBy}),
      make_record(record::RegistryBuilt{.repo = "a", .kind = "k", .run = kWild}),
      make_record(record::RegistryBuildFailed{.repo = "a", .kind = "k", .reason = kWild}),
      make_record(record::RegistryHealth{.repo = "a",
                                         .from = "H0",
                                         .to = "H9",
                                         .conditions = many_names(40),
                                         .unknown = many_names(40)}),
      make_record(record::PointerProposed{
          .repo = "a", .id = "i", .pointer_file = kWild, .changes = changes}),
      make_record(record::PointerIntent{.repo = "a", .id = "i", .reason = kWild, .by = kBy}),
      make_record(
          record::PointerApplied{.repo = "a", .id = "i", .changes = changes, .reason = kWild}),
      make_record(record::PointerFailed{.repo = "a", .id = "i", .code = "c", .detail = kWild}),
  };
}

std::vector<RecordDraft> key_and_log_drafts() {
  auto const vkey = test_vkey(1).text();
  auto const log_sig = *from_base64(sign_note_base64(kTestOrigin, test_key(1), "x\n"));
  return {
      make_record(record::KeyRotate{.kind = "log",
                                    .old_key = vkey,
                                    .new_key = vkey,
                                    .sig_old = log_sig,
                                    .sig_new = log_sig,
                                    .sig_root = sshsig(),
                                    .by = kBy}),
      make_record(
          record::KeyRevoke{.kind = "log", .key = vkey, .reason = kWild, .sig_root = sshsig()}),
      make_record(record::WaiverGranted{.id = "W",
                                        .rule = "r",
                                        .repo = "a",
                                        .run = kWild,
                                        .approvers = {"a@b", "c@d"},
                                        .waiver = std::string(4096, 'w'),
                                        .sigs = {sshsig(), sshsig()}}),
      make_record(record::WaiverUsed{.id = "W", .repo = "a", .run = "r"}),
      make_record(record::WaiverExpired{.id = "W", .repo = "a", .run = "r"}),
      make_record(record::WaiverRevoked{
          .id = "W", .repo = "a", .run = "r", .reason = kWild, .approver = "a@b", .sig = sshsig()}),
      make_record(record::AnchorPublished{.kind = "git", .target = kWild, .ref = kWild}),
      make_record(
          record::AnchorFailed{.kind = "tsa", .target = kWild, .code = "timeout", .detail = kWild}),
      make_record(record::LogRecovered{.cause = "poisoned"}),
      make_record(record::LogDamaged{
          .origin = kTestOrigin, .code = "ROOT", .at = 1, .kept_as = "ledger.e1"}),
      make_record(
          record::LogRolledBack{.origin = kTestOrigin, .source = kWild, .kept_as = "ledger.e1"}),
  };
}

std::vector<RecordDraft> all_drafts() {
  std::vector<RecordDraft> all = agent_drafts();
  for (auto const& part :
       {watching_drafts(), seal_drafts(), dispatch_drafts(), key_and_log_drafts()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

JsonValue body_of(RecordDraft const& draft) {
  auto const parsed = parse_record(write_record_line(draft, 0, {}, kTestBootId, {}));
  REQUIRE(std::holds_alternative<Record>(parsed));
  return std::get<Record>(parsed).body;
}

}  // namespace

TEST_CASE("every record type can be made and keeps its schema whatever the outside data is") {
  std::set<std::string> made;
  for (auto const& draft : all_drafts()) {
    CAPTURE(draft.type);
    auto const line = write_record_line(draft, 7, at("2026-01-05T09:00:00Z"), kTestBootId, {});
    CHECK(line.size() < 65536);
    CHECK(std::holds_alternative<RecordHead>(check_record(line)));
    made.insert(draft.type);
  }
  std::set<std::string> known;
  for (auto const& schema : record_schemas()) known.emplace(schema.type);
  CHECK(made == known);
}

TEST_CASE("codes and lists are sorted and kept within their limits") {
  auto const finding = body_of(make_record(record::Finding{
      .id = "f", .name = "n", .state = "opened", .severity = "low", .codes = {"b", "a", "b"}}));
  auto const& codes = *finding.find("codes")->as_array();
  REQUIRE(codes.size() == 2);
  CHECK(*codes[0].as_string() == "a");
  CHECK(*codes[1].as_string() == "b");
  auto const incomplete = body_of(make_record(record::SealIncomplete{
      .repo = "a", .run = "r", .have = {"run.json", "MANIFEST.sha256", "manifest.json"}}));
  CHECK(*incomplete.find("have")->as_array()->front().as_string() == "manifest.json");
  auto const intent = body_of(make_record(
      record::BackfillIntent{.repo = "a", .id = "i", .reason = "r", .argv = many_names(20)}));
  CHECK(intent.find_int("argc") == 20);
  CHECK(intent.find("argv")->as_array()->size() == 16);
}

TEST_CASE("the bytes of a dispatch record are kept up to 4096") {
  auto const with = [](std::size_t size) {
    return body_of(make_record(record::BackfillRecorded{
        .repo = "a", .id = "i", .reason = "r", .record = std::string(size, 'x')}));
  };
  CHECK(*with(4096).find_string("record") == to_base64(bytes_of(std::string(4096, 'x'))));
  CHECK(with(4097).find("record")->is_null());
}

TEST_CASE("the repository's top is written as a dot") {
  auto const body = body_of(make_record(record::RootBaseline{.repo = "a", .path = ""}));
  CHECK(*body.find_string("path") == ".");
}
