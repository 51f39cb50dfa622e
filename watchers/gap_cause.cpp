#include "watchers/gap_cause.h"

#include <array>
#include <utility>

namespace govseal {
namespace {

constexpr std::array kNames{
    std::pair{GapCause::agent_down, std::string_view("agent-down")},
    std::pair{GapCause::agent_crash, std::string_view("agent-crash")},
    std::pair{GapCause::kernel_overflow, std::string_view("kernel-overflow")},
    std::pair{GapCause::ring_overflow, std::string_view("ring-overflow")},
    std::pair{GapCause::held_queue_overflow, std::string_view("held-queue-overflow")},
    std::pair{GapCause::malformed_events, std::string_view("malformed-events")},
    std::pair{GapCause::watch_limit, std::string_view("watch-limit")},
    std::pair{GapCause::no_capability, std::string_view("no-capability")},
    std::pair{GapCause::filesystem_unsupported, std::string_view("filesystem-unsupported")},
    std::pair{GapCause::permission_denied, std::string_view("permission-denied")},
    std::pair{GapCause::io_error, std::string_view("io-error")},
    std::pair{GapCause::root_missing, std::string_view("root-missing")},
    std::pair{GapCause::root_replaced, std::string_view("root-replaced")},
    std::pair{GapCause::unmounted, std::string_view("unmounted")},
    std::pair{GapCause::event_silence, std::string_view("event-silence")},
    std::pair{GapCause::event_flood, std::string_view("event-flood")},
    std::pair{GapCause::scan_overdue, std::string_view("scan-overdue")},
    std::pair{GapCause::unreadable_repository, std::string_view("unreadable-repository")},
};

}  // namespace

std::string_view name_of(GapCause cause) noexcept {
  for (auto const& [known, name] : kNames) {
    if (known == cause) return name;
  }
  return {};
}

std::optional<GapCause> find_gap_cause(std::string_view name) noexcept {
  for (auto const& [cause, known] : kNames) {
    if (known == name) return cause;
  }
  return std::nullopt;
}

}  // namespace govseal
