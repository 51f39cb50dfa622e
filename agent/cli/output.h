#pragma once

#include <string_view>

namespace govseal {

/// Standard output, unbuffered. A failing write throws CommandFailure with 73; a closed pipe ends
/// the process by SIGPIPE.
void print_out(std::string_view text);

/// Standard error; failures are ignored.
void print_error(std::string_view text) noexcept;

}  // namespace govseal
