#include <doctest/doctest.h>

#include <string>

#include "base/json.h"
#include "sealing/json_scanner.h"

namespace govseal {
namespace {

using Event = JsonScanner::Event;

bool is_lenient(std::string_view text, unsigned depth_max = 100) {
  JsonScanner scanner(text, JsonScanner::Dialect::lenient, depth_max);
  return scanner.finish_value(scanner.next()) && scanner.next() == Event::end;
}

}  // namespace

TEST_CASE("the scanner takes what the grammar of RFC 8259 takes, and nothing else") {
  for (char const* good :
       {"0", "-0", "1.5e+10", "[]", "{}", " [ 1 , 2 ] ", "{\"a\":{\"b\":[null,true,false]}}",
        "\"\\u00e9\\n\\/\"", "\"\\ud83d\\ude00\"", "[[[]]]", "\"\"", "1E5", "\t\r\n 1 \n"}) {
    CHECK_MESSAGE(is_strict_json(good), good);
  }
  for (char const* bad : {"",
                          " ",
                          "01",
                          "1.",
                          ".5",
                          "-",
                          "+1",
                          "1e",
                          "[1,]",
                          "[,1]",
                          "[1 2]",
                          "{\"a\"}",
                          "{\"a\":}",
                          "{a:1}",
                          "{\"a\":1,}",
                          "[",
                          "]",
                          "{",
                          "}",
                          "[}",
                          "{]",
                          "nul",
                          "nulll",
                          "True",
                          "'a'",
                          "\"a",
                          "\"\\x\"",
                          "\"\\u12\"",
                          "\"\\u12g4\"",
                          "\"a\tb\"",
                          "1 1",
                          "[] []",
                          "NaN",
                          "Infinity",
                          "-Infinity",
                          "\"\\ud800\"",
                          "\"\\udc00\"",
                          "\"\\ud800\\u0041\"",
                          "\xEF\xBB\xBF[]",
                          "\xFF",
                          "\"\xC0\x80\"",
                          "{\"\\ud800\": 1}",
                          "{1:2}",
                          ",",
                          ":"}) {
    CHECK_MESSAGE(!is_strict_json(bad), bad);
  }
}

TEST_CASE("the scanner and the parser of base agree on what is JSON") {
  std::string const alphabet = "[]{},:\"01-.eE+ntfalsrueu\\/ d8";
  std::uint32_t state = 1;
  int good = 0;
  for (unsigned round = 0; round < 200'000; ++round) {
    std::string text;
    for (unsigned n = 1 + round % 7; n > 0; --n) {
      state = state * 1664525u + 1013904223u;
      text += alphabet[(state >> 8) % alphabet.size()];
    }
    bool const parsed =
        std::holds_alternative<JsonValue>(parse_json(text, {.allow_duplicate_keys = true}));
    good += parsed ? 1 : 0;
    if (is_strict_json(text) != parsed) FAIL_CHECK(text);
  }
  CHECK(good > 1000);
}

TEST_CASE("the lenient dialect adds three numbers and lone surrogates") {
  CHECK(is_lenient("[NaN, Infinity, -Infinity, \"\\ud800\"]"));
  CHECK_FALSE(is_lenient("-NaN"));
  CHECK_FALSE(is_lenient("Inf"));
  CHECK_FALSE(is_lenient("nan"));
}

TEST_CASE("strings are decoded, lone surrogates as their three bytes") {
  JsonScanner scanner("[\"a\\u00e9\\ud83d\\ude00\", \"\\ud83d\\ud83d\\ude00\", \"plain\"]",
                      JsonScanner::Dialect::rfc8259, 5);
  CHECK(scanner.next() == Event::begin_array);
  CHECK(scanner.next() == Event::string);
  CHECK(scanner.string() == "a\xC3\xA9\xF0\x9F\x98\x80");
  CHECK_FALSE(scanner.has_lone_surrogate());
  CHECK(scanner.next() == Event::string);
  CHECK(scanner.string() == "\xED\xA0\xBD\xF0\x9F\x98\x80");
  CHECK(scanner.has_lone_surrogate());
  CHECK(scanner.next() == Event::string);
  CHECK(scanner.string() == "plain");
  CHECK(scanner.source() == "\"plain\"");
  CHECK(scanner.next() == Event::end_array);
  CHECK(scanner.next() == Event::end);
  CHECK(scanner.next() == Event::end);
  CHECK(scanner.lone_surrogates() == 1);
}

TEST_CASE("numbers keep their text") {
  JsonScanner scanner(" -12.50e+3 ", JsonScanner::Dialect::rfc8259, 5);
  CHECK(scanner.next() == Event::number);
  CHECK(scanner.source() == "-12.50e+3");
  CHECK(scanner.next() == Event::end);
}

TEST_CASE("256 containers inside each other are JSON, 257 and a million are not") {
  auto const nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  CHECK(is_strict_json(nested(256)));
  CHECK_FALSE(is_strict_json(nested(257)));
  CHECK_FALSE(is_strict_json(nested(1'000'000)));
  CHECK_FALSE(is_strict_json(std::string(1'000'000, '[')));
}

}  // namespace govseal
