#include "base/error.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/utf8.h"

namespace govseal {
namespace {

std::string quoted(std::string const& path) {
  std::string out = "\"";
  for (char const c : escape_for_display(path)) {
    if (c == '"') out += '\\';
    out += c;
  }
  return out += '"';
}

std::string message(std::string const& operation, std::string const& path,
                    std::string const& detail) {
  std::string out = operation;
  if (!path.empty()) out.append(1, ' ').append(quoted(path));
  return out.append(": ").append(detail);
}

}  // namespace

Error::Error(std::string operation, std::string path, std::error_code code)
    : std::runtime_error(message(operation, path, code.message())),
      operation_(std::move(operation)),
      path_(std::move(path)),
      code_(code) {}

Error::Error(std::string operation, std::string path, std::string detail)
    : std::runtime_error(message(operation, path, detail)),
      operation_(std::move(operation)),
      path_(std::move(path)) {}

int Error::error_number() const noexcept {
  bool const is_errno =
      code_.category() == std::generic_category() || code_.category() == std::system_category();
  return is_errno ? code_.value() : 0;
}

void throw_errno(std::string_view operation, std::string_view path) {
  throw_errno(errno, operation, path);
}

void throw_errno(int error_number, std::string_view operation, std::string_view path) {
  throw Error(std::string(operation), std::string(path),
              std::error_code(error_number, std::generic_category()));
}

void assertion_failed(char const* condition, char const* file, int line) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace govseal
