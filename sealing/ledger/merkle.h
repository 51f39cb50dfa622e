#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/sha256.h"

namespace govseal {

/// The Merkle tree of RFC 6962 with SHA-256, cut into tiles of height 8 (C2SP tlog-tiles).

inline constexpr unsigned kTileHeight = 8;
inline constexpr std::uint64_t kTileWidth = 256;

[[nodiscard]] Digest leaf_hash(std::string_view leaf);
[[nodiscard]] Digest node_hash(Digest const& left, Digest const& right);
/// The root of the tree with no leaves: SHA-256 of nothing.
[[nodiscard]] Digest empty_root();

struct TreeHead {
  std::uint64_t size = 0;
  Digest root = empty_root();
  friend bool operator==(TreeHead const&, TreeHead const&) = default;
};

/// A tile that became full: 256 hashes of 256^level leaves each.
struct FullTile {
  unsigned level = 0;
  std::uint64_t index = 0;
  std::vector<Digest> hashes;
};

/// The right edge of a growing tree: per tile level the hashes of its last, not yet full tile (at
/// most 255). Copyable, so that a batch can be tried on a copy. One thread at a time.
class MerkleTree {
 public:
  using TileSink = std::function<void(FullTile const&)>;

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] Digest root() const;
  [[nodiscard]] TreeHead head() const { return {size_, root()}; }
  /// Appends one leaf; `full` is called for every tile this completes, low levels first.
  void append(Digest const& leaf, TileSink const& full = {});
  /// The hashes of the partial tile of a level, empty when there is none.
  [[nodiscard]] std::span<Digest const> partial_tile(unsigned level) const noexcept;
  [[nodiscard]] unsigned levels() const noexcept { return static_cast<unsigned>(edge_.size()); }

 private:
  std::uint64_t size_ = 0;
  std::vector<std::vector<Digest>> edge_;
};

/// Hash of the 256^level leaves from index * 256^level on; `level` is a tile level. Asked only for
/// subtrees that are complete at the size in question. May throw.
using HashReader = std::function<Digest(unsigned level, std::uint64_t index)>;
/// A reader over leaf hashes in memory; computes, so for tests and small trees.
[[nodiscard]] HashReader hashes_of(std::span<Digest const> leaves);

/// Root of the first `size` leaves.
[[nodiscard]] Digest tree_root(std::uint64_t size, HashReader const& hashes);

using Proof = std::vector<Digest>;
/// PATH(index, D[size]), leaf side first. Requires index < size.
[[nodiscard]] Proof make_inclusion_proof(std::uint64_t index, std::uint64_t size,
                                         HashReader const& hashes);
/// PROOF(from, D[to]). Requires from <= to; empty when from is 0 or equal to `to`.
[[nodiscard]] Proof make_consistency_proof(std::uint64_t from, std::uint64_t to,
                                           HashReader const& hashes);

/// False also for an index outside the tree and for proofs that are too short or too long.
[[nodiscard]] bool verify_inclusion(Digest const& leaf, std::uint64_t index, TreeHead const& tree,
                                    std::span<Digest const> proof);
/// False also when sizes shrink, equal sizes have different roots, size 0 has another root than the
/// empty one or comes with a proof, and for proofs that are too short or too long.
[[nodiscard]] bool verify_consistency(TreeHead const& from, TreeHead const& to,
                                      std::span<Digest const> proof);

}  // namespace govseal
