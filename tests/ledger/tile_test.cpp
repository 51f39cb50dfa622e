#include "sealing/ledger/tile.h"

#include <doctest/doctest.h>

#include "base/sha256.h"
#include "tests/ledger/ledger_fixture.h"

using namespace govseal;

TEST_CASE("tile paths group their index by three digits") {
  CHECK(tile_index_path(5) == "005");
  CHECK(tile_index_path(999) == "999");
  CHECK(tile_index_path(1000) == "x001/000");
  CHECK(tile_index_path(1234067) == "x001/x234/067");
  CHECK(tile_path({.level = 0, .index = 0}).str() == "tile/0/000");
  CHECK(tile_path({.level = 1, .index = 0, .width = 1}).str() == "tile/1/000.p/1");
  CHECK(tile_path({.level = 0, .index = 273, .width = 112}).str() == "tile/0/273.p/112");
  CHECK(entries_path(1234067).str() == "tile/entries/x001/x234/067");
  CHECK(entries_path(0, 3).str() == "tile/entries/000.p/3");
}

TEST_CASE("a size says how many full tiles and which partial ones a level has") {
  CHECK(full_tiles(0, 3) == 0);
  CHECK(partial_width(0, 3) == 3);
  CHECK(partial_width(1, 3) == 0);
  CHECK(full_tiles(0, 256) == 1);
  CHECK(partial_width(0, 256) == 0);
  CHECK(partial_width(1, 256) == 1);
  CHECK(full_tiles(0, 70000) == 273);
  CHECK(partial_width(0, 70000) == 112);
  CHECK(full_tiles(1, 70000) == 1);
  CHECK(partial_width(1, 70000) == 17);
  CHECK(full_tiles(2, 70000) == 0);
  CHECK(partial_width(2, 70000) == 1);
  CHECK(partial_width(3, 70000) == 0);
  CHECK(full_tiles(7, ~std::uint64_t{0}) == 0);
}

TEST_CASE("tiles and bundles of three leaves are those of the format document") {
  std::vector<std::string> const leaves = {R"({"seq":0})", R"({"seq":1})", R"({"seq":2})"};
  auto const bundle = write_entry_bundle(leaves);
  CHECK(to_hex(bytes_of(bundle)) ==
        "00097b22736571223a307d00097b22736571223a317d00097b22736571223a327d");
  CHECK(parse_entry_bundle(bundle) == leaves);
  auto const tile = write_hash_tile(large_tree_leaves(3));
  CHECK(to_hex(bytes_of(tile)) ==
        "a402b0e36f5aae85457360fcf00a2545b87dd47f310553e7b0d32d6d0ac4400d"
        "b119a77a4864308c481efb947ff723d6bd4ea1e7fab902eb8ca98bd759e46aee"
        "d3e0a62a8f7a9256c8beb715afded83e4326d2c47379d259b1709a840ad2f11d");
  CHECK(parse_hash_tile(tile) == large_tree_leaves(3));
}

TEST_CASE("tiles of the large tree have the digests of the format document") {
  MerkleTree tree;
  std::vector<std::string> digests;
  for (auto const& leaf : large_tree_leaves(70000)) {
    tree.append(leaf, [&](FullTile const& tile) {
      bool const wanted = tile.index == 0;
      if (wanted) digests.push_back(sha256(write_hash_tile(tile.hashes)).hex());
    });
  }
  REQUIRE(digests.size() == 2);
  CHECK(digests[0] == "9f2deb482878bbbc97ad0b2a8d12f606081485dd61c23ec35f4fe4c9a2c1ac95");
  CHECK(digests[1] == "3447d8ccea92ff9236378bf7468dec094a4a3cdb69d5e44affde149366d00a10");
  CHECK(sha256(write_hash_tile(tree.partial_tile(0))).hex() ==
        "f6176165fa3da97cc2e9fb86ea425a12755901493d0bb862be055dfd11046602");
  CHECK(sha256(write_hash_tile(tree.partial_tile(2))).hex() ==
        "da9967583d62b0cc6655b926235b97d3a74b2ef37691f3098872a9ac0c584768");
  std::vector<std::string> last;
  for (int i = 69888; i < 70000; ++i) last.push_back("{\"seq\":" + std::to_string(i) + "}");
  CHECK(sha256(write_entry_bundle(last)).hex() ==
        "530ca277ceda34710702c17764b83ef5f7e544ce2eba46d60402a5e48f06e56c");
}

TEST_CASE("malformed tiles and bundles are refused") {
  CHECK_FALSE(parse_hash_tile("").has_value());
  CHECK_FALSE(parse_hash_tile(std::string(31, 'x')).has_value());
  CHECK_FALSE(parse_hash_tile(std::string(257 * 32, 'x')).has_value());
  CHECK(parse_hash_tile(std::string(256 * 32, 'x')).has_value());
  CHECK_FALSE(parse_entry_bundle("").has_value());
  CHECK_FALSE(parse_entry_bundle(std::string("\0", 1)).has_value());
  CHECK_FALSE(parse_entry_bundle(std::string("\0\5abcd", 6)).has_value());
  std::string many;
  for (int i = 0; i < 257; ++i) many += std::string("\0\1x", 3);
  CHECK_FALSE(parse_entry_bundle(many).has_value());
}
