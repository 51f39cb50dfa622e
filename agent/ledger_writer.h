#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "sealing/ledger/batch_queue.h"
#include "sealing/ledger/ledger.h"

namespace govseal {

/// A record that is durable, with the token of whoever asked for it.
struct AppendedRecord {
  std::uint64_t token = 0;
  Record record;
};

/// One batch is durable, checkpointed and published, in order of `seq`.
struct BatchAppended {
  std::vector<AppendedRecord> records;
  std::uint64_t size = 0;
  Digest root;
};
/// The disk became full (nothing is acknowledged until it has room), or has room again.
struct LedgerSpaceChanged {
  bool full = false;
};
/// No record will be written any more: the process has to end with 74.
struct LedgerFailed {
  LedgerPoisoned what;
};
using LedgerOutcome = std::variant<BatchAppended, LedgerSpaceChanged, LedgerFailed>;

/// Takes records and tells when they are durable. The seam between the engine and the ledger.
class LedgerPort {
 public:
  virtual ~LedgerPort() = default;
  virtual void append(RecordDraft draft, std::uint64_t token) = 0;
};

/// The one thread that commits (ledger.md 11): groups what waits, writes it, tells the outcome.
///
/// append() and with_ledger() may be called from any thread. with_ledger() waits for a commit that
/// is under way, so it belongs to pool jobs, never to the loop thread.
class LedgerWriter final : public LedgerPort {
 public:
  using Listener = std::function<void(LedgerOutcome)>;

  /// `listener` is called on the writer's thread. `clock` outlives the writer.
  LedgerWriter(std::unique_ptr<Ledger> ledger, std::chrono::milliseconds batch, Clock const& clock,
               Listener listener);
  /// Writes what waits, then ends the thread.
  ~LedgerWriter() override;

  void append(RecordDraft draft, std::uint64_t token) override;

  /// Runs `use` on the ledger between two commits.
  template <typename Use>
  auto with_ledger(Use&& use) {
    std::lock_guard const lock(ledger_mutex_);
    return use(*ledger_);
  }

  /// Records handed over and not yet durable.
  [[nodiscard]] std::size_t waiting() const;

 private:
  struct Overflow {
    RecordDraft draft;
    std::uint64_t token;
  };
  void run();
  void refill(Instant now);
  [[nodiscard]] bool commit(BatchQueue::Batch batch);

  std::unique_ptr<Ledger> ledger_;
  Clock const& clock_;
  Listener listener_;
  std::mutex ledger_mutex_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  BatchQueue queue_;
  std::deque<Overflow> overflow_;  // what a full queue did not take; bounded by the engine's work
  std::size_t in_commit_ = 0;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace govseal
