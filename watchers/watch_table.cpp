#include "watchers/watch_table.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace govseal {

void WatchTable::add(std::int32_t watch, Ref ref) {
  GOVSEAL_ASSERT(watch > 0);
  if ((used_ + 1) * 4 > entries_.size() * 3) grow();
  std::size_t const mask = entries_.size() - 1;
  std::size_t slot = home_of(watch);
  bool known = false;
  for (; entries_[slot].watch != 0; slot = (slot + 1) & mask) {
    if (entries_[slot].watch != watch) continue;
    if (entries_[slot].ref == ref) return;
    known = true;
  }
  entries_[slot] = {watch, ref};
  ++used_;
  if (!known) ++watches_;
}

bool WatchTable::erase(std::int32_t watch, Ref ref) {
  if (entries_.empty()) return false;
  std::size_t const mask = entries_.size() - 1;
  for (std::size_t slot = home_of(watch); entries_[slot].watch != 0; slot = (slot + 1) & mask) {
    if (entries_[slot].watch != watch || !(entries_[slot].ref == ref)) continue;
    erase_slot(slot);
    if (!contains(watch)) --watches_;
    return true;
  }
  return false;
}

void WatchTable::erase_all(std::int32_t watch) {
  for (Ref const ref : find(watch)) erase(watch, ref);
}

std::vector<WatchTable::Ref> WatchTable::find(std::int32_t watch) const {
  std::vector<Ref> found;
  if (entries_.empty()) return found;
  std::size_t const mask = entries_.size() - 1;
  for (std::size_t slot = home_of(watch); entries_[slot].watch != 0; slot = (slot + 1) & mask) {
    if (entries_[slot].watch == watch) found.push_back(entries_[slot].ref);
  }
  return found;
}

bool WatchTable::contains(std::int32_t watch) const noexcept {
  if (entries_.empty()) return false;
  std::size_t const mask = entries_.size() - 1;
  for (std::size_t slot = home_of(watch); entries_[slot].watch != 0; slot = (slot + 1) & mask) {
    if (entries_[slot].watch == watch) return true;
  }
  return false;
}

std::size_t WatchTable::home_of(std::int32_t watch) const noexcept {
  // Watch descriptors are handed out in ascending order, so they need to be spread: several
  // meanings of one descriptor are neighbours and would push the next ones away.
  auto const spread = static_cast<std::uint64_t>(watch) * 0x9E37'79B9'7F4A'7C15U;
  return static_cast<std::size_t>(spread >> 32U) & (entries_.size() - 1);
}

void WatchTable::grow() {
  std::vector<Entry> const old = std::move(entries_);
  entries_.assign(std::max<std::size_t>(16, old.size() * 2), Entry{});
  std::size_t const mask = entries_.size() - 1;
  for (Entry const& entry : old) {
    if (entry.watch == 0) continue;
    std::size_t slot = home_of(entry.watch);
    while (entries_[slot].watch != 0) slot = (slot + 1) & mask;
    entries_[slot] = entry;
  }
}

void WatchTable::erase_slot(std::size_t hole) {
  std::size_t const mask = entries_.size() - 1;
  for (std::size_t slot = (hole + 1) & mask; entries_[slot].watch != 0; slot = (slot + 1) & mask) {
    std::size_t const home = home_of(entries_[slot].watch);
    if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
    entries_[hole] = entries_[slot];
    hole = slot;
  }
  entries_[hole] = Entry{};
  --used_;
}

}  // namespace govseal
