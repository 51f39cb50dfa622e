#pragma once

#include <string_view>

#include "base/json.h"

namespace govseal {

// The exit codes of the command line (api.md 8).
inline constexpr int kExitClean = 0;
inline constexpr int kExitFindings = 1;
inline constexpr int kExitCritical = 2;
inline constexpr int kExitBlind = 3;
inline constexpr int kExitUsage = 64;
inline constexpr int kExitMalformed = 65;
inline constexpr int kExitNoInput = 66;
inline constexpr int kExitUnavailable = 69;
inline constexpr int kExitInternal = 70;
inline constexpr int kExitCannotWrite = 73;
inline constexpr int kExitOwnFiles = 74;
inline constexpr int kExitBusy = 75;
inline constexpr int kExitNotPermitted = 77;
inline constexpr int kExitConfiguration = 78;
inline constexpr int kExitInterrupted = 130;

/// Of several answers of 0 to 3: 2, then 1, then 3. What was found is not lessened by what was not
/// seen.
[[nodiscard]] int worse_exit(int left, int right) noexcept;

/// The code for an error answer of the agent (api.md 4). `name` is the end of its `type`; a name
/// that this version does not know goes by the HTTP status.
[[nodiscard]] int exit_of_problem(std::string_view name, std::int64_t status) noexcept;

// What the objects of the API say, when printed. All pure.
/// `critical`, `findings`, `blind`, `clean`; anything else is blind.
[[nodiscard]] int exit_of_state(std::string_view state) noexcept;
/// 0 for a finding that is closed, acknowledged or waived.
[[nodiscard]] int exit_of_finding(JsonValue const& finding);
/// Verdict and waiver of a run; its findings are judged apart.
[[nodiscard]] int exit_of_run(JsonValue const& run);
/// Counts and roots of a repository.
[[nodiscard]] int exit_of_repository(JsonValue const& repository);
/// One item of `/v1/commits/undispatched`.
[[nodiscard]] int exit_of_undispatched(JsonValue const& item);
/// A verdict of `govseal verify` (sealing.md 14): 0, 1, 2, or 69 when it is null.
[[nodiscard]] int exit_of_verdict(JsonValue const& object);

}  // namespace govseal
