#include "agent/cli/exit_code.h"

#include <algorithm>
#include <array>

#include "agent/cli/json_access.h"

namespace govseal {
namespace {

struct ProblemCode {
  std::string_view name;
  int code;
};

/// The table of api.md 4, without the names that the status alone tells.
constexpr std::array kProblemCodes = {
    ProblemCode{"bad-request", kExitUsage},
    ProblemCode{"unknown-parameter", kExitUsage},
    ProblemCode{"bad-cursor", kExitUsage},
    ProblemCode{"malformed-body", kExitMalformed},
    ProblemCode{"invalid-field", kExitMalformed},
    ProblemCode{"foreign-origin", kExitNotPermitted},
    ProblemCode{"not-permitted", kExitNotPermitted},
    ProblemCode{"no-such-route", kExitUnavailable},
    ProblemCode{"no-such-repository", kExitNoInput},
    ProblemCode{"no-such-run", kExitNoInput},
    ProblemCode{"no-such-job", kExitNoInput},
    ProblemCode{"no-such-finding", kExitNoInput},
    ProblemCode{"no-such-proposal", kExitNoInput},
    ProblemCode{"no-such-report", kExitNoInput},
    ProblemCode{"method-not-allowed", kExitUnavailable},
    ProblemCode{"not-acceptable", kExitUsage},
    ProblemCode{"read-timeout", kExitUnavailable},
    ProblemCode{"ambiguous-run", kExitUsage},
    ProblemCode{"refused", kExitFindings},
    ProblemCode{"idempotency-conflict", kExitUsage},
    ProblemCode{"body-too-large", kExitMalformed},
    ProblemCode{"header-too-large", kExitMalformed},
    ProblemCode{"unsupported-media-type", kExitMalformed},
    ProblemCode{"range-not-in-ledger", kExitNoInput},
    ProblemCode{"too-many-jobs", kExitBusy},
    ProblemCode{"busy", kExitBusy},
    ProblemCode{"starting", kExitBusy},
    ProblemCode{"stopping", kExitBusy},
    ProblemCode{"timeout", kExitUnavailable},
    ProblemCode{"bad-configuration", kExitConfiguration},
    ProblemCode{"cannot-write", kExitCannotWrite},
    ProblemCode{"sync-timeout", kExitBlind},
    ProblemCode{"sync-gap", kExitBlind},
    ProblemCode{"sync-unavailable", kExitBlind},
    ProblemCode{"internal", kExitInternal},
};

int exit_of_status(std::int64_t status) noexcept {
  if (status == 403 || status == 401) return kExitNotPermitted;
  if (status == 404 || status == 410) return kExitNoInput;
  if (status == 409) return kExitFindings;
  if (status == 429 || status == 503) return kExitBusy;
  if (status == 507) return kExitCannotWrite;
  if (status >= 400 && status < 500) return kExitMalformed;
  return status >= 500 ? kExitInternal : kExitUnavailable;
}

/// 2 outranks 1 outranks 3 outranks 0.
int rank_of(int code) noexcept {
  constexpr std::array kRanks = {0, 2, 3, 1};
  return code >= 0 && code < 4 ? kRanks.at(static_cast<std::size_t>(code)) : 4;
}

/// They say that something is not seen, never that something is wrong (api.md 5.2).
bool is_blind_kind(std::string_view kind) {
  return kind == "repository.unreadable" || kind == "repository.missing" ||
         kind == "coverage.blind";
}

}  // namespace

int worse_exit(int left, int right) noexcept {
  return rank_of(right) > rank_of(left) ? right : left;
}

int exit_of_problem(std::string_view name, std::int64_t status) noexcept {
  auto const* found =
      std::find_if(kProblemCodes.begin(), kProblemCodes.end(),
                   [name](ProblemCode const& problem) { return problem.name == name; });
  return found == kProblemCodes.end() ? exit_of_status(status) : found->code;
}

int exit_of_state(std::string_view state) noexcept {
  if (state == "clean") return kExitClean;
  if (state == "critical") return kExitCritical;
  return state == "findings" ? kExitFindings : kExitBlind;
}

int exit_of_finding(JsonValue const& finding) {
  if (text_at(finding, "state") != "open" || !is_null_at(finding, "waiver")) return kExitClean;
  if (is_blind_kind(text_at(finding, "kind"))) return kExitBlind;
  return text_at(finding, "severity") == "critical" ? kExitCritical : kExitFindings;
}

int exit_of_run(JsonValue const& run) {
  if (!is_null_at(run, "waiver")) return kExitClean;
  auto const verdict = text_at(run, "verdict");
  if (verdict.empty()) return kExitBlind;
  if (verdict == "VALID" || verdict == "LEGACY" || verdict == "OPEN") return kExitClean;
  return verdict == "INVALID" ? kExitCritical : kExitFindings;
}

int exit_of_repository(JsonValue const& repository) {
  auto const count = [&repository](std::string_view severity) {
    return int_at(repository, "findings", severity).value_or(0);
  };
  int code = kExitClean;
  if (count("critical") > 0) code = kExitCritical;
  if (count("high") > 0 || count("medium") > 0) code = worse_exit(code, kExitFindings);
  if (!flag_at(repository, "readable")) code = worse_exit(code, kExitBlind);
  if (int_at(repository, "runs", "unknown").value_or(0) > 0) code = worse_exit(code, kExitBlind);
  for (auto const& root : items_at(repository, "roots")) {
    if (text_at(root, "state") == "gap") code = worse_exit(code, kExitBlind);
  }
  return code;
}

int exit_of_undispatched(JsonValue const& item) {
  auto const state = text_at(item, "state");
  if (state == "unknown") return kExitBlind;
  return state == "undispatched" ? kExitFindings : kExitClean;
}

int exit_of_verdict(JsonValue const& object) {
  auto const verdict = text_at(object, "verdict");
  if (verdict.empty()) return kExitUnavailable;
  if (verdict == "INVALID") return kExitCritical;
  return verdict == "VALID" ? kExitClean : kExitFindings;
}

}  // namespace govseal
