#pragma once

#include <string>
#include <vector>

#include "config/load.h"

namespace govseal {

/// Collects what is wrong, in any order.
class ProblemList {
 public:
  void error(ConfigLocation const& place, std::string key, std::string message,
             std::string nearest = {}) {
    add(ConfigProblem::Severity::error, place, std::move(key), std::move(message),
        std::move(nearest));
  }
  void warning(ConfigLocation const& place, std::string key, std::string message) {
    add(ConfigProblem::Severity::warning, place, std::move(key), std::move(message), {});
  }
  [[nodiscard]] bool has_errors() const noexcept;
  /// Ordered by `files` (names as in the problems, in load order; others last), line and column.
  [[nodiscard]] std::vector<ConfigProblem> take(std::vector<std::string> const& files);

 private:
  void add(ConfigProblem::Severity severity, ConfigLocation const& place, std::string key,
           std::string message, std::string nearest);
  std::vector<ConfigProblem> problems_;
};

}  // namespace govseal
