#include "base/clock.h"

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <fstream>

#include "base/error.h"

namespace govseal {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

nanoseconds read_clock(clockid_t id) {
  timespec now{};
  if (::clock_gettime(id, &now) != 0) throw_errno("clock_gettime", "");
  return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

bool is_boot_id(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool const dash = i == 8 || i == 13 || i == 18 || i == 23;
    bool const hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    if (dash ? text[i] != '-' : !hex) return false;
  }
  return true;
}

struct Quotient {
  std::int64_t whole = 0;
  std::int64_t rest = 0;  // never negative
};

Quotient floor_divide(std::int64_t value, std::int64_t by) {
  std::int64_t const rest = (value % by + by) % by;
  return {value / by - (value % by < 0 ? 1 : 0), rest};
}

/// `fraction_digits` 0, 3 or 9; what does not fit is cut off towards the past.
std::string format_utc(nanoseconds wall, std::size_t fraction_digits) {
  // Not std::chrono::floor, which overflows within a day of either end of the range.
  auto const [seconds, fraction] = floor_divide(wall.count(), kNsPerSecond);
  auto const [days, second] = floor_divide(seconds, 86400);
  std::chrono::year_month_day const date{
      std::chrono::sys_days(std::chrono::days(static_cast<int>(days)))};

  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(second / 3600), static_cast<int>(second / 60 % 60),
                static_cast<int>(second % 60));
  std::string out = text;
  if (fraction_digits > 0) {
    std::snprintf(text, sizeof text, ".%09d", static_cast<int>(fraction));
    out += std::string_view(text).substr(0, 1 + fraction_digits);
  }
  return out += 'Z';
}

/// Takes `count` digits from the front of `text`.
std::optional<std::int64_t> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  std::int64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

/// The `.nnn` or `.nnnnnnnnn` part in nanoseconds, 0 where there is none.
std::optional<std::int64_t> take_fraction(std::string_view& text) {
  if (!take(text, '.')) return 0;
  if (text.size() == 4) {
    auto const ms = take_digits(text, 3);
    return ms ? std::optional(*ms * 1'000'000) : std::nullopt;
  }
  return take_digits(text, 9);
}

/// seconds * 10^9 + ns with 0 <= ns < 10^9; nullopt outside of what 64 bits hold.
std::optional<nanoseconds> join(std::int64_t seconds, std::int64_t ns) {
  if (seconds < 0 && ns > 0) {
    seconds += 1;
    ns -= kNsPerSecond;
  }
  std::int64_t value = 0;
  if (__builtin_mul_overflow(seconds, kNsPerSecond, &value)) return std::nullopt;
  if (__builtin_add_overflow(value, ns, &value)) return std::nullopt;
  return nanoseconds(value);
}

}  // namespace

Instant SystemClock::now() const {
  // In this order, so that `boot` is never behind `mono`.
  nanoseconds const mono = read_clock(CLOCK_MONOTONIC);
  nanoseconds const boot = read_clock(CLOCK_BOOTTIME);
  return {boot, mono, read_clock(CLOCK_REALTIME)};
}

std::string SystemClock::boot_id() const {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string line;
  if (std::getline(in, line) && is_boot_id(line)) return line;
  return "00000000-0000-0000-0000-000000000000";
}

std::string format_utc_ns(nanoseconds wall) {
  return format_utc(wall, 9);
}
std::string format_utc_ms(nanoseconds wall) {
  return format_utc(wall, 3);
}
std::string format_utc_s(nanoseconds wall) {
  return format_utc(wall, 0);
}

std::optional<nanoseconds> parse_utc(std::string_view text) {
  auto const year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  auto const month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  auto const day = take_digits(text, 2);
  if (!day || !take(text, 'T')) return std::nullopt;
  auto const hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  auto const minute = take_digits(text, 2);
  if (!minute || *minute > 59 || !take(text, ':')) return std::nullopt;
  auto const second = take_digits(text, 2);
  if (!second || *second > 59) return std::nullopt;
  auto const fraction = take_fraction(text);
  if (!fraction || text != "Z") return std::nullopt;

  std::chrono::year_month_day const date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  std::int64_t const days = std::chrono::sys_days(date).time_since_epoch().count();
  return join(days * 86400 + *hour * 3600 + *minute * 60 + *second, *fraction);
}

}  // namespace govseal
