#pragma once

#include "sealing/ledger/records_common.h"

namespace govseal::record {

struct CommitUndispatched {
  std::string repo{};
  std::optional<std::string> id{};
  std::string state{};  // opened reopened
  std::string branch{};
  std::string commit{};
  nanoseconds committed{};
  std::string priority{};            // HIGH MEDIUM LOW
  std::vector<std::string> lists{};  // in the order given, at most 8
  std::vector<std::string> paths{};
  std::optional<std::string> workflow{};
  std::optional<std::string> reason{};
  std::vector<std::string> records{};  // file names in the order given, the first 8 are kept
};
[[nodiscard]] RecordDraft make_record(CommitUndispatched const& record);

struct DispatchRecorded {
  std::string repo{};
  std::string file{};
  Digest sha256{};
  std::string verdict{};  // event non_event orphan malformed
  std::optional<std::string> commit{};
  std::optional<std::string> owner{};
  std::vector<std::string> covers{};
  std::optional<std::string> reason{};
};
[[nodiscard]] RecordDraft make_record(DispatchRecorded const& record);

struct DispatchEvaluated {
  std::string repo{};
  std::optional<std::string> old_tip{};
  std::string new_tip{};
  std::int64_t new_commits = 0;
  std::vector<std::string> events{};
  std::int64_t dispatched = 0;
  std::int64_t pending = 0;
  std::int64_t undispatched = 0;
};
[[nodiscard]] RecordDraft make_record(DispatchEvaluated const& record);

struct DispatchAudit {
  std::string repo{};
  std::string cause{};
  std::string tip{};
  std::int64_t events = 0;
  std::int64_t dispatched = 0;
  std::int64_t pending = 0;
  std::int64_t undispatched = 0;
  Digest report_sha256{};
};
[[nodiscard]] RecordDraft make_record(DispatchAudit const& record);

struct DispatchLineChanged {
  std::string repo{};
  std::string old_tip{};
  std::string new_tip{};
  std::string kind{};  // rewritten other_line
};
[[nodiscard]] RecordDraft make_record(DispatchLineChanged const& record);

struct BackfillIntent {
  std::string repo{};
  std::string id{};
  std::optional<By> by{};
  std::vector<std::string> covers{};
  std::string reason{};
  std::optional<std::string> approval{};
  std::vector<std::string> argv{};  // all; `argc` is their number, the first 16 are kept
};
[[nodiscard]] RecordDraft make_record(BackfillIntent const& record);

struct BackfillRecorded {
  std::string repo{};
  std::string id{};
  std::optional<By> by{};
  std::vector<std::string> covers{};
  std::string reason{};
  std::int64_t exit = 0;
  std::optional<std::string> file{};
  Digest sha256{};
  std::optional<std::string> record{};  // the file's bytes; more than 4096 are left out
  bool log_ignored = false;
  std::vector<std::string> missing{};
};
[[nodiscard]] RecordDraft make_record(BackfillRecorded const& record);

struct BackfillFailed {
  std::string repo{};
  std::string id{};
  std::optional<By> by{};
  std::optional<std::int64_t> exit{};
  std::optional<std::string> detail{};
};
[[nodiscard]] RecordDraft make_record(BackfillFailed const& record);

struct GuardCount {
  std::string rule{};
  std::string code{};
  std::int64_t n = 0;
};

struct GuardBaseline {
  std::string repo{};
  std::string branch{};
  std::string tip{};
  std::vector<GuardCount> counts{};  // sorted here; the first 128 are kept
};
[[nodiscard]] RecordDraft make_record(GuardBaseline const& record);

struct DriftReported {
  std::optional<std::string> repo{};  // unset: the whole agent
  std::string report{};
  std::int64_t upto = 0;
  Digest json{};
  std::optional<Digest> markdown{};
  std::optional<Digest> html{};
  std::optional<Digest> text{};
  std::string state{};  // critical findings blind clean
  std::int64_t findings = 0;
  std::int64_t opened = 0;
  std::int64_t closed = 0;
  std::optional<By> by{};
};
[[nodiscard]] RecordDraft make_record(DriftReported const& record);

}  // namespace govseal::record
