#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "watchers/git/commit_id.h"

namespace govseal {

/// Commit -> position of its owner on the line (layer-down.md 4, R3), for every commit the tip
/// reaches. Open addressing with 24 bytes a slot: a million commits take about 50 MiB.
class OwnerTable {
 public:
  /// False: the commit has an owner already, which stays.
  bool add(CommitId const& commit, std::uint32_t position);
  [[nodiscard]] std::optional<std::uint32_t> find(CommitId const& commit) const noexcept;
  /// Forgets every commit whose owner is at `position` or later.
  void truncate(std::uint32_t position);
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  void clear();

 private:
  // 20 bytes of the id name it: the whole of a SHA-1, and collision-free for SHA-256 too.
  struct Slot {
    std::uint8_t key[20];
    std::uint32_t position_plus_one;  // 0: free
  };
  void grow();
  [[nodiscard]] std::size_t slot_of(std::uint8_t const* key) const noexcept;

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

}  // namespace govseal
