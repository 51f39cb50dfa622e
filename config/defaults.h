#pragma once

#include "config/load.h"

namespace govseal {

/// A configuration with nothing configured: the defaults of this user and host, without those that
/// follow from other keys.
[[nodiscard]] Config default_config(Environment const& environment);

/// Fills in what follows from other keys and was not configured: sockets below `runtime_dir`, the
/// origin and the anchor branch from `host_name`.
void derive_defaults(Config& config);

}  // namespace govseal
