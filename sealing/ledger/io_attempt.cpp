#include "sealing/ledger/io_attempt.h"

#include <cerrno>

#include "base/error.h"

namespace govseal {

bool IoFailure::is_no_space() const noexcept {
  return error_number == ENOSPC || error_number == EDQUOT;
}

std::optional<IoFailure> attempt(std::function<void()> const& operation) {
  try {
    operation();
    return std::nullopt;
  } catch (Error const& error) {
    return IoFailure{error.operation(), error.error_number()};
  }
}

}  // namespace govseal
