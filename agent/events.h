#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/api/problem.h"
#include "agent/command.h"
#include "agent/jobs.h"
#include "agent/ledger_writer.h"
#include "config/load.h"
#include "reporting/layer_down/dispatch_audit.h"
#include "reporting/run_key.h"
#include "reporting/snapshot.h"
#include "sealing/bound_judge.h"
#include "sealing/bound_look.h"
#include "sealing/ledger/record.h"
#include "sealing/seal_prepare.h"
#include "sealing/seal_publish.h"
#include "sealing/seal_recover.h"
#include "sealing/verdict.h"
#include "sealing/verify.h"
#include "watchers/hint.h"
#include "watchers/rung.h"
#include "watchers/watch_root.h"
#include "watchers/writer_probe.h"

/// The whole vocabulary of the agent: every event the engine takes and every action it asks for.
///
/// An action that does work leads to exactly one event with its outcome, also when it fails or is
/// stopped. Everything here is a plain, movable value.
namespace govseal {

/// Make the crawl of a root and hand it over; outcome RootArmed.
struct ArmRoot {
  WatchRoot root;
  Rung best = Rung::inotify;
};
struct DisarmRoot {
  RootId root;
};

/// Look at the repository itself: where its parts lie, what HEAD is; outcome RepositoryInspected.
struct InspectRepository {
  std::string repository;
  std::string path;
  std::vector<RelativePath> probe;  // run roots to try (api.md 5.3)
};

/// List the run folders of a run root; outcome RunRootListed.
struct ListRunRoot {
  std::string repository;
  std::string path;  // of the repository
  RelativePath run_root;
};

/// Where a run folder lies.
struct RunPlace {
  RunKey key;
  std::string repository_path;  // absolute
};

/// Look at a folder without a binding; outcome RunLooked.
struct LookAtRun {
  RunPlace place;
  AgeLimits ages;
  bool probe_writers = true;
};

/// Steps S1 to S4; outcome SealPrepared.
struct PrepareSeal {
  RunPlace place;
  Digest fingerprint;  // at the end of the quiet period
  bool accept_unknown_writers = false;
  bool write_envelope = false;
};
/// Steps S6 to S8, after the record of S5 is durable; outcome SealPublished.
struct PublishSeal {
  RunPlace place;
  std::unique_ptr<SealPlan> plan;
};
/// What has to be decided about a seal.intent that a crash left open; outcome SealRecovered.
struct RecoverSeal {
  RunPlace place;
  SealIntent intent;
};
/// The copy and the signature below `seals/`, before the binding record; outcome SealCopyWritten.
struct WriteSealCopy {
  RunPlace place;
  std::string hashfile;  // exact bytes
};
/// The index row and, where it is missing, the tlog-proof of the binding, after what the row shows
/// is on the ledger; outcome SealFinished.
struct FinishSeal {
  RunPlace place;
  std::optional<StatRow> row;  // nullopt: what the index knows no longer holds and is removed
};

/// Verify a seal that somebody else made; outcome ForeignVerified.
struct VerifyForeign {
  RunPlace place;
  AgeLimits ages;
};

/// Compare a bound folder with its binding; outcome BoundChecked.
struct CheckBound {
  RunPlace place;
  std::uint64_t log_index = 0;  // of the binding, for a new index row
  bool full_hash = false;       // ignore the index
};

/// Hand a record to the ledger; outcome RecordsAppended with this token.
struct AppendRecord {
  RecordDraft draft;
  std::uint64_t token = 0;
};

/// Read the facts of a repository and judge them; outcome DispatchEvaluated. One at a time for each
/// repository.
struct EvaluateDispatch {
  std::string repository;
  std::string path;
  DispatchRules rules;
  bool only_if_registry_file = true;  // enabled = "auto"
  std::map<std::string, nanoseconds> arrivals;
  std::optional<std::string> cursor;
};

/// Render and store the drift report; outcome ReportStored.
struct StoreReport {
  SnapshotPtr snapshot;
  std::uint64_t upto = 0;  // last record covered
};

/// Read and validate the configuration anew; outcome ConfigRead.
struct ReadConfig {};
/// Compute the configuration digest of the files on disk; outcome ConfigDigested.
struct DigestConfig {};
/// The engine has taken over a configuration: limits of the API, workers and watchers follow.
struct ConfigApplied {};

struct StartJob {
  std::string job;
};
struct FinishJob {
  std::string job;
  std::string result;  // JSON
};
struct FailJob {
  std::string job;
  Problem problem;
};
struct ReportJobProgress {
  std::string job;
  JobProgress progress;
};

/// The process should end; every record that had to be written is durable.
struct StopProcess {
  int exit_code = 0;
};

using Action =
    std::variant<ArmRoot, DisarmRoot, InspectRepository, ListRunRoot, LookAtRun, PrepareSeal,
                 PublishSeal, RecoverSeal, WriteSealCopy, FinishSeal, VerifyForeign, CheckBound,
                 AppendRecord, EvaluateDispatch, StoreReport, ReadConfig, DigestConfig,
                 ConfigApplied, StartJob, FinishJob, FailJob, ReportJobProgress, StopProcess>;
using Actions = std::vector<Action>;

/// A job could not do its work: an Error, in words, with its errno (0: none).
struct JobFailure {
  int error_number = 0;
  std::string text;
};

/// The moment that Engine::next_due() named has come.
struct TimeCame {};

struct HintSeen {
  Hint hint;
};
struct GapSeen {
  Gap gap;
};
struct RootAppeared {
  RootId root;
};
struct PartSeen {
  PartialCoverage partial;
};

struct RootArmed {
  RootId root;
  Rung rung = Rung::scan;
  std::optional<RungReason> reason;  // why not a better one
  std::vector<Lost> lost;
  RootPresence presence = RootPresence::missing;
  std::optional<DirectoryIdentity> identity;
  std::optional<GapCause> failure;  // could not be watched at all: stays in a gap
  int error_number = 0;
  std::size_t directories = 0;
};

/// The dry probe of a run root (api.md 5.3).
struct RunRootProbe {
  RelativePath run_root;
  std::optional<bool> writable;
  std::optional<bool> lease;
};
struct RepositoryFacts {
  GitLayout layout;
  std::optional<std::string> branch;
  std::optional<std::string> head;
  std::vector<RunRootProbe> probes;
};
struct RepositoryGone {};
struct RepositoryInspected {
  std::string repository;
  std::variant<RepositoryFacts, RepositoryGone, Unreadable> outcome;
};

struct ListedName {
  std::string name;
  FileKind kind = FileKind::directory;
};
struct RunRootListing {
  std::vector<ListedName> names;  // sorted
};
/// The run root is not there although its repository is.
struct RunRootMissing {};
/// The repository itself, or the way to it, cannot be reached: nothing can be said.
struct Unreachable {
  JobFailure why;
};
struct RunRootListed {
  std::string repository;
  RelativePath run_root;
  std::variant<RunRootListing, RunRootMissing, Unreachable> outcome;
};

/// What a look at a folder without a binding found; only what the engine decides by.
struct LookFacts {
  Digest fingerprint;
  bool has_manifest = false;
  bool has_hashfile = false;
  bool has_run_json = false;
  bool sealed_style = false;     // a complete seal of some style is there
  std::optional<Verdict> state;  // none for a sealed folder
  std::optional<Dialect> dialect;
  std::set<std::string> codes;
  std::set<std::string> warnings;
  std::int64_t newest_ctime_ns = 0;
  ProbeAnswer writers;
  std::size_t open_files = 0;
};
struct RunGone {};
struct NotAFolder {
  bool symlink = false;
};
struct RunLooked {
  RunKey key;
  Instant started, finished;
  std::variant<LookFacts, RunGone, NotAFolder, Unreachable> outcome;
};

struct SealPrepared {
  RunKey key;
  Instant started;
  std::variant<std::unique_ptr<SealPlan>, NotSettled, WriterOpen, WriterUnknown, SealRefused,
               PrepareFailed, RunGone, Stopped>
      outcome;
  std::optional<std::string> tree;  // of HEAD:<run path>, hex
  std::optional<std::string> head;
};
struct SealPublished {
  RunKey key;
  std::unique_ptr<SealPlan> plan;
  PublishOutcome outcome;
};
struct SealRecovered {
  RunKey key;
  std::variant<RecoverOutcome, RunGone, Unreachable> outcome;
};
struct SealCopyWritten {
  RunKey key;
  std::optional<JobFailure> failure;
};
struct SealFinished {
  RunKey key;
  std::optional<JobFailure> failure;
};

struct ForeignFacts {
  FolderVerdict verdict;
  std::string hashfile;  // exact bytes of the file that binds
  std::optional<std::string> h1;
  ProbeAnswer writers;
  std::optional<std::string> tree;
  std::optional<std::string> head;
  nanoseconds hashed{};
};
struct ForeignVerified {
  RunKey key;
  Instant started, finished;
  std::variant<std::unique_ptr<ForeignFacts>, RunGone, Unreachable, Stopped> outcome;
};

struct BoundChecked {
  RunKey key;
  Instant started, finished;
  std::variant<std::unique_ptr<BoundLook>, Unreachable, Stopped> outcome;
  /// For a folder that is gone: `head`, `ref` or `none` (sealing.md 10); none: git cannot tell.
  std::optional<std::string> git_place;
};

struct RecordsAppended {
  BatchAppended batch;
};
struct LedgerSpace {
  bool full = false;
};

struct BranchMissing {};
struct DispatchDisabled {};
struct DispatchResult {
  DispatchAudit audit;
  std::optional<CursorPlace> cursor_place;  // of the cursor given, when it is not on the line
  std::vector<std::string> new_commits;     // after the cursor, hex, oldest first
  std::set<std::string> line_events;        // all events of the line, hex
};
struct DispatchEvaluated {
  std::string repository;
  std::variant<std::unique_ptr<DispatchResult>, BranchMissing, DispatchDisabled, Unreadable,
               JobFailure>
      outcome;
};

struct StoredReport {
  std::string name;  // file name without extension
  Digest json;
  std::optional<Digest> markdown, html, text;
  std::string state;
  std::int64_t findings = 0;
};
struct ReportStored {
  std::uint64_t upto = 0;
  std::variant<StoredReport, JobFailure> outcome;
};

struct CommandReceived {
  std::string job;
  Command command;
  By by;
};
struct ReloadRequested {};
struct ConfigRead {
  std::unique_ptr<LoadOutcome> outcome;
};
/// None: the main file is gone or unreadable.
struct ConfigDigested {
  std::optional<Digest> digest;
};
/// The wall clock was set.
struct ClockStepped {
  nanoseconds expected{};  // wall
  nanoseconds observed{};
};
struct StopRequested {
  std::string reason;  // signal, request, error
  std::string detail;
};

using Event =
    std::variant<TimeCame, HintSeen, GapSeen, RootAppeared, PartSeen, RootArmed,
                 RepositoryInspected, RunRootListed, RunLooked, SealPrepared, SealPublished,
                 SealRecovered, SealCopyWritten, SealFinished, ForeignVerified, BoundChecked,
                 RecordsAppended, LedgerSpace, DispatchEvaluated, ReportStored, CommandReceived,
                 ReloadRequested, ConfigRead, ConfigDigested, ClockStepped, StopRequested>;

}  // namespace govseal
