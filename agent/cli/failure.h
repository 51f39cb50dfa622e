#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace govseal {

/// Why a verb ends without its answer: one line `govseal: <what>: <why>` on standard error, at most
/// one line with what to do, and the exit code (api.md 8). Thrown by verbs, caught by run_cli().
class CommandFailure : public std::runtime_error {
 public:
  /// `text` is `<what>: <why>`; hostile bytes in it are escaped when it is printed.
  CommandFailure(int exit_code, std::string const& text, std::string hint = "")
      : std::runtime_error(text), exit_code_(exit_code), hint_(std::move(hint)) {}

  [[nodiscard]] int exit_code() const noexcept { return exit_code_; }
  [[nodiscard]] std::string const& hint() const noexcept { return hint_; }

 private:
  int exit_code_;
  std::string hint_;
};

}  // namespace govseal
