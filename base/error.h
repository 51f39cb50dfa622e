#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace govseal {

/// A failure nobody nearby can fix: I/O, corruption, a library that refuses, no space.
///
/// Says which operation failed on which path and why. Thrown by every layer, caught in three places
/// only: a worker job, an API request and `main`. A condition that a caller must handle is never an
/// Error but part of a return type.
class Error : public std::runtime_error {
 public:
  /// `path` may hold any bytes; `what()` shows it quoted and escaped. Empty: no path concerned.
  Error(std::string operation, std::string path, std::error_code code);
  /// For failures without an errno (a corrupt file, a refused key): `detail` is one sentence.
  Error(std::string operation, std::string path, std::string detail);

  [[nodiscard]] std::string const& operation() const noexcept { return operation_; }
  [[nodiscard]] std::string const& path() const noexcept { return path_; }
  [[nodiscard]] std::error_code code() const noexcept { return code_; }
  /// errno of the failure, 0 when there is none.
  [[nodiscard]] int error_number() const noexcept;

 private:
  std::string operation_;
  std::string path_;
  std::error_code code_;
};

/// Throws Error with the present `errno`.
[[noreturn]] void throw_errno(std::string_view operation, std::string_view path);
/// The same with a given errno.
[[noreturn]] void throw_errno(int error_number, std::string_view operation, std::string_view path);

/// Prints the failed condition to standard error and aborts. Always on, in release builds too.
[[noreturn]] void assertion_failed(char const* condition, char const* file, int line);

}  // namespace govseal

/// A programming error ends the process; the ledger survives that by design.
#define GOVSEAL_ASSERT(condition) \
  ((condition) ? (void)0 : ::govseal::assertion_failed(#condition, __FILE__, __LINE__))
