#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reporting/finding.h"

namespace govseal {

/// What is always the same about a kind of finding (api.md 5.6).
struct FindingKind {
  std::string_view kind;  // a full name, or a prefix ending in `.`
  Severity severity;      // where the opening record does not say
  SubjectType subject;
  std::string_view title;
  std::string_view next;  // what a person should do, one sentence
};

/// The entry for a kind; the longest prefix wins, and there is an entry for everything.
[[nodiscard]] FindingKind const& find_finding_kind(std::string_view kind) noexcept;

/// `GS-` and the first 16 hex digits of SHA-256 over `govseal-finding-v1` LF kind LF repository LF
/// part LF ..., each element followed by LF (api.md 5.6). Layer-down findings have ids of their
/// own.
[[nodiscard]] std::string make_finding_id(std::string_view kind, std::string_view repository,
                                          std::vector<std::string> const& parts);

/// critical for `content` and `hashfile`, medium for `same_bytes` and `transient`, low for
/// `metadata` (sealing.md 10).
[[nodiscard]] Severity severity_of_write(std::string_view effect) noexcept;

}  // namespace govseal
