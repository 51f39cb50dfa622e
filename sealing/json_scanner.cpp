#include "sealing/json_scanner.h"

#include "base/utf8.h"

namespace govseal {
namespace {

using Event = JsonScanner::Event;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_high(unsigned unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}
bool is_low(unsigned unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

/// UTF-8 as utf8_append() writes it, but for surrogates too.
void append_surrogate(std::string& out, unsigned unit) {
  out += static_cast<char>(0xE0 | (unit >> 12));
  out += static_cast<char>(0x80 | ((unit >> 6) & 0x3F));
  out += static_cast<char>(0x80 | (unit & 0x3F));
}

}  // namespace

Event JsonScanner::next() {
  if (over_) return last_;
  skip_space();
  begin_ = at_;
  if (at_ == text_.size()) {
    if (expect_ != Expect::end) return fail();
    over_ = true;
    return last_ = Event::end;
  }
  char const c = text_[at_];
  switch (expect_) {
    case Expect::end:
      return fail();
    case Expect::comma_or_end:
      if (c == ']' || c == '}') return close(c);
      if (c != ',') return fail();
      ++at_;
      expect_ = open_.back() ? Expect::key : Expect::value;
      return next();
    case Expect::key_or_end:
      if (c == '}') return close(c);
      return key();
    case Expect::key:
      return key();
    case Expect::value_or_end:
      if (c == ']') return close(c);
      return value();
    case Expect::value:
      return value();
  }
  return fail();
}

bool JsonScanner::finish_value(Event first) {
  if (first != Event::begin_array && first != Event::begin_object) {
    return first != Event::error && first != Event::too_deep;
  }
  std::size_t const outside = depth() - 1;
  while (depth() > outside) {
    Event const event = next();
    if (event == Event::error || event == Event::too_deep) return false;
  }
  return true;
}

Event JsonScanner::fail(Event kind) {
  over_ = true;
  return last_ = kind;
}

void JsonScanner::skip_space() noexcept {
  while (at_ < text_.size()) {
    char const c = text_[at_];
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return;
    ++at_;
  }
}

bool JsonScanner::take(std::string_view word) noexcept {
  if (!text_.substr(at_).starts_with(word)) return false;
  at_ += word.size();
  return true;
}

void JsonScanner::after_value() noexcept {
  expect_ = open_.empty() ? Expect::end : Expect::comma_or_end;
}

Event JsonScanner::close(char bracket) {
  bool const object = bracket == '}';
  if (open_.empty() || open_.back() != object) return fail();
  open_.pop_back();
  ++at_;
  after_value();
  return object ? Event::end_object : Event::end_array;
}

Event JsonScanner::open(char bracket) {
  if (open_.size() >= depth_max_) return fail(Event::too_deep);
  bool const object = bracket == '{';
  open_.push_back(object);
  ++at_;
  expect_ = object ? Expect::key_or_end : Expect::value_or_end;
  return object ? Event::begin_object : Event::begin_array;
}

Event JsonScanner::value() {
  switch (text_[at_]) {
    case '{':
    case '[':
      return open(text_[at_]);
    case '"':
      if (!read_string()) return fail();
      after_value();
      return Event::string;
    case 't':
      return literal("true", Event::true_);
    case 'f':
      return literal("false", Event::false_);
    case 'n':
      return literal("null", Event::null);
    default:
      return number();
  }
}

Event JsonScanner::key() {
  if (text_[at_] != '"' || !read_string()) return fail();
  skip_space();
  if (!take(":")) return fail();
  expect_ = Expect::value;
  return Event::key;
}

Event JsonScanner::literal(std::string_view word, Event event) {
  if (!take(word)) return fail();
  after_value();
  return event;
}

Event JsonScanner::number() {
  bool const is_special =
      dialect_ == Dialect::lenient && (take("NaN") || take("Infinity") || take("-Infinity"));
  if (!is_special) {
    take("-");
    if (!take("0") && !digits()) return fail();
    if (take(".") && !digits()) return fail();
    if (take("e") || take("E")) {
      if (!take("+")) take("-");
      if (!digits()) return fail();
    }
  }
  after_value();
  return Event::number;
}

bool JsonScanner::digits() noexcept {
  std::size_t const before = at_;
  while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
  return at_ != before;
}

bool JsonScanner::read_string() {
  has_lone_surrogate_ = false;
  bool decoded = false;
  std::size_t plain = ++at_;  // start of what has not been copied yet
  while (at_ < text_.size()) {
    auto const byte = static_cast<unsigned char>(text_[at_]);
    if (byte == '"') {
      std::string_view const rest = text_.substr(plain, at_ - plain);
      if (decoded) decoded_ += rest;
      string_ = decoded ? std::string_view(decoded_) : rest;
      if (has_lone_surrogate_) ++lone_surrogates_;
      ++at_;
      return true;
    }
    if (byte < 0x20) return false;
    if (byte != '\\') {
      ++at_;
      continue;
    }
    if (!decoded) decoded_.clear();
    decoded = true;
    decoded_ += text_.substr(plain, at_ - plain);
    ++at_;
    if (!read_escape()) return false;
    plain = at_;
  }
  return false;
}

bool JsonScanner::read_escape() {
  if (at_ == text_.size()) return false;
  char const c = text_[at_++];
  switch (c) {
    case '"':
    case '\\':
    case '/':
      decoded_ += c;
      return true;
    case 'b':
      decoded_ += '\b';
      return true;
    case 'f':
      decoded_ += '\f';
      return true;
    case 'n':
      decoded_ += '\n';
      return true;
    case 'r':
      decoded_ += '\r';
      return true;
    case 't':
      decoded_ += '\t';
      return true;
    case 'u':
      return read_unicode_escape();
    default:
      return false;
  }
}

bool JsonScanner::read_unicode_escape() {
  unsigned unit = 0;
  if (!hex4(unit)) return false;
  if (is_high(unit)) {
    std::size_t const behind = at_;
    unsigned second = 0;
    if (take("\\u") && hex4(second) && is_low(second)) {
      utf8_append(decoded_, 0x10000 + ((unit - 0xD800) << 10) + (second - 0xDC00));
      return true;
    }
    at_ = behind;  // What follows is read as an escape of its own, or is none.
  }
  if (is_high(unit) || is_low(unit)) {
    has_lone_surrogate_ = true;
    append_surrogate(decoded_, unit);
  } else {
    utf8_append(decoded_, unit);
  }
  return true;
}

bool JsonScanner::hex4(unsigned& out) noexcept {
  if (text_.size() - at_ < 4) return false;
  out = 0;
  for (unsigned i = 0; i < 4; ++i) {
    char const c = text_[at_ + i];
    unsigned digit = 0;
    if (is_digit(c)) {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a') + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<unsigned>(c - 'A') + 10;
    } else {
      return false;
    }
    out = out * 16 + digit;
  }
  at_ += 4;
  return true;
}

bool is_strict_json(std::string_view bytes) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (bytes.starts_with(kByteOrderMark) || !is_utf8(bytes)) return false;
  JsonScanner scanner(bytes, JsonScanner::Dialect::rfc8259, kStrictJsonDepthMax);
  bool const ok = scanner.finish_value(scanner.next()) && scanner.next() == Event::end;
  return ok && scanner.lone_surrogates() == 0;
}

}  // namespace govseal
