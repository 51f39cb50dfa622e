#pragma once

#include <string>

#include "config/load.h"

namespace govseal {

struct ServiceOptions {
  ConfigSources sources;
  bool print_ready = false;  // a line on standard output when the socket answers
};

/// Runs the agent until it is told to stop. Builds everything there is, in the order of its layers,
/// and takes it down again. Returns the exit code of api.md 8.
[[nodiscard]] int run_service(ServiceOptions const& options);

}  // namespace govseal
