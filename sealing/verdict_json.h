#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/sha256.h"
#include "sealing/verdict.h"

namespace govseal {

/// What the ledger says about a folder, as far as `govseal verify` prints it.
struct VerdictHistory {
  std::optional<Digest> bound_root;
  std::optional<Digest> bound_hashfile_sha256;
  std::optional<std::uint64_t> log_index;
  std::vector<std::string> violations;  // names
};

/// The line of `govseal verify --json` (sealing.md 14): one compact object, escapes of sealing.md
/// 1.1, no line end. `path` is printed as given.
[[nodiscard]] std::string verdict_json(FolderVerdict const& verdict, std::string_view path,
                                       std::optional<VerdictHistory> const& history);

/// The members from `verdict` on, into an object that is open in `writer`: also the verdict part of
/// the socket API (api.md 5.5).
void write_verdict_members(JsonWriter& writer, FolderVerdict const& verdict,
                           std::optional<VerdictHistory> const& history);

/// The line of `govseal verify`, no line end. `path` is escaped for display.
[[nodiscard]] std::string verdict_text(FolderVerdict const& verdict, std::string_view path,
                                       std::optional<VerdictHistory> const& history);

/// The lines of `govseal verify --compat`: `PASS <path>` or `FAIL <path>` and the messages indented
/// by two spaces, joined by LF, no final one.
[[nodiscard]] std::string compat_text(CompatVerdict const& compat, std::string_view path);

/// Compat's answer for an argument that is no directory (sealing.md 5).
[[nodiscard]] CompatVerdict compat_not_a_directory(std::string_view argument);

}  // namespace govseal
