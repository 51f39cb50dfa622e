#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>

#include "base/file_system.h"
#include "base/task_pool.h"
#include "sealing/envelope.h"
#include "sealing/tree_hasher.h"
#include "sealing/tree_scan.h"
#include "sealing/verdict.h"

namespace govseal {

/// Gives the digest of a file that is known to be unchanged without reading it, or nullopt. Called
/// from the verifying thread only.
using KnownDigest = std::function<std::optional<Digest>(std::string_view path, FileStat const&)>;

struct AgeLimits {
  std::chrono::nanoseconds incomplete_after = std::chrono::minutes(10);
  std::chrono::nanoseconds abandoned_after = std::chrono::hours(24);
};

struct VerifyOptions {
  std::string folder_name{};  // last element of the folder's path; `run_id` must equal it
  AgeLimits age_limits{};
  std::chrono::nanoseconds now_wall{};            // CLOCK_REALTIME, for the age
  std::optional<std::chrono::nanoseconds> age{};  // set: used instead of now minus newest ctime
  bool compat = true;                             // false: compat has the reason `off`
  /// Compat may follow links and leave the folder with the caller's rights. Command line only.
  bool allow_outside = false;
  HashOptions hash{};
  KnownDigest known{};  // empty: everything is read
  ScanLimits scan{};
  unsigned attempts_max = 3;  // scans before `tree.changed`
};

/// Judges one folder by sealing.md 3, 4, 5 and 7. Strict needs nothing but the folder's bytes and
/// metadata and, for folders without a seal, the age. Any thread, also one of `pool`; blocks; reads
/// everything that is listed and not known. Throws Error where the folder cannot be read.
[[nodiscard]] std::variant<FolderVerdict, Stopped> verify_folder(FileSystem const& files,
                                                                 Directory const& folder,
                                                                 VerifyOptions const& options,
                                                                 TaskPool& pool,
                                                                 std::stop_token const& stop);

/// What can be said about a folder without hashing it.
struct FolderLook {
  TreeScan scan;
  Digest fingerprint;
  bool has_manifest = false;       // an object of any kind is called manifest.json
  bool has_hashfile = false;       // the same for MANIFEST.sha256
  std::optional<SealStyle> style;  // of a sealed folder, by sealing.md 3.2
  std::optional<Verdict> state;    // by age; nullopt for a sealed folder
  std::optional<Dialect> dialect;  // of a complete folder without a seal
  std::set<std::string> codes;     // of sealing.md 4; empty for a sealed folder
  std::set<std::string> warnings;
  std::vector<SealFinding> findings;  // sorted by code, then path; at most kFindingsMax
  bool findings_truncated = false;
  Envelope envelope;
  std::int64_t newest_ctime_ns = 0;
  std::chrono::nanoseconds age{};
};

/// Scans, reads run.json and what tells the style, and judges folders without a seal by sealing.md
/// 4. Hashes nothing. Uses `folder_name`, the ages and `scan` of the options. With a pool large
/// directories are scanned in parallel. Throws Error.
[[nodiscard]] std::variant<FolderLook, Stopped> look_at_folder(Directory const& folder,
                                                               VerifyOptions const& options,
                                                               std::stop_token const& stop,
                                                               TaskPool* pool = nullptr);

/// UNSEALED for a complete folder, else OPEN, INCOMPLETE or ABANDONED by age; each bound belongs to
/// the later state.
[[nodiscard]] Verdict state_by_age(bool complete, std::chrono::nanoseconds age,
                                   AgeLimits const& limits) noexcept;

}  // namespace govseal
