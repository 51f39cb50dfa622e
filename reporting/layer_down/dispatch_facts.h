#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/file_system.h"
#include "base/sha256.h"
#include "reporting/layer_down/audit_window.h"
#include "reporting/layer_down/dispatch_history.h"
#include "reporting/layer_down/dispatch_record.h"
#include "reporting/layer_down/rules.h"

namespace govseal {

enum class RecordSource { tree, worktree, store };
[[nodiscard]] char const* name_of(RecordSource source) noexcept;

/// Where records may lie besides the audited tip. Both are optional and only read.
struct RecordSources {
  /// Top directory of the work tree; used only when its HEAD is the audited branch.
  Directory const* work_tree = nullptr;
  /// The agent's own record store of this repository (layer-down.md 9.4).
  Directory const* store = nullptr;
};

/// What git says about a commit name of a record.
struct ResolvedCommit {
  CommitId commit;
  std::int64_t committed_s = 0;
};
using Resolution = std::variant<ResolvedCommit, RecordDefect>;  // unresolvable, ambiguous, ...

struct RecordFile {
  std::string file;  // base name
  RecordSource source{};
  std::optional<Digest> sha256;  // of its bytes; none: not read
  std::variant<DispatchRecord, RecordDefect> content;
  std::optional<Resolution> commit;               // when content is a record
  std::vector<std::optional<Resolution>> covers;  // one each; none: no string
};

struct TextFile {
  std::string path;
  std::optional<std::string> text;  // none: the blob is missing or larger than kTextBytesMax
};
inline constexpr std::uint64_t kTextBytesMax = 16U << 20U;

/// Everything an audit judges, read from git and the work tree. Keep one object for each
/// repository between evaluations: `history` and the caches make the next reading cheap.
struct DispatchFacts {
  DispatchHistory history;
  std::string branch;  // the audited one

  AuditWindow baseline;  // events outside are not audited

  std::vector<RecordFile> records;           // by file name, then source
  bool records_complete = true;              // false: a tree of records_dir is missing
  std::vector<std::string> altered_records;  // file names
  std::vector<std::string> other_files;      // paths
  std::vector<std::string> legacy_files;     // paths
  std::vector<TextFile> plans;               // at the tip, by path; reports are not among them
  std::vector<TextFile> reports;             // investigation reports, by path
  std::optional<TextFile> registry_file;     // none: not there
  std::optional<TextFile> inventory;         // none: not there
  std::optional<TextFile> workflow;          // at the tip; none: not there
  std::optional<TextFile> agent_index;       // none: not there
  std::vector<std::string> canon_files;      // paths below canon_dirs
  /// Files that an inventory or index names; none: the blob is missing. Not listed: not there.
  std::map<std::string, std::optional<Digest>> file_sha256;
  bool audit_log_ignored = false;
  std::optional<std::string> head_branch;  // of the work tree; none: bare or detached

  /// Parsed records and digests by blob, so that unchanged blobs are not read again.
  struct Cache {
    struct ReadRecord {
      std::variant<DispatchRecord, RecordDefect> content;
      std::optional<Digest> sha256;
      std::uint64_t size = 0;
    };
    std::unordered_map<ObjectId, ReadRecord> records;
    std::unordered_map<ObjectId, Digest> sha256;
  } cache;
};

enum class FactsOutcome {
  ready,
  branch_missing,     // finding dispatch.branch_missing, nothing else
  branch_unreadable,  // the branch names an object that is not there
  stopped,
};

/// Reads the tip of `rules.branch` and brings `facts` up to date. Blocks; throws Error when the
/// repository as a whole fails. On anything but `ready` the facts must not be judged.
[[nodiscard]] FactsOutcome read_dispatch_facts(GitReader& git, RecordSources const& sources,
                                               DispatchRules const& rules, DispatchFacts& facts,
                                               std::stop_token stop = {});

/// `enabled = "auto"`: does the registry file exist at the tip of the branch?
[[nodiscard]] bool has_registry_file(GitReader& git, DispatchRules const& rules);

}  // namespace govseal
