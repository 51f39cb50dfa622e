#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sealing/verdict.h"

namespace govseal {

/// Collects codes and their findings while a folder is judged. Keeps memory bounded: a hostile
/// manifest can break a million rules.
class FindingSet {
 public:
  void add(std::string_view code, std::string_view path,
           std::optional<std::string> expected = std::nullopt,
           std::optional<std::string> actual = std::nullopt);
  /// A code without a path.
  void add(std::string_view code) { add(code, {}); }
  void merge(FindingSet other);

  [[nodiscard]] std::set<std::string> const& codes() const noexcept { return codes_; }

  /// Sorts, cuts to kFindingsMax and moves everything into `verdict`.
  void move_into(FolderVerdict& verdict);
  /// Sorted by code, then path, at most kFindingsMax; the set is empty afterwards.
  [[nodiscard]] std::vector<SealFinding> take();
  [[nodiscard]] bool truncated() const noexcept { return truncated_; }

 private:
  void shrink();

  std::set<std::string> codes_;
  std::vector<SealFinding> findings_;
  bool truncated_ = false;
};

}  // namespace govseal
