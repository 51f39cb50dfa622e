#include "base/relative_path.h"

#include <doctest/doctest.h>

#include <unordered_set>

namespace govseal {
namespace {

RelativePath of(std::string_view text) {
  return RelativePath::of(text);
}

TEST_CASE("a relative path has no way out and no second spelling") {
  for (auto const* text : {"/", "/a", "a/", "a//b", ".", "..", "./a", "a/.", "a/./b", "../a",
                           "a/..", "a/../b", "//"}) {
    CHECK_MESSAGE(RelativePath::parse(text) == std::nullopt, text);
  }
  CHECK(RelativePath::parse(std::string_view("a\0b", 3)) == std::nullopt);
}

TEST_CASE("any other bytes are a relative path") {
  for (auto const* text :
       {"a", "a/b", "...", "..a", ".git", "a b", "-", "\\", "a\nb", "\xFF/\xFE"}) {
    auto const path = RelativePath::parse(text);
    REQUIRE_MESSAGE(path.has_value(), text);
    CHECK(path->str() == text);
  }
  CHECK(RelativePath::parse("")->is_root());
  CHECK(RelativePath().is_root());
}

TEST_CASE("paths are joined and taken apart") {
  CHECK((RelativePath() / "a" / "b").str() == "a/b");
  CHECK((of("a") / of("b/c")).str() == "a/b/c");
  CHECK((of("a") / RelativePath()).str() == "a");
  CHECK((RelativePath() / of("b/c")).str() == "b/c");
  CHECK(of("a/b/c").name() == "c");
  CHECK(of("a").name() == "a");
  CHECK(RelativePath().name().empty());
  CHECK(of("a/b/c").parent() == of("a/b"));
  CHECK(of("a").parent().is_root());
  CHECK(RelativePath().parent().is_root());
  CHECK(of("a/b/c").elements() == std::vector<std::string_view>{"a", "b", "c"});
  CHECK(RelativePath().elements().empty());
}

TEST_CASE("being within is about whole elements") {
  CHECK(of("a/b").is_within(of("a")));
  CHECK(of("a").is_within(of("a")));
  CHECK(of("a").is_within({}));
  CHECK(RelativePath().is_within({}));
  CHECK_FALSE(of("ab").is_within(of("a")));
  CHECK_FALSE(of("a").is_within(of("a/b")));
  CHECK_FALSE(RelativePath().is_within(of("a")));
  CHECK(of("a/b/c").below(of("a")) == of("b/c"));
  CHECK(of("a").below(of("a")).is_root());
  CHECK(of("a/b").below({}) == of("a/b"));
}

TEST_CASE("paths are ordered by their bytes and hash alike when equal") {
  CHECK(of("Zeta.json") < of("alpha.txt"));
  CHECK(of("a-b") < of("a/b"));
  CHECK(of("z") < of("\xC3\xA9"));
  CHECK(RelativePath() < of("\x01"));
  std::unordered_set<RelativePath> const set = {of("a"), of("a"), of("b")};
  CHECK(set.size() == 2);
}

}  // namespace
}  // namespace govseal
