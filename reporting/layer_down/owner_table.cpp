#include "reporting/layer_down/owner_table.h"

#include <array>
#include <cstring>

namespace govseal {
namespace {

using Key = std::array<std::uint8_t, 20>;

Key key_of(CommitId const& commit) noexcept {
  Key key{};
  auto raw = commit.raw();
  std::memcpy(key.data(), raw.data(), std::min(raw.size(), key.size()));
  return key;
}

}  // namespace

std::size_t OwnerTable::slot_of(std::uint8_t const* key) const noexcept {
  std::size_t hash = 0;
  std::memcpy(&hash, key, sizeof hash);
  auto mask = slots_.size() - 1;
  for (auto at = hash & mask;; at = (at + 1) & mask) {
    auto const& slot = slots_[at];
    if (slot.position_plus_one == 0 || std::memcmp(slot.key, key, sizeof slot.key) == 0) return at;
  }
}

bool OwnerTable::add(CommitId const& commit, std::uint32_t position) {
  if (slots_.empty() || size_ * 4 >= slots_.size() * 3) grow();
  auto key = key_of(commit);
  auto& slot = slots_[slot_of(key.data())];
  if (slot.position_plus_one != 0) return false;
  std::memcpy(slot.key, key.data(), key.size());
  slot.position_plus_one = position + 1;
  ++size_;
  return true;
}

std::optional<std::uint32_t> OwnerTable::find(CommitId const& commit) const noexcept {
  if (slots_.empty()) return std::nullopt;
  auto key = key_of(commit);
  auto const& slot = slots_[slot_of(key.data())];
  if (slot.position_plus_one == 0) return std::nullopt;
  return slot.position_plus_one - 1;
}

void OwnerTable::grow() {
  std::vector<Slot> old(slots_.empty() ? 64 : slots_.size() * 2);
  old.swap(slots_);
  for (auto const& slot : old) {
    if (slot.position_plus_one != 0) slots_[slot_of(slot.key)] = slot;
  }
}

void OwnerTable::truncate(std::uint32_t position) {
  std::vector<Slot> old(slots_.size());
  old.swap(slots_);
  size_ = 0;
  for (auto const& slot : old) {
    if (slot.position_plus_one == 0 || slot.position_plus_one > position) continue;
    slots_[slot_of(slot.key)] = slot;
    ++size_;
  }
}

void OwnerTable::clear() {
  slots_.clear();
  size_ = 0;
}

}  // namespace govseal
