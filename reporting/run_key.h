#pragma once

#include <compare>
#include <functional>
#include <string>

namespace govseal {

/// Names one run folder for good: repository id and run path (raw bytes, from the repository's
/// top).
struct RunKey {
  std::string repository;
  std::string run;
  friend auto operator<=>(RunKey const&, RunKey const&) = default;
};

}  // namespace govseal

template <>
struct std::hash<govseal::RunKey> {
  std::size_t operator()(govseal::RunKey const& key) const noexcept {
    std::size_t const repository = std::hash<std::string>{}(key.repository);
    return std::hash<std::string>{}(key.run) ^ (repository * 0x9e3779b97f4a7c15ULL);
  }
};
