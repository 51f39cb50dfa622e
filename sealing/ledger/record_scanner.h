#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sealing/ledger/record_schema.h"

namespace govseal {

/// Reads the written form of a record from left to right: no white space, keys in their order. The
/// first thing that is not as it must be stops it. For known types it needs no JSON tree, so that
/// a ledger of millions of lines is checked at the speed of its hashing.
class RecordScanner {
 public:
  explicit RecordScanner(std::string_view line) : line_(line) {}

  /// The next bytes must be these.
  [[nodiscard]] bool literal(std::string_view expected);
  [[nodiscard]] bool next_is(std::string_view expected) const;
  /// `0` or `-?[1-9][0-9]*` with |n| <= 2^53-1.
  [[nodiscard]] std::optional<std::int64_t> integer();
  /// A string without any escape, as a view into the line.
  [[nodiscard]] std::optional<std::string_view> plain_string();
  /// A string with `\"` and `\\` resolved; the view lives until the next call.
  [[nodiscard]] std::optional<std::string_view> string();
  /// `"key":value,...` of all rules, without braces.
  [[nodiscard]] bool members(std::span<FieldRule const> rules);

  [[nodiscard]] std::size_t offset() const noexcept { return at_; }
  [[nodiscard]] bool at_end() const noexcept { return at_ == line_.size(); }
  /// The field in which the scan stopped, empty when it was none.
  [[nodiscard]] std::string_view field() const noexcept { return field_; }

 private:
  [[nodiscard]] bool value(FieldRule const& rule);
  [[nodiscard]] bool string_value(FieldRule const& rule);
  [[nodiscard]] bool item_list();
  [[nodiscard]] bool array(FieldRule const& rule);
  [[nodiscard]] bool array_item(FieldRule const& rule, std::string& before);
  [[nodiscard]] bool word_array(FieldRule const& rule);

  std::string_view line_;
  std::size_t at_ = 0;
  std::string_view field_;
  std::string unescaped_;
};

/// `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`.
[[nodiscard]] bool is_record_name(std::string_view text);
/// `[a-z][a-z0-9_.]{0,63}`.
[[nodiscard]] bool is_record_code(std::string_view text);
/// `[a-z][a-z0-9._]{0,31}`.
[[nodiscard]] bool is_record_type(std::string_view text);
/// `YYYY-MM-DDTHH:MM:SS.nnnnnnnnnZ` of a date that exists.
[[nodiscard]] bool is_record_time(std::string_view text);
/// A kernel boot id: 36 characters, lower-case hex in groups of 8-4-4-4-12.
[[nodiscard]] bool is_boot_id(std::string_view text);
/// True when `text`, quotes and escapes resolved, has the form of the rule; for forms that are one
/// JSON string.
[[nodiscard]] bool has_form(FieldRule const& rule, std::string_view text);

}  // namespace govseal
