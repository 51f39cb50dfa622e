#pragma once

#include <mutex>
#include <string>
#include <utility>

#include "base/clock.h"

namespace govseal {

/// A clock that stands still until the test moves it. Starts 1000 s after boot, at
/// 2026-01-01T00:00:00Z. Thread-safe.
class ManualClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override {
    std::lock_guard const lock(mutex_);
    return now_;
  }
  [[nodiscard]] std::string boot_id() const override {
    std::lock_guard const lock(mutex_);
    return boot_id_;
  }

  /// Time passes.
  void advance(nanoseconds by) {
    std::lock_guard const lock(mutex_);
    now_.boot += by;
    now_.mono += by;
    now_.wall += by;
  }
  /// The machine sleeps: the monotonic clock stands still.
  void suspend(nanoseconds by) {
    std::lock_guard const lock(mutex_);
    now_.boot += by;
    now_.wall += by;
  }
  /// Somebody sets the wall clock, forwards or back.
  void jump_wall(nanoseconds by) {
    std::lock_guard const lock(mutex_);
    now_.wall += by;
  }
  void set(Instant now) {
    std::lock_guard const lock(mutex_);
    now_ = now;
  }
  /// A new boot: boot and mono start anew, wall goes on.
  void reboot(std::string boot_id) {
    std::lock_guard const lock(mutex_);
    now_.boot = now_.mono = std::chrono::seconds(10);
    boot_id_ = std::move(boot_id);
  }

 private:
  mutable std::mutex mutex_;
  Instant now_{std::chrono::seconds(1000), std::chrono::seconds(1000),
               std::chrono::seconds(1'767'225'600)};
  std::string boot_id_ = "11111111-2222-3333-4444-555555555555";
};

}  // namespace govseal
