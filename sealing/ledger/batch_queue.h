#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "sealing/ledger/record.h"

namespace govseal {

/// Which records go into the next commit and when (group commit). No thread, no clock, no lock: the
/// owner of the ledger's thread guards it and asks.
///
/// A cycle is due when an urgent record waits, the oldest record has waited `batch`, or 256 records
/// or 1 MiB wait. A batch takes urgent records first, then the others, each in order of arrival.
class BatchQueue {
 public:
  static constexpr std::size_t kBatchRecordsMax = 256;
  static constexpr std::size_t kBatchBytesMax = 1U << 20;  // of lines with their LF
  static constexpr std::size_t kNormalMax = 8192;
  static constexpr std::size_t kUrgentMax = 1024;

  using Token = std::uint64_t;  // the producer's; given back with the batch

  struct Batch {
    std::vector<RecordDraft> records;
    std::vector<Token> tokens;  // one for each record
  };

  explicit BatchQueue(std::chrono::milliseconds batch) : batch_(batch) {}

  /// False: the queue of this urgency is full and nothing was taken; the producer waits.
  [[nodiscard]] bool push(RecordDraft draft, Token token, Instant now);
  [[nodiscard]] bool has_room(bool urgent) const noexcept;
  /// The moment on the monotonic clock from which take_batch gives something; nullopt: empty.
  [[nodiscard]] std::optional<Instant> next_due() const;
  /// The next batch when one is due at `now`, else an empty one.
  [[nodiscard]] Batch take_batch(Instant now);
  /// The next batch whether due or not; empty only when nothing waits. For shutdown.
  [[nodiscard]] Batch take_now();
  [[nodiscard]] std::size_t size() const noexcept { return urgent_.size() + normal_.size(); }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }

 private:
  struct Waiting {
    RecordDraft draft;
    Token token = 0;
    Instant since;
    std::size_t bytes = 0;
  };
  void move_into(Batch& batch, std::size_t& bytes, std::deque<Waiting>& from);

  std::chrono::milliseconds batch_;
  std::deque<Waiting> urgent_;
  std::deque<Waiting> normal_;
  std::size_t bytes_ = 0;
};

}  // namespace govseal
