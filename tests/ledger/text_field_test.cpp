#include "sealing/ledger/text_field.h"

#include <doctest/doctest.h>

using namespace govseal;

TEST_CASE("outside bytes become text as the format's table says") {
  struct Row {
    std::string raw;
    std::string text;
  };
  for (auto const& [raw, text] : std::vector<Row>{
           {"a b", "a b"},
           {"100%", "100%25"},
           {"a\nb", "a%0Ab"},
           {"\xC3\xA9", "\xC3\xA9"},
           {"\xFF\x61", "%FFa"},
           {"\xC2\x85", "%C2%85"},
           {"\xE2\x80\xA6", "%E2%80%A6"},
           {"\xC0\x80", "%C0%80"},
           {"\xED\xA0\x80", "%ED%A0%80"},
           {std::string("\0\x7f", 2), "%00%7F"},
           {"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},
           {"\xC3", "%C3"},
       }) {
    CAPTURE(text);
    CHECK(encode_text(raw) == text);
    CHECK(decode_text(text) == raw);
    CHECK(is_encoded_text(text, 4096));
  }
}

TEST_CASE("a long text is cut to a prefix, a mark and the digest of its raw bytes") {
  auto const letters = encode_text(std::string(5000, 'a'), 4096);
  CHECK(letters.size() == 4096);
  CHECK(letters ==
        std::string(4028, 'a') +
            "\xE2\x80\xA6#c526c6222044dab5674de9c4ac7f4566ebb5e4d8bf9d8ea34c9cc8a7cc3c869c");
  auto const feeds = encode_text(std::string(2000, '\n'), 4096);
  std::string expected;
  for (int i = 0; i < 1342; ++i) expected += "%0A";
  expected += "\xE2\x80\xA6#3ebf471b9937c197cb5a9a57ef0844db04168d4bf7e322165d5a7127d991e0e0";
  CHECK(feeds == expected);
  CHECK(feeds.size() == 4094);
  CHECK(is_encoded_text(letters, 4096));
  CHECK(is_encoded_text(feeds, 4096));
  CHECK(decode_text(letters) == std::nullopt);
}

TEST_CASE("a cut never splits a character or an escape") {
  for (std::size_t pad = 0; pad < 8; ++pad) {
    std::string raw(pad, 'x');
    for (int i = 0; i < 100; ++i) raw += "\xF0\x9F\x98\x80\xFF";
    auto const text = encode_text(raw, 128);
    CAPTURE(text);
    CHECK(text.size() <= 128);
    CHECK(text.size() > 128 - 4);
    CHECK(is_encoded_text(text, 128));
  }
}

TEST_CASE("a text that fits exactly is not cut") {
  CHECK(encode_text(std::string(512, 'a'), 512) == std::string(512, 'a'));
  CHECK(encode_text(std::string(513, 'a'), 512).size() == 512);
}

TEST_CASE("a limit without room for a digest cuts to a prefix and the mark") {
  CHECK(encode_text(std::string(64, 'a'), 64) == std::string(64, 'a'));
  auto const text = encode_text(std::string(65, 'a'), 64);
  CHECK(text == std::string(61, 'a') + "\xE2\x80\xA6");
  CHECK(is_encoded_text(text, 64));
}

TEST_CASE("text that the encoder never writes is refused") {
  for (std::string const& text : std::vector<std::string>{
           "100%",                 // an escape without digits
           "%4",                   // half an escape
           "%0a",                  // lower case
           "%41",                  // what needs no escape
           "a\nb",                 // a control character
           "\xC2\x85",             // C1
           "cut\xE2\x80\xA6",      // a mark without digest
           "cut\xE2\x80\xA6#1234"  // half a digest
       }) {
    CAPTURE(text);
    CHECK_FALSE(is_encoded_text(text, 4096));
    CHECK(decode_text(text) == std::nullopt);
  }
  CHECK_FALSE(is_encoded_text(std::string(513, 'a'), 512));
}

TEST_CASE("a list counts distinct items, digests them in byte order and shows the first ones") {
  auto const empty = make_list({});
  CHECK(empty.count == 0);
  CHECK(empty.sha256.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  auto const list = make_list({"b", "a/\xC3\xBC", "b"});
  CHECK(list.count == 2);
  CHECK(list.sha256.hex() == "b47b5bb45757393e452e1fa9265d41042a243718fe30af0923d4676e73e9e4ba");
  CHECK(list.first == std::vector<std::string>{"a/\xC3\xBC", "b"});
  std::vector<std::string> many;
  for (int i = 0; i < 40; ++i) many.push_back("item" + std::to_string(1000 + i));
  CHECK(make_list(many).count == 40);
  CHECK(make_list(many).first.size() == 32);
  CHECK(make_list(many).first.back() == "item1031");
}
