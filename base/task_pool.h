#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace govseal {

/// Runs blocking work. Jobs must not throw. The seam behind which tests put an InlinePool.
class TaskPool {
 public:
  using Job = std::function<void(std::stop_token)>;
  virtual ~TaskPool() = default;
  /// Queues a job; any thread. Blocks while the queue is full.
  virtual void submit(Job job) = 0;
  /// Number of jobs that can run at once, at least 1.
  [[nodiscard]] virtual unsigned concurrency() const noexcept = 0;
};

/// A fixed number of threads and a bounded queue. The destructor asks running jobs to stop, drops
/// queued ones and joins.
class ThreadPool final : public TaskPool {
 public:
  /// `threads` 0: hardware threads. `queue_max`: jobs that may wait; what the pool's own threads
  /// submit is taken beyond it, because waiting there could be for ever.
  explicit ThreadPool(unsigned threads, std::size_t queue_max = 4096);
  ~ThreadPool() override;
  void submit(Job job) override;
  [[nodiscard]] unsigned concurrency() const noexcept override;
  /// Asks every running job to stop; later jobs see a stopped token at once.
  void request_stop() noexcept;
  /// Jobs waiting and running.
  [[nodiscard]] std::size_t depth() const;

 private:
  void run();
  mutable std::mutex mutex_;
  std::condition_variable has_work_;
  std::condition_variable has_room_;
  std::deque<Job> queue_;
  std::size_t queue_max_;
  std::size_t running_ = 0;
  bool closing_ = false;
  std::stop_source stop_;
  std::vector<std::thread> threads_;
  std::vector<std::thread::id> thread_ids_;  // not changed after construction
};

/// Calls `body(i)` for every i in [0, count) on at most `width` threads, in ascending order of
/// start. The caller takes part, so a job of the pool may fan out on the same pool without
/// deadlock. Returns when all calls are done; the first exception of a call is thrown again and
/// later indices are skipped. A stop request also skips what has not started.
void parallel_for(TaskPool& pool, std::size_t count, unsigned width, std::stop_token stop,
                  std::function<void(std::size_t)> const& body);

}  // namespace govseal
