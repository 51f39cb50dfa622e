#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/load.h"

namespace govseal {

/// Whether this directory is a repository, work tree or bare. Must not throw.
using IsRepository = std::function<bool(std::string const& directory)>;

/// A repository to watch.
struct DiscoveredRepository {
  RepositoryConfig config;  // with path and name, without glob
  bool discovered = false;  // by a glob; false: configured by its path
  /// Index in Config::repositories of the entry that it comes from.
  std::size_t entry = 0;
};

struct DiscoveryOutcome {
  std::vector<DiscoveredRepository> repositories;
  /// Errors: ids that collide or cannot be derived, more than agent.repositories_max. Warnings:
  /// directories that cannot be listed.
  std::vector<ConfigProblem> problems;
};

/// Every repository of the configuration: those with a path as configured, then the matches of each
/// glob in order of their paths. `*`, `?` and `[...]` stay within one element and do not match a
/// leading dot; symbolic links are not followed behind the first element with a pattern. An
/// explicit path wins over a glob, an earlier glob over a later one. Blocks on the filesystem;
/// thread-safe.
[[nodiscard]] DiscoveryOutcome discover_repositories(Config const& config,
                                                     IsRepository const& is_repository);

/// Whether a glob on absolute paths matches; elements `**` stand for any number of elements.
[[nodiscard]] bool absolute_glob_matches(std::string_view pattern, std::string_view path);

}  // namespace govseal
