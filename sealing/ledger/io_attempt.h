#pragma once

#include <functional>
#include <optional>
#include <string>

namespace govseal {

/// What a file operation failed with.
struct IoFailure {
  std::string operation;
  int error_number = 0;  // 0: a failure without an errno

  /// ENOSPC or EDQUOT.
  [[nodiscard]] bool is_no_space() const noexcept;
};

/// Runs file operations and gives a thrown Error back as a value: for the writer of the ledger,
/// which must handle each failure by where it happened. The one place of this layer that catches.
[[nodiscard]] std::optional<IoFailure> attempt(std::function<void()> const& operation);

}  // namespace govseal
