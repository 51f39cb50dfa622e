#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/relative_path.h"
#include "sealing/ledger/merkle.h"

namespace govseal {

/// Files of a tlog-tiles tree (https://c2sp.org/tlog-tiles).
struct TileName {
  unsigned level = 0;
  std::uint64_t index = 0;
  unsigned width = 256;  // 1..256; less than 256: a partial tile
};

/// `5` -> `005`, `1234067` -> `x001/x234/067`.
[[nodiscard]] std::string tile_index_path(std::uint64_t index);
/// `tile/<level>/<N>[.p/<W>]`.
[[nodiscard]] RelativePath tile_path(TileName const& tile);
/// `tile/entries/<N>[.p/<W>]`; `width` as in TileName.
[[nodiscard]] RelativePath entries_path(std::uint64_t index, unsigned width = 256);
/// Hashes in the partial tile of a level at a tree size; 0: there is none.
[[nodiscard]] unsigned partial_width(unsigned level, std::uint64_t tree_size) noexcept;
/// Full tiles of a level at a tree size.
[[nodiscard]] std::uint64_t full_tiles(unsigned level, std::uint64_t tree_size) noexcept;

[[nodiscard]] std::string write_hash_tile(std::span<Digest const> hashes);
/// nullopt: not a multiple of 32 bytes, empty or more than 256 hashes.
[[nodiscard]] std::optional<std::vector<Digest>> parse_hash_tile(std::string_view bytes);
/// u16 length and bytes of each leaf.
[[nodiscard]] std::string write_entry_bundle(std::span<std::string const> leaves);
[[nodiscard]] std::optional<std::vector<std::string>> parse_entry_bundle(std::string_view bytes);

}  // namespace govseal
