// A parser of its own, because no library gives what the formats ask for: numbers of any size as
// they are written, every duplicate key, exact grammar and a depth limit at once. simdjson checks
// the UTF-8 of the whole text first; behind that the grammar of RFC 8259 is pure ASCII.
#include <algorithm>

#include "base/json.h"
#include "base/utf8.h"

namespace govseal {
namespace {

using Kind = JsonError::Kind;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_high_surrogate(char32_t c) {
  return c >= 0xD800 && c <= 0xDBFF;
}
bool is_low_surrogate(char32_t c) {
  return c >= 0xDC00 && c <= 0xDFFF;
}

/// Objects up to this size are searched key by key, larger ones by sorting.
constexpr std::size_t kSearchKeysMax = 16;

bool has_key(JsonValue::Object const& members, std::string_view key) {
  return std::any_of(members.begin(), members.end(),
                     [key](auto const& member) { return member.first == key; });
}

/// A key that occurs twice in a large object.
std::optional<std::string_view> find_duplicate(JsonValue::Object const& members) {
  std::vector<std::string_view> keys;
  keys.reserve(members.size());
  for (auto const& member : members) keys.push_back(member.first);
  std::sort(keys.begin(), keys.end());
  auto const found = std::adjacent_find(keys.begin(), keys.end());
  return found == keys.end() ? std::nullopt : std::optional(*found);
}

/// Every parse function returns false after it has set the error.
class Parser {
 public:
  Parser(std::string_view text, JsonLimits limits) : text_(text), limits_(limits) {}

  std::variant<JsonValue, JsonError> parse() {
    JsonValue::Data root;
    skip_space();
    if (!value(root, 0)) return std::move(error_);
    skip_space();
    if (at_ != text_.size()) {
      fail(Kind::syntax, "something follows the value");
      return std::move(error_);
    }
    return JsonValue(std::move(root));
  }

 private:
  bool fail(Kind kind, std::string detail) {
    error_ = {kind, at_, std::move(detail)};
    return false;
  }

  /// The next byte, 0 at the end: no rule of the grammar begins with it.
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool take(char expected) {
    if (peek() != expected || at_ == text_.size()) return false;
    ++at_;
    return true;
  }

  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  void skip_space() {
    while (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t') ++at_;
  }

  bool value(JsonValue::Data& out, unsigned depth) {
    switch (peek()) {
      case '{':
        return object(out, depth + 1);
      case '[':
        return array(out, depth + 1);
      case '"':
        return string(out.emplace<std::string>());
      case 't':
        return literal(out, "true", true);
      case 'f':
        return literal(out, "false", false);
      case 'n':
        return literal(out, "null", nullptr);
      default:
        return number(out.emplace<JsonValue::Number>().token);
    }
  }

  template <typename T>
  bool literal(JsonValue::Data& out, std::string_view word, T meaning) {
    if (!take(word)) return fail(Kind::syntax, "no value");
    out = meaning;
    return true;
  }

  bool array(JsonValue::Data& out, unsigned depth) {
    if (depth > limits_.depth_max) return fail(Kind::too_deep, "nested too deep");
    auto& items = out.emplace<JsonValue::Array>();
    ++at_;
    skip_space();
    if (take(']')) return true;
    while (true) {
      JsonValue::Data item;
      if (!value(item, depth)) return false;
      items.emplace_back(std::move(item));
      skip_space();
      if (take(']')) return true;
      if (!take(',')) return fail(Kind::syntax, "`,` or `]` expected");
      skip_space();
    }
  }

  bool object(JsonValue::Data& out, unsigned depth) {
    if (depth > limits_.depth_max) return fail(Kind::too_deep, "nested too deep");
    auto& members = out.emplace<JsonValue::Object>();
    ++at_;
    skip_space();
    if (take('}')) return true;
    while (true) {
      if (!member(members, depth)) return false;
      skip_space();
      if (take('}')) break;
      if (!take(',')) return fail(Kind::syntax, "`,` or `}` expected");
      skip_space();
    }
    if (limits_.allow_duplicate_keys || members.size() <= kSearchKeysMax) return true;
    auto const twice = find_duplicate(members);
    return !twice || duplicate(*twice);
  }

  bool member(JsonValue::Object& members, unsigned depth) {
    if (peek() != '"') return fail(Kind::syntax, "a key expected");
    std::string key;
    if (!string(key)) return false;
    bool const search = !limits_.allow_duplicate_keys && members.size() < kSearchKeysMax;
    if (search && has_key(members, key)) return duplicate(key);
    skip_space();
    if (!take(':')) return fail(Kind::syntax, "`:` expected");
    skip_space();
    JsonValue::Data content;
    if (!value(content, depth)) return false;
    members.emplace_back(std::move(key), JsonValue(std::move(content)));
    return true;
  }

  bool duplicate(std::string_view key) {
    return fail(Kind::duplicate_key, "key `" + escape_for_display(key) + "` occurs twice");
  }

  /// number = [ "-" ] ( "0" / digit1-9 *DIGIT ) [ "." 1*DIGIT ] [ ( "e" / "E" ) [ "+" / "-" ]
  /// 1*DIGIT ]
  bool number(std::string& out) {
    std::size_t const start = at_;
    if (limits_.allow_nan && (take("NaN") || take("Infinity") || take("-Infinity"))) {
      out = text_.substr(start, at_ - start);
      return true;
    }
    take('-');
    if (!is_digit(peek()))
      return fail(Kind::syntax, at_ == start ? "no value" : "a digit expected");
    if (!take('0')) digits();
    if (take('.') && !digits()) return fail(Kind::syntax, "a digit expected after `.`");
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!digits()) return fail(Kind::syntax, "a digit expected in the exponent");
    }
    out = text_.substr(start, at_ - start);
    return true;
  }

