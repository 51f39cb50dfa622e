// The parser builds one nested table for each part of a dotted key and frees the tree recursively,
// so a file of one long key would overflow the stack. What no real configuration needs is refused
// here first, by a scan that knows just enough of TOML's lexical rules: comments and the four kinds
// of strings hide everything, and a key ends at `=`, a bracket, a brace, a comma or a line end.

#include "config/document.h"

#include <optional>

namespace govseal {
namespace {

constexpr unsigned kKeyPartsMax = 16;
constexpr unsigned kNestingMax = 32;

class ShapeScan {
 public:
  explicit ShapeScan(std::string_view text) : text_(text) {}

  /// Offset and description of the first thing that is too deep.
  std::optional<std::pair<std::size_t, std::string_view>> find_too_deep() {
    while (at_ < text_.size()) {
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
      if (parts_ > kKeyPartsMax) return std::pair(at_, "this key has too many parts");
      if (nesting_ > kNestingMax) return std::pair(at_, "values are nested too deeply");
      ++at_;
    }
    return std::nullopt;
  }

 private:
  void skip_string(char quote) {
    std::string const triple(3, quote);
    bool const multi_line = text_.substr(at_).starts_with(triple);
    at_ += multi_line ? 3 : 1;
    while (at_ < text_.size()) {
      if (quote == '"' && text_[at_] == '\\') {
        at_ += 2;
      } else if (multi_line && text_.substr(at_).starts_with(triple)) {
        at_ += 3;
        // Up to two quotes may stand directly before the closing three.
        for (int i = 0; i < 2 && at_ < text_.size() && text_[at_] == quote; ++i) ++at_;
        return;
      } else if (!multi_line && (text_[at_] == quote || text_[at_] == '\n')) {
        ++at_;
        return;
      } else {
        ++at_;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  unsigned parts_ = 1;
  unsigned nesting_ = 0;
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
  if (auto const too_deep = ShapeScan(file.text).find_too_deep()) {
    return syntax_problem(file, position_of(file.text, too_deep->first), too_deep->second);
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
