#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// The drift report as a document without a form: headings, sentences and tables, made from the
/// JSON, so that every form shows the same numbers. All text is raw; each form escapes it.
namespace govseal::drift {

/// Longest list in a document; the JSON is never cut (api.md 11.2).
inline constexpr std::size_t kListMax = 1000;

struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  // at most kListMax
  std::uint64_t total = 0;                     // rows there would be
};

struct Block {
  enum class Kind { heading, paragraph, table };
  Kind kind = Kind::paragraph;
  unsigned level = 0;  // of a heading, from 1
  std::string text;    // of a heading or paragraph
  Table table;
};

using Document = std::vector<Block>;

/// Throws Error when `json` is no drift report.
[[nodiscard]] Document make_document(std::string const& json);

}  // namespace govseal::drift
