#include <doctest/doctest.h>

#include "base/json.h"

namespace govseal {
namespace {

using Escapes = JsonWriter::Escapes;
using Style = JsonWriter::Style;

std::string written(std::string_view text, Escapes escapes) {
  return JsonWriter(Style::compact, escapes).value(text).take();
}

TEST_CASE("a compact document has no white space and keeps the order of its keys") {
  JsonWriter w;
  w.begin_object().key("v").value(1).key("list").begin_array().value("a").value(true).null();
  w.end_array().member("none", std::optional<int>()).member("some", std::optional<int>(7));
  w.key("empty").begin_object().end_object().end_object();
  CHECK(w.take() == R"({"v":1,"list":["a",true,null],"none":null,"some":7,"empty":{}})");
  CHECK(w.value(2).take() == "2");
}

TEST_CASE("indent mode has two spaces a level and empty containers on one line") {
  JsonWriter w(Style::indent2);
  w.begin_array().begin_object().member("relpath", "a").member("bytes", 9).end_object();
  w.begin_object().key("list").begin_array().end_array().key("map").begin_object().end_object();
  w.end_object().value(1).begin_array().value(2).end_array().end_array();
  CHECK(w.take() ==
        "[\n  {\n    \"relpath\": \"a\",\n    \"bytes\": 9\n  },\n  {\n    \"list\": [],\n"
        "    \"map\": {}\n  },\n  1,\n  [\n    2\n  ]\n]");
  CHECK(w.begin_array().end_array().take() == "[]");
  CHECK(w.begin_object().end_object().take() == "{}");
}

TEST_CASE("the escapes of both modes") {
  CHECK(written("\"\\\n\r\t\b\f/", Escapes::utf8) == R"("\"\\\n\r\t\b\f/")");
  CHECK(written("\"\\\n\r\t\b\f/", Escapes::ascii) == R"("\"\\\n\r\t\b\f/")");
  CHECK(written(std::string_view("\0\x01\x1F", 3), Escapes::utf8) == R"("\u0000\u0001\u001f")");
  CHECK(written("\x7F", Escapes::utf8) == "\"\x7F\"");
  CHECK(written("\x7F", Escapes::ascii) == R"("\u007f")");
  CHECK(written("\u00E9\u2013\u00FC.txt", Escapes::ascii) == R"("\u00e9\u2013\u00fc.txt")");
  CHECK(written("\u00E9\u2013\u00FC.txt", Escapes::utf8) == "\"\u00E9\u2013\u00FC.txt\"");
  CHECK(written("\U0001F600\U0010FFFF", Escapes::ascii) == R"("\ud83d\ude00\udbff\udfff")");
  CHECK(written("\uFFFF\u0080", Escapes::ascii) == R"("\uffff\u0080")");
}

TEST_CASE("a byte that is not UTF-8 is written as U+FFFD") {
  CHECK(written("a\xFF"
                "b\xC3",
                Escapes::utf8) == "\"a\uFFFDb\uFFFD\"");
  CHECK(written("a\xFF"
                "b\xC3",
                Escapes::ascii) == R"("a\ufffdb\ufffd")");
}

TEST_CASE("integers are written plainly up to both ends of 64 bits") {
  JsonWriter w;
  w.begin_array().value(INT64_MIN).value(INT64_MAX).value(UINT64_MAX).value(0).value(-1).value(7U);
  CHECK(w.end_array().take() ==
        "[-9223372036854775808,9223372036854775807,18446744073709551615,0,-1,7]");
}

TEST_CASE("written JSON goes in as it is") {
  JsonWriter w(Style::indent2);
  w.begin_object().key("record").raw(R"({"v":1,"seq":2})").key("next").raw("[]").end_object();
  CHECK(w.take() == "{\n  \"record\": {\"v\":1,\"seq\":2},\n  \"next\": []\n}");
}

TEST_CASE("keys are escaped like values") {
  JsonWriter w(Style::compact, Escapes::ascii);
  CHECK(w.begin_object().member("\u00E9\"", 1).end_object().take() == R"({"\u00e9\"":1})");
}

}  // namespace
}  // namespace govseal
