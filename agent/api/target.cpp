#include "agent/api/target.h"

#include <algorithm>
#include <cstdint>

namespace govseal {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t from = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size() && text[at] != separator) continue;
    parts.push_back(text.substr(from, at - from));
    from = at + 1;
  }
  return parts;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::optional<BadTarget> add_segments(std::string_view path, ApiTarget& target) {
  if (path == "/") return {};
  for (auto const part : split(path.substr(1), '/')) {
    auto segment = percent_decode(part);
    if (!segment) return BadTarget{"path", "a segment of the path has a bad escape or a NUL"};
    if (segment->empty() || *segment == "." || *segment == "..") {
      return BadTarget{"path", "a segment of the path is empty, \".\" or \"..\""};
    }
    target.segments.push_back(std::move(*segment));
  }
  return {};
}

std::optional<BadTarget> add_parameters(std::string_view query, ApiTarget& target) {
  if (query.empty()) return {};
  for (auto const part : split(query, '&')) {
    auto const equals = std::min(part.find('='), part.size());
    auto name = percent_decode(part.substr(0, equals));
    auto value = percent_decode(equals < part.size() ? part.substr(equals + 1) : "");
    if (!name || name->empty()) return BadTarget{"query", "a parameter has no readable name"};
    if (!value) return BadTarget{*name, "the value has a bad escape or a NUL"};
    auto const same_name = [&name](auto const& other) { return other.first == *name; };
    if (std::any_of(target.parameters.begin(), target.parameters.end(), same_name)) {
      return BadTarget{*name, "the parameter is given twice"};
    }
    target.parameters.emplace_back(std::move(*name), std::move(*value));
  }
  return {};
}

/// One `type/subtype;q=0.5` of an Accept header. Weights count in thousandths.
struct MediaRange {
  std::string type;
  unsigned weight = 1000;
};

std::optional<unsigned> parse_weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return {};
  if (text.size() > 1 && text[1] != '.') return {};
  unsigned weight = static_cast<unsigned>(text[0] - '0') * 1000;
  unsigned unit = 100;
  for (std::size_t i = 2; i < text.size(); ++i, unit /= 10) {
    if (text[i] < '0' || text[i] > '9') return {};
    weight += static_cast<unsigned>(text[i] - '0') * unit;
  }
  return std::min(weight, 1000u);
}

MediaRange parse_range(std::string_view text) {
  MediaRange range;
  auto const parts = split(text, ';');
  range.type = lower(trim(parts[0]));
  for (std::size_t i = 1; i < parts.size(); ++i) {
    auto const parameter = lower(trim(parts[i]));
    if (parameter.starts_with("q=")) range.weight = parse_weight(parameter.substr(2)).value_or(0);
  }
  return range;
}

/// 3: the type itself, 2: type/*, 1: */*, 0: no match. The most specific range decides.
unsigned specificity(MediaRange const& range, std::string_view type) {
  if (range.type == type) return 3;
  if (range.type == "*/*") return 1;
  auto const slash = type.find('/');
  return range.type == std::string(type.substr(0, slash)) + "/*" ? 2 : 0;
}

unsigned weight_of(std::vector<MediaRange> const& ranges, std::string_view type) {
  unsigned best = 0;
  unsigned weight = 0;
  for (auto const& range : ranges) {
    unsigned const specific = specificity(range, type);
    if (specific <= best) continue;
    best = specific;
    weight = range.weight;
  }
  return weight;
}

}  // namespace

std::variant<ApiTarget, BadTarget> parse_target(std::string_view text) {
  if (text.empty() || text[0] != '/' || text.find('#') != std::string_view::npos) {
    return BadTarget{"path", "the request target is not a path"};
  }
  auto const question = std::min(text.find('?'), text.size());
  ApiTarget target;
  if (auto bad = add_segments(text.substr(0, question), target)) return std::move(*bad);
  auto const query = question < text.size() ? text.substr(question + 1) : std::string_view();
  if (auto bad = add_parameters(query, target)) return std::move(*bad);
  return target;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      bytes += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return {};
    int const high = hex_digit(text[i + 1]);
    int const low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return {};
    bytes += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (bytes.find('\0') != std::string::npos) return {};
  return bytes;
}

std::string percent_encode(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  for (char const c : bytes) {
    bool const alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (alphanumeric || c == '-' || c == '.' || c == '_' || c == '~') {
      text += c;
      continue;
    }
    auto const byte = static_cast<std::uint8_t>(c);
    text += '%';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::optional<std::string_view> negotiate(std::string const* accept,
                                          std::vector<std::string_view> const& available) {
  if (!accept || trim(*accept).empty()) return available.front();
  std::vector<MediaRange> ranges;
  for (auto const part : split(*accept, ',')) ranges.push_back(parse_range(part));
  std::optional<std::string_view> best;
  unsigned best_weight = 0;
  for (auto const type : available) {
    unsigned const weight = weight_of(ranges, type);
    if (weight <= best_weight) continue;
    best = type;
    best_weight = weight;
  }
  return best;
}

}  // namespace govseal
