#pragma once

#include "sealing/ledger/records_common.h"

namespace govseal::record {

struct CoverageGap {
  std::string repo{};
  std::vector<std::string> roots{};
  std::string cause{};
  std::int64_t since_us = 0;  // boot clock
  std::optional<std::int64_t> epoch{};
  std::string rung{};  // A C D
  std::optional<std::int64_t> error_number{};
  std::optional<std::int64_t> lost{};
};
[[nodiscard]] RecordDraft make_record(CoverageGap const& record);

struct CoverageClosed {
  std::string repo{};
  std::vector<std::string> roots{};
  std::int64_t gap = 0;
  std::string how{};  // stat full-hash
  std::int64_t entries = 0;
  std::int64_t changed = 0;
  std::int64_t until_us = 0;  // boot clock
  std::optional<std::int64_t> epoch{};
};
[[nodiscard]] RecordDraft make_record(CoverageClosed const& record);

struct CoverageRung {
  std::string repo{};
  std::vector<std::string> roots{};
  std::string from{};  // A C D
  std::string to{};
  std::string reason{};
};
[[nodiscard]] RecordDraft make_record(CoverageRung const& record);

struct CoverageAttribution {
  std::string from{};  // off live exact
  std::string to{};
  std::optional<std::string> reason{};
};
[[nodiscard]] RecordDraft make_record(CoverageAttribution const& record);

struct CoverageMissed {
  std::string repo{};
  std::string root{};
  std::string path{};
  std::string rung{};  // A C D
};
[[nodiscard]] RecordDraft make_record(CoverageMissed const& record);

struct RootLost {
  std::string repo{};
  std::string root{};
  std::string cause{};
  std::optional<std::string> before{};
  std::optional<std::string> after{};
};
[[nodiscard]] RecordDraft make_record(RootLost const& record);

struct RootReturned {
  std::string repo{};
  std::string root{};
  std::string cause{};
  std::optional<std::string> before{};
  std::optional<std::string> after{};
};
[[nodiscard]] RecordDraft make_record(RootReturned const& record);

struct GovernanceChanged {
  std::string repo{};
  std::string source{};  // commit worktree ref
  std::optional<std::string> branch{};
  std::optional<std::string> from{};  // object ids
  std::optional<std::string> to{};
  std::vector<std::string> paths{};
  std::optional<Actor> actor{};
};
[[nodiscard]] RecordDraft make_record(GovernanceChanged const& record);

struct Candidate {
  std::int64_t pid = 0;
  std::optional<std::int64_t> uid{};
  std::optional<std::string> comm{};
};

struct Violation {
  std::string repo{};
  std::string name = "sealed_write";
  std::optional<std::string> effect{};  // content hashfile same_bytes transient metadata
  std::string kind{};                   // write create delete rename attribute
  std::optional<std::string> run{};
  std::optional<std::int64_t> seal{};
  std::optional<std::int64_t> unlock{};
  std::vector<std::string> paths{};
  std::optional<std::string> to{};
  std::optional<Digest> was{};
  std::optional<Digest> now{};
  std::string basis{};  // event stat full-hash
  bool late = false;
  std::optional<Actor> actor{};
  std::vector<Candidate> candidates{};  // the first 16 are kept
};
[[nodiscard]] RecordDraft make_record(Violation const& record);

/// Urgent when `severity` is critical or high.
struct Finding {
  std::optional<std::string> repo{};
  std::string id{};
  std::string name{};
  std::string state{};  // opened reopened acknowledged closed
  std::optional<std::int64_t> of{};
  std::string severity{};  // critical high medium low
  std::optional<std::string> subject{};
  std::optional<std::string> run{};
  std::optional<std::string> commit{};
  std::vector<std::string> paths{};
  std::optional<Digest> expected{};
  std::optional<Digest> actual{};
  std::vector<std::string> codes{};
  std::optional<std::string> reason{};
  std::optional<std::string> detail{};
  std::optional<nanoseconds> last_seen{};
  std::optional<Actor> actor{};
  std::optional<By> by{};
};
[[nodiscard]] RecordDraft make_record(Finding const& record);

}  // namespace govseal::record
