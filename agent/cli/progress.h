#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace govseal {

struct ProgressView {
  std::string verb;
  std::uint64_t done = 0;   // bytes
  std::uint64_t total = 0;  // 0: unknown
  std::optional<std::uint64_t> bytes_per_s;
};

/// `verify  41 % [########............]  1.3/3.2 GiB  1.0 GiB/s  ETA 0:02`, no line end. Pure.
[[nodiscard]] std::string render_progress(ProgressView const& view);

/// The mean rate of the last five seconds. Pure.
class RateMeter {
 public:
  using Time = std::chrono::steady_clock::time_point;
  void add(Time at, std::uint64_t done);
  [[nodiscard]] std::optional<std::uint64_t> bytes_per_s() const;

 private:
  std::deque<std::pair<Time, std::uint64_t>> samples_;
};

/// Rewrites one line of standard error, at most ten times a second, after the first second. The
/// line is removed by the destructor. Used by one thread.
class ProgressLine {
 public:
  /// `enabled` false: nothing is ever shown.
  ProgressLine(std::string verb, bool enabled);
  ProgressLine(ProgressLine const&) = delete;
  ProgressLine& operator=(ProgressLine const&) = delete;
  ~ProgressLine();
  void update(std::uint64_t done, std::uint64_t total);

 private:
  using Time = std::chrono::steady_clock::time_point;
  std::string verb_;
  bool enabled_;
  bool shown_ = false;
  RateMeter meter_;
  Time start_;
  Time last_;
};

/// Shows progress from a thread of its own while the caller works. `look` gives bytes done and
/// total, is called from that thread, and must outlive the object.
class ProgressThread {
 public:
  using Look = std::function<std::pair<std::uint64_t, std::uint64_t>()>;
  ProgressThread(std::string verb, bool enabled, Look look);

 private:
  std::jthread thread_;
};

}  // namespace govseal
