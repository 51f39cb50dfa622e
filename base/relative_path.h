#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace govseal {

/// A path below some directory: raw bytes, `/` between elements, never absolute, no empty, `.` or
/// `..` element, no NUL. The empty path is the directory itself. Ordered by bytes.
class RelativePath {
 public:
  RelativePath() = default;  // the directory itself
  /// nullopt when `text` breaks the rules above. "" gives the directory itself.
  [[nodiscard]] static std::optional<RelativePath> parse(std::string_view text);
  /// For literals and text known to be good; asserts.
  [[nodiscard]] static RelativePath of(std::string_view text);

  [[nodiscard]] std::string const& str() const noexcept { return text_; }
  [[nodiscard]] bool is_root() const noexcept { return text_.empty(); }
  [[nodiscard]] RelativePath operator/(std::string_view name) const;
  [[nodiscard]] RelativePath operator/(RelativePath const& below) const;
  /// Last element; empty for the root.
  [[nodiscard]] std::string_view name() const noexcept;
  /// Without the last element; the root's parent is the root.
  [[nodiscard]] RelativePath parent() const;
  [[nodiscard]] std::vector<std::string_view> elements() const;
  /// True when `this` is `ancestor` or lies below it.
  [[nodiscard]] bool is_within(RelativePath const& ancestor) const noexcept;
  /// The part below `ancestor`; requires is_within(ancestor).
  [[nodiscard]] RelativePath below(RelativePath const& ancestor) const;

  friend auto operator<=>(RelativePath const&, RelativePath const&) = default;

 private:
  explicit RelativePath(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace govseal

template <>
struct std::hash<govseal::RelativePath> {
  std::size_t operator()(govseal::RelativePath const& path) const noexcept {
    return std::hash<std::string>{}(path.str());
  }
};
