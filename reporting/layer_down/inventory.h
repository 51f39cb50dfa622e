#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/sha256.h"

namespace govseal {

struct InventoryFinding {
  std::string code;  // inventory.* and agent_index.*
  std::optional<std::string> path;
};

struct InventoryEntry {
  std::string path;
  std::optional<std::string> hash;        // file_hash_sha256, else file_hash
  std::optional<std::string> other_hash;  // file_hash when both are there
  std::string layer_down_status;          // empty: none
  std::string filename, version, type;
};

/// CANON_INVENTORY.json (layer-down.md 6.2).
struct Inventory {
  std::vector<InventoryEntry> entries;  // in file order, as written
  std::optional<std::int64_t> total_canons;
  bool total_expected = false;  // `canons`, or the key is there
  bool has_canonical_commit = false;
};
/// nullopt: not JSON or neither key.
[[nodiscard]] std::optional<Inventory> parse_inventory(std::string_view text);

/// A path that may be looked up: relative, no `..`, no empty element, no backslash.
[[nodiscard]] bool is_inventory_path(std::string_view path) noexcept;
/// 64 lower-case hex digits that are not all zero.
[[nodiscard]] bool is_real_hash(std::optional<std::string> const& hash) noexcept;

/// The file at a path of the same tree.
enum class NoDigest { absent, unknown };  // unknown: its blob is missing
using FileDigest = std::function<std::variant<Digest, NoDigest>(std::string const&)>;

/// Findings by code, then path. `text` nullopt: absent or unreadable.
[[nodiscard]] std::vector<InventoryFinding> check_inventory(
    std::optional<std::string_view> text, FileDigest const& digest_of,
    std::vector<std::string> const& canon_files);
/// The order of reports: by code, then path.
void sort_findings(std::vector<InventoryFinding>& findings);

/// INTEGRITY_INDEX.md: codes agent_index.mismatch and agent_index.file_missing.
struct IndexRow {
  std::string path;
  std::string hash;
};
[[nodiscard]] std::vector<IndexRow> parse_agent_index(std::string_view text);
[[nodiscard]] std::vector<InventoryFinding> check_agent_index(std::string_view text,
                                                              FileDigest const& digest_of);

}  // namespace govseal
