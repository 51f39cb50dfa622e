#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "reporting/layer_down/dispatch_history.h"

namespace govseal {

/// The window of an audit (layer-down.md 8) over a history.
struct AuditWindow {
  enum class Kind { all, cursor, commit, date };
  Kind kind = Kind::all;
  std::string from;                             // commit or time; empty for all
  std::optional<std::uint32_t> after_position;  // events at or before it are outside
  std::optional<std::int64_t> from_s;           // events committed earlier are outside
};
/// Is an event inside?
[[nodiscard]] bool is_inside(AuditWindow const& window, std::uint32_t position,
                             std::int64_t committed_s) noexcept;

enum class WindowError { no_such_commit, not_a_date };
/// Reads `--since`: a value of date form is a date, never a reference.
[[nodiscard]] std::variant<AuditWindow, WindowError> make_window(GitReader& git,
                                                                 DispatchHistory const& history,
                                                                 std::string_view since);
/// Everything after a cursor commit (open events are always added by the audit).
[[nodiscard]] AuditWindow make_cursor_window(GitReader& git, DispatchHistory const& history,
                                             CommitId const& cursor);

}  // namespace govseal
