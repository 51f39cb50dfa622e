#include <cstdio>

#include "base/error.h"
#include "base/json.h"
#include "base/utf8.h"

namespace govseal {
namespace {

void append_unit(std::string& out, char32_t unit) {
  char text[8];
  std::snprintf(text, sizeof text, "\\u%04x", static_cast<unsigned>(unit));
  out += text;
}

/// `\uXXXX`, a surrogate pair above U+FFFF.
void append_code_point(std::string& out, char32_t c) {
  if (c < 0x10000) {
    append_unit(out, c);
    return;
  }
  append_unit(out, 0xD800 + ((c - 0x10000) >> 10));
  append_unit(out, 0xDC00 + ((c - 0x10000) & 0x3FF));
}

/// The letter of a two-character escape, 0 when there is none.
char short_escape(char c) {
  switch (c) {
    case '"':
    case '\\':
      return c;
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    default:
      return '\0';
  }
}

/// The bytes at the start that every mode writes as they are.
std::size_t count_plain(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size()) {
    auto const c = static_cast<unsigned char>(text[count]);
    if (c < 0x20 || c >= 0x7F || c == '"' || c == '\\') break;
    ++count;
  }
  return count;
}

}  // namespace

JsonWriter::JsonWriter(Style style, Escapes escapes) : style_(style), escapes_(escapes) {}

void JsonWriter::newline() {
  if (style_ == Style::compact) return;
  out_ += '\n';
  out_.append(2 * has_items_.size(), ' ');
}

void JsonWriter::before_value() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (has_items_.empty()) return;
  if (has_items_.back()) out_ += ',';
  has_items_.back() = true;
  newline();
}

JsonWriter& JsonWriter::begin_object() {
  before_value();
  out_ += '{';
  has_items_.push_back(false);
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  GOVSEAL_ASSERT(!has_items_.empty() && !after_key_);
  bool const had_items = has_items_.back();
  has_items_.pop_back();
  if (had_items) newline();
  out_ += '}';
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  before_value();
  out_ += '[';
  has_items_.push_back(false);
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  GOVSEAL_ASSERT(!has_items_.empty() && !after_key_);
  bool const had_items = has_items_.back();
  has_items_.pop_back();
  if (had_items) newline();
  out_ += ']';
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  GOVSEAL_ASSERT(!has_items_.empty() && !after_key_);
  before_value();
  string(name);
  out_ += style_ == Style::compact ? ":" : ": ";
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  before_value();
  string(text);
  return *this;
}

JsonWriter& JsonWriter::value(bool flag) {
  return raw(flag ? "true" : "false");
}
JsonWriter& JsonWriter::value(std::int64_t number) {
  return raw(std::to_string(number));
}
JsonWriter& JsonWriter::value(std::uint64_t number) {
  return raw(std::to_string(number));
}
JsonWriter& JsonWriter::null() {
  return raw("null");
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  before_value();
  out_ += json;
  return *this;
}

JsonWriter& JsonWriter::value(JsonValue const& json) {
  if (auto const* object = json.as_object()) {
    begin_object();
    for (auto const& [name, content] : *object) member(name, content);
    return end_object();
  }
  if (auto const* array = json.as_array()) {
    begin_array();
    for (auto const& item : *array) value(item);
    return end_array();
  }
  if (auto const* text = json.as_string()) return value(*text);
  if (auto const* number = json.as_number()) return raw(number->token);
  if (auto const* flag = json.as_bool()) return value(*flag);
  return null();
}

void JsonWriter::string(std::string_view text) {
  out_ += '"';
  while (true) {
    std::size_t const plain = count_plain(text);
    out_ += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    unsigned const length = utf8_sequence_length(text);
    std::string_view const sequence = text.substr(0, length == 0 ? 1 : length);
    text.remove_prefix(sequence.size());
    char32_t const c = length == 0 ? 0xFFFD : utf8_decode(sequence);
    bool const escaped = c < 0x20 || (escapes_ == Escapes::ascii && c >= 0x7F);
    if (char const letter = length == 1 ? short_escape(sequence[0]) : '\0') {
      out_ += '\\';
      out_ += letter;
    } else if (escaped) {
      append_code_point(out_, c);
    } else if (length == 0) {
      utf8_append(out_, c);
    } else {
      out_ += sequence;
    }
  }
  out_ += '"';
}

std::string JsonWriter::take() {
  GOVSEAL_ASSERT(has_items_.empty() && !after_key_);
  return std::exchange(out_, {});
}

}  // namespace govseal