  bool digits() {
    std::size_t const start = at_;
    while (is_digit(peek())) ++at_;
    return at_ != start;
  }

  bool string(std::string& out) {
    ++at_;
    while (true) {
      std::size_t const start = at_;
      while (at_ < text_.size() && is_plain(text_[at_])) ++at_;
      out.append(text_, start, at_ - start);
      if (at_ == text_.size()) return fail(Kind::syntax, "a string without end");
      if (take('"')) return true;
      if (text_[at_] != '\\') return fail(Kind::syntax, "a control character in a string");
      if (!escape(out)) return false;
    }
  }

  static bool is_plain(char c) {
    return c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20;
  }

  bool escape(std::string& out) {
    static constexpr std::string_view kNames = "\"\\/bfnrt";
    static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    ++at_;
    if (peek() == 'u') return unicode_escape(out);
    auto const index = at_ < text_.size() ? kNames.find(text_[at_]) : std::string_view::npos;
    if (index == std::string_view::npos) return fail(Kind::syntax, "an unknown escape");
    out += kMeanings[index];
    ++at_;
    return true;
  }

  bool unicode_escape(std::string& out) {
    auto const first = code_unit();
    if (!first) return fail(Kind::syntax, "four hex digits expected after `\\u`");
    if (is_high_surrogate(*first) && text_.substr(at_).starts_with("\\u")) {
      std::size_t const behind_first = at_++;
      auto const second = code_unit();
      if (second && is_low_surrogate(*second)) {
        utf8_append(out, 0x10000 + ((*first - 0xD800) << 10 | (*second - 0xDC00)));
        return true;
      }
      at_ = behind_first;
    }
    bool const lone = is_high_surrogate(*first) || is_low_surrogate(*first);
    if (lone && !limits_.allow_lone_surrogates) return fail(Kind::syntax, "a lone surrogate");
    utf8_append(out, *first);
    return true;
  }

  /// Reads `uXXXX`; on failure the position is somewhere inside.
  std::optional<char32_t> code_unit() {
    ++at_;
    char32_t unit = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      int const digit = hex_digit(peek());
      if (digit < 0) return std::nullopt;
      unit = unit << 4 | static_cast<char32_t>(digit);
    }
    return unit;
  }

  std::string_view const text_;
  JsonLimits const limits_;
  std::size_t at_ = 0;
  JsonError error_;
};

std::size_t first_bad_byte(std::string_view text) {
  std::size_t at = 0;
  while (unsigned const length = utf8_sequence_length(text.substr(at))) at += length;
  return at;
}

}  // namespace

std::variant<JsonValue, JsonError> parse_json(std::string_view text, JsonLimits limits) {
  if (text.starts_with("\xEF\xBB\xBF")) return JsonError{Kind::bom, 0, "starts with a BOM"};
  if (!is_utf8(text)) return JsonError{Kind::not_utf8, first_bad_byte(text), "not UTF-8"};
  return Parser(text, limits).parse();
}

}  // namespace govseal
