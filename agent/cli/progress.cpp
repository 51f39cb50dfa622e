#include "agent/cli/progress.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdio>
#include <mutex>

#include "agent/cli/display.h"
#include "agent/cli/output.h"

namespace govseal {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kQuietTime{1};
constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::chrono::seconds kRatePeriod{5};
constexpr unsigned kBarWidth = 20;

/// `1.3/3.2 GiB`: one unit for both.
std::string of_total(std::uint64_t done, std::uint64_t total) {
  std::string const whole = shown_bytes(total);
  double scale = 1;
  constexpr std::array kUnits = {" KiB", " MiB", " GiB", " TiB", " PiB"};
  double factor = 1024;
  for (char const* unit : kUnits) {
    if (whole.ends_with(unit)) scale = factor;
    factor *= 1024;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), scale == 1 ? "%.0f" : "%.1f",
                static_cast<double>(done) / scale);
  return std::string(text.data()) + "/" + whole;
}

std::string clock_text(std::uint64_t seconds) {
  std::array<char, 48> text{};
  if (seconds >= 3600) {
    std::snprintf(text.data(), text.size(), "%llu:%02llu:%02llu",
                  static_cast<unsigned long long>(seconds / 3600),
                  static_cast<unsigned long long>(seconds / 60 % 60),
                  static_cast<unsigned long long>(seconds % 60));
  } else {
    std::snprintf(text.data(), text.size(), "%llu:%02llu",
                  static_cast<unsigned long long>(seconds / 60),
                  static_cast<unsigned long long>(seconds % 60));
  }
  return text.data();
}

}  // namespace

std::string render_progress(ProgressView const& view) {
  std::string out = view.verb + "  ";
  auto const done = view.total == 0 ? view.done : std::min(view.done, view.total);
  if (view.total == 0) {
    out += shown_bytes(done);
  } else {
    double const share = static_cast<double>(done) / static_cast<double>(view.total);
    auto const filled = static_cast<unsigned>(share * kBarWidth);
    std::array<char, 16> percent{};
    std::snprintf(percent.data(), percent.size(), "%u %% ", static_cast<unsigned>(share * 100));
    out += percent.data();
    out += "[" + std::string(filled, '#') + std::string(kBarWidth - filled, '.') + "]  ";
    out += of_total(done, view.total);
  }
  if (!view.bytes_per_s) return out;
  out += "  " + shown_bytes(*view.bytes_per_s) + "/s";
  if (view.total == 0 || *view.bytes_per_s == 0) return out;
  auto const left = view.total - done;
  return out + "  ETA " + clock_text((left + *view.bytes_per_s - 1) / *view.bytes_per_s);
}

void RateMeter::add(Time at, std::uint64_t done) {
  samples_.emplace_back(at, done);
  while (samples_.size() > 2 && at - samples_.front().first > kRatePeriod) samples_.pop_front();
}

std::optional<std::uint64_t> RateMeter::bytes_per_s() const {
  if (samples_.size() < 2) return {};
  auto const& [first_at, first] = samples_.front();
  auto const& [last_at, last] = samples_.back();
  double const seconds = std::chrono::duration<double>(last_at - first_at).count();
  if (seconds <= 0 || last < first) return {};
  return static_cast<std::uint64_t>(static_cast<double>(last - first) / seconds);
}

ProgressLine::ProgressLine(std::string verb, bool enabled)
    : verb_(std::move(verb)), enabled_(enabled), start_(steady_clock::now()), last_(start_) {}

ProgressLine::~ProgressLine() {
  if (shown_) print_error("\r\033[K");
}

void ProgressLine::update(std::uint64_t done, std::uint64_t total) {
  if (!enabled_) return;
  auto const now = steady_clock::now();
  meter_.add(now, done);
  if (now - start_ < kQuietTime || (shown_ && now - last_ < kRedraw)) return;
  last_ = now;
  shown_ = true;
  print_error("\r\033[K" + render_progress({verb_, done, total, meter_.bytes_per_s()}));
}

ProgressThread::ProgressThread(std::string verb, bool enabled, Look look) {
  if (!enabled) return;
  thread_ = std::jthread([verb = std::move(verb), look = std::move(look)](std::stop_token stop) {
    ProgressLine line(verb, true);
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    while (!wake.wait_for(lock, stop, kRedraw, [&stop] { return stop.stop_requested(); })) {
      auto const [done, total] = look();
      line.update(done, total);
    }
  });
}

}  // namespace govseal
