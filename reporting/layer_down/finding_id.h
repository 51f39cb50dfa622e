#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace govseal {

/// "LD-" + 16 hex digits (layer-down.md 7.4). `parts` as listed there for each code, e.g. for an
/// event {branch reference, commit}.
[[nodiscard]] std::string layer_down_finding_id(std::string_view code, std::string_view repository,
                                                std::vector<std::string> const& parts);

}  // namespace govseal
