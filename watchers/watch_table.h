#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace govseal {

/// What one watch descriptor stands for: a directory of a root (there may be several roots with the
/// same directory), a directory on the way to a root, or a cookie directory. Open addressing, 12
/// bytes an entry at a load of at most 3/4. Not thread-safe.
class WatchTable {
 public:
  struct Ref {
    std::uint32_t owner = 0;  // number of the root, or another number the user chose
    std::uint32_t place = 0;  // which of its directories
    friend bool operator==(Ref, Ref) = default;
  };

  /// Adds a meaning; doing it again changes nothing. `watch` is at least 1.
  void add(std::int32_t watch, Ref ref);
  /// False: it was not there.
  bool erase(std::int32_t watch, Ref ref);
  void erase_all(std::int32_t watch);
  [[nodiscard]] std::vector<Ref> find(std::int32_t watch) const;
  [[nodiscard]] bool contains(std::int32_t watch) const noexcept;
  /// Different watch descriptors.
  [[nodiscard]] std::size_t watches() const noexcept { return watches_; }

 private:
  struct Entry {
    std::int32_t watch = 0;  // 0: empty
    Ref ref;
  };
  [[nodiscard]] std::size_t home_of(std::int32_t watch) const noexcept;
  void grow();
  void erase_slot(std::size_t slot);

  std::vector<Entry> entries_;
  std::size_t used_ = 0;
  std::size_t watches_ = 0;
};

}  // namespace govseal
