#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/support/temp_directory.h"

namespace govseal {

struct ToolResult {
  int exit_code = 0;
  std::string output;  // standard output
};

/// Runs a program of $PATH with these arguments and this standard input; its files are made in
/// `scratch`. Blocks.
[[nodiscard]] ToolResult run_tool(TempDirectory const& scratch,
                                  std::vector<std::string> const& arguments,
                                  std::string const& input = {});

/// True when the program is installed; says loudly that the test is skipped when not.
[[nodiscard]] bool has_tool(std::string const& program);

}  // namespace govseal
