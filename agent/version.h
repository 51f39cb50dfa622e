#pragma once

#include <string_view>

#ifndef GOVSEAL_VERSION
#define GOVSEAL_VERSION "0.0.0"
#endif
#ifndef GOVSEAL_COMMIT
#define GOVSEAL_COMMIT "unknown"
#endif

namespace govseal {

/// Of this program, from the build.
inline constexpr std::string_view kVersion = GOVSEAL_VERSION;
/// Of the sources; "unknown" when they were built outside git.
inline constexpr std::string_view kCommit = GOVSEAL_COMMIT;

}  // namespace govseal
