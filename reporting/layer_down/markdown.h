#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace govseal {

/// Markdown as the readers of plans and reports take it (layer-down.md 5.1): line by line, fenced
/// blocks left out.

/// Lines without their ends. A line inside or bounding a fence is there as an empty line, so that
/// what stands before and after a fence does not become one table. Invalid UTF-8 becomes U+FFFD.
[[nodiscard]] std::vector<std::string> markdown_lines(std::string_view text);

struct MarkdownTable {
  std::size_t first_line = 0;  // index into the lines
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  // without rules
};
/// Every run of lines whose first non-blank character is `|`.
[[nodiscard]] std::vector<MarkdownTable> markdown_tables(std::vector<std::string> const& lines);

/// Level 1 to 6 of an ATX heading, 0 for other lines.
[[nodiscard]] unsigned heading_level(std::string_view line) noexcept;
/// Without `*` and backticks, trimmed.
[[nodiscard]] std::string plain_cell(std::string_view cell);
/// ASCII lower case.
[[nodiscard]] std::string lower_ascii(std::string_view text);
[[nodiscard]] std::string_view trim_blanks(std::string_view text) noexcept;

}  // namespace govseal
