#include "agent/cli/output.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "agent/cli/exit_code.h"
#include "agent/cli/failure.h"

namespace govseal {

void print_out(std::string_view text) {
  while (!text.empty()) {
    auto const written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      throw CommandFailure(kExitCannotWrite,
                           "standard output: " + std::system_category().message(errno));
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void print_error(std::string_view text) noexcept {
  while (!text.empty()) {
    auto const written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace govseal
