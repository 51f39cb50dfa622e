#pragma once

#include <toml++/toml.h>

#include <variant>

#include "config/load.h"

namespace govseal {

/// Parses one file as TOML 1.0; the problem is a syntax error with its place.
[[nodiscard]] std::variant<toml::table, ConfigProblem> parse_document(ConfigText const& file);

[[nodiscard]] ConfigLocation location_of(std::string const& file,
                                         toml::source_region const& region);

/// "a string", "an integer", ...
[[nodiscard]] std::string describe_type(toml::node const& node);

}  // namespace govseal
