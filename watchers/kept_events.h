#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace govseal {

/// Events that arrive while a crawl is under way: the crawl may have listed a directory before the
/// event and deliver it after (watching.md 5.3, 8). Only what happened to a name is kept, in no
/// order; acting on it looks at the filesystem. Not thread-safe.
class KeptEvents {
 public:
  explicit KeptEvents(std::size_t entries_max) : entries_max_(entries_max) {}

  /// False: there is no room, the event is lost.
  [[nodiscard]] bool add(std::int32_t watch, std::string_view name, std::uint32_t mask);
  void for_each(
      std::function<void(std::int32_t, std::string const&, std::uint32_t)> const& visit) const;
  void clear() noexcept { masks_ = {}; }
  [[nodiscard]] std::size_t size() const noexcept { return masks_.size(); }

 private:
  struct Key {
    std::int32_t watch = 0;
    std::string name;
    friend bool operator==(Key const&, Key const&) = default;
  };
  struct Hash {
    std::size_t operator()(Key const& key) const noexcept {
      return std::hash<std::string>{}(key.name) ^
             (static_cast<std::size_t>(key.watch) * 0x9E37'79B9'7F4A'7C15U);
    }
  };

  std::size_t entries_max_;
  std::unordered_map<Key, std::uint32_t, Hash> masks_;
};

}  // namespace govseal
