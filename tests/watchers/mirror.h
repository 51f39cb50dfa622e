#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "watchers/hint.h"

namespace govseal {

/// What a receiver knows that looks only where hints send it. After all hints it must equal the
/// truth; what it misses no hint told of.
class Mirror {
 public:
  /// `path`: absolute, of the root's directory. Starts with nothing.
  explicit Mirror(std::string path) : top_(std::move(path)) {}

  void apply(Hint const& hint);
  void apply(std::vector<Hint> const& hints);

  /// Differences from the filesystem, one line each; empty: none.
  [[nodiscard]] std::vector<std::string> differences() const;
  [[nodiscard]] std::size_t size() const noexcept { return known_.size(); }

 private:
  /// Type, identity, mode and, of small files, the bytes.
  using State = std::string;
  using Tree = std::map<std::string, State>;  // by path below the root

  void look(std::string const& path, bool with_subtree);
  void forget(std::string const& path);

  std::string top_;
  Tree known_;
};

}  // namespace govseal
