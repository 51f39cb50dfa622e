#pragma once

#include <string>
#include <string_view>

namespace govseal {

/// A host's name as other names use it (ledger.md 7): lower case, every byte outside `[a-z0-9.-]`
/// as `-`.
[[nodiscard]] std::string host_label(std::string_view host_name);

}  // namespace govseal
