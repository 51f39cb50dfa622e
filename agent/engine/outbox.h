#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <utility>

#include "agent/events.h"

namespace govseal {

/// What one step of the engine asks for, and what waits for records to become durable. Part of the
/// engine: single-threaded, no I/O.
class Outbox {
 public:
  using Done = std::function<void(Record const& record, Instant now)>;

  void act(Action action) { actions_.push_back(std::move(action)); }
  /// `done` is called in the step in which the record has become durable.
  void append(RecordDraft draft, Done done = {}) {
    std::uint64_t const token = ++last_token_;
    waiting_.emplace(token, std::move(done));
    actions_.push_back(AppendRecord{std::move(draft), token});
  }
  /// The continuation of a record that is durable; each token once.
  [[nodiscard]] Done take_done(std::uint64_t token) {
    auto const found = waiting_.find(token);
    if (found == waiting_.end()) return {};
    Done done = std::move(found->second);
    waiting_.erase(found);
    return done;
  }
  /// Records handed over and not yet durable.
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }
  [[nodiscard]] Actions take() { return std::exchange(actions_, {}); }

 private:
  Actions actions_;
  std::unordered_map<std::uint64_t, Done> waiting_;
  std::uint64_t last_token_ = 0;
};

}  // namespace govseal
