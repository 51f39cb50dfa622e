#include "base/utf8.h"

#include <doctest/doctest.h>

#include <random>
#include <vector>

namespace govseal {
namespace {

std::string encoded(char32_t c) {
  std::string out;
  utf8_append(out, c);
  return out;
}

bool is_scalar(char32_t c) {
  return c < 0xD800 || (c > 0xDFFF && c <= 0x10FFFF);
}

TEST_CASE("every code point but the surrogates is one valid sequence that decodes to itself") {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    std::string const bytes = encoded(c);
    if (!is_scalar(c)) {
      REQUIRE_FALSE(is_utf8(bytes));
      REQUIRE(utf8_sequence_length(bytes) == 0);
      continue;
    }
    REQUIRE(utf8_sequence_length(bytes + "x") == bytes.size());
    REQUIRE(utf8_decode(bytes) == c);
  }
}

TEST_CASE("overlong, cut and too large sequences are not UTF-8") {
  for (auto const* bytes :
       {"\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xF0\x80\x80\x80",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xFE", "\x80", "\xBF",
        "\xC3", "\xE2\x82", "\xF0\x9F\x98", "\xED\xA0\x80", "\xED\xBF\xBF", "\xC3(", "a\xC3"}) {
    CHECK_FALSE(is_utf8(bytes));
  }
  CHECK(is_utf8(""));
  CHECK(is_utf8("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"));
  CHECK(is_utf8(std::string_view("\0", 1)));
}

TEST_CASE("the quick check of a whole text agrees with the walk over its sequences") {
  std::mt19937_64 random(5);
  std::vector<std::string> const pieces = {
      "a",        "\xC3\xA9",     "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\x80", "\xC3",
      "\xE2\x82", "\xED\xA0\x80", "\xF4\x90",     "\xF4\x8F\xBF\xBF", "\xFF", "\n"};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    std::size_t const bad_from = random() % 3 == 0 ? pieces.size() : 4;
    for (std::uint64_t i = random() % 90; i > 0; --i) text += pieces[random() % bad_from];
    std::string_view rest = text;
    while (unsigned const length = utf8_sequence_length(rest)) rest.remove_prefix(length);
    REQUIRE(is_utf8(text) == rest.empty());
    REQUIRE(is_utf8(utf8_with_replacement(text)));
    REQUIRE((utf8_with_replacement(text) == text) == is_utf8(text));
  }
}

TEST_CASE("each bad byte is replaced by itself") {
  CHECK(utf8_with_replacement("a\xFF\xFE"
                              "b") == "a\uFFFD\uFFFDb");
  CHECK(utf8_with_replacement("\xE2\x82") == "\uFFFD\uFFFD");
  CHECK(utf8_with_replacement("\xED\xA0\x80") == "\uFFFD\uFFFD\uFFFD");
  CHECK(utf8_with_replacement("\xC3\xA9") == "\xC3\xA9");
}

TEST_CASE("hostile text is shown escaped") {
  CHECK(escape_for_display("\x1b[31m") == "\\x1b[31m");
  CHECK(escape_for_display("a\nb\tc\x7f") == "a\\x0ab\\x09c\\x7f");
  CHECK(escape_for_display(std::string_view("\0", 1)) == "\\x00");
  CHECK(escape_for_display("\xFF") == "\\xff");
  CHECK(escape_for_display("\xC0\x80") == "\\xc0\\x80");
  CHECK(escape_for_display("\xED\xA0\x80") == "\\xed\\xa0\\x80");
  CHECK(escape_for_display("\u0080 \u0085 \u009F") == "\\u0080 \\u0085 \\u009f");
  CHECK(escape_for_display("\u200E\u200F") == "\\u200e\\u200f");
  CHECK(escape_for_display("\u202A\u202E") == "\\u202a\\u202e");
  CHECK(escape_for_display("\u2066\u2069") == "\\u2066\\u2069");
}

TEST_CASE("what is harmless is shown as it is") {
  for (auto const* text : {"", "plain", "a b", "caf\u00E9\u2013\u00FC.txt", "\U0001F600", "\u00A0",
                           "\u200B", "\u2029", "\u202F", "\u2065", "\u206A", "%20", "\"quoted\""}) {
    CHECK(escape_for_display(text) == text);
  }
}

TEST_CASE("a backslash is doubled only beside something that was escaped") {
  CHECK(escape_for_display("a\\b") == "a\\b");
  CHECK(escape_for_display("\\x1b") == "\\x1b");
  CHECK(escape_for_display("a\\b\x1b") == "a\\\\b\\x1b");
  CHECK(escape_for_display("\\x1b\x1b") == "\\\\x1b\\x1b");
}

TEST_CASE("different texts of one kind are never shown alike when one was escaped") {
  // Of all short texts over a nasty alphabet, those that needed an escape come out distinct.
  std::vector<std::string> const alphabet = {"\\", "\\x", "1b", "\x1b", "\xFF", "\u202E"};
  std::vector<std::pair<std::string, std::string>> shown;
  for (auto const& a : alphabet) {
    for (auto const& b : alphabet) {
      for (auto const& c : alphabet) {
        std::string const text = a + b + c;
        std::string const escaped = escape_for_display(text);
        if (escaped != text) shown.emplace_back(escaped, text);
      }
    }
  }
  for (auto const& [one, text_one] : shown) {
    for (auto const& [two, text_two] : shown) {
      if (text_one != text_two) CHECK(one != two);
    }
  }
}

}  // namespace
}  // namespace govseal
