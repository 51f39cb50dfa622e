#include "sealing/seal_step.h"

#include <array>
#include <cerrno>

#include "base/error.h"

namespace govseal {
namespace {

constexpr std::array<std::string_view, 10> kNames = {"S1", "S2", "S3", "S4", "S5",
                                                     "S6", "S7", "S8", "S9", "S10"};

}  // namespace

std::string_view seal_step_name(SealStep step) noexcept {
  return kNames[static_cast<std::size_t>(step)];
}

std::optional<SealStep> parse_seal_step(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<SealStep>(i);
  }
  return std::nullopt;
}

std::optional<StepFailure> attempt(SealStep step, SealStepHook const& hook,
                                   std::function<void()> const& action) {
  try {
    if (hook) hook(step);
    action();
    return std::nullopt;
  } catch (Error const& error) {
    return StepFailure{step, error.error_number(), error.what()};
  }
}

bool is_no_permission(int error_number) noexcept {
  return error_number == EACCES || error_number == EPERM || error_number == EROFS;
}

}  // namespace govseal
