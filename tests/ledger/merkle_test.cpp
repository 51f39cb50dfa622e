#include "sealing/ledger/merkle.h"

#include <doctest/doctest.h>

#include "base/bytes.h"
#include "tests/ledger/ledger_fixture.h"

using namespace govseal;

namespace {

std::vector<Digest> small_leaves() {
  std::vector<Digest> leaves;
  for (char const* const hex : {"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                                "606162636465666768696a6b6c6d6e6f"}) {
    leaves.push_back(leaf_hash(*from_hex(hex)));
  }
  return leaves;
}

TreeHead head_of(std::vector<Digest> const& leaves, std::uint64_t size) {
  return {size, tree_root(size, hashes_of(leaves))};
}

/// Root by the definition of RFC 6962, to compare with what the right edge gives.
Digest plain_root(std::span<Digest const> leaves) {
  if (leaves.size() == 1) return leaves[0];
  std::size_t split = 1;
  while (split * 2 < leaves.size()) split *= 2;
  return node_hash(plain_root(leaves.first(split)), plain_root(leaves.subspan(split)));
}

}  // namespace

TEST_CASE("roots of the small tree are those of RFC 6962") {
  char const* const roots[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                               "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                               "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                               "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                               "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                               "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                               "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                               "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  auto const leaves = small_leaves();
  MerkleTree tree;
  CHECK(tree.root() == sha256(std::string_view()));
  CHECK(tree.root() == empty_root());
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    tree.append(leaves[i]);
    CHECK(tree.root().hex() == roots[i]);
    CHECK(tree_root(i + 1, hashes_of(leaves)).hex() == roots[i]);
  }
}

TEST_CASE("proofs of the small tree are those of the format document") {
  auto const leaves = small_leaves();
  auto const hashes = hashes_of(leaves);
  std::string const first =
      "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7\n"
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e\n"
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4\n";
  CHECK(hex_of(make_inclusion_proof(0, 8, hashes)) == first);
  CHECK(hex_of(make_consistency_proof(1, 8, hashes)) == first);
  CHECK(hex_of(make_inclusion_proof(5, 8, hashes)) ==
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b\n"
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0\n"
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7\n");
  CHECK(hex_of(make_inclusion_proof(2, 3, hashes)) ==
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125\n");
  CHECK(hex_of(make_consistency_proof(6, 8, hashes)) ==
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a\n"
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0\n"
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7\n");
  CHECK(hex_of(make_consistency_proof(2, 5, hashes)) ==
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e\n"
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b\n");
}

TEST_CASE("roots, proofs and full tiles of the large tree are those of the format document") {
  struct Size {
    std::uint64_t size;
    char const* root;
  };
  std::vector<Size> const sizes = {
      {1, "a402b0e36f5aae85457360fcf00a2545b87dd47f310553e7b0d32d6d0ac4400d"},
      {2, "fc52d71a368a798fd96ec7e5b7ee5f8f9fdd10c7ff9ab146c4eac1e6a0a1b10a"},
      {3, "3db67665eea8c26de341668c1d3199f61de4b780a828569a898ce48c28d931f3"},
      {255, "1be04d3ecb0e276129faedf58d943ac13bf96007dcb923ab73ff9ea303556c8c"},
      {256, "b1e119acea3c02032f7e9e31b632b01f35b0a21d1c6ab46aaf70e529e5b235c7"},
      {257, "3c66d77f8c6dbeda704f83a67839432303fb6e01385746a048e5a565a065cbf6"},
      {511, "771007b702c9af69d05aacf438c24d1bc9fa5e164832e3c73c28c11754ffcf00"},
      {512, "e0bc3d693a091dc81e1c5cda11c37c050bf987d651bd1e63fd735dfea9b7802c"},
      {513, "a2386897c7775e31ad09cd2f1b818ac3c71dbf89290868803960299c198f46bc"},
      {65535, "69fbf570b2e56848bfe2dacc3fe3b2052e656238af96f84bd7ec08ea3666de6f"},
      {65536, "ed0dbf56313c452aa6ad189ae00706b294c34109fc2fba47c98099e3862d710f"},
      {65537, "6570fc361b5d0c75aa7f7c9dac2da556585c261b2c7b42777696db8e8de1651d"},
      {69000, "4651a146a8b37d6dc9623123f0ed05955bb63c28e0e1a6470c192f7d94ab6ac6"},
      {70000, "49eb5bb2bfa40df9ceb1f90de77f97b659c3e8ed34e951d22b1e6a2952818bcc"},
  };
  auto const leaves = large_tree_leaves(70000);
  auto const hashes = cached_hashes_of(leaves);
  MerkleTree tree;
  std::vector<FullTile> full;
  auto next = sizes.begin();
  for (auto const& leaf : leaves) {
    tree.append(leaf, [&](FullTile const& tile) { full.push_back(tile); });
    if (next == sizes.end() || tree.size() != next->size) continue;
    CHECK(tree.root().hex() == next->root);
    TreeHead const head = tree.head();
    for (auto before = sizes.begin(); before != next; ++before) {
      TreeHead const old_head{before->size, *Digest::from_hex(before->root)};
      auto const proof = make_consistency_proof(before->size, head.size, hashes);
      CHECK(verify_consistency(old_head, head, proof));
    }
    ++next;
  }
  CHECK(next == sizes.end());

  TreeHead const head = tree.head();
  auto const inclusion = make_inclusion_proof(12345, 70000, hashes);
  auto const joined = [](Proof const& proof) {
    Sha256 hash;
    for (auto const& part : proof) hash.update(part.span());
    return hash.finish().hex();
  };
  CHECK(inclusion.size() == 17);
  CHECK(joined(inclusion) == "638e4413df78290ccae68b488bdda5b0845c120d50d457c4eef4931c8ffaed52");
  CHECK(inclusion[0].hex() == "8d395408babd1c4403a8b61a6212f1c7d212269f9dfccaafcf1b2174d0a49fcd");
  CHECK(verify_inclusion(leaves[12345], 12345, head, inclusion));
  auto const consistency = make_consistency_proof(69000, 70000, hashes);
  CHECK(consistency.size() == 12);
  CHECK(joined(consistency) == "cbcede302b755bae75efcbfabfe38799162d9d27b8d4fdbfe917c7be024f2a1d");
  auto const one = make_consistency_proof(65536, 70000, hashes);
  CHECK(one.size() == 1);
  CHECK(joined(one) == "cbe1eaf46fc555776716fb1fc843fcc8cf63dd04d32089c536f4d9f1f0d64f51");

  CHECK(full.size() == 273 + 1);
  CHECK(full.back().level == 0);
  CHECK(full.back().index == 272);
  CHECK(tree.levels() == 3);
  CHECK(tree.partial_tile(0).size() == 112);
  CHECK(tree.partial_tile(1).size() == 17);
  CHECK(tree.partial_tile(2).size() == 1);
  CHECK(tree.partial_tile(3).empty());
}

TEST_CASE("the right edge, the definition and the proofs agree at every size up to 600") {
  auto const leaves = large_tree_leaves(600);
  auto const hashes = cached_hashes_of(leaves);
  MerkleTree tree;
  for (std::uint64_t size = 1; size <= 600; ++size) {
    tree.append(leaves[size - 1]);
    TreeHead const head = tree.head();
    REQUIRE(head.root == plain_root(std::span(leaves).first(size)));
    std::uint64_t const index = size * 7 % size;
    for (std::uint64_t const i : {std::uint64_t{0}, index, size / 2, size - 1}) {
      REQUIRE(verify_inclusion(leaves[i], i, head, make_inclusion_proof(i, size, hashes)));
    }
    for (std::uint64_t const from : {std::uint64_t{1}, size / 2, size - 1}) {
      auto const proof = make_consistency_proof(from, size, hashes);
      TreeHead const old_head{from, tree_root(from, hashes)};
      REQUIRE(verify_consistency(old_head, head, proof));
    }
  }
}

TEST_CASE("verifiers refuse proofs that are too short, too long, of another place or changed") {
  auto const leaves = small_leaves();
  auto const hashes = hashes_of(leaves);
  for (std::uint64_t size = 1; size <= 8; ++size) {
    TreeHead const head = head_of(leaves, size);
    for (std::uint64_t i = 0; i < size; ++i) {
      auto proof = make_inclusion_proof(i, size, hashes);
      REQUIRE(verify_inclusion(leaves[i], i, head, proof));
      CHECK_FALSE(verify_inclusion(leaves[(i + 1) % 8], i, head, proof));
      CHECK_FALSE(verify_inclusion(leaves[i], size, head, proof));
      CHECK_FALSE(verify_inclusion(leaves[i], i + 8, head, proof));
      for (std::uint64_t other = 0; other < size; ++other) {
        if (other != i) CHECK_FALSE(verify_inclusion(leaves[i], other, head, proof));
      }
      auto longer = proof;
      longer.push_back(leaves[0]);
      CHECK_FALSE(verify_inclusion(leaves[i], i, head, longer));
      if (proof.empty()) continue;
      auto shorter = proof;
      shorter.pop_back();
      CHECK_FALSE(verify_inclusion(leaves[i], i, head, shorter));
      for (auto& hash : proof) {
        hash.bytes[7] ^= 1;
        CHECK_FALSE(verify_inclusion(leaves[i], i, head, proof));
        hash.bytes[7] ^= 1;
      }
    }
    CHECK_FALSE(verify_inclusion(leaves[0], 0, TreeHead{}, {}));
  }
}

TEST_CASE("consistency is refused for shrinking sizes, forks and wrong proofs") {
  auto const leaves = small_leaves();
  auto const hashes = hashes_of(leaves);
  TreeHead const empty{};
  for (std::uint64_t to = 1; to <= 8; ++to) {
    TreeHead const new_head = head_of(leaves, to);
    CHECK(verify_consistency(empty, new_head, {}));
    CHECK_FALSE(verify_consistency(empty, new_head, std::vector{leaves[0]}));
    CHECK_FALSE(verify_consistency(new_head, empty, {}));
    CHECK(verify_consistency(new_head, new_head, {}));
    CHECK_FALSE(verify_consistency(new_head, new_head, std::vector{leaves[0]}));
    TreeHead fork = new_head;
    fork.root.bytes[0] ^= 1;
    CHECK_FALSE(verify_consistency(fork, new_head, {}));
    for (std::uint64_t from = 1; from < to; ++from) {
      TreeHead const old_head = head_of(leaves, from);
      auto const proof = make_consistency_proof(from, to, hashes);
      REQUIRE(verify_consistency(old_head, new_head, proof));
      CHECK_FALSE(verify_consistency(new_head, old_head, proof));
      CHECK_FALSE(verify_consistency(old_head, fork, proof));
      TreeHead old_fork = old_head;
      old_fork.root.bytes[31] ^= 1;
      CHECK_FALSE(verify_consistency(old_fork, new_head, proof));
      auto longer = proof;
      longer.push_back(leaves[0]);
      CHECK_FALSE(verify_consistency(old_head, new_head, longer));
      CHECK_FALSE(verify_consistency(old_head, new_head, std::span(proof).first(proof.size() - 1)));
    }
  }
  TreeHead const bad_empty{0, leaves[0]};
  CHECK_FALSE(verify_consistency(bad_empty, bad_empty, {}));
  CHECK_FALSE(verify_consistency(bad_empty, head_of(leaves, 3), {}));
}
