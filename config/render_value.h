#pragma once

#include <string>
#include <string_view>

#include "config/key_table.h"

namespace govseal {

/// A TOML basic string; control characters and direction marks are escaped, so it is safe to show.
[[nodiscard]] std::string toml_string(std::string_view text);

/// A value as TOML; `{ ... }` for tables. Empty: unset.
[[nodiscard]] std::string render_value(KeySpec const& key, ConfigValue const& value);

}  // namespace govseal
