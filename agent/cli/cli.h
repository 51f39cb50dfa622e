#pragma once

namespace govseal {

/// The whole of `govseal`: reads the arguments, runs the verb, prints what went wrong, and returns
/// the exit code of api.md 8. Throws nothing.
[[nodiscard]] int run_cli(int argc, char const* const* argv);

}  // namespace govseal
