#include "sealing/ledger/record_scanner.h"

#include <algorithm>

#include "base/sha256.h"
#include "sealing/ledger/text_field.h"

namespace govseal {
namespace {

constexpr std::int64_t kIntegerMax = (std::int64_t{1} << 53) - 1;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

bool RecordScanner::next_is(std::string_view expected) const {
  return line_.substr(at_).starts_with(expected);
}

bool RecordScanner::literal(std::string_view expected) {
  if (!next_is(expected)) return false;
  at_ += expected.size();
  return true;
}

std::optional<std::int64_t> RecordScanner::integer() {
  std::size_t const start = at_;
  bool const negative = literal("-");
  std::size_t const digits = at_;
  std::int64_t number = 0;
  while (at_ < line_.size() && is_digit(line_[at_])) {
    number = number * 10 + (line_[at_++] - '0');
    if (number > kIntegerMax) return std::nullopt;
  }
  std::size_t const count = at_ - digits;
  bool const has_leading_zero = count > 1 && line_[digits] == '0';
  if (count == 0 || has_leading_zero || (negative && number == 0)) {
    at_ = start;
    return std::nullopt;
  }
  return negative ? -number : number;
}

std::optional<std::string_view> RecordScanner::plain_string() {
  if (!next_is("\"")) return std::nullopt;
  auto const end = line_.find('"', at_ + 1);
  if (end == std::string_view::npos) return std::nullopt;
  auto const text = line_.substr(at_ + 1, end - at_ - 1);
  if (text.find('\\') != std::string_view::npos) return std::nullopt;
  at_ = end + 1;
  return text;
}

std::optional<std::string_view> RecordScanner::string() {
  if (auto const plain = plain_string()) return plain;
  if (!next_is("\"")) return std::nullopt;
  unescaped_.clear();
  for (std::size_t at = at_ + 1; at < line_.size(); ++at) {
    if (line_[at] == '"') {
      at_ = at + 1;
      return unescaped_;
    }
    if (line_[at] == '\\') {
      ++at;
      if (at == line_.size() || (line_[at] != '"' && line_[at] != '\\')) return std::nullopt;
    }
    unescaped_ += line_[at];
  }
  return std::nullopt;
}

bool RecordScanner::members(std::span<FieldRule const> rules) {
  bool first = true;
  for (auto const& rule : rules) {
    field_ = rule.key;
    if (!first && !literal(",")) return false;
    first = false;
    if (!literal("\"") || !literal(rule.key) || !literal("\":")) return false;
    if (!value(rule)) {
      field_ = rule.key;
      return false;
    }
  }
  return true;
}

bool RecordScanner::value(FieldRule const& rule) {
  if (rule.nullable && literal("null")) return true;
  switch (rule.form) {
    case FieldForm::integer: {
      auto const number = integer();
      return number && *number >= 0;
    }
    case FieldForm::signed_integer:
      return integer().has_value();
    case FieldForm::boolean:
      return literal("true") || literal("false");
    case FieldForm::item_list:
      return item_list();
    case FieldForm::object:
      return literal("{") && members(rule.members) && literal("}");
    case FieldForm::codes:
    case FieldForm::object_array:
    case FieldForm::name_array:
    case FieldForm::text_array:
    case FieldForm::sig_array:
      return array(rule);
    case FieldForm::word_array:
      return word_array(rule);
    case FieldForm::timestamp:
    case FieldForm::hex64:
    case FieldForm::object_id:
    case FieldForm::name:
    case FieldForm::text:
    case FieldForm::path:
    case FieldForm::word:
    case FieldForm::origin:
    case FieldForm::vkey:
    case FieldForm::ssh_key:
    case FieldForm::any_key:
    case FieldForm::fingerprint:
    case FieldForm::h1:
    case FieldForm::ssh_sig:
    case FieldForm::any_sig:
    case FieldForm::base64:
      return string_value(rule);
  }
  return false;
}

bool RecordScanner::string_value(FieldRule const& rule) {
  auto const text = string();
  return text && has_form(rule, *text);
}

bool RecordScanner::item_list() {
  if (!literal("{\"n\":")) return false;
  auto const count = integer();
  if (!count || *count < 0 || !literal(",\"sha256\":")) return false;
  auto const digest = plain_string();
  if (!digest || !Digest::from_hex(*digest) || !literal(",\"first\":[")) return false;
  std::int64_t shown = 0;
  while (!next_is("]")) {
    if (shown > 0 && !literal(",")) return false;
    auto const item = string();
    if (!item || !is_encoded_text(*item, ItemList::kItemBytesMax)) return false;
    ++shown;
  }
  auto const expected = std::min(*count, static_cast<std::int64_t>(ItemList::kFirstMax));
  return shown == expected && literal("]}");
}

bool RecordScanner::array(FieldRule const& rule) {
  std::size_t const items_max = rule.form == FieldForm::codes ? 32 : rule.limit;
  if (!literal("[")) return false;
  std::size_t count = 0;
  std::string before;
  while (!next_is("]")) {
    if (count > 0 && !literal(",")) return false;
    if (++count > items_max || !array_item(rule, before)) return false;
  }
  return literal("]") && count >= rule.items_min;
}

bool RecordScanner::array_item(FieldRule const& rule, std::string& before) {
  if (rule.form == FieldForm::object_array) {
    return literal("{") && members(rule.members) && literal("}");
  }
  auto const text = string();
  if (!text || !has_form(rule, *text)) return false;
  if (rule.ascending || rule.form == FieldForm::codes) {
    if (!before.empty() && *text <= before) return false;
    before = *text;
  }
  return true;
}

bool RecordScanner::word_array(FieldRule const& rule) {
  if (!literal("[")) return false;
  std::uint64_t seen = 0;  // one bit for each word
  while (!next_is("]")) {
    if (seen != 0 && !literal(",")) return false;
    auto const text = plain_string();
    auto const found = std::find(rule.words.begin(), rule.words.end(), text.value_or(""));
    if (found == rule.words.end()) return false;
    auto const bit = std::uint64_t{1} << (found - rule.words.begin());
    bool const is_out_of_order = rule.ascending && bit < seen;
    if ((seen & bit) != 0 || is_out_of_order) return false;
    seen |= bit;
  }
  return literal("]");
}

}  // namespace govseal
