#include "reporting/layer_down/markdown.h"

#include <algorithm>

#include "base/utf8.h"

namespace govseal {
namespace {

constexpr std::string_view kBlanks = " \t\v\f\r";

bool is_fence(std::string_view line) {
  auto text = trim_blanks(line);
  return text.starts_with("```") || text.starts_with("~~~");
}

bool is_table_line(std::string_view line) {
  return trim_blanks(line).starts_with('|');
}

std::vector<std::string> split_cells(std::string_view line) {
  auto text = trim_blanks(line);
  text.remove_prefix(1);
  if (text.ends_with('|') && !text.ends_with("\\|")) text.remove_suffix(1);
  std::vector<std::string> cells;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    bool at_bar = i < text.size() && text[i] == '|' && (i == 0 || text[i - 1] != '\\');
    if (i < text.size() && !at_bar) continue;
    cells.emplace_back(trim_blanks(text.substr(start, i - start)));
    start = i + 1;
  }
  return cells;
}

/// `:?-+:?`
bool is_rule_cell(std::string_view cell) {
  if (cell.starts_with(':')) cell.remove_prefix(1);
  if (cell.ends_with(':')) cell.remove_suffix(1);
  return !cell.empty() && cell.find_first_not_of('-') == std::string_view::npos;
}

}  // namespace

std::string_view trim_blanks(std::string_view text) noexcept {
  auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string lower_ascii(std::string_view text) {
  std::string lower(text);
  for (auto& byte : lower) {
    if (byte >= 'A' && byte <= 'Z') byte = static_cast<char>(byte - 'A' + 'a');
  }
  return lower;
}

std::vector<std::string> markdown_lines(std::string_view text) {
  auto valid = utf8_with_replacement(text);
  std::string_view rest = valid;
  std::vector<std::string> lines;
  bool fenced = false;
  while (!rest.empty()) {
    auto end = rest.find('\n');
    auto line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    bool fence = is_fence(line);
    lines.emplace_back(fenced || fence ? std::string_view() : line);
    if (fence) fenced = !fenced;
  }
  return lines;
}

std::vector<MarkdownTable> markdown_tables(std::vector<std::string> const& lines) {
  std::vector<MarkdownTable> tables;
  bool inside = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!is_table_line(lines[i])) {
      inside = false;
      continue;
    }
    auto cells = split_cells(lines[i]);
    if (!inside) {
      tables.push_back({i, std::move(cells), {}});
      inside = true;
    } else if (!std::all_of(cells.begin(), cells.end(), is_rule_cell)) {
      tables.back().rows.push_back(std::move(cells));
    }
  }
  return tables;
}

unsigned heading_level(std::string_view line) noexcept {
  auto level = std::min(line.find_first_not_of('#'), line.size());
  bool blank_follows = level < line.size() && (line[level] == ' ' || line[level] == '\t');
  return level <= 6 && blank_follows ? static_cast<unsigned>(level) : 0;
}

std::string plain_cell(std::string_view cell) {
  std::string plain;
  for (char byte : cell) {
    if (byte != '*' && byte != '`') plain += byte;
  }
  return std::string(trim_blanks(plain));
}

}  // namespace govseal
