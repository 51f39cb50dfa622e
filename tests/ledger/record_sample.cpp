#include "tests/ledger/record_sample.h"

#include <algorithm>
#include <vector>

#include "sealing/ledger/ssh_signature.h"
#include "sealing/ledger/ssh_wire.h"
#include "sealing/ledger/text_field.h"
#include "tests/ledger/ledger_fixture.h"

namespace govseal {
namespace {

constexpr char const* kLargestInteger = "9007199254740991";

std::string quoted(std::string const& text) {
  return json_string(text);
}

std::string joined(std::vector<std::string> const& items) {
  std::string out = "[";
  for (auto const& item : items) out += (out.size() > 1 ? "," : "") + item;
  return out + "]";
}

/// A name of 64 characters that ends in a number, so that several are ascending.
std::string long_name(char first, std::size_t number) {
  std::string const digits = std::to_string(1000 + number);
  return first + std::string(63 - digits.size(), 'x') + digits;
}

/// The longest SSHSIG: P-256 with both numbers at 33 bytes.
std::string long_signature() {
  std::string key;
  append_ssh_string(key, "ecdsa-sha2-nistp256");
  append_ssh_string(key, "nistp256");
  append_ssh_string(key, *from_hex("046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898"
                                   "c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb64068"
                                   "37bf51f5"));
  std::string numbers;
  append_ssh_string(numbers, std::string("\0", 1) + std::string(32, '\xff'));
  append_ssh_string(numbers, std::string("\0", 1) + std::string(32, '\xff'));
  std::string inner;
  append_ssh_string(inner, "ecdsa-sha2-nistp256");
  append_ssh_string(inner, numbers);
  std::string blob("SSHSIG\0\0\0\1", 10);
  append_ssh_string(blob, key);
  append_ssh_string(blob, kWaiverNamespace);
  append_ssh_string(blob, "");
  append_ssh_string(blob, "sha512");
  append_ssh_string(blob, inner);
  return quoted(to_base64(bytes_of(blob)));
}

std::string longest_word(FieldRule const& rule) {
  return quoted(std::string(*std::max_element(
      rule.words.begin(), rule.words.end(),
      [](std::string_view a, std::string_view b) { return a.size() < b.size(); })));
}

std::string repeated(std::size_t count, auto const& make) {
  std::vector<std::string> items;
  for (std::size_t i = 0; i < count; ++i) items.push_back(make(i));
  return joined(items);
}

std::string largest_value(FieldRule const& rule);

std::string ascending_text(std::size_t bytes, std::size_t number) {
  return quoted(std::string(bytes - 1, '"') + static_cast<char>('A' + number));
}

std::string largest_array(FieldRule const& rule) {
  switch (rule.form) {
    case FieldForm::codes:
      return repeated(32, [](std::size_t i) { return quoted(long_name('a', i)); });
    case FieldForm::name_array:
      return repeated(rule.limit, [](std::size_t i) { return quoted(long_name('A', i)); });
    case FieldForm::text_array:
      return repeated(rule.limit,
                      [&](std::size_t i) { return ascending_text(rule.item_limit, i); });
    case FieldForm::sig_array:
      return repeated(rule.limit, [](std::size_t) { return long_signature(); });
    case FieldForm::word_array:
      return repeated(rule.words.size(),
                      [&](std::size_t i) { return quoted(std::string(rule.words[i])); });
    default:
      return repeated(rule.limit, [&](std::size_t) {
        return "{" + sample_members(rule.members, SampleSize::largest) + "}";
      });
  }
}

std::string largest_value(FieldRule const& rule) {
  switch (rule.form) {
    case FieldForm::integer:
      return kLargestInteger;
    case FieldForm::signed_integer:
      return std::string("-") + kLargestInteger;
    case FieldForm::boolean:
      return "false";
    case FieldForm::timestamp:
      return quoted("2026-01-05T09:10:00.490000000Z");
    case FieldForm::hex64:
    case FieldForm::object_id:
      return quoted(std::string(64, 'f'));
    case FieldForm::name:
      return quoted(long_name('A', 0));
    case FieldForm::text:
      return quoted(std::string(rule.limit, '"'));
    case FieldForm::path:
      return quoted(std::string(4096, '"'));
    case FieldForm::item_list:
      return std::string("{\"n\":") + kLargestInteger + ",\"sha256\":\"" + std::string(64, 'f') +
             "\",\"first\":" +
             repeated(32, [](std::size_t) { return quoted(std::string(512, '"')); }) + "}";
    case FieldForm::word:
      return longest_word(rule);
    case FieldForm::origin:
      return quoted(std::string(200, 'o'));
    case FieldForm::vkey:
      return quoted(test_vkey(1, std::string(200, 'o')).text());
    case FieldForm::ssh_key:
    case FieldForm::any_key:
      return quoted(ssh_key_of(test_key(3).public_key()).line());
    case FieldForm::fingerprint:
      return quoted(ssh_key_of(test_key(3).public_key()).fingerprint());
    case FieldForm::h1:
      return quoted("h1:VVKhpBFmiaq230plUIC3tZzVK/5rK7DLu+PdwC/pc6Y=");
    case FieldForm::ssh_sig:
    case FieldForm::any_sig:
      return long_signature();
    case FieldForm::base64:
      return quoted(to_base64(bytes_of(std::string(rule.limit, 'b'))));
    case FieldForm::object:
      return "{" + sample_members(rule.members, SampleSize::largest) + "}";
    default:
      return largest_array(rule);
  }
}

std::string smallest_value(FieldRule const& rule) {
  if (rule.nullable) return "null";
  switch (rule.form) {
    case FieldForm::integer:
    case FieldForm::signed_integer:
      return "0";
    case FieldForm::name:
      return quoted("a");
    case FieldForm::object_id:
      return quoted(std::string(40, '0'));
    case FieldForm::text:
      return quoted("");
    case FieldForm::path:
      return quoted(".");
    case FieldForm::item_list:
      return "{\"n\":0,\"sha256\":\"" + std::string(64, '0') + "\",\"first\":[]}";
    case FieldForm::base64:
      return quoted("");
    case FieldForm::object:
      return "{" + sample_members(rule.members, SampleSize::smallest) + "}";
    case FieldForm::codes:
    case FieldForm::object_array:
    case FieldForm::name_array:
    case FieldForm::text_array:
    case FieldForm::word_array:
      return rule.items_min == 0 ? "[]" : "[\"a\"]";
    case FieldForm::sig_array:
      return joined({long_signature()});
    default:
      return largest_value(rule);
  }
}

}  // namespace

std::string sample_members(std::span<FieldRule const> rules, SampleSize size) {
  std::string out;
  for (auto const& rule : rules) {
    if (!out.empty()) out += ',';
    out += quoted(std::string(rule.key)) + ":" +
           (size == SampleSize::largest ? largest_value(rule) : smallest_value(rule));
  }
  return out;
}

std::string sample_line(RecordSchema const& schema, SampleSize size) {
  return "{\"v\":1,\"seq\":" + std::string(size == SampleSize::largest ? kLargestInteger : "0") +
         ",\"ts\":\"2026-01-05T09:00:00.000000001Z\",\"boot\":\"" + kTestBootId + "\",\"type\":\"" +
         std::string(schema.type) + "\",\"prev\":\"" + std::string(64, '0') + "\"," +
         sample_members(schema.fields, size) + "}";
}

}  // namespace govseal
