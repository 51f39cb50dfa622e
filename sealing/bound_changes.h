#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/sha256.h"
#include "sealing/stat_index.h"
#include "sealing/tree_scan.h"
#include "sealing/verdict.h"

namespace govseal {

/// How a path changed: the field `kind` of the record `violation` (ledger.md 3.5).
enum class BoundChangeKind { write, create, remove, rename, attribute };
/// `write`, `create`, `delete`, `rename`, `attribute`.
[[nodiscard]] std::string_view bound_change_name(BoundChangeKind kind) noexcept;

/// What a change did to the sealed content, weakest first (sealing.md 10, `sealed_write.effect`).
enum class BoundEffect { none, metadata, transient, same_bytes, hashfile, content };
/// `metadata`, `transient`, `same_bytes`, `hashfile`, `content`; empty for none.
[[nodiscard]] std::string_view bound_effect_name(BoundEffect effect) noexcept;

/// One path of a bound folder that is not as it was.
struct BoundChange {
  std::string path;  // raw bytes, relative to the folder
  BoundChangeKind kind = BoundChangeKind::write;
  BoundEffect effect = BoundEffect::none;  // none: only the device number moved (a reboot)
  std::optional<std::string> to;           // with `rename`
  std::optional<Digest> was;               // content before and now, as far as it was read
  std::optional<Digest> now;
  friend bool operator==(BoundChange const&, BoundChange const&) = default;
};

/// Everything that differs between a row and a folder that was verified anew.
struct BoundComparison {
  StatRow const& row;
  /// Paths of the row's records, in its order; empty when they cannot be told any more. Then files
  /// are matched by inode.
  std::vector<std::string> const& names;
  TreeScan const& scan;
  FolderVerdict const& verdict;
};
/// Sorted by path. Objects that no record has are changes only in folders of the style `contract`:
/// the other styles cover what they list (sealing.md 7). Pure.
[[nodiscard]] std::vector<BoundChange> find_changes(BoundComparison const& comparison);

/// Without a row: what the findings of the verdict name. Pure.
[[nodiscard]] std::vector<BoundChange> changes_of_findings(FolderVerdict const& verdict);

}  // namespace govseal
