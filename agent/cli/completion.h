#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace govseal {

/// A verb as completion knows it.
struct CompletionVerb {
  std::string name;  // "config check" for a verb below another
  std::string description;
  std::vector<std::string> options;  // with their dashes
};

/// The script for `bash`, `zsh` or `fish`; empty for any other shell. Pure.
[[nodiscard]] std::string render_completion(std::string_view shell,
                                            std::vector<CompletionVerb> const& verbs,
                                            std::vector<std::string> const& global_options);

}  // namespace govseal
