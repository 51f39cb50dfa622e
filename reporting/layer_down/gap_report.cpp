#include "reporting/layer_down/gap_report.h"

#include <algorithm>

#include "reporting/layer_down/markdown.h"

namespace govseal {
namespace {

constexpr std::string_view kGap = "Gap 5";

bool is_word(char byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
         (byte >= 'A' && byte <= 'Z') || byte == '_';
}

/// `\bGap 5\b`
bool names_the_gap(std::string_view line) {
  for (auto at = line.find(kGap); at != std::string_view::npos; at = line.find(kGap, at + 1)) {
    auto end = at + kGap.size();
    if ((at == 0 || !is_word(line[at - 1])) && (end == line.size() || !is_word(line[end]))) {
      return true;
    }
  }
  return false;
}

/// The lines of the section, the heading not among them.
std::vector<std::string> gap_section(std::vector<std::string> const& lines) {
  auto opens = std::find_if(lines.begin(), lines.end(), [](std::string const& line) {
    auto level = heading_level(line);
    return level >= 2 && level <= 4 && names_the_gap(line);
  });
  if (opens == lines.end()) return {};
  auto level = heading_level(*opens);
  auto closes = std::find_if(opens + 1, lines.end(), [&](std::string const& line) {
    auto other = heading_level(line);
    return other != 0 && other <= level;
  });
  return {opens + 1, closes};
}

bool is_bare_markdown_name(std::string_view text) {
  return text.size() > 3 && text.ends_with(".md") &&
         text.find_first_of("/ \t") == std::string_view::npos;
}

GapRow make_row(std::string const& cell, std::vector<PlanRef> const& plans) {
  GapRow row;
  if (!is_bare_markdown_name(cell)) {
    row.plan_status = "not_a_file";
    return row;
  }
  row.file = cell;
  auto found = std::find_if(plans.begin(), plans.end(), [&](PlanRef const& plan) {
    return plan.path.substr(plan.path.rfind('/') + 1) == cell;
  });
  if (found == plans.end()) {
    row.plan_status = "file_missing";
    return row;
  }
  row.plan = found->path;
  row.plan_status = found->status;
  return row;
}

}  // namespace

std::vector<GapRow> read_gap_report(std::string_view text, std::vector<PlanRef> const& plans) {
  auto tables = markdown_tables(gap_section(markdown_lines(text)));
  if (tables.empty()) return {};
  auto const& table = tables.front();
  auto column = std::find_if(table.header.begin(), table.header.end(), [](auto const& cell) {
    return lower_ascii(plain_cell(cell)) == "ripple plan file";
  });
  std::vector<GapRow> rows;
  if (column == table.header.end()) return rows;
  auto index = static_cast<std::size_t>(column - table.header.begin());
  for (auto const& cells : table.rows) {
    rows.push_back(make_row(index < cells.size() ? plain_cell(cells[index]) : "", plans));
    rows.back().row = rows.size();
  }
  return rows;
}

}  // namespace govseal
