#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/file_system.h"
#include "sealing/ledger/merkle.h"

namespace govseal {

/// The full hash tiles of a ledger directory. They are derived: who reads one checks what comes out
/// of it, and a start rewrites those that are wrong.
class TileStore {
 public:
  /// `ledger` outlives the store.
  explicit TileStore(Directory& ledger) : ledger_(ledger) {}

  /// Not synced. Throws Error.
  void write(FullTile const& tile);
  /// Compares every full tile with the leaves and rewrites those that differ or are missing.
  void repair(std::span<Digest const> leaves, bool drop_cache);
  /// nullopt: there is no such tile, or it has another size. `drop_cache`: from the disk, not from
  /// memory. Throws Error.
  [[nodiscard]] std::optional<std::vector<Digest>> read(unsigned level, std::uint64_t index,
                                                        bool drop_cache = false) const;

 private:
  Directory& ledger_;
};

/// Hashes for proofs: of the right edge from memory, of everything else from full tiles. Keeps the
/// last tile it has read. The tree and the store outlive the reader.
[[nodiscard]] HashReader read_hashes(MerkleTree const& tree, TileStore const& tiles);

}  // namespace govseal
