#include "base/json.h"

#include <doctest/doctest.h>
#include <simdjson.h>

#include <random>
#include <regex>

#include "base/utf8.h"

namespace govseal {
namespace {

using Kind = JsonError::Kind;

std::string shown(JsonError const& error) {
  return std::to_string(static_cast<int>(error.kind)) + "@" + std::to_string(error.offset) + ": " +
         error.detail;
}

/// The value; the test case ends when there is none.
JsonValue parsed(std::string_view text, JsonLimits limits = {}) {
  auto result = parse_json(text, limits);
  if (auto const* error = std::get_if<JsonError>(&result)) {
    FAIL(std::string(text) << " -> " << shown(*error));
  }
  return std::get<JsonValue>(std::move(result));
}

std::optional<Kind> refusal(std::string_view text, JsonLimits limits = {}) {
  auto const result = parse_json(text, limits);
  auto const* error = std::get_if<JsonError>(&result);
  return error == nullptr ? std::nullopt : std::optional(error->kind);
}

std::string compact(JsonValue const& value) {
  return JsonWriter().value(value).take();
}

TEST_CASE("each kind of value is read") {
  CHECK(parsed("null").is_null());
  CHECK(*parsed("true").as_bool());
  CHECK_FALSE(*parsed("false").as_bool());
  CHECK(*parsed("\"text\"").as_string() == "text");
  CHECK(parsed("-12.50e+3").as_number()->token == "-12.50e+3");
  CHECK(parsed("[]").as_array()->empty());
  CHECK(parsed("{}").as_object()->empty());
  CHECK(parsed(" \t\r\n[ 1 , 2 ]\n").as_array()->size() == 2);
  CHECK(parsed("{ \"a\" : { \"b\" : [ null ] } }").find("a")->find("b")->as_array()->size() == 1);
}

TEST_CASE("keys keep their order") {
  auto const value = parsed(R"({"z":1,"a":2,"m":3})");
  CHECK(value.as_object()->at(0).first == "z");
  CHECK(value.as_object()->at(1).first == "a");
  CHECK(value.as_object()->at(2).first == "m");
  CHECK(value.find_int("a") == 2);
  CHECK(value.find("absent") == nullptr);
}

TEST_CASE("numbers of any size keep their token") {
  for (auto const* token :
       {"0", "-0", "1", "10", "9007199254740993", "-9223372036854775808", "18446744073709551616",
        "123456789012345678901234567890", "1e999999999999", "1E-999999999999", "0.1", "-0.0", "1e5",
        "1E+5", "0e0", "6.0"}) {
    CHECK(parsed(token).as_number()->token == token);
    CHECK(compact(parsed(std::string("[") + token + "]")) == std::string("[") + token + "]");
  }
  std::string const huge(100'000, '7');
  CHECK(parsed(huge).as_number()->token == huge);
}

TEST_CASE("what only looks like a number is refused") {
  for (auto const* text :
       {"01",    "-01", "00",  "+1",  "1.",           ".5",    "1.e5", "1e",       "1e+",
        "1e1.5", "-",   "--1", "- 1", "0x10",         "1_000", "1,5",  "Infinity", "-Infinity",
        "NaN",   "nan", "1a",  "1 2", "\xEF\xBC\x91", "1.2.3", "-.5",  "2.+3",     "1eE5"}) {
    CHECK_MESSAGE(refusal(text) == Kind::syntax, text);
  }
}

TEST_CASE("an integer is one only in plain decimal within 64 bits") {
  CHECK(parsed("0").as_int() == 0);
  CHECK(parsed("-7").as_int() == -7);
  CHECK(parsed("9223372036854775807").as_int() == INT64_MAX);
  CHECK(parsed("-9223372036854775808").as_int() == INT64_MIN);
  for (auto const* token : {"9223372036854775808", "-9223372036854775809", "-0", "1.0", "1e3",
                            "0.0", "\"1\"", "true", "null", "[1]"}) {
    CHECK_MESSAGE(parsed(token).as_int() == std::nullopt, token);
  }
}

TEST_CASE("structures that are not JSON are refused") {
  for (auto const* text : {"",
                           " ",
                           "\n",
                           "[",
                           "]",
                           "{",
                           "}",
                           "[1",
                           "[1,",
                           "[1,]",
                           "[,1]",
                           "[,]",
                           "[1 2]",
                           "[1,,2]",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{,}",
                           "{\"a\" 1}",
                           "{\"a\":1 \"b\":2}",
                           "{a:1}",
                           "{1:2}",
                           "{'a':1}",
                           "{\"a\":1",
                           "{\"a",
                           "[1]]",
                           "{}{}",
                           "[] []",
                           "nul",
                           "nulll",
                           "truefalse",
                           "True",
                           "TRUE",
                           "undefined",
                           "'a'",
                           "a",
                           "/*c*/1",
                           "1//c",
                           "[1]#",
                           "\x0C[1]",
                           "\xC2\xA0[1]",
                           "[1}",
                           "{\"a\":1]",
                           "\"a\" \"b\"",
                           ":",
                           ",",
                           "\"",
                           "[\"a]"}) {
    CHECK_MESSAGE(refusal(text) == Kind::syntax, text);
  }
  CHECK(refusal(std::string_view("[1]\0", 4)) == Kind::syntax);
  CHECK(refusal(std::string_view("\0", 1)) == Kind::syntax);
  CHECK(refusal(std::string_view("[1\0]", 4)) == Kind::syntax);
}

TEST_CASE("string escapes are resolved") {
  CHECK(*parsed(R"("\"\\\/\b\f\n\r\t")").as_string() == "\"\\/\b\f\n\r\t");
  CHECK(*parsed(R"("\u0041\u00e9\u20AC\uD83D\uDE00")").as_string() == "A\u00E9\u20AC\U0001F600");
  CHECK(*parsed(R"("\u0000")").as_string() == std::string(1, '\0'));
  CHECK(*parsed("\"\x7F\"").as_string() == "\x7F");
  CHECK(*parsed("\"\u2028\"").as_string() == "\u2028");
  CHECK(parsed(R"({"\u0061":1})").find_int("a") == 1);
}

TEST_CASE("strings that are not JSON are refused") {
  for (auto const* text : {R"("\x")", R"("\a")", R"("\'")", R"("\")", R"("\u")", R"("\u12")",
                           R"("\u123g")", R"("\u 123")", R"("\U0041")", R"("\u+123")", "\"a\nb\"",
                           "\"a\tb\"", "\"\x1F\"", "\"abc", "\"\\", R"("\u00)"}) {
    CHECK_MESSAGE(refusal(text) == Kind::syntax, text);
  }
  CHECK(refusal(std::string_view("\"a\0b\"", 5)) == Kind::syntax);
  CHECK(refusal(std::string_view("\"\\\0\"", 4)) == Kind::syntax);
}

TEST_CASE("a lone surrogate is refused, or kept as bytes that are not UTF-8 where asked") {
  JsonLimits const lenient{.allow_lone_surrogates = true};
  struct Case {
    char const* text;
    char const* bytes;
  };
  for (auto const& [text, bytes] :
       {Case{R"("\ud800")", "\xED\xA0\x80"}, Case{R"("\udfff")", "\xED\xBF\xBF"},
        Case{R"("\udbffx")", "\xED\xAF\xBFx"}, Case{R"("\ud800\n")", "\xED\xA0\x80\n"},
        Case{R"("\ud800\u0041")",
             "\xED\xA0\x80"
             "A"},
        Case{R"("\ud83d\ud83d\ude00")", "\xED\xA0\xBD\U0001F600"},
        Case{R"("\ude00\ud83d")", "\xED\xB8\x80\xED\xA0\xBD"}}) {
    CHECK(refusal(text) == Kind::syntax);
    auto const value = parsed(text, lenient);
    CHECK(*value.as_string() == bytes);
    CHECK_FALSE(is_utf8(*value.as_string()));
  }
  CHECK(refusal(R"("\ud800\u12")", lenient) == Kind::syntax);
  CHECK(refusal(R"("\ud800\u")", lenient) == Kind::syntax);
}

TEST_CASE("the words for no number are numbers only where asked") {
  JsonLimits const lenient{.allow_nan = true};
  for (auto const* text : {"NaN", "Infinity", "-Infinity"}) {
    CHECK(refusal(text) == Kind::syntax);
    CHECK(parsed(text, lenient).as_number()->token == text);
    CHECK(parsed(text, lenient).as_int() == std::nullopt);
  }
  for (auto const* text : {"-NaN", "+Infinity", "nan", "Inf", "NaNs", "infinity"}) {
    CHECK_MESSAGE(refusal(text, lenient) == Kind::syntax, text);
  }
}

TEST_CASE("a BOM comes before everything else, then bytes that are not UTF-8") {
  CHECK(refusal("\xEF\xBB\xBF[1]") == Kind::bom);
  CHECK(refusal("\xEF\xBB\xBF") == Kind::bom);
  CHECK(refusal("\xEF\xBB\xBF\xFF") == Kind::bom);
  CHECK(refusal("[\"\xFF\"]") == Kind::not_utf8);
  CHECK(refusal("[1] \xC3") == Kind::not_utf8);
  CHECK(refusal("}{ \xED\xA0\x80") == Kind::not_utf8);
  CHECK(refusal("[1,\xEF\xBB\xBF 2]") == Kind::syntax);
  CHECK(refusal("[1]\xEF\xBB\xBF") == Kind::syntax);
  CHECK(refusal("\xEF\xBB") == Kind::not_utf8);
  auto const result = parse_json("[\"ab\xFF\"]");
  CHECK(std::get<JsonError>(result).offset == 4);
}

TEST_CASE("nesting is limited exactly") {
  auto const nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(refusal(nested(256)) == std::nullopt);
  CHECK(refusal(nested(257)) == Kind::too_deep);
  CHECK(refusal(std::string(1'000'000, '[')) == Kind::too_deep);
  CHECK(refusal(nested(3), {.depth_max = 3}) == std::nullopt);
  CHECK(refusal(nested(4), {.depth_max = 3}) == Kind::too_deep);
  CHECK(refusal("1", {.depth_max = 0}) == std::nullopt);
  std::string objects = "1";
  for (int i = 0; i < 256; ++i) objects = "{\"a\":" + objects + "}";
  CHECK(refusal(objects) == std::nullopt);
  CHECK(refusal("[" + objects + "]") == Kind::too_deep);
}

TEST_CASE("a key that occurs twice is an error in objects of every size") {
  CHECK(refusal(R"({"a":1,"a":1})") == Kind::duplicate_key);
  CHECK(refusal(R"({"a":1,"\u0061":2})") == Kind::duplicate_key);
  CHECK(refusal(R"([{"b":{"a":1,"c":2,"a":3}}])") == Kind::duplicate_key);
  CHECK(refusal(R"({"":1,"":2})") == Kind::duplicate_key);
  CHECK(refusal(R"({"a":1,"A":2,"b":{"a":1}})") == std::nullopt);
  for (int const size : {2, 15, 16, 17, 18, 100, 1000}) {
    std::string text = "{";
    for (int i = 0; i < size; ++i) text += "\"k" + std::to_string(i) + "\":0,";
    text.back() = '}';
    CHECK(refusal(text) == std::nullopt);
    for (int const twice : {0, size / 2, size - 1}) {
      text.back() = ',';
      std::string const doubled = text + "\"k" + std::to_string(twice) + "\":1}";
      CHECK(refusal(doubled) == Kind::duplicate_key);
      auto const kept = parsed(doubled, {.allow_duplicate_keys = true});
      CHECK(kept.as_object()->size() == static_cast<std::size_t>(size) + 1);
      CHECK(kept.find_int("k" + std::to_string(twice)) == 1);
    }
  }
}

TEST_CASE("finding by key and kind in one step") {
  auto const value = parsed(R"({"text":"x","number":5,"null":null})");
  CHECK(*value.find_string("text") == "x");
  CHECK(value.find_string("number") == nullptr);
  CHECK(value.find_string("absent") == nullptr);
  CHECK(value.find_int("number") == 5);
  CHECK(value.find_int("text") == std::nullopt);
  CHECK(value.find("null")->is_null());
  CHECK(parsed("[1]").find("text") == nullptr);
}

/// Random values, strings and keys with everything that needs care.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  JsonValue value(int depth) {
    switch (random_() % (depth > 0 ? 7 : 5)) {
      case 0:
        return JsonValue(nullptr);
      case 1:
        return JsonValue(random_() % 2 == 0);
      case 2:
        return JsonValue(JsonValue::Number{number()});
      case 3:
      case 4:
        return JsonValue(text());
      case 5: {
        JsonValue::Array items;
        for (auto i = random_() % 5; i > 0; --i) items.push_back(value(depth - 1));
        return JsonValue(std::move(items));
      }
      default: {
        JsonValue::Object members;
        for (auto i = random_() % 5; i > 0; --i) {
          members.emplace_back(text() + std::to_string(i), value(depth - 1));
        }
        return JsonValue(std::move(members));
      }
    }
  }

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

