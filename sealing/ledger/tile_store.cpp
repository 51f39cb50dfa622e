#include "sealing/ledger/tile_store.h"

#include "base/error.h"
#include "sealing/ledger/tile.h"

namespace govseal {
namespace {

constexpr std::uint32_t kFileMode = 0600;
constexpr std::uint32_t kDirectoryMode = 0700;
constexpr std::uint64_t kTileBytes = kTileWidth * sizeof(Digest::bytes);

struct CachedTile {
  unsigned level = 0;
  std::uint64_t index = 0;
  std::vector<Digest> hashes;
};

}  // namespace

void TileStore::write(FullTile const& tile) {
  auto const path = tile_path({.level = tile.level, .index = tile.index});
  auto const directory = make_directories(ledger_, path.parent(), kDirectoryMode);
  std::string const temporary = std::string(path.name()) + ".tmp";
  directory->unlink(temporary);  // of a run that ended in the middle
  auto created = directory->create_exclusive(temporary, kFileMode);
  auto* const file = std::get_if<std::unique_ptr<File>>(&created);
  if (file == nullptr) throw Error("create", temporary, std::string("the name is taken"));
  (*file)->append(bytes_of(write_hash_tile(tile.hashes)));
  directory->rename(temporary, path.name());
}

void TileStore::repair(std::span<Digest const> leaves, bool drop_cache) {
  MerkleTree tree;
  for (auto const& leaf : leaves) {
    tree.append(leaf, [this, drop_cache](FullTile const& tile) {
      if (read(tile.level, tile.index, drop_cache) != tile.hashes) write(tile);
    });
  }
}

std::optional<std::vector<Digest>> TileStore::read(unsigned level, std::uint64_t index,
                                                   bool drop_cache) const {
  auto opened = ledger_.open_file(tile_path({.level = level, .index = index}));
  auto* const file = std::get_if<std::unique_ptr<File>>(&opened);
  if (file == nullptr) return std::nullopt;
  if (drop_cache) (*file)->drop_cache();
  auto const bytes = read_all(**file, kTileBytes);
  if (!bytes || bytes->size() != kTileBytes) return std::nullopt;
  return parse_hash_tile(*bytes);
}

HashReader read_hashes(MerkleTree const& tree, TileStore const& tiles) {
  auto const cache = std::make_shared<std::optional<CachedTile>>();
  return [&tree, &tiles, cache](unsigned level, std::uint64_t index) {
    std::uint64_t const tile_index = index / kTileWidth;
    auto const offset = static_cast<std::size_t>(index % kTileWidth);
    if (tile_index == full_tiles(level, tree.size())) return tree.partial_tile(level)[offset];
    bool const is_cached = *cache && (*cache)->level == level && (*cache)->index == tile_index;
    if (!is_cached) {
      auto hashes = tiles.read(level, tile_index);
      if (!hashes) {
        auto const path = tile_path({.level = level, .index = tile_index});
        throw Error("read", path.str(), std::string("the tile is missing or damaged"));
      }
      *cache = CachedTile{.level = level, .index = tile_index, .hashes = *std::move(hashes)};
    }
    return (*cache)->hashes[offset];
  };
}

}  // namespace govseal
