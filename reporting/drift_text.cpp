#include <algorithm>

#include "base/utf8.h"
#include "reporting/drift_document.h"
#include "reporting/drift_report.h"

// Plain text for 80 columns. A table that is wider becomes one block of named lines for each row;
// nothing is ever cut off, long words are broken.

namespace govseal {
namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kBetween = 2;  // blanks between two columns

/// Columns of a terminal that a character takes: two for the wide scripts and symbols of Unicode
/// Standard Annex 11, one for all else.
std::size_t width_of(char32_t c) {
  bool const wide = (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) ||
                    (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
                    (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
                    (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F300 && c <= 0x1FAFF) ||
                    (c >= 0x20000 && c <= 0x3FFFD);
  return wide ? 2 : 1;
}

/// One character of text that is valid UTF-8.
struct Glyph {
  std::size_t bytes = 1;
  std::size_t columns = 1;
};

Glyph glyph_at(std::string_view text) {
  unsigned const length = utf8_sequence_length(text);
  if (length == 0) return {};
  return {length, width_of(utf8_decode(text.substr(0, length)))};
}

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    Glyph const glyph = glyph_at(text);
    columns += glyph.columns;
    text.remove_prefix(glyph.bytes);
  }
  return columns;
}

/// Bytes of `text` that fit into `room` columns, up to the last blank if there is one.
std::size_t fitting(std::string_view text, std::size_t room) {
  std::size_t bytes = 0;
  std::size_t columns = 0;
  while (bytes < text.size()) {
    Glyph const glyph = glyph_at(text.substr(bytes));
    if (columns + glyph.columns > room) break;
    columns += glyph.columns;
    bytes += glyph.bytes;
  }
  if (bytes == text.size() || text[bytes] == ' ') return bytes;
  std::size_t const blank = text.substr(0, bytes).rfind(' ');
  return blank == std::string_view::npos || blank == 0 ? bytes : blank;
}

/// `first` and then the text, broken to lines that go on below its beginning.
void append_wrapped(std::string& out, std::string const& first, std::string_view text) {
  std::size_t const indent = columns_of(first);
  out += first;
  for (bool more = false; !more || !text.empty(); more = true) {
    if (more) out += std::string(indent, ' ');
    std::size_t const bytes = fitting(text, kColumns - indent);
    out += text.substr(0, bytes);
    out += '\n';
    text.remove_prefix(bytes);
    while (text.starts_with(' ')) text.remove_prefix(1);
  }
}

using Rows = std::vector<std::vector<std::string>>;

std::vector<std::size_t> widths_of(Rows const& rows) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (auto const& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], columns_of(row[i]));
    }
  }
  return widths;
}

std::string pad(std::string text, std::size_t width) {
  std::size_t const columns = columns_of(text);
  if (columns < width) text.append(width - columns, ' ');
  return text;
}

void append_aligned(std::string& out, Rows const& rows, std::vector<std::size_t> const& widths) {
  for (auto const& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += i + 1 == row.size() ? row[i] : pad(row[i], widths[i] + kBetween);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
}

void append_stacked(std::string& out, Rows const& rows) {
  std::size_t width = 0;
  for (std::string const& name : rows.front()) width = std::max(width, columns_of(name));
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (i > 1) out += '\n';
    for (std::size_t j = 0; j < rows[i].size(); ++j) {
      if (rows[i][j] == "-") continue;
      append_wrapped(out, "  " + pad(rows.front()[j], width + kBetween), rows[i][j]);
    }
  }
}

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

void append_table(std::string& out, drift::Table const& table) {
  Rows rows;
  rows.emplace_back();
  for (std::string const& name : table.header) rows.front().push_back(upper(name));
  for (auto const& row : table.rows) {
    rows.emplace_back();
    for (std::string const& cell : row) rows.back().push_back(escape_for_display(cell));
  }
  auto const widths = widths_of(rows);
  std::size_t total = kBetween * (widths.size() - 1);
  for (std::size_t const width : widths) total += width;
  if (total <= kColumns) {
    append_aligned(out, rows, widths);
  } else {
    append_stacked(out, rows);
  }
  if (table.total > table.rows.size()) {
    out += std::to_string(table.rows.size()) + " of " + std::to_string(table.total) +
           " shown; the JSON form has all.\n";
  }
}

void append_heading(std::string& out, drift::Block const& block) {
  std::string const text = escape_for_display(block.text);
  if (!out.empty()) out += '\n';
  append_wrapped(out, "", text);
  if (block.level > 2) return;
  out += std::string(std::min(columns_of(text), kColumns), block.level == 1 ? '=' : '-') + "\n";
}

}  // namespace

std::string render_drift_text(std::string const& json) {
  std::string out;
  for (drift::Block const& block : drift::make_document(json)) {
    switch (block.kind) {
      case drift::Block::Kind::heading:
        append_heading(out, block);
        break;
      case drift::Block::Kind::paragraph:
        append_wrapped(out, "", escape_for_display(block.text));
        break;
      case drift::Block::Kind::table:
        append_table(out, block.table);
        break;
    }
  }
  return out;
}

}  // namespace govseal
