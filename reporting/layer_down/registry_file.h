#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace govseal {

struct RegistryFinding {
  std::string code;  // registry_file.*
  std::optional<std::size_t> index;
  std::optional<std::string> repository;  // as written, when a string
};

/// The consumer registry file as read at the tip (layer-down.md 6.1).
struct RegistryFile {
  bool stop = false;                      // "fix first": backfill is refused
  std::vector<std::string> enabled;       // file order, repetitions dropped
  std::vector<std::string> repositories;  // every valid one, enabled or not, file order
  std::vector<RegistryFinding> findings;  // by index, then code
};
/// nullopt: absent or unreadable.
[[nodiscard]] RegistryFile read_registry_file(std::optional<std::string_view> text);

/// `[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}`
[[nodiscard]] bool is_repository_name(std::string_view text) noexcept;

}  // namespace govseal
