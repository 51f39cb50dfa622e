#include "base/task_pool.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>

namespace govseal {

ThreadPool::ThreadPool(unsigned threads, std::size_t queue_max)
    : queue_max_(std::max<std::size_t>(1, queue_max)) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  // Held so that no thread looks at the pool before all of them are known.
  std::lock_guard const lock(mutex_);
  threads_.reserve(threads);
  for (unsigned i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { run(); });
    thread_ids_.push_back(threads_.back().get_id());
  }
}

ThreadPool::~ThreadPool() {
  std::deque<Job> dropped;  // Destroyed without the lock: a job's captures may do anything.
  {
    std::lock_guard const lock(mutex_);
    closing_ = true;
    dropped.swap(queue_);
  }
  stop_.request_stop();
  has_work_.notify_all();
  has_room_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::submit(Job job) {
  std::unique_lock lock(mutex_);
  // A thread of the pool that waited for room could wait for itself.
  bool const from_inside = std::find(thread_ids_.begin(), thread_ids_.end(),
                                     std::this_thread::get_id()) != thread_ids_.end();
  if (!from_inside) {
    has_room_.wait(lock, [this] { return closing_ || queue_.size() < queue_max_; });
  }
  if (closing_) return;
  queue_.push_back(std::move(job));
  lock.unlock();
  has_work_.notify_one();
}

unsigned ThreadPool::concurrency() const noexcept {
  return static_cast<unsigned>(thread_ids_.size());
}

void ThreadPool::request_stop() noexcept {
  stop_.request_stop();
}

std::size_t ThreadPool::depth() const {
  std::lock_guard const lock(mutex_);
  return queue_.size() + running_;
}

void ThreadPool::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    has_work_.wait(lock, [this] { return closing_ || !queue_.empty(); });
    if (closing_) return;
    Job job = std::move(queue_.front());
    queue_.pop_front();
    ++running_;
    lock.unlock();
    has_room_.notify_one();
    // A job that throws ends the process: what it was to report would be lost silently.
    [&]() noexcept { job(stop_.get_token()); }();
    job = nullptr;
    lock.lock();
    --running_;
  }
}

namespace {

/// Shared by the caller and its helper jobs. A helper may start long after the caller has returned:
/// then no index is left and it touches nothing of the caller's.
class FanOut {
 public:
  FanOut(std::size_t count, std::stop_token stop, std::function<void(std::size_t)> const& body)
      : count_(count), stop_(std::move(stop)), body_(&body) {}

  void take_part(std::stop_token const& also_stop) {
    std::unique_lock lock(mutex_);
    while (next_ < count_ && !error_ && !stop_.stop_requested() && !also_stop.stop_requested()) {
      std::size_t const index = next_++;
      ++active_;
      lock.unlock();
      std::exception_ptr const error = call(index);
      lock.lock();
      if (error && !error_) error_ = error;
      if (--active_ == 0) idle_.notify_all();
    }
  }

  /// Waits for the calls that others have begun; no new one begins afterwards.
  void finish() {
    std::unique_lock lock(mutex_);
    next_ = count_;
    idle_.wait(lock, [this] { return active_ == 0; });
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  }

 private:
  std::exception_ptr call(std::size_t index) const {
    try {
      (*body_)(index);
    } catch (...) {  // Not handled here: it is carried to the thread that asked.
      return std::current_exception();
    }
    return nullptr;
  }

  std::mutex mutex_;
  std::condition_variable idle_;
  std::size_t const count_;
  std::size_t next_ = 0;
  std::size_t active_ = 0;
  std::exception_ptr error_;
  std::stop_token const stop_;
  std::function<void(std::size_t)> const* const body_;
};

}  // namespace

void parallel_for(TaskPool& pool, std::size_t count, unsigned width, std::stop_token stop,
                  std::function<void(std::size_t)> const& body) {
  auto const work = std::make_shared<FanOut>(count, std::move(stop), body);
  std::size_t const at_once = std::min<std::size_t>({width, count, pool.concurrency() + 1U});
  for (std::size_t helper = 1; helper < at_once; ++helper) {
    pool.submit([work](std::stop_token const& pool_stop) { work->take_part(pool_stop); });
  }
  work->take_part({});
  work->finish();
}

}  // namespace govseal
