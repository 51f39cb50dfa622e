#include <algorithm>

#include "base/clock.h"
#include "base/sha256.h"
#include "sealing/ledger/checkpoint.h"
#include "sealing/ledger/record_scanner.h"
#include "sealing/ledger/ssh_signature.h"
#include "sealing/ledger/text_field.h"

namespace govseal {
namespace {

constexpr std::size_t kTimeBytes = 30;
constexpr std::size_t kLogSignatureBytes = 4 + 64;

bool is_lower_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alphanumeric(char c) {
  return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z');
}

bool is_hex_of(std::string_view text, std::size_t digits) {
  return text.size() == digits && std::all_of(text.begin(), text.end(), is_lower_hex);
}

bool is_path(std::string_view text, std::size_t bytes_max) {
  return !text.empty() && text.front() != '/' && is_encoded_text(text, bytes_max);
}

bool is_fingerprint(std::string_view text) {
  constexpr std::string_view prefix = "SHA256:";
  if (!text.starts_with(prefix)) return false;
  auto const raw = from_base64(std::string(text.substr(prefix.size())) + '=');
  return raw && raw->size() == sizeof(Digest::bytes);
}

bool is_h1(std::string_view text) {
  constexpr std::string_view prefix = "h1:";
  if (!text.starts_with(prefix)) return false;
  auto const raw = from_base64(text.substr(prefix.size()));
  return raw && raw->size() == sizeof(Digest::bytes);
}

bool is_ssh_sig(std::string_view text) {
  auto const blob = from_base64(text);
  return blob && parse_ssh_signature(*blob).has_value();
}

bool is_log_sig(std::string_view text) {
  auto const raw = from_base64(text);
  return raw && raw->size() == kLogSignatureBytes;
}

bool is_base64(std::string_view text, std::size_t bytes_max) {
  auto const raw = from_base64(text);
  return raw && raw->size() <= bytes_max;
}

}  // namespace

bool is_record_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && is_alphanumeric(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

bool is_record_code(std::string_view text) {
  return !text.empty() && text.size() <= 64 && is_lower(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_lower(c) || is_digit(c) || c == '.' || c == '_'; });
}

bool is_record_type(std::string_view text) {
  return text.size() <= 32 && is_record_code(text);
}

bool is_record_time(std::string_view text) {
  return text.size() == kTimeBytes && parse_utc(text).has_value();
}

bool is_boot_id(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    bool const dash = at == 8 || at == 13 || at == 18 || at == 23;
    if (dash ? text[at] != '-' : !is_lower_hex(text[at])) return false;
  }
  return true;
}

bool has_form(FieldRule const& rule, std::string_view text) {
  switch (rule.form) {
    case FieldForm::timestamp:
      return is_record_time(text);
    case FieldForm::hex64:
      return is_hex_of(text, 64);
    case FieldForm::object_id:
      return is_hex_of(text, 40) || is_hex_of(text, 64);
    case FieldForm::name:
    case FieldForm::name_array:
      return is_record_name(text);
    case FieldForm::codes:
      return is_record_code(text);
    case FieldForm::text:
      return is_encoded_text(text, rule.limit);
    case FieldForm::text_array:
      return is_encoded_text(text, rule.item_limit);
    case FieldForm::path:
      return is_path(text, 4096);
    case FieldForm::word:
    case FieldForm::word_array:
      return std::find(rule.words.begin(), rule.words.end(), text) != rule.words.end();
    case FieldForm::origin:
      return is_origin(text);
    case FieldForm::vkey:
      return parse_vkey(text).has_value();
    case FieldForm::ssh_key:
      return parse_ssh_key_line(text).has_value();
    case FieldForm::any_key:
      return parse_vkey(text).has_value() || parse_ssh_key_line(text).has_value();
    case FieldForm::fingerprint:
      return is_fingerprint(text);
    case FieldForm::h1:
      return is_h1(text);
    case FieldForm::ssh_sig:
    case FieldForm::sig_array:
      return is_ssh_sig(text);
    case FieldForm::any_sig:
      return is_ssh_sig(text) || is_log_sig(text);
    case FieldForm::base64:
      return is_base64(text, rule.limit);
    case FieldForm::integer:
    case FieldForm::signed_integer:
    case FieldForm::boolean:
    case FieldForm::item_list:
    case FieldForm::object:
    case FieldForm::object_array:
      return false;
  }
  return false;
}

}  // namespace govseal
