#pragma once

#include <optional>
#include <string_view>

namespace govseal {

/// Why a watch root was not seen for a time: the closed set of watching.md 12.1.
enum class GapCause {
  agent_down,
  agent_crash,
  kernel_overflow,
  ring_overflow,
  held_queue_overflow,
  malformed_events,
  watch_limit,
  no_capability,
  filesystem_unsupported,
  permission_denied,
  io_error,
  root_missing,
  root_replaced,
  unmounted,
  event_silence,
  event_flood,
  scan_overdue,
  unreadable_repository,
};

/// The token of records and answers, e.g. `kernel-overflow`.
[[nodiscard]] std::string_view name_of(GapCause cause) noexcept;
[[nodiscard]] std::optional<GapCause> find_gap_cause(std::string_view name) noexcept;

}  // namespace govseal
