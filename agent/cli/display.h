#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace govseal {

/// What a word means, shown by colour beside the word, never instead of it.
enum class Tone { plain, good, bad, alarm, warning, faint };

/// How standard output is looked at (api.md 8).
struct Display {
  bool terminal = false;  // local times, ages, shortened columns
  bool colour = false;
  unsigned columns = 80;  // of the terminal
};

/// The display of this process. `colour` is `auto`, `always` or `never`.
[[nodiscard]] Display read_display(std::string_view colour);

/// `text` in colour when the display has colours. `text` must be safe to print.
[[nodiscard]] std::string toned(Display const& display, Tone tone, std::string_view text);
[[nodiscard]] Tone tone_of_verdict(std::string_view verdict) noexcept;
[[nodiscard]] Tone tone_of_severity(std::string_view severity) noexcept;
[[nodiscard]] Tone tone_of_state(std::string_view state) noexcept;

/// A time of the API: local on a terminal, UTC with Z otherwise; `-` for none.
[[nodiscard]] std::string shown_time(Display const& display, std::string_view utc);
/// How long before `now`: `45s`, `9m`, `5h`, `2d`.
[[nodiscard]] std::string shown_age(nanoseconds age);
/// Age on a terminal, time otherwise: what tables print under SINCE.
[[nodiscard]] std::string shown_since(Display const& display, std::string_view utc,
                                      std::optional<nanoseconds> now);
/// `912 B`, `1.3 GiB`.
[[nodiscard]] std::string shown_bytes(std::uint64_t bytes);

/// Columns of a terminal that UTF-8 text takes: none for combining marks, two for wide characters.
[[nodiscard]] unsigned display_width(std::string_view text) noexcept;
/// `text` with `…` in place of its middle so that it takes at most `columns`.
[[nodiscard]] std::string shortened(std::string_view text, unsigned columns);

}  // namespace govseal
