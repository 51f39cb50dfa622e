#include "base/nearest.h"

#include <doctest/doctest.h>

#include <array>
#include <vector>

namespace govseal {
namespace {

constexpr std::array<std::string_view, 5> kKeys = {"attribution", "enabled", "settle_ms", "path",
                                                   "seal"};

TEST_CASE("the edit distance counts insertions, removals and replacements") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("sitting", "kitten") == 3);
  CHECK(edit_distance("abcd", "abdc") == 2);
  CHECK(edit_distance("same", "same") == 0);
}

TEST_CASE("a word written wrong leads to the one that was meant") {
  CHECK(find_nearest_word("atribution", kKeys) == "attribution");
  CHECK(find_nearest_word("attribtuion", kKeys) == "attribution");
  CHECK(find_nearest_word("settlems", kKeys) == "settle_ms");
  CHECK(find_nearest_word("pth", kKeys) == "path");
  CHECK(find_nearest_word("enabled", kKeys) == "enabled");
}

TEST_CASE("two errors, or one in three bytes, are the limit") {
  CHECK(find_nearest_word("setle_m", kKeys) == "settle_ms");
  CHECK(find_nearest_word("atribtin", kKeys) == std::nullopt);
  std::vector<std::string> const known = {"abcdefghijkl"};
  CHECK(find_nearest_word("abcdefghWXYZ", known) == "abcdefghijkl");
  CHECK(find_nearest_word("abcdefgVWXYZ", known) == std::nullopt);
}

TEST_CASE("words that share nothing are not proposed") {
  CHECK(find_nearest_word("xy", std::vector<std::string>{"id", "to"}) == std::nullopt);
  CHECK(find_nearest_word("", kKeys) == std::nullopt);
  CHECK(find_nearest_word("anything", std::span<std::string_view const>()) == std::nullopt);
}

TEST_CASE("of equally near words the first is proposed") {
  CHECK(find_nearest_word("cat", std::vector<std::string>{"bat", "hat"}) == "bat");
  CHECK(find_nearest_word("hatt", std::vector<std::string>{"bat", "hat"}) == "hat");
}

}  // namespace
}  // namespace govseal
