#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/config.h"

// The forms of values that are texts (api.md 9, "Types", and the specifications of the keys). Pure.
// A check returns what is wrong, as the end of a sentence about the value ("must be ..."), or
// nullopt when nothing is.

namespace govseal {

using Complaint = std::optional<std::string>;

/// Digits and one of s, m, h, d; in seconds. nullopt: not of that form, or beyond 100 years.
[[nodiscard]] std::optional<std::int64_t> parse_duration_text(std::string_view text);
/// Digits and KiB, MiB or GiB, perhaps with a blank between; in bytes.
[[nodiscard]] std::optional<std::int64_t> parse_size_text(std::string_view text);
/// Three or four octal digits.
[[nodiscard]] std::optional<std::uint32_t> parse_octal_mode(std::string_view text);
/// `off`, `hourly`, `daily HH:MM`.
[[nodiscard]] std::optional<ScheduleConfig> parse_schedule(std::string_view text);
/// `HH:MM`, in minutes since midnight.
[[nodiscard]] std::optional<std::int64_t> parse_time_of_day(std::string_view text);
/// `root`, 7 to 40 hex digits, `YYYY-MM-DD` or a UTC time of base/clock.h.
[[nodiscard]] std::optional<DispatchConfig::Baseline> parse_baseline(std::string_view text);

[[nodiscard]] std::string to_duration_text(std::int64_t seconds);
[[nodiscard]] std::string to_text(ScheduleConfig const& schedule);
[[nodiscard]] std::string time_of_day_text(std::int64_t minutes);
[[nodiscard]] std::string to_text(DispatchConfig::Baseline const& baseline);

[[nodiscard]] Complaint check_absolute_path(std::string_view text);
/// Without repeated and final slashes and `.` elements; of a text that passed the check.
[[nodiscard]] std::string normal_path(std::string_view text);
/// One `/` at the end is allowed.
[[nodiscard]] Complaint check_relative_path(std::string_view text);
[[nodiscard]] Complaint check_glob(std::string_view text);
/// `recursive`: `**` is allowed as an element.
[[nodiscard]] Complaint check_absolute_glob(std::string_view text, bool recursive);
[[nodiscard]] Complaint check_file_name(std::string_view text);
[[nodiscard]] Complaint check_host_name(std::string_view text);
[[nodiscard]] Complaint check_socket_mode(std::string_view text);
[[nodiscard]] Complaint check_principal(std::string_view text);
/// The rules of git-check-ref-format(1) for a full name below refs/.
[[nodiscard]] Complaint check_reference(std::string_view text);
[[nodiscard]] Complaint check_branch(std::string_view text);
[[nodiscard]] Complaint check_slug(std::string_view text);
/// ledger.md 7.
[[nodiscard]] Complaint check_origin(std::string_view text);
[[nodiscard]] Complaint check_remote(std::string_view text);
/// Placeholders of layer-down.md 9.1; `first`: it is the first element of the command.
[[nodiscard]] Complaint check_argument(std::string_view text, bool first);
/// A health condition H1-01 to H1-07 (registry.md 12).
[[nodiscard]] Complaint check_health_condition(std::string_view text);

/// ASCII letters only.
[[nodiscard]] std::string lower_case(std::string_view text);

/// True when `path` is `directory` or lies below it; both normal.
[[nodiscard]] bool is_path_within(std::string_view path, std::string_view directory) noexcept;

}  // namespace govseal
