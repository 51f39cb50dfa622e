#pragma once

#include <toml++/toml.h>

#include <string>

#include "config/problems.h"

namespace govseal {

/// Where a file stands in the configuration.
enum class FileRole { main, fragment };

/// Moves what a parsed file says into `config`, remembering where each value stands, and finds what
/// is wrong with single keys: unknown names, types, bounds, forms, missing required keys. What
/// takes more than one key to see is left to validate(). `display` is the file's name in problems.
void read_document(toml::table const& document, std::string const& display, FileRole role,
                   Config& config, ProblemList& problems);

}  // namespace govseal
