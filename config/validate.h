#pragma once

#include <string>

#include "config/problems.h"

namespace govseal {

/// Places of values in a configuration that is being checked.
class Places {
 public:
  /// Both outlive the object. `main_file` as problems name it.
  Places(Config const& config, std::string const& main_file)
      : config_(config), main_file_(main_file) {}
  /// Of the value at this path, else of the nearest table around it that has a place, else the
  /// start of the main file.
  [[nodiscard]] ConfigLocation of(std::string path) const;
  [[nodiscard]] bool is_configured(std::string const& path) const {
    return config_.locations.contains(path);
  }

 private:
  Config const& config_;
  std::string const& main_file_;
};

/// Gives each repository its name, run roots and guard rules, as far as they are not configured.
void complete_repositories(Config& config, ProblemList& problems);

/// Everything that takes more than one key to see, but not the host.
void validate_values(Config const& config, Places const& places, ProblemList& problems);

/// Users, groups, paths, rights and capabilities.
void validate_host(Config const& config, Environment const& environment, HostView const& host,
                   Places const& places, ProblemList& problems);

/// `repository[2]`, `repository[2].run_root[0]`: where these stand in Config::locations.
[[nodiscard]] std::string repository_path(std::size_t index);
[[nodiscard]] std::string run_root_path(std::size_t repository, std::size_t index);

}  // namespace govseal
