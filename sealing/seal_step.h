#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace govseal {

/// The steps of sealing (sealing.md 9.2). Each makes something durable or decides on it, so each is
/// a place where a test can fail a call or end the process. S5, S9 and S10 are the agent's.
enum class SealStep {
  s1_look,
  s2_hash,
  s3_sync,
  s4_look_again,
  s5_intent,
  s6_manifest,
  s7_hashfile,
  s8_look_after,
  s9_created,
  s10_index,
};

/// `S1` to `S10`: the field `step` of `seal.aborted`.
[[nodiscard]] std::string_view seal_step_name(SealStep step) noexcept;
[[nodiscard]] std::optional<SealStep> parse_seal_step(std::string_view name) noexcept;

/// Called just before a step begins, on the thread that does it. For tests.
using SealStepHook = std::function<void(SealStep)>;

/// A call of a step failed. `error_number` is 0 where there was no errno.
struct StepFailure {
  SealStep step = SealStep::s1_look;
  int error_number = 0;
  std::string text;  // one sentence with operation and path
};

/// Runs one step. A failure comes back as a value, because what was published before it has to be
/// withdrawn: the one place in sealing where an Error is caught.
[[nodiscard]] std::optional<StepFailure> attempt(SealStep step, SealStepHook const& hook,
                                                 std::function<void()> const& action);

/// True for EACCES, EPERM and EROFS: the refusal `seal.no_permission` (sealing.md 9.1).
[[nodiscard]] bool is_no_permission(int error_number) noexcept;

}  // namespace govseal