 private:
  std::string number() {
    std::string out = random_() % 2 == 0 ? "-" : "";
    out += std::to_string(random_() >> (random_() % 64));
    if (random_() % 3 == 0) out += "." + std::to_string(random_() % 1000);
    if (random_() % 3 == 0) out += "e-" + std::to_string(random_() % 300);
    return out;
  }

  std::string text() {
    static constexpr char32_t kLimits[] = {0x20, 0x80, 0x100, 0x800, 0xD800, 0x110000};
    std::string out;
    for (auto i = random_() % 12; i > 0; --i) {
      auto c = static_cast<char32_t>(random_() % kLimits[random_() % 6]);
      if (c >= 0xD800 && c <= 0xDFFF) c = U'"';
      utf8_append(out, c);
    }
    return out;
  }

  std::mt19937_64 random_;
};

TEST_CASE("what is written is read as the same value, in every style") {
  for (std::uint64_t seed = 0; seed < 1'500; ++seed) {
    auto const value = Generator(seed).value(4);
    std::string const expected = compact(value);
    for (auto const style : {JsonWriter::Style::compact, JsonWriter::Style::indent2}) {
      for (auto const escapes : {JsonWriter::Escapes::utf8, JsonWriter::Escapes::ascii}) {
        std::string const text = JsonWriter(style, escapes).value(value).take();
        REQUIRE(compact(parsed(text)) == expected);
        for (char const c : text) {
          bool const escaped = escapes == JsonWriter::Escapes::ascii;
          if (escaped) REQUIRE((c == '\n' || (c >= 0x20 && c < 0x7F)));
        }
      }
    }
  }
}

/// What another strict parser says; nullopt where the two differ by design: it refuses numbers that
/// neither a double nor 64 bits hold, with the same answer as malformed ones.
std::optional<bool> other_opinion(simdjson::dom::parser& parser, std::string const& text) {
  simdjson::dom::element element;
  auto const error = parser.parse(text).get(element);
  if (error == simdjson::NUMBER_ERROR) return std::nullopt;
  return error == simdjson::SUCCESS;
}

TEST_CASE("number tokens at random are taken and refused as the grammar says") {
  std::regex const grammar("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");
  Generator random(8);
  int taken = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string text;
    for (auto i = 1 + random.below(7); i > 0; --i) text += "0019-+.eE"[random.below(9)];
    bool const expected = std::regex_match(text, grammar);
    REQUIRE_MESSAGE((refusal(text) == std::nullopt) == expected, text);
    taken += expected ? 1 : 0;
  }
  CHECK(taken > 1'000);
}

TEST_CASE("texts broken at random are taken and refused as by another strict parser") {
  simdjson::dom::parser other;
  static constexpr std::string_view kNoise = "\"\\[]{},:.0123456789-+eEtrufalsn \n\x01\x1F\x7F/ud8";
  int taken = 0;
  int refused = 0;
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    Generator random(seed);
    std::string text = compact(random.value(3));
    for (auto i = 1 + random.below(3); i > 0; --i) {
      auto const at = static_cast<std::size_t>(random.below(text.size() + 1));
      char const noise = kNoise[static_cast<std::size_t>(random.below(kNoise.size()))];
      switch (random.below(3)) {
        case 0:
          text.insert(at, 1, noise);
          break;
        case 1:
          if (at < text.size()) text[at] = noise;
          break;
        default:
          if (at < text.size()) text.erase(at, 1 + static_cast<std::size_t>(random.below(3)));
      }
    }
    auto const expected = other_opinion(other, text);
    if (!expected) continue;
    auto const got = parse_json(text, {.allow_duplicate_keys = true});
    bool const is_taken = std::holds_alternative<JsonValue>(got);
    REQUIRE_MESSAGE(is_taken == *expected, "seed ", seed, ": ", text);
    (is_taken ? taken : refused) += 1;
  }
  CHECK(taken > 1'000);
  CHECK(refused > 5'000);
}

TEST_CASE("no text, however broken, makes the parser read outside of it") {
  // Under the address sanitizer each prefix in a buffer of its own would show such a read.
  std::string const text = R"({"a":[1,-2.5e+10,true,false,null,"\u00e9\ud83d\ude00\n"],"b":{}})";
  CHECK(refusal(text) == std::nullopt);
  for (std::size_t size = 0; size < text.size(); ++size) {
    std::vector<char> const exact(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(refusal({exact.data(), exact.size()}) == Kind::syntax);
  }
}

}  // namespace
}  // namespace govseal
