#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/task_pool.h"

namespace govseal {

/// A TaskPool without threads: jobs run inside submit(), or later when the test says so, in an
/// order that only the seed decides. What a job throws reaches who runs it. Used by one thread.
class InlinePool final : public TaskPool {
 public:
  /// Runs every job inside submit().
  InlinePool() = default;
  /// Keeps jobs for run_one() and run_all().
  explicit InlinePool(std::uint64_t seed) : random_(seed) {}

  void submit(Job job) override {
    if (!random_) {
      job(stop_.get_token());
      return;
    }
    waiting_.push_back(std::move(job));
  }
  [[nodiscard]] unsigned concurrency() const noexcept override { return concurrency_; }
  void set_concurrency(unsigned concurrency) {
    GOVSEAL_ASSERT(concurrency > 0);
    concurrency_ = concurrency;
  }

  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }
  /// Runs one waiting job, chosen by the seed; false when there is none.
  bool run_one() {
    if (waiting_.empty()) return false;
    std::size_t const index = static_cast<std::size_t>((*random_)() % waiting_.size());
    Job const job = std::move(waiting_[index]);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(index));
    job(stop_.get_token());
    return true;
  }
  /// Runs jobs, also those that they submit, until none waits; returns their number.
  std::size_t run_all() {
    std::size_t count = 0;
    while (run_one()) ++count;
    return count;
  }
  /// Forgets what waits, as a process that dies.
  void drop_all() { waiting_.clear(); }
  void request_stop() noexcept { stop_.request_stop(); }

 private:
  std::optional<std::mt19937_64> random_;
  std::vector<Job> waiting_;
  std::stop_source stop_;
  unsigned concurrency_ = 1;
};

}  // namespace govseal
