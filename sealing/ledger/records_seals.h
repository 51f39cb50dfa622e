#pragma once

#include "sealing/ledger/records_common.h"

namespace govseal::record {

struct SealIntent {
  std::string repo{};
  std::string run{};
  Digest root{};
  Digest hashfile{};
  Digest manifest{};
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  std::optional<By> by{};
};
[[nodiscard]] RecordDraft make_record(SealIntent const& record);

/// The binding of a seal of our own.
struct SealCreated {
  std::string repo{};
  std::string run{};
  Digest root{};
  Digest hashfile{};
  Digest manifest{};
  std::string h1{};
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  std::optional<std::string> tree{};
  std::optional<std::string> head{};
  std::string key{};  // fingerprint of the seal key
  std::vector<std::string> warnings{};
  std::optional<Settle> settle{};  // unset only when `recovered`
  std::int64_t intent = 0;
  bool recovered = false;
};
[[nodiscard]] RecordDraft make_record(SealCreated const& record);

/// The binding of a foreign seal, when `key` is set.
struct SealObserved {
  std::string repo{};
  std::string run{};
  std::string verdict{};
  std::vector<std::string> codes{};
  std::string style{};
  std::optional<std::string> variant{};  // A B C
  std::optional<std::string> dialect{};
  std::optional<Digest> root{};
  Digest hashfile{};
  std::optional<Digest> manifest{};
  std::optional<std::string> h1{};
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  std::optional<std::string> tree{};
  std::optional<std::string> head{};
  std::optional<std::string> key{};
  std::vector<std::string> warnings{};
  std::vector<std::string> also_in{};
};
[[nodiscard]] RecordDraft make_record(SealObserved const& record);

struct SealVerified {
  std::string repo{};
  std::string run{};
  std::optional<Digest> root{};
  std::int64_t seal = 0;
  std::string verdict{};
  std::string source{};   // worktree git
  std::string trigger{};  // event request recovered
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  std::optional<By> by{};
};
[[nodiscard]] RecordDraft make_record(SealVerified const& record);

struct SealFailed {
  std::string repo{};
  std::string run{};
  std::optional<Digest> root{};
  std::int64_t seal = 0;
  std::string verdict{};
  std::string source{};  // worktree git
  std::vector<std::string> codes{};
  std::vector<std::string> paths{};
  std::optional<std::string> waiver{};
};
[[nodiscard]] RecordDraft make_record(SealFailed const& record);

struct SealRewritten {
  std::string repo{};
  std::string run{};
  std::int64_t seal = 0;
  std::optional<Digest> root_was{};
  std::optional<Digest> root{};
  Digest hashfile_was{};
  std::optional<Digest> hashfile{};
  std::optional<std::string> verdict{};  // of the new seal
  std::optional<Actor> actor{};
};
[[nodiscard]] RecordDraft make_record(SealRewritten const& record);

struct SealCopied {
  std::string repo{};
  std::string run{};
  Digest root{};
  std::string of_repo{};
  std::string of_run{};
  std::int64_t of_seal = 0;
  std::optional<Actor> actor{};
};
[[nodiscard]] RecordDraft make_record(SealCopied const& record);

struct SealIncomplete {
  std::string repo{};
  std::string run{};
  std::vector<std::string> have{};  // of manifest.json, MANIFEST.sha256, run.json
  nanoseconds since{};
};
[[nodiscard]] RecordDraft make_record(SealIncomplete const& record);

struct SealWithdrawn {
  std::string repo{};
  std::string run{};
  std::int64_t intent = 0;
  std::vector<std::string> paths{};
};
[[nodiscard]] RecordDraft make_record(SealWithdrawn const& record);

struct SealAborted {
  std::string repo{};
  std::string run{};
  std::optional<std::int64_t> intent{};
  std::string step{};
  std::int64_t error_number = 0;
};
[[nodiscard]] RecordDraft make_record(SealAborted const& record);

struct SealUnlocked {
  std::string repo{};
  std::string run{};
  std::optional<std::int64_t> seal{};
  std::string level{};
  std::string reason{};
  std::optional<By> by{};
};
[[nodiscard]] RecordDraft make_record(SealUnlocked const& record);

struct RunMissing {
  std::string repo{};
  std::string run{};
  std::optional<Digest> root{};
  std::int64_t seal = 0;
  nanoseconds last_seen{};
  std::optional<std::string> git{};  // head ref none
  std::optional<std::string> moved_to{};
  std::optional<Actor> actor{};
};
[[nodiscard]] RecordDraft make_record(RunMissing const& record);

struct RootBaseline {
  std::string repo{};
  std::string path{};
  std::int64_t valid = 0;
  std::int64_t invalid = 0;
  std::int64_t eol_normalized = 0;
  std::int64_t legacy = 0;
  std::int64_t incomplete = 0;
  std::int64_t unsealed = 0;
  std::int64_t open = 0;
  std::int64_t abandoned = 0;
};
[[nodiscard]] RecordDraft make_record(RootBaseline const& record);

struct ScrubDone {
  std::string repo{};
  std::string scope{};  // scheduled request
  std::vector<std::string> runs{};
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  std::int64_t changed = 0;
  nanoseconds started{};
  nanoseconds finished{};
  std::optional<By> by{};
};
[[nodiscard]] RecordDraft make_record(ScrubDone const& record);

}  // namespace govseal::record
