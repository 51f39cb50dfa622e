#pragma once

#include <optional>
#include <string_view>

#include "sealing/ledger/checkpoint.h"

namespace govseal {

/// What a checkpoint note of our own ledger states; its signature is not checked. nullopt when it
/// is empty or none. Pure.
[[nodiscard]] std::optional<Checkpoint> read_checkpoint(std::string_view note);

}  // namespace govseal
