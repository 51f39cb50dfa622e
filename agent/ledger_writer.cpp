#include "agent/ledger_writer.h"

#include "base/error.h"

namespace govseal {
namespace {

constexpr auto kFullRetry = std::chrono::seconds(1);

BatchAppended make_outcome(Appended const& appended, std::vector<BatchQueue::Token> const& tokens,
                           Ledger const& ledger) {
  BatchAppended outcome;
  outcome.size = ledger.size();
  outcome.root = ledger.root();
  outcome.records.reserve(appended.lines.size());
  for (std::size_t i = 0; i < appended.lines.size(); ++i) {
    auto parsed = parse_record(appended.lines[i]);
    GOVSEAL_ASSERT(std::holds_alternative<Record>(parsed));
    outcome.records.push_back({tokens[i], std::get<Record>(std::move(parsed))});
  }
  return outcome;
}

}  // namespace

LedgerWriter::LedgerWriter(std::unique_ptr<Ledger> ledger, std::chrono::milliseconds batch,
                           Clock const& clock, Listener listener)
    : ledger_(std::move(ledger)), clock_(clock), listener_(std::move(listener)), queue_(batch) {
  thread_ = std::thread([this] { run(); });
}

LedgerWriter::~LedgerWriter() {
  {
    std::lock_guard const lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void LedgerWriter::append(RecordDraft draft, std::uint64_t token) {
  {
    std::lock_guard const lock(mutex_);
    Instant const now = clock_.now();
    if (draft.wall == nanoseconds{}) draft.wall = now.wall;
    if (!overflow_.empty() || !queue_.has_room(draft.urgent)) {
      overflow_.push_back({std::move(draft), token});
    } else {
      bool const taken = queue_.push(std::move(draft), token, now);
      GOVSEAL_ASSERT(taken);
    }
  }
  wake_.notify_all();
}

std::size_t LedgerWriter::waiting() const {
  std::lock_guard const lock(mutex_);
  return queue_.size() + overflow_.size() + in_commit_;
}

void LedgerWriter::refill(Instant now) {
  while (!overflow_.empty() && queue_.has_room(overflow_.front().draft.urgent)) {
    bool const taken =
        queue_.push(std::move(overflow_.front().draft), overflow_.front().token, now);
    GOVSEAL_ASSERT(taken);
    overflow_.pop_front();
  }
}

void LedgerWriter::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    Instant const now = clock_.now();
    refill(now);
    auto const due = queue_.next_due();
    if (!due) {
      if (closing_) return;
      wake_.wait(lock);
      continue;
    }
    if (!closing_ && due->mono > now.mono) {
      wake_.wait_for(lock, due->mono - now.mono);
      continue;
    }
    BatchQueue::Batch batch = closing_ ? queue_.take_now() : queue_.take_batch(now);
    if (batch.records.empty()) continue;
    in_commit_ = batch.records.size();
    lock.unlock();
    bool const alive = commit(std::move(batch));
    lock.lock();
    in_commit_ = 0;
    if (!alive) return;
  }
}

// False: nothing will be written any more.
bool LedgerWriter::commit(BatchQueue::Batch batch) {
  bool told_full = false;
  bool first = true;
  for (;;) {
    AppendResult result;
    std::optional<BatchAppended> done;
    {
      std::lock_guard const guard(ledger_mutex_);
      result = first ? ledger_->append(batch.records, clock_.now()) : ledger_->retry();
      if (auto const* appended = std::get_if<Appended>(&result)) {
        done = make_outcome(*appended, batch.tokens, *ledger_);
      }
    }
    first = false;
    if (done) {
      if (told_full) listener_(LedgerSpaceChanged{false});
      listener_(std::move(*done));
      return true;
    }
    if (auto* poisoned = std::get_if<LedgerPoisoned>(&result)) {
      listener_(LedgerFailed{std::move(*poisoned)});
      return false;
    }
    if (!told_full) listener_(LedgerSpaceChanged{true});
    told_full = true;
    std::unique_lock lock(mutex_);
    if (closing_) return false;
    wake_.wait_for(lock, kFullRetry, [this] { return closing_; });
  }
}

}  // namespace govseal
