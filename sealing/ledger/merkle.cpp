// RFC 6962 section 2.1. The right edge keeps, per tile level, the hashes of the tile that is not
// full yet; everything left of it is final and lives in tile files.
#include "sealing/ledger/merkle.h"

#include <bit>

#include "base/error.h"

namespace govseal {
namespace {

Digest perfect_root(std::span<Digest const> hashes) {
  if (hashes.size() == 1) return hashes.front();
  std::size_t const half = hashes.size() / 2;
  return node_hash(perfect_root(hashes.first(half)), perfect_root(hashes.subspan(half)));
}

/// The roots of the perfect subtrees a partial tile consists of, left to right.
void append_perfect_roots(std::vector<Digest>& out, std::span<Digest const> hashes) {
  while (!hashes.empty()) {
    std::size_t const width = std::bit_floor(hashes.size());
    out.push_back(perfect_root(hashes.first(width)));
    hashes = hashes.subspan(width);
  }
}

}  // namespace

Digest leaf_hash(std::string_view leaf) {
  thread_local Sha256 hash;
  return hash.update(std::string_view("\0", 1)).update(leaf).finish();
}

Digest node_hash(Digest const& left, Digest const& right) {
  thread_local Sha256 hash;
  return hash.update(std::string_view("\1", 1)).update(left.span()).update(right.span()).finish();
}

Digest empty_root() {
  return sha256(std::string_view());
}

Digest MerkleTree::root() const {
  std::vector<Digest> subtrees;
  for (auto level = edge_.rbegin(); level != edge_.rend(); ++level) {
    append_perfect_roots(subtrees, *level);
  }
  if (subtrees.empty()) return empty_root();
  Digest root = subtrees.back();
  for (std::size_t i = subtrees.size() - 1; i-- > 0;) root = node_hash(subtrees[i], root);
  return root;
}

void MerkleTree::append(Digest const& leaf, TileSink const& full) {
  ++size_;
  Digest hash = leaf;
  std::uint64_t count = size_;  // hashes of this level so far, the new one included
  for (unsigned level = 0;; ++level) {
    if (level == edge_.size()) edge_.emplace_back();
    auto& tile = edge_[level];
    tile.push_back(hash);
    if (tile.size() < kTileWidth) return;
    hash = perfect_root(tile);
    count /= kTileWidth;
    if (full) full({.level = level, .index = count - 1, .hashes = tile});
    tile.clear();
  }
}

std::span<Digest const> MerkleTree::partial_tile(unsigned level) const noexcept {
  if (level >= edge_.size()) return {};
  return edge_[level];
}

}  // namespace govseal
