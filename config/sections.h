#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "config/config.h"

namespace govseal {

/// The struct behind a section that stands once in the file; nullptr for those of repositories.
[[nodiscard]] void const* find_section(Config const& config, std::string_view section);

/// A section of a repository.
struct RepositorySection {
  std::string_view section;  // `repository.run_root`
  std::string path;          // in Config: `repository[0].run_root[1]`
  void const* object;
};

/// The repository itself, then run roots, dispatch, consumers, guards and registry.
[[nodiscard]] std::vector<RepositorySection> sections_of(Config const& config, std::size_t index);

}  // namespace govseal
