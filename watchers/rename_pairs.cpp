#include "watchers/rename_pairs.h"

#include <utility>

namespace govseal {

RenamePairs::RenamePairs(nanoseconds keep, std::size_t sources_max)
    : keep_(keep), sources_max_(sources_max) {}

void RenamePairs::add(RenameSource source, Instant now) {
  std::uint32_t const cookie = source.cookie;
  auto& known = sources_[cookie];
  if (known.empty()) {
    deadlines_.push_back({now.mono + keep_, cookie});
    unannounced_.push_back(cookie);
  }
  known.push_back(std::move(source));
  ++size_;
}

std::vector<RenameSource> RenamePairs::take(std::uint32_t cookie) {
  auto const found = sources_.find(cookie);
  if (found == sources_.end()) return {};
  std::vector<RenameSource> taken = std::move(found->second);
  sources_.erase(found);
  size_ -= taken.size();
  std::erase(unannounced_, cookie);
  drop_old_deadlines();
  return taken;
}

std::vector<RenameSource> RenamePairs::take_expired(Instant now) {
  std::vector<RenameSource> expired;
  while (!deadlines_.empty() && (deadlines_.front().mono <= now.mono || size_ > sources_max_)) {
    std::uint32_t const cookie = deadlines_.front().cookie;
    deadlines_.pop_front();
    for (RenameSource& source : take(cookie)) expired.push_back(std::move(source));
  }
  return expired;
}

std::vector<RenameSource> RenamePairs::take_unannounced() {
  std::vector<RenameSource> found;
  for (std::uint32_t const cookie : std::exchange(unannounced_, {})) {
    for (RenameSource& source : sources_[cookie]) {
      if (!std::exchange(source.announced, true)) found.push_back(source);
    }
  }
  return found;
}

std::optional<nanoseconds> RenamePairs::next_expiry() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.front().mono;
}

/// Keeps the queue as short as what waits, although pairs are found in any order.
void RenamePairs::drop_old_deadlines() {
  while (!deadlines_.empty() && !sources_.contains(deadlines_.front().cookie)) {
    deadlines_.pop_front();
  }
}

}  // namespace govseal
