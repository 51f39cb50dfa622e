#include "base/bytes.h"

#include <doctest/doctest.h>

#include <random>

namespace govseal {
namespace {

std::string random_bytes(std::mt19937_64& random, std::size_t size) {
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

TEST_CASE("hex is lower case and comes back") {
  CHECK(to_hex({}).empty());
  CHECK(to_hex(bytes_of(std::string_view("\x00\x0F\xF0\xFF", 4))) == "000ff0ff");
  CHECK(from_hex("") == "");
  std::mt19937_64 random(1);
  for (std::size_t size = 0; size < 100; ++size) {
    std::string const bytes = random_bytes(random, size);
    CHECK(from_hex(to_hex(bytes_of(bytes))) == bytes);
  }
}

TEST_CASE("hex with an upper-case digit, an odd length or anything else is refused") {
  for (auto const* text : {"0", "000", "0A", "Ff", "0g", " 00", "00 ", "0x00", "-1", "\xC3\xA9"}) {
    CHECK_MESSAGE(from_hex(text) == std::nullopt, text);
  }
}

TEST_CASE("base64 has the vectors of RFC 4648 section 10") {
  char const* const vectors[][2] = {{"", ""},
                                    {"f", "Zg=="},
                                    {"fo", "Zm8="},
                                    {"foo", "Zm9v"},
                                    {"foob", "Zm9vYg=="},
                                    {"fooba", "Zm9vYmE="},
                                    {"foobar", "Zm9vYmFy"}};
  for (auto const& [plain, encoded] : vectors) {
    CHECK(to_base64(bytes_of(plain)) == encoded);
    CHECK(from_base64(encoded) == plain);
  }
  CHECK(to_base64(bytes_of("\xFB\xFF\xBF")) == "+/+/");
}

TEST_CASE("base64 comes back at every length") {
  std::mt19937_64 random(2);
  for (std::size_t size = 0; size < 200; ++size) {
    std::string const bytes = random_bytes(random, size);
    CHECK(from_base64(to_base64(bytes_of(bytes))) == bytes);
  }
}

TEST_CASE("base64 that is not canonical is refused") {
  for (auto const* text :
       {"Z",    "Zg",   "Zg=",  "Zg===",      "=",      "==",      "====",  "Z===",
        "Zh==", "Zm9=", "Zm8",  "Zg==Zg==",   "Zm9v\n", "Zm9v ",   " Zm9v", "Zm 9v",
        "Zm9-", "Zm9_", "Zm=v", "Zm9vYmE=\n", "Zg=A",   "Zm9v===="}) {
    CHECK_MESSAGE(from_base64(text) == std::nullopt, text);
  }
  CHECK(from_base64(std::string_view("Zm\0v", 4)) == std::nullopt);
}

TEST_CASE("every text that base64 decoding takes is the one that encoding gives") {
  // All last groups of four digits over a small alphabet: exactly one spelling for each value.
  std::string const alphabet = "AQgwB/+=";
  for (char a : alphabet) {
    for (char b : alphabet) {
      for (char c : alphabet) {
        for (char d : alphabet) {
          std::string const text = {a, b, c, d};
          if (auto const bytes = from_base64(text)) CHECK(to_base64(bytes_of(*bytes)) == text);
        }
      }
    }
  }
}

}  // namespace
}  // namespace govseal
