#pragma once

#include <string>
#include <vector>

#include "agent/cli/display.h"

namespace govseal {

struct Cell {
  std::string text;  // any bytes; the table escapes them
  Tone tone = Tone::plain;
};

/// A table without frames: header in capitals, columns padded with blanks (api.md 8).
///
/// On a terminal that is too narrow the widest text column is shortened with `…`, again and again
/// until the table fits; ids and numbers are never cut, and nothing is when there is no terminal.
class Table {
 public:
  enum class Kind { text, id, number };
  struct Column {
    std::string header;
    Kind kind = Kind::text;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  /// As many cells as there are columns.
  void add(std::vector<Cell> cells);
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
  /// Every line with its LF and without blanks at its end.
  [[nodiscard]] std::string render(Display const& display) const;

 private:
  [[nodiscard]] std::vector<unsigned> widths(Display const& display) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;  // escaped
};

}  // namespace govseal
