#pragma once

#include "config/config.h"
#include "reporting/layer_down/rules.h"

namespace govseal {

/// The plain values of `[repository.dispatch]`.
[[nodiscard]] DispatchRules make_dispatch_rules(RepositoryConfig const& config);

}  // namespace govseal
