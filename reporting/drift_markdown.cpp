#include "base/utf8.h"
#include "reporting/drift_document.h"
#include "reporting/drift_report.h"

// GitHub tables (GFM 4.10). No text may end a cell, open a tag, a link or a code span, or begin a
// block: what could is written with a backslash or as an entity. A backslash itself is doubled,
// since `\` before an escaped `|` would take the escape away.

namespace govseal {
namespace {

bool begins_block(char c) {
  return c == '#' || c == '-' || c == '+' || c == '>' || c == '=';
}

void append_escaped(std::string& out, char c, bool first) {
  switch (c) {
    case '<':
      out += "&lt;";
      return;
    case '&':
      out += "&amp;";
      return;
    case '\\':
    case '|':
    case '`':
    case '[':
    case ']':
    case '*':
    case '~':
      out += '\\';
      out += c;
      return;
    default:
      if (first && begins_block(c)) out += '\\';
      out += c;
  }
}

/// Text with control characters shown: `\x0a` and `\x0d` become `\n` and `\r`, other such escapes
/// stay as they are, and `\\` is a backslash of the text.
std::string escape_shown(std::string_view shown) {
  std::string out;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (shown[i] != '\\') {
      append_escaped(out, shown[i], i == 0);
    } else if (shown.substr(i, 2) == "\\\\") {
      out += "\\\\\\\\";
      ++i;
    } else if (shown.substr(i, 4) == "\\x0a" || shown.substr(i, 4) == "\\x0d") {
      out += shown[i + 3] == 'a' ? "\\n" : "\\r";
      i += 3;
    } else {
      out += '\\';
    }
  }
  return out;
}

std::string escape(std::string_view text) {
  std::string const shown = escape_for_display(text);
  if (shown != text) return escape_shown(shown);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) append_escaped(out, text[i], i == 0);
  return out;
}

void append_row(std::string& out, std::vector<std::string> const& cells) {
  out += '|';
  for (std::string const& cell : cells) out += " " + escape(cell) + " |";
  out += '\n';
}

void append_table(std::string& out, drift::Table const& table) {
  append_row(out, table.header);
  out += '|';
  for (std::size_t i = 0; i < table.header.size(); ++i) out += " --- |";
  out += '\n';
  for (auto const& row : table.rows) append_row(out, row);
  if (table.total > table.rows.size()) {
    out += "\n" + std::to_string(table.rows.size()) + " of " + std::to_string(table.total) +
           " shown; the JSON form has all.\n";
  }
}

}  // namespace

std::string render_drift_markdown(std::string const& json) {
  std::string out;
  for (drift::Block const& block : drift::make_document(json)) {
    if (!out.empty()) out += '\n';
    switch (block.kind) {
      case drift::Block::Kind::heading:
        out += std::string(block.level, '#') + " " + escape(block.text) + "\n";
        break;
      case drift::Block::Kind::paragraph:
        out += escape(block.text) + "\n";
        break;
      case drift::Block::Kind::table:
        append_table(out, block.table);
        break;
    }
  }
  return out;
}

}  // namespace govseal
