#include "watchers/kept_events.h"

namespace govseal {

bool KeptEvents::add(std::int32_t watch, std::string_view name, std::uint32_t mask) {
  Key key{watch, std::string(name)};
  if (auto const known = masks_.find(key); known != masks_.end()) {
    known->second |= mask;
    return true;
  }
  if (masks_.size() >= entries_max_) return false;
  masks_.emplace(std::move(key), mask);
  return true;
}

void KeptEvents::for_each(
    std::function<void(std::int32_t, std::string const&, std::uint32_t)> const& visit) const {
  for (auto const& [key, mask] : masks_) visit(key.watch, key.name, mask);
}

}  // namespace govseal
