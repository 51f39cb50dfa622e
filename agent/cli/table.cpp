#include "agent/cli/table.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/utf8.h"

namespace govseal {
namespace {

constexpr unsigned kSpace = 2;     // between columns
constexpr unsigned kTextMin = 12;  // no text column gets narrower

std::string padding(unsigned have, unsigned want) {
  return have < want ? std::string(want - have, ' ') : std::string();
}

}  // namespace

void Table::add(std::vector<Cell> cells) {
  GOVSEAL_ASSERT(cells.size() == columns_.size());
  for (auto& cell : cells) cell.text = escape_for_display(cell.text);
  rows_.push_back(std::move(cells));
}

std::vector<unsigned> Table::widths(Display const& display) const {
  std::vector<unsigned> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    unsigned width = display_width(columns_[i].header);
    for (auto const& row : rows_) width = std::max(width, display_width(row[i].text));
    widths.push_back(width);
  }
  if (!display.terminal || widths.empty()) return widths;
  auto const gaps = kSpace * static_cast<unsigned>(widths.size() - 1);
  while (std::accumulate(widths.begin(), widths.end(), gaps) > display.columns) {
    std::size_t widest = widths.size();
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (columns_[i].kind != Kind::text || widths[i] <= kTextMin) continue;
      if (widest == widths.size() || widths[i] > widths[widest]) widest = i;
    }
    if (widest == widths.size()) break;
    --widths[widest];
  }
  return widths;
}

std::string Table::render(Display const& display) const {
  auto const wide = widths(display);
  std::string out;
  auto const add_line = [&](auto const& text_of, auto const& tone_of) {
    std::string line;
    std::string blanks;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      std::string const text =
          columns_[i].kind == Kind::text ? shortened(text_of(i), wide[i]) : text_of(i);
      std::string const pad = padding(display_width(text), wide[i]);
      bool const right = columns_[i].kind == Kind::number;
      if (right) blanks += pad;
      if (!text.empty()) line += blanks + toned(display, tone_of(i), text);
      if (!text.empty()) blanks.clear();
      if (!right) blanks += pad;
      blanks += std::string(kSpace, ' ');
    }
    out += line + "\n";
  };
  add_line([this](std::size_t i) { return columns_[i].header; },
           [](std::size_t) { return Tone::plain; });
  for (auto const& row : rows_) {
    add_line([&row](std::size_t i) { return row[i].text; },
             [&row](std::size_t i) { return row[i].tone; });
  }
  return out;
}

}  // namespace govseal
