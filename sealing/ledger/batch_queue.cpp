#include "sealing/ledger/batch_queue.h"

#include <algorithm>
#include <utility>

namespace govseal {
namespace {

/// The envelope around the fields, its longest numbers and the LF, rounded up.
constexpr std::size_t kEnvelopeBytes = 256;

}  // namespace

bool BatchQueue::has_room(bool urgent) const noexcept {
  return urgent ? urgent_.size() < kUrgentMax : normal_.size() < kNormalMax;
}

bool BatchQueue::push(RecordDraft draft, Token token, Instant now) {
  if (!has_room(draft.urgent)) return false;
  if (draft.wall == nanoseconds{}) draft.wall = now.wall;
  std::size_t const bytes = draft.type.size() + draft.fields.size() + kEnvelopeBytes;
  auto& queue = draft.urgent ? urgent_ : normal_;
  queue.push_back({.draft = std::move(draft), .token = token, .since = now, .bytes = bytes});
  bytes_ += bytes;
  return true;
}

std::optional<Instant> BatchQueue::next_due() const {
  if (empty()) return std::nullopt;
  if (!urgent_.empty()) return urgent_.front().since;
  Instant due = normal_.front().since;
  if (size() >= kBatchRecordsMax || bytes_ >= kBatchBytesMax) return due;
  due.boot += batch_;
  due.mono += batch_;
  due.wall += batch_;
  return due;
}

BatchQueue::Batch BatchQueue::take_batch(Instant now) {
  auto const due = next_due();
  if (!due || due->mono > now.mono) return {};
  return take_now();
}

BatchQueue::Batch BatchQueue::take_now() {
  Batch batch;
  std::size_t bytes = 0;
  move_into(batch, bytes, urgent_);
  if (urgent_.empty()) move_into(batch, bytes, normal_);
  bytes_ -= bytes;
  return batch;
}

void BatchQueue::move_into(Batch& batch, std::size_t& bytes, std::deque<Waiting>& from) {
  while (!from.empty() && batch.records.size() < kBatchRecordsMax) {
    auto& next = from.front();
    if (!batch.records.empty() && bytes + next.bytes > kBatchBytesMax) return;
    bytes += next.bytes;
    batch.records.push_back(std::move(next.draft));
    batch.tokens.push_back(next.token);
    from.pop_front();
  }
}

}  // namespace govseal
