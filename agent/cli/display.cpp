#include "agent/cli/display.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "base/utf8.h"

namespace govseal {
namespace {

constexpr unsigned kColumnsDefault = 80;
constexpr unsigned kColumnsMin = 20;

bool is_set(char const* variable) {
  char const* const value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

unsigned read_columns() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return size.ws_col < kColumnsMin ? kColumnsMin : size.ws_col;
  }
  return kColumnsDefault;
}

bool may_colour(std::string_view wish, bool terminal) {
  if (wish == "always") return true;
  if (wish == "never" || !terminal || is_set("NO_COLOR")) return false;
  char const* const term = std::getenv("TERM");
  return term == nullptr || std::string_view(term) != "dumb";
}

std::string_view escape_of(Tone tone) {
  switch (tone) {
    case Tone::plain:
      return "";
    case Tone::good:
      return "\033[32m";
    case Tone::bad:
      return "\033[31m";
    case Tone::alarm:
      return "\033[1;31m";
    case Tone::warning:
      return "\033[33m";
    case Tone::faint:
      return "\033[2m";
  }
  return "";
}

struct Range {
  char32_t first;
  char32_t last;
};

// The common blocks of Unicode's East Asian Width and general category Mn; a character that is
// missing here only moves a column by one.
constexpr std::array kWide = {
    Range{0x1100, 0x115F}, Range{0x2E80, 0xA4CF},   Range{0xAC00, 0xD7A3},
    Range{0xF900, 0xFAFF}, Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},
    Range{0xFFE0, 0xFFE6}, Range{0x1F300, 0x1FAFF}, Range{0x20000, 0x3FFFD}};
constexpr std::array kNoWidth = {Range{0x0300, 0x036F}, Range{0x200B, 0x200D},
                                 Range{0x20D0, 0x20FF}, Range{0xFE00, 0xFE0F},
                                 Range{0xFE20, 0xFE2F}};

template <std::size_t N>
bool is_in(std::array<Range, N> const& ranges, char32_t c) {
  for (auto const& range : ranges) {
    if (c >= range.first && c <= range.last) return true;
  }
  return false;
}

struct Glyph {
  std::string_view bytes;
  unsigned width;
};

std::vector<Glyph> glyphs_of(std::string_view text) {
  std::vector<Glyph> glyphs;
  while (!text.empty()) {
    auto const length = utf8_sequence_length(text);
    auto const sequence = text.substr(0, length == 0 ? 1 : length);
    char32_t const c = length == 0 ? U'?' : utf8_decode(sequence);
    glyphs.push_back({sequence, is_in(kNoWidth, c) ? 0U : is_in(kWide, c) ? 2U : 1U});
    text.remove_prefix(sequence.size());
  }
  return glyphs;
}

}  // namespace

Display read_display(std::string_view colour) {
  Display display;
  display.terminal = ::isatty(STDOUT_FILENO) == 1;
  display.colour = may_colour(colour, display.terminal);
  display.columns = read_columns();
  return display;
}

std::string toned(Display const& display, Tone tone, std::string_view text) {
  if (!display.colour || tone == Tone::plain) return std::string(text);
  return std::string(escape_of(tone)).append(text).append("\033[0m");
}

Tone tone_of_verdict(std::string_view verdict) noexcept {
  if (verdict == "VALID") return Tone::good;
  if (verdict == "INVALID") return Tone::alarm;
  return verdict == "LEGACY" || verdict == "OPEN" ? Tone::plain : Tone::warning;
}

Tone tone_of_severity(std::string_view severity) noexcept {
  if (severity == "critical") return Tone::alarm;
  if (severity == "high") return Tone::bad;
  return severity == "medium" ? Tone::warning : Tone::plain;
}

Tone tone_of_state(std::string_view state) noexcept {
  if (state == "clean" || state == "live") return Tone::good;
  return state == "critical" ? Tone::alarm : Tone::warning;
}

std::string shown_time(Display const& display, std::string_view utc) {
  if (utc.empty()) return "-";
  auto const wall = parse_utc(utc);
  if (!wall) return escape_for_display(utc);
  if (!display.terminal) return format_utc_s(*wall);
  auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(*wall).count();
  std::time_t const time = static_cast<std::time_t>(seconds);
  std::tm local{};
  if (::localtime_r(&time, &local) == nullptr) return format_utc_s(*wall);
  std::array<char, 64> text{};
  auto const size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &local);
  return {text.data(), size};
}

std::string shown_age(nanoseconds age) {
  auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(age).count();
  if (seconds < 0) return "0s";
  if (seconds < 60) return std::to_string(seconds) + "s";
  if (seconds < 3600) return std::to_string(seconds / 60) + "m";
  if (seconds < 2 * 86400) return std::to_string(seconds / 3600) + "h";
  return std::to_string(seconds / 86400) + "d";
}

std::string shown_since(Display const& display, std::string_view utc,
                        std::optional<nanoseconds> now) {
  auto const wall = parse_utc(utc);
  if (!display.terminal || !wall || !now) return shown_time(display, utc);
  return shown_age(*now - *wall);
}

std::string shown_bytes(std::uint64_t bytes) {
  constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  if (bytes < 1024) return std::to_string(bytes) + " B";
  std::size_t unit = 0;
  auto size = static_cast<double>(bytes);
  for (; size >= 1023.95 && unit + 1 < kUnits.size(); ++unit) size /= 1024;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f %s", size, kUnits.at(unit));
  return text.data();
}

unsigned display_width(std::string_view text) noexcept {
  unsigned width = 0;
  while (!text.empty()) {
    auto const length = utf8_sequence_length(text);
    auto const sequence = text.substr(0, length == 0 ? 1 : length);
    char32_t const c = length == 0 ? U'?' : utf8_decode(sequence);
    width += is_in(kNoWidth, c) ? 0U : is_in(kWide, c) ? 2U : 1U;
    text.remove_prefix(sequence.size());
  }
  return width;
}

std::string shortened(std::string_view text, unsigned columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return "";
  auto const glyphs = glyphs_of(text);
  // The end of a path says more than its beginning.
  unsigned const head = (columns - 1) / 3;
  unsigned const tail = columns - 1 - head;
  std::size_t first = 0;
  unsigned used = 0;
  while (used + glyphs[first].width <= head) used += glyphs[first++].width;
  std::size_t last = glyphs.size();
  used = 0;
  while (last > first && used + glyphs[last - 1].width <= tail) used += glyphs[--last].width;
  std::string out;
  for (std::size_t i = 0; i < first; ++i) out += glyphs[i].bytes;
  out += "…";
  for (std::size_t i = last; i < glyphs.size(); ++i) out += glyphs[i].bytes;
  return out;
}

}  // namespace govseal
