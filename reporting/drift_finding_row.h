#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace govseal::drift {

/// A finding of the JSON report as a row for people, with its evidence.
[[nodiscard]] std::vector<std::string> finding_header();
/// `is_new`: opened in the period.
[[nodiscard]] std::vector<std::string> finding_row(JsonValue const& finding,
                                                   std::string_view repository, bool is_new);
/// `sh (pid 4711, uid 1000, live)`
[[nodiscard]] std::string actor_text(JsonValue const& actor);

}  // namespace govseal::drift
