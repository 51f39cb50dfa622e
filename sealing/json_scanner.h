#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace govseal {

/// Reads JSON as a sequence of events, without building a tree: a manifest may have a million
/// entries, and what counts is which keys come twice and how a number was written. No recursion.
///
/// The text must be valid UTF-8 and outlives the scanner. After `error` or `end` every further
/// call gives the same again. Pure; used by one thread at a time.
class JsonScanner {
 public:
  enum class Event {
    begin_object,
    end_object,
    begin_array,
    end_array,
    key,
    string,
    number,  // also NaN, Infinity and -Infinity in the lenient dialect
    true_,
    false_,
    null,
    end,       // the text is over and was one complete value
    error,     // no JSON of the dialect
    too_deep,  // more containers inside each other than allowed
  };

  enum class Dialect {
    rfc8259,  // lone surrogate escapes are read, and counted by lone_surrogates()
    lenient,  // the same, plus NaN, Infinity, -Infinity (sealing.md 5)
  };

  JsonScanner(std::string_view text, Dialect dialect, unsigned depth_max)
      : text_(text), dialect_(dialect), depth_max_(depth_max) {}

  [[nodiscard]] Event next();

  /// Of the last key or string: decoded, a lone surrogate as its three bytes of generalised UTF-8
  /// (which sort like code points). Valid until the next call of next().
  [[nodiscard]] std::string_view string() const noexcept { return string_; }
  [[nodiscard]] bool has_lone_surrogate() const noexcept { return has_lone_surrogate_; }
  /// Keys and strings so far that are no Unicode text.
  [[nodiscard]] std::size_t lone_surrogates() const noexcept { return lone_surrogates_; }
  /// The source of the last scalar or bracket, quotes included.
  [[nodiscard]] std::string_view source() const noexcept {
    return text_.substr(begin_, at_ - begin_);
  }
  /// Offset of the first byte of the last event.
  [[nodiscard]] std::size_t begin() const noexcept { return begin_; }
  /// Offset behind the last event.
  [[nodiscard]] std::size_t offset() const noexcept { return at_; }
  /// Containers that are open.
  [[nodiscard]] std::size_t depth() const noexcept { return open_.size(); }

  /// After an event that begins a value: consumes the rest of that value. False: error or too deep.
  [[nodiscard]] bool finish_value(Event first);

 private:
  enum class Expect { value, value_or_end, key, key_or_end, comma_or_end, end };

  Event fail(Event kind = Event::error);
  void skip_space() noexcept;
  bool take(std::string_view word) noexcept;
  void after_value() noexcept;
  Event close(char bracket);
  Event open(char bracket);
  Event value();
  Event key();
  Event literal(std::string_view word, Event event);
  Event number();
  bool digits() noexcept;
  bool read_string();
  bool read_escape();
  bool read_unicode_escape();
  bool hex4(unsigned& out) noexcept;

  std::string_view text_;
  Dialect dialect_;
  unsigned depth_max_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;
  Expect expect_ = Expect::value;
  std::vector<bool> open_;  // true: object
  std::string_view string_;
  std::string decoded_;
  bool has_lone_surrogate_ = false;
  std::size_t lone_surrogates_ = 0;
  bool over_ = false;
  Event last_ = Event::error;
};

/// True for exactly one value of RFC 8259 in UTF-8 without BOM, without lone surrogate escapes, at
/// most 256 containers inside each other (sealing.md 3.3).
[[nodiscard]] bool is_strict_json(std::string_view bytes);

inline constexpr unsigned kStrictJsonDepthMax = 256;

}  // namespace govseal
