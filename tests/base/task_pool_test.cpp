#include "base/task_pool.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <latch>
#include <mutex>
#include <set>
#include <stdexcept>
#include <vector>

#include "tests/support/inline_pool.h"

namespace govseal {
namespace {

TEST_CASE("every job runs") {
  std::atomic<int> count = 0;
  std::latch done(1000);
  ThreadPool pool(3, 8);
  for (int i = 0; i < 1000; ++i) {
    pool.submit([&](std::stop_token const&) {
      ++count;
      done.count_down();
    });
  }
  done.wait();
  CHECK(count == 1000);
  CHECK(pool.concurrency() == 3);
  CHECK(ThreadPool(0).concurrency() >= 1);
}

TEST_CASE("jobs run at the same time, as many as there are threads") {
  ThreadPool pool(4);
  std::latch meeting(4);
  std::latch done(4);
  for (int i = 0; i < 4; ++i) {
    pool.submit([&](std::stop_token const&) {
      meeting.arrive_and_wait();
      done.count_down();
    });
  }
  done.wait();
}

TEST_CASE("a full queue holds the caller until there is room") {
  ThreadPool pool(1, 2);
  std::promise<void> gate;
  std::shared_future<void> const open = gate.get_future().share();
  std::promise<void> started;
  pool.submit([&](std::stop_token const&) {
    started.set_value();
    open.wait();
  });
  started.get_future().wait();
  pool.submit([](std::stop_token const&) {});
  pool.submit([](std::stop_token const&) {});
  CHECK(pool.depth() == 3);
  std::atomic<bool> fourth_taken = false;
  std::thread blocked([&] {
    pool.submit([](std::stop_token const&) {});
    fourth_taken = true;
  });
  CHECK_FALSE(fourth_taken);
  gate.set_value();
  blocked.join();
  CHECK(fourth_taken);
}

TEST_CASE("jobs of the pool submit beyond a full queue, because waiting could be for ever") {
  ThreadPool pool(1, 1);
  std::latch done(10);
  pool.submit([&](std::stop_token const&) {
    for (int i = 0; i < 10; ++i) pool.submit([&](std::stop_token const&) { done.count_down(); });
  });
  done.wait();
}

TEST_CASE("the destructor asks running jobs to stop and drops those that wait") {
  std::atomic<int> late = 0;
  std::promise<void> started;
  {
    ThreadPool pool(1);
    pool.submit([&](std::stop_token const& stop) {
      started.set_value();
      while (!stop.stop_requested()) std::this_thread::yield();
    });
    started.get_future().wait();
    for (int i = 0; i < 5; ++i) pool.submit([&](std::stop_token const&) { ++late; });
  }
  CHECK(late == 0);
}

TEST_CASE("after request_stop later jobs see a stopped token") {
  ThreadPool pool(1);
  pool.request_stop();
  std::promise<bool> seen;
  pool.submit([&](std::stop_token const& stop) { seen.set_value(stop.stop_requested()); });
  CHECK(seen.get_future().get());
}

TEST_CASE("parallel_for calls each index once") {
  ThreadPool pool(4);
  for (std::size_t const count : {0U, 1U, 2U, 3U, 7U, 100U, 5000U}) {
    for (unsigned const width : {0U, 1U, 2U, 4U, 100U}) {
      std::vector<std::atomic<int>> calls(count);
      parallel_for(pool, count, width, {}, [&](std::size_t i) { ++calls[i]; });
      for (auto const& each : calls) REQUIRE(each == 1);
    }
  }
}

TEST_CASE("parallel_for begins its calls in ascending order") {
  ThreadPool pool(4);
  std::vector<std::size_t> order;
  parallel_for(pool, 500, 1, {}, [&](std::size_t i) { order.push_back(i); });
  CHECK(order.size() == 500);
  CHECK(std::is_sorted(order.begin(), order.end()));
  // An index begins only when at most `width` - 1 smaller ones have not ended.
  std::mutex mutex;
  std::size_t ended = 0;
  bool in_order = true;
  parallel_for(pool, 2000, 4, {}, [&](std::size_t i) {
    std::lock_guard const lock(mutex);
    in_order = in_order && i <= ended + 3;
    ++ended;
  });
  CHECK(in_order);
}

TEST_CASE("parallel_for never uses more threads than its width") {
  ThreadPool pool(8);
  for (unsigned const width : {1U, 2U, 3U}) {
    std::atomic<unsigned> now = 0;
    std::atomic<unsigned> most = 0;
    parallel_for(pool, 300, width, {}, [&](std::size_t) {
      unsigned const at_once = ++now;
      unsigned seen = most;
      while (seen < at_once && !most.compare_exchange_weak(seen, at_once)) {
      }
      std::this_thread::yield();
      --now;
    });
    CHECK(most <= width);
    CHECK(most >= 1);
  }
}

TEST_CASE("parallel_for really works in parallel") {
  ThreadPool pool(3);
  std::latch meeting(4);
  parallel_for(pool, 4, 4, {}, [&](std::size_t) { meeting.arrive_and_wait(); });
}

TEST_CASE("jobs of a pool may fan out on it, nested and all at once, without deadlock") {
  for (std::size_t const queue_max : {1U, 2U, 4096U}) {
    ThreadPool pool(2, queue_max);
    std::atomic<int> leaves = 0;
    std::latch done(6);
    for (int job = 0; job < 6; ++job) {
      pool.submit([&](std::stop_token const&) {
        parallel_for(pool, 5, 4, {}, [&](std::size_t) {
          parallel_for(pool, 5, 4, {}, [&](std::size_t) {
            parallel_for(pool, 3, 4, {}, [&](std::size_t) { ++leaves; });
          });
        });
        done.count_down();
      });
    }
    done.wait();
    CHECK(leaves == 6 * 5 * 5 * 3);
  }
}

TEST_CASE("the first exception of a call reaches the caller and later indices are skipped") {
  ThreadPool pool(2);
  std::atomic<int> calls = 0;
  auto const run = [&] {
    parallel_for(pool, 100'000, 3, {}, [&](std::size_t i) {
      ++calls;
      if (i == 10) throw std::runtime_error("ten");
    });
  };
  CHECK_THROWS_WITH_AS(run(), "ten", std::runtime_error);
  CHECK(calls < 100'000);
  CHECK(calls >= 11);
  std::atomic<int> after = 0;
  parallel_for(pool, 10, 3, {}, [&](std::size_t) { ++after; });
  CHECK(after == 10);
}

TEST_CASE("a stop request skips what has not begun") {
  ThreadPool pool(2);
  std::stop_source stop;
  std::atomic<int> calls = 0;
  parallel_for(pool, 100'000, 2, stop.get_token(), [&](std::size_t) {
    if (++calls == 5) stop.request_stop();
  });
  CHECK(calls >= 5);
  CHECK(calls < 100);
  calls = 0;
  parallel_for(pool, 10, 2, stop.get_token(), [&](std::size_t) { ++calls; });
  CHECK(calls == 0);
}

TEST_CASE("an inline pool runs a job before submit returns") {
  InlinePool pool;
  bool ran = false;
  pool.submit([&](std::stop_token const&) { ran = true; });
  CHECK(ran);
  std::vector<int> calls(50);
  parallel_for(pool, 50, 8, {}, [&](std::size_t i) { ++calls[i]; });
  CHECK(calls == std::vector<int>(50, 1));
}

TEST_CASE("a seeded pool runs jobs when asked, in an order that only the seed decides") {
  auto const order_of = [](std::uint64_t seed) {
    InlinePool pool(seed);
    std::vector<int> order;
    for (int i = 0; i < 8; ++i) {
      pool.submit([&order, &pool, i](std::stop_token const&) {
        order.push_back(i);
        if (i == 3) pool.submit([&order](std::stop_token const&) { order.push_back(100); });
      });
    }
    CHECK(order.empty());
    CHECK(pool.waiting() == 8);
    CHECK(pool.run_all() == 9);
    return order;
  };
  CHECK(order_of(1) == order_of(1));
  std::set<std::vector<int>> orders;
  for (std::uint64_t seed = 0; seed < 10; ++seed) orders.insert(order_of(seed));
  CHECK(orders.size() > 5);
}

TEST_CASE("a helper that a seeded pool runs too late does no harm") {
  InlinePool pool(7);
  {
    std::vector<int> calls(20);
    parallel_for(pool, 20, 4, {}, [&](std::size_t i) { ++calls[i]; });
    CHECK(calls == std::vector<int>(20, 1));
  }
  CHECK(pool.waiting() == 1);
  CHECK(pool.run_all() == 1);
}

}  // namespace
}  // namespace govseal
