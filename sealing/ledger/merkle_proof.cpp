// Proofs: RFC 6962 section 2.1.1 and 2.1.2 for making them, RFC 9162 section 2.1.3.2 and 2.1.4.2
// for checking them.
#include <bit>

#include "base/error.h"
#include "sealing/ledger/merkle.h"

namespace govseal {
namespace {

/// The leaves [first, first + count), a node of the tree.
struct Range {
  std::uint64_t first = 0;
  std::uint64_t count = 0;

  /// Leaves of the left child: the largest power of two below `count`.
  [[nodiscard]] std::uint64_t left_count() const { return std::bit_ceil(count) / 2; }
  [[nodiscard]] Range left() const { return {first, left_count()}; }
  [[nodiscard]] Range right() const { return {first + left_count(), count - left_count()}; }
};

Digest perfect_hash(unsigned height, std::uint64_t index, HashReader const& hashes) {
  if (height % kTileHeight == 0) return hashes(height / kTileHeight, index);
  return node_hash(perfect_hash(height - 1, index * 2, hashes),
                   perfect_hash(height - 1, index * 2 + 1, hashes));
}

Digest range_hash(Range const& range, HashReader const& hashes) {
  if (std::has_single_bit(range.count)) {
    auto const height = static_cast<unsigned>(std::countr_zero(range.count));
    return perfect_hash(height, range.first >> height, hashes);
  }
  return node_hash(range_hash(range.left(), hashes), range_hash(range.right(), hashes));
}

void append_path(Proof& proof, std::uint64_t index, Range const& range, HashReader const& hashes) {
  if (range.count == 1) return;
  bool const is_left = index < range.left().first + range.left().count;
  append_path(proof, index, is_left ? range.left() : range.right(), hashes);
  proof.push_back(range_hash(is_left ? range.right() : range.left(), hashes));
}

/// SUB(from, D[range], whole): `whole` is true while the old tree is a full node the verifier
/// knows.
void append_consistency(Proof& proof, std::uint64_t from, Range const& range, bool whole,
                        HashReader const& hashes) {
  if (from == range.count) {
    if (!whole) proof.push_back(range_hash(range, hashes));
    return;
  }
  if (from <= range.left_count()) {
    append_consistency(proof, from, range.left(), whole, hashes);
    proof.push_back(range_hash(range.right(), hashes));
    return;
  }
  append_consistency(proof, from - range.left_count(), range.right(), false, hashes);
  proof.push_back(range_hash(range.left(), hashes));
}

bool is_odd(std::uint64_t number) {
  return (number & 1) != 0;
}

}  // namespace

HashReader hashes_of(std::span<Digest const> leaves) {
  return [leaves](unsigned level, std::uint64_t index) {
    std::uint64_t const width = std::uint64_t{1} << (level * kTileHeight);
    MerkleTree tree;
    for (std::uint64_t i = 0; i < width; ++i) tree.append(leaves[index * width + i]);
    return tree.root();
  };
}

Digest tree_root(std::uint64_t size, HashReader const& hashes) {
  return size == 0 ? empty_root() : range_hash({0, size}, hashes);
}

Proof make_inclusion_proof(std::uint64_t index, std::uint64_t size, HashReader const& hashes) {
  GOVSEAL_ASSERT(index < size);
  Proof proof;
  append_path(proof, index, {0, size}, hashes);
  return proof;
}

Proof make_consistency_proof(std::uint64_t from, std::uint64_t to, HashReader const& hashes) {
  GOVSEAL_ASSERT(from <= to);
  Proof proof;
  if (from != 0) append_consistency(proof, from, {0, to}, true, hashes);
  return proof;
}

bool verify_inclusion(Digest const& leaf, std::uint64_t index, TreeHead const& tree,
                      std::span<Digest const> proof) {
  if (index >= tree.size) return false;
  std::uint64_t node = index;
  std::uint64_t last = tree.size - 1;
  Digest hash = leaf;
  for (auto const& sibling : proof) {
    if (last == 0) return false;
    if (is_odd(node) || node == last) {
      hash = node_hash(sibling, hash);
      while (!is_odd(node) && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash = node_hash(hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && hash == tree.root;
}

bool verify_consistency(TreeHead const& from, TreeHead const& to, std::span<Digest const> proof) {
  if (from.size > to.size) return false;
  if (to.size == 0 && to.root != empty_root()) return false;
  if (from.size == to.size) return proof.empty() && from.root == to.root;
  if (from.size == 0) return proof.empty() && from.root == empty_root();
  std::uint64_t node = from.size - 1;
  std::uint64_t last = to.size - 1;
  while (is_odd(node)) {
    node >>= 1;
    last >>= 1;
  }
  bool const starts_with_root = node == 0;  // the old size is a power of two
  if (!starts_with_root && proof.empty()) return false;
  Digest old_hash = starts_with_root ? from.root : proof.front();
  Digest new_hash = old_hash;
  for (auto const& hash : proof.subspan(starts_with_root ? 0 : 1)) {
    if (last == 0) return false;
    if (is_odd(node) || node == last) {
      old_hash = node_hash(hash, old_hash);
      new_hash = node_hash(hash, new_hash);
      while (!is_odd(node) && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      new_hash = node_hash(new_hash, hash);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && old_hash == from.root && new_hash == to.root;
}

}  // namespace govseal
