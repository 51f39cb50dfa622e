#include "sealing/ledger/tile.h"

#include <algorithm>

#include "base/error.h"

namespace govseal {
namespace {

constexpr std::size_t kHashBytes = sizeof(Digest::bytes);
constexpr std::size_t kLeafBytesMax = 65535;

std::string three_digits(std::uint64_t number) {
  std::string digits = std::to_string(number);
  return std::string(3 - digits.size(), '0') + digits;
}

std::string with_width(std::string path, unsigned width) {
  GOVSEAL_ASSERT(width >= 1 && width <= kTileWidth);
  if (width < kTileWidth) path += ".p/" + std::to_string(width);
  return path;
}

/// Leaves under one hash of a level; 0 when that is more than any tree has.
std::uint64_t leaves_of(unsigned level) {
  return level * kTileHeight < 64 ? std::uint64_t{1} << (level * kTileHeight) : 0;
}

}  // namespace

std::string tile_index_path(std::uint64_t index) {
  std::string path = three_digits(index % 1000);
  for (index /= 1000; index != 0; index /= 1000) {
    path = 'x' + three_digits(index % 1000) + '/' + path;
  }
  return path;
}

RelativePath tile_path(TileName const& tile) {
  return RelativePath::of(with_width(
      "tile/" + std::to_string(tile.level) + '/' + tile_index_path(tile.index), tile.width));
}

RelativePath entries_path(std::uint64_t index, unsigned width) {
  return RelativePath::of(with_width("tile/entries/" + tile_index_path(index), width));
}

unsigned partial_width(unsigned level, std::uint64_t tree_size) noexcept {
  std::uint64_t const leaves = leaves_of(level);
  return leaves == 0 ? 0 : static_cast<unsigned>(tree_size / leaves % kTileWidth);
}

std::uint64_t full_tiles(unsigned level, std::uint64_t tree_size) noexcept {
  std::uint64_t const leaves = leaves_of(level + 1);
  return leaves == 0 ? 0 : tree_size / leaves;
}

std::string write_hash_tile(std::span<Digest const> hashes) {
  std::string bytes;
  bytes.reserve(hashes.size() * kHashBytes);
  for (auto const& hash : hashes) bytes += text_of(hash.span());
  return bytes;
}

std::optional<std::vector<Digest>> parse_hash_tile(std::string_view bytes) {
  std::size_t const count = bytes.size() / kHashBytes;
  if (bytes.size() % kHashBytes != 0 || count == 0 || count > kTileWidth) return std::nullopt;
  std::vector<Digest> hashes(count);
  for (std::size_t i = 0; i < count; ++i) {
    hashes[i] = *Digest::from_raw(bytes.substr(i * kHashBytes, kHashBytes));
  }
  return hashes;
}

std::string write_entry_bundle(std::span<std::string const> leaves) {
  std::string bytes;
  for (auto const& leaf : leaves) {
    GOVSEAL_ASSERT(leaf.size() <= kLeafBytesMax);
    bytes += static_cast<char>(leaf.size() >> 8);
    bytes += static_cast<char>(leaf.size() & 0xff);
    bytes += leaf;
  }
  return bytes;
}

std::optional<std::vector<std::string>> parse_entry_bundle(std::string_view bytes) {
  std::vector<std::string> leaves;
  while (!bytes.empty()) {
    if (bytes.size() < 2 || leaves.size() == kTileWidth) return std::nullopt;
    auto const size = static_cast<std::size_t>(static_cast<unsigned char>(bytes[0]) << 8 |
                                               static_cast<unsigned char>(bytes[1]));
    if (bytes.size() - 2 < size) return std::nullopt;
    leaves.emplace_back(bytes.substr(2, size));
    bytes.remove_prefix(2 + size);
  }
  if (leaves.empty()) return std::nullopt;
  return leaves;
}

}  // namespace govseal
