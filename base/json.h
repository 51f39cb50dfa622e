#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace govseal {

/// A parsed JSON value (RFC 8259). Objects keep the order of their keys; numbers keep their token.
class JsonValue {
 public:
  using Member = std::pair<std::string, JsonValue>;
  using Array = std::vector<JsonValue>;
  using Object = std::vector<Member>;
  struct Number {
    std::string token;  // exactly as written
  };
  using Data = std::variant<std::nullptr_t, bool, Number, std::string, Array, Object>;

  JsonValue() : data_(nullptr) {}
  explicit JsonValue(Data data) : data_(std::move(data)) {}

  [[nodiscard]] bool is_null() const noexcept { return data_.index() == 0; }
  [[nodiscard]] bool const* as_bool() const noexcept { return std::get_if<bool>(&data_); }
  [[nodiscard]] Number const* as_number() const noexcept { return std::get_if<Number>(&data_); }
  [[nodiscard]] std::string const* as_string() const noexcept {
    return std::get_if<std::string>(&data_);
  }
  [[nodiscard]] Array const* as_array() const noexcept { return std::get_if<Array>(&data_); }
  [[nodiscard]] Object const* as_object() const noexcept { return std::get_if<Object>(&data_); }
  /// Token `0`, `-?[1-9][0-9]*` within 64 bits; nullopt otherwise.
  [[nodiscard]] std::optional<std::int64_t> as_int() const noexcept;

  /// The last member of that name of an object; nullptr when absent or no object.
  [[nodiscard]] JsonValue const* find(std::string_view key) const noexcept;
  /// find() and as_string(), as_int(), as_bool() in one step.
  [[nodiscard]] std::string const* find_string(std::string_view key) const noexcept;
  [[nodiscard]] std::optional<std::int64_t> find_int(std::string_view key) const noexcept;

  [[nodiscard]] Data const& data() const noexcept { return data_; }

 private:
  Data data_;
};

struct JsonError {
  enum class Kind { bom, not_utf8, syntax, too_deep, duplicate_key };
  Kind kind{};
  std::size_t offset = 0;  // bytes from the start, best effort
  std::string detail;
};

struct JsonLimits {
  unsigned depth_max = 256;
  bool allow_duplicate_keys = false;  // true: kept in order, find() gives the last
  /// A lone surrogate escape is kept as the three bytes ED A0..BF 80..BF, which make the string one
  /// that is not UTF-8 (sealing.md 3.4, path.not_unicode).
  bool allow_lone_surrogates = false;
  bool allow_nan = false;  // `NaN`, `Infinity`, `-Infinity` are numbers (sealing.md 5)
};

/// Parses exactly one value with nothing but white space after it: strict RFC 8259, UTF-8 without
/// BOM, no lone surrogate escapes. Pure; thread-safe.
[[nodiscard]] std::variant<JsonValue, JsonError> parse_json(std::string_view text,
                                                            JsonLimits limits = {});

/// Writes JSON with keys in the order they are given. No floats exist here.
///
///     JsonWriter w; w.begin_object(); w.key("v").value(1); w.end_object(); w.take();
class JsonWriter {
 public:
  enum class Escapes {
    utf8,   // `\"` `\\` `\n` `\r` `\t` `\b` `\f`, `\u00xx` for other controls; the rest raw
    ascii,  // the same, 0x7f and everything outside ASCII as lower-case `\uXXXX` (sealing.md 1.1)
  };
  enum class Style { compact, indent2 };
  explicit JsonWriter(Style style = Style::compact, Escapes escapes = Escapes::utf8);

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  /// Invalid UTF-8 is written with U+FFFD for each bad byte.
  JsonWriter& value(std::string_view text);
  JsonWriter& value(char const* text) { return value(std::string_view(text)); }
  JsonWriter& value(std::string const& text) { return value(std::string_view(text)); }
  JsonWriter& value(bool flag);
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(std::uint64_t number);
  JsonWriter& value(int number) { return value(static_cast<std::int64_t>(number)); }
  JsonWriter& value(unsigned number) { return value(static_cast<std::uint64_t>(number)); }
  JsonWriter& null();
  template <typename T>
  JsonWriter& value(std::optional<T> const& maybe) {
    return maybe ? value(*maybe) : null();
  }
  /// Already written JSON, inserted as it is (compact) in value position.
  JsonWriter& raw(std::string_view json);
  /// A parsed value, numbers by token.
  JsonWriter& value(JsonValue const& json);

  template <typename T>
  JsonWriter& member(std::string_view name, T const& content) {
    key(name);
    return value(content);
  }

  /// The document so far, without a final LF; the writer is empty afterwards.
  [[nodiscard]] std::string take();

 private:
  void before_value();
  void newline();
  void string(std::string_view text);

  Style style_;
  Escapes escapes_;
  std::string out_;
  std::vector<bool> has_items_;  // one for each open container
  bool after_key_ = false;
};

}  // namespace govseal
