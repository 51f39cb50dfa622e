#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "base/sha256.h"
#include "sealing/envelope.h"

namespace govseal {

/// The words of sealing.md 3. `waived` is reserved and never produced.
enum class Verdict {
  valid,
  invalid,
  eol_normalized,
  legacy,
  incomplete,
  unsealed,
  open,
  abandoned,
  waived,
};

/// `VALID`, `INVALID`, `EOL_NORMALIZED`, ...
[[nodiscard]] std::string_view verdict_name(Verdict verdict) noexcept;
[[nodiscard]] std::optional<Verdict> parse_verdict(std::string_view name) noexcept;
/// VALID, EOL_NORMALIZED and LEGACY make a binding (sealing.md 9.4).
[[nodiscard]] bool makes_binding(Verdict verdict) noexcept;

enum class SealStyle { contract, path1, cartographer, evidence_pack, catalog };
/// `contract`, `path1`, ...
[[nodiscard]] std::string_view seal_style_name(SealStyle style) noexcept;

/// Order of the lines of a hash file: payload by path and manifest.json last, whole lines sorted,
/// all lines by path.
enum class LineOrder { a, b, c };
/// `A`, `B`, `C`.
[[nodiscard]] std::string_view line_order_name(LineOrder order) noexcept;

/// A detail of one look. `path` holds raw bytes and is empty where no file is concerned.
struct SealFinding {
  std::string code;
  std::string path;
  std::optional<std::string> expected;
  std::optional<std::string> actual;
  friend auto operator<=>(SealFinding const&, SealFinding const&) = default;
};

/// The verdict of the reference validator (sealing.md 5).
struct CompatVerdict {
  /// PASS or FAIL; nullopt: not computed, `reason` says why (`outside_folder`, `too_large`,
  /// `too_many`, `off`).
  std::optional<bool> pass;
  bool aborted = false;
  std::vector<std::string> messages;
  std::string reason = "off";
};

/// A file that belongs to a seal and was read, for the stat index.
struct SealedFile {
  std::string path;
  FileStat stat;  // as the scan saw it; reading found the same
  Digest sha256;
};

inline constexpr std::size_t kFindingsMax = 1000;

/// Everything one look at a folder found out.
struct FolderVerdict {
  std::optional<Verdict> verdict;  // nullopt: could not be read, `error` says why
  std::set<std::string> codes;
  std::set<std::string> warnings;
  std::vector<SealFinding> findings;  // sorted by code, then path; at most kFindingsMax
  bool findings_truncated = false;
  std::optional<SealStyle> style;
  std::optional<Dialect> dialect;
  std::optional<LineOrder> variant;
  std::optional<Digest> root;           // the last well-formed claimed one
  std::optional<Digest> root_computed;  // over the lines as they stand
  std::optional<Digest> manifest_sha256;
  std::optional<Digest> hashfile_sha256;
  std::optional<std::uint64_t> files;  // listed regular files that were read; sealed folders only
  std::optional<std::uint64_t> bytes;  // their sizes
  CompatVerdict compat;
  std::string error;

  // What the agent needs beside the printed object.
  /// Listed files in manifest order, then manifest.json, then MANIFEST.sha256; only those that were
  /// read (or known) in this look. For legacy styles: listed files, then the files of the seal.
  std::vector<SealedFile> sealed_files;
  bool has_manifest = false;  // an object of any kind is called manifest.json
  bool has_hashfile = false;  // the same for MANIFEST.sha256
  Digest fingerprint;         // tree_fingerprint() of the scan judged
  std::int64_t newest_ctime_ns = 0;
  std::chrono::nanoseconds age{};  // as used for the states by age
};

/// A verdict null with the error's text (sealing.md 14).
[[nodiscard]] FolderVerdict make_error_verdict(Error const& error);

}  // namespace govseal
