// Two things are kept from the parser, toml++ 3.3, by a scan that knows just enough of TOML's
// lexical rules: comments and the four kinds of strings hide everything, and a key ends at `=`, a
// bracket, a brace, a comma or a line end.
// - It builds one nested table for each part of a dotted key and frees the tree recursively, so a
//   file of one long key would overflow the stack.
// - Its test for white space has undefined behaviour for most characters outside ASCII
//   (is_non_ascii_horizontal_whitespace). It is made outside of strings and comments, where TOML
//   allows none of them anyway, and behind a backslash that continues a line of a string.

#include "config/document.h"

#include <optional>

namespace govseal {
namespace {

constexpr unsigned kKeyPartsMax = 16;
constexpr unsigned kNestingMax = 32;

struct Refusal {
  std::size_t offset;
  std::string_view message;
};

class LexicalScan {
 public:
  explicit LexicalScan(std::string_view text) : text_(text) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    if (text.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  }

  /// The first thing that the parser must not see.
  std::optional<Refusal> find_refused() {
    while (at_ < text_.size() && !refusal_) {
      switch (text_[at_]) {
        case '#':
          at_ = std::min(text_.find('\n', at_), text_.size());
          continue;
        case '"':
        case '\'':
          skip_string(text_[at_]);
          continue;
        case '.':
          ++parts_;
          break;
        case '[':
        case '{':
          ++nesting_;
          parts_ = 1;
          break;
        case ']':
        case '}':
          nesting_ -= nesting_ > 0 ? 1 : 0;
          parts_ = 1;
          break;
        case '=':
        case ',':
        case '\n':
          parts_ = 1;
          break;
        default:
          break;
      }
      if (parts_ > kKeyPartsMax) refuse("this key has too many parts");
      if (nesting_ > kNestingMax) refuse("values are nested too deeply");
      if (!is_ascii(at_)) refuse("this character is only allowed in strings and comments");
      ++at_;
    }
    return refusal_;
  }

 private:
  void skip_string(char quote) {
    std::string const triple(3, quote);
    if (text_.substr(at_).starts_with(triple)) return skip_multi_line(quote, triple);
    ++at_;
    while (at_ < text_.size()) {
      char const c = text_[at_];
      at_ += quote == '"' && c == '\\' ? 2 : 1;
      if (c == quote || c == '\n') return;
    }
  }

  void skip_multi_line(char quote, std::string const& triple) {
    at_ += 3;
    while (at_ < text_.size() && !text_.substr(at_).starts_with(triple)) {
      if (quote == '"' && text_[at_] == '\\') {
        skip_escape();
      } else {
        ++at_;
      }
    }
    at_ += 3;
    // Up to two quotes may stand directly before the closing three.
    for (int i = 0; i < 2 && at_ < text_.size() && text_[at_] == quote; ++i) ++at_;
  }

  /// An escape in a multi-line string; a continued line goes on at the next visible character.
  void skip_escape() {
    ++at_;
    auto const next = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
    bool const continues = next > at_;
    at_ = continues ? next : at_ + 1;
    if (continues && at_ < text_.size() && !is_ascii(at_)) {
      refuse("this character must be written as \\u behind a continued line");
    }
  }

  [[nodiscard]] bool is_ascii(std::size_t at) const {
    return static_cast<unsigned char>(text_[at]) < 0x80;
  }
  void refuse(std::string_view message) {
    if (!refusal_) refusal_ = Refusal{at_, message};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  unsigned parts_ = 1;
  unsigned nesting_ = 0;
  std::optional<Refusal> refusal_;
};

ConfigProblem syntax_problem(ConfigText const& file, toml::source_position position,
                             std::string_view message) {
  ConfigProblem problem;
  problem.file = file.display;
  problem.line = std::max(1U, position.line);
  problem.column = std::max(1U, position.column);
  problem.message = message;
  return problem;
}

toml::source_position position_of(std::string_view text, std::size_t offset) {
  toml::source_position position{1, 1};
  for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
    if (text[i] == '\n') {
      position = {position.line + 1, 1};
    } else if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) {
      ++position.column;
    }
  }
  return position;
}

}  // namespace

std::variant<toml::table, ConfigProblem> parse_document(ConfigText const& file) {
  if (auto const refused = LexicalScan(file.text).find_refused()) {
    return syntax_problem(file, position_of(file.text, refused->offset),
                          "TOML syntax: " + std::string(refused->message));
  }
  try {
    return toml::parse(std::string_view(file.text));
  } catch (toml::parse_error const& error) {
    return syntax_problem(file, error.source().begin,
                          "TOML syntax: " + std::string(error.description()));
  }
}

ConfigLocation location_of(std::string const& file, toml::source_region const& region) {
  return {file, std::max(1U, region.begin.line), std::max(1U, region.begin.column)};
}

std::string describe_type(toml::node const& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a float";
    case toml::node_type::boolean:
      return "a boolean";
    case toml::node_type::date:
      return "a date";
    case toml::node_type::time:
      return "a time";
    case toml::node_type::date_time:
      return "a date with time";
    case toml::node_type::none:
      break;
  }
  return "nothing";
}

}  // namespace govseal
