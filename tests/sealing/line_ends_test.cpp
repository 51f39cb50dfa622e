#include <doctest/doctest.h>

#include <random>

#include "sealing/line_ends.h"

namespace govseal {
namespace {

std::string to_crlf(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) out += '\r';
    out += text[i];
  }
  return out;
}

std::string to_lf(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    out += text[i];
  }
  return out;
}

/// The answer when the text comes in pieces of this size.
std::optional<LineEndChange> find_in_pieces(std::string_view text, std::string const& sealed,
                                            std::size_t piece) {
  LineEndConverter converter;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    converter.update(bytes_of(text.substr(at, piece)));
  }
  return converter.finish(sealed.size(), sha256(sealed));
}

}  // namespace

TEST_CASE("the vectors of the specification") {
  CHECK(sha256("alpha\n").hex() ==
        "b6a98d9ce9a2d9149288fa3df42d377c3e42737afdcdaf714e33c0a100b51060");
  auto const crlf =
      Digest::from_hex("4a31f8a329cdbbab944056fc992eeb5ab5c0b4a78c3bc34e6d7c4a59fd6cf3b6");
  CHECK(find_line_end_change("alpha\n", 7, *crlf) == LineEndChange::to_crlf);
  CHECK(find_line_end_change("alpha\r\n", 6, sha256("alpha\n")) == LineEndChange::to_lf);
  CHECK(find_line_end_change("a\r\nb\n", 6, sha256("a\r\nb\r\n")) == LineEndChange::to_crlf);
  CHECK(find_line_end_change("a\r\nb\n", 4, sha256("a\nb\n")) == LineEndChange::to_lf);
}

TEST_CASE("a conversion has to give both the size and the hash, where a size is known") {
  CHECK_FALSE(find_line_end_change("alpha\n", 8, sha256("alpha\r\n")).has_value());
  CHECK(find_line_end_change("alpha\n", std::nullopt, sha256("alpha\r\n")) ==
        LineEndChange::to_crlf);
  CHECK_FALSE(find_line_end_change("alpha\n", 7, sha256("Alpha\r\n")).has_value());
}

TEST_CASE("CRs without LF and files without a last line end keep them") {
  CHECK(find_line_end_change("a\r", 1, sha256("a")) == std::nullopt);
  CHECK(find_line_end_change("a\r\rb\r\n", 5, sha256("a\r\rb\n")) == LineEndChange::to_lf);
  CHECK(find_line_end_change("a\r\r\n\r", 4, sha256("a\r\n\r")) == LineEndChange::to_lf);
  CHECK(find_line_end_change("\n\nx", 5, sha256("\r\n\r\nx")) == LineEndChange::to_crlf);
}

TEST_CASE("where the pieces of a stream end does not matter") {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (auto n = random() % 40; n > 0; --n) text += "\r\nab"[random() % 4];
    std::string const crlf = to_crlf(text);
    std::string const lf = to_lf(text);
    std::size_t const piece = 1 + random() % 5;
    CAPTURE(text);
    CHECK(find_in_pieces(text, crlf, piece) == LineEndChange::to_crlf);
    auto const back = find_in_pieces(text, lf, piece);
    CHECK(back.has_value());
    if (lf != crlf) CHECK(back == LineEndChange::to_lf);
  }
}

TEST_CASE("a converter starts anew after each answer") {
  LineEndConverter converter;
  converter.update(bytes_of("x\r"));
  CHECK_FALSE(converter.finish(5, sha256("other")).has_value());
  converter.update(bytes_of("\ny"));
  CHECK(converter.finish(3, sha256("\r\ny")) == LineEndChange::to_crlf);
}

TEST_CASE("sizes that no conversion can give are known without reading") {
  CHECK(can_be_line_ends(6, 7));
  CHECK(can_be_line_ends(7, 6));
  CHECK(can_be_line_ends(6, std::nullopt));
  CHECK_FALSE(can_be_line_ends(6, 6));
  CHECK(can_be_line_ends(3, 6));
  CHECK_FALSE(can_be_line_ends(3, 7));
  CHECK(can_be_line_ends(6, 3));
  CHECK_FALSE(can_be_line_ends(7, 3));
  CHECK_FALSE(can_be_line_ends(1, 0));
}

}  // namespace govseal
