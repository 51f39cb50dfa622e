#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace govseal {

using std::chrono::nanoseconds;

/// One moment on three clocks. Order and periods use `mono` and `boot`; `wall` is an annotation
/// that may jump in both directions.
struct Instant {
  nanoseconds boot{};  // CLOCK_BOOTTIME, counts suspended time
  nanoseconds mono{};  // CLOCK_MONOTONIC, does not
  nanoseconds wall{};  // CLOCK_REALTIME since 1970-01-01T00:00:00Z
};

/// The only source of time. Only `agent/` holds one; everything else is handed an `Instant now`.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Instant now() const = 0;
  /// Kernel boot id, 36 characters; zeros with dashes when unknown.
  [[nodiscard]] virtual std::string boot_id() const = 0;
};

/// The kernel's clocks. Thread-safe.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override;
  [[nodiscard]] std::string boot_id() const override;
};

/// `YYYY-MM-DDTHH:MM:SS.nnnnnnnnnZ`, the `ts` form of the ledger (ledger.md 3.3).
[[nodiscard]] std::string format_utc_ns(nanoseconds wall);
/// `YYYY-MM-DDTHH:MM:SS.mmmZ`, the form of the socket API (api.md 3).
[[nodiscard]] std::string format_utc_ms(nanoseconds wall);
/// `YYYY-MM-DDTHH:MM:SSZ`.
[[nodiscard]] std::string format_utc_s(nanoseconds wall);
/// Reads any of the three forms above; nullopt when the text is none of them or no valid date.
[[nodiscard]] std::optional<nanoseconds> parse_utc(std::string_view text);

}  // namespace govseal
