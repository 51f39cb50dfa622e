#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace govseal {

/// A YAML document as data: nodes in one array that refer to each other by index, so that aliases
/// neither copy nor loop. Keys stay texts: `on` is `on`, and repeated keys are all there.
class YamlDocument {
 public:
  enum class Kind { null, scalar, sequence, map };
  using Index = std::uint32_t;
  struct Node {
    Kind kind = Kind::null;
    std::string text;                              // scalar
    std::vector<Index> items;                      // sequence
    std::vector<std::pair<Index, Index>> members;  // map
  };

  [[nodiscard]] std::vector<Node> const& nodes() const noexcept { return nodes_; }
  [[nodiscard]] Node const& root() const { return nodes_.at(root_); }
  [[nodiscard]] Node const& at(Index index) const { return nodes_.at(index); }
  /// The first member of that key; nullptr when absent or `map` is no mapping.
  [[nodiscard]] Node const* find(Node const& map, std::string_view key) const;
  /// Some mapping, at any depth, has a key twice; scalars are compared as text.
  [[nodiscard]] bool repeats_a_key() const;

 private:
  friend class YamlBuilder;
  std::vector<Node> nodes_;
  Index root_ = 0;
};

/// All documents of a stream as yaml-cpp's LoadAll reads it; nullopt when it throws.
[[nodiscard]] std::optional<std::vector<YamlDocument>> parse_yaml(std::string_view text);

}  // namespace govseal
