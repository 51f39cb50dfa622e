#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "sealing/path_rules.h"

namespace govseal {
namespace {

using Codes = std::vector<std::string_view>;
using Conflicts = std::vector<std::pair<std::string_view, std::string_view>>;

}  // namespace

TEST_CASE("every path rule has its code, and all that apply are given") {
  CHECK(path_codes("a").empty());
  CHECK(path_codes(".hidden/..x/...").empty());
  CHECK(path_codes("sub/-").empty());
  CHECK(path_codes("\xC3\xA9").empty());
  CHECK(path_codes("") == Codes{"path.empty"});
  CHECK(path_codes("/a") == Codes{"path.absolute"});
  CHECK(path_codes("//a") == Codes{"path.absolute"});
  CHECK(path_codes("/../a") == Codes{"path.absolute", "path.dotdot"});
  CHECK(path_codes("a/..") == Codes{"path.dotdot"});
  CHECK(path_codes("a/../b//c") == Codes{"path.dotdot", "path.segment"});
  CHECK(path_codes("./a") == Codes{"path.segment"});
  CHECK(path_codes("a/") == Codes{"path.segment"});
  CHECK(path_codes("a/./b") == Codes{"path.segment"});
  CHECK(path_codes("a\\b") == Codes{"path.backslash"});
  CHECK(path_codes("a\nb") == Codes{"path.control"});
  CHECK(path_codes("a\x7F") == Codes{"path.control"});
  CHECK(path_codes(std::string("a\0b", 3)) == Codes{"path.control"});
  CHECK(path_codes("-") == Codes{"path.dash"});
  CHECK(path_codes("-a").empty());
}

TEST_CASE("lengths are in bytes, 255 an element and 4096 a path") {
  CHECK(path_codes(std::string(255, 'a')).empty());
  CHECK(path_codes(std::string(256, 'a')) == Codes{"path.too_long"});
  std::string umlauts;
  for (int i = 0; i < 128; ++i) umlauts += "\xC3\xA9";
  CHECK(path_codes(umlauts) == Codes{"path.too_long"});
  std::string path;
  while (path.size() < 4096) path += "a/";
  path.resize(4095);
  CHECK(path_codes(path).empty());
  CHECK(path_codes(path + "b").empty());
  CHECK(path_codes(path + "bc") == Codes{"path.too_long"});
}

TEST_CASE("names that may be sealed are UTF-8 and break no rule") {
  CHECK(is_sealable_path("a/b"));
  CHECK_FALSE(is_sealable_path("a\xFF"));
  CHECK_FALSE(is_sealable_path("a\\b"));
}

TEST_CASE("risky names have their warnings") {
  CHECK(name_warnings("plain/name.txt").empty());
  CHECK(name_warnings("e\xCC\x81") == Codes{"name.combining_mark"});
  CHECK(name_warnings("e\xCD\xAF") == Codes{"name.combining_mark"});
  CHECK(name_warnings("e\xCD\xB0").empty());
  CHECK(name_warnings("x/CON") == Codes{"name.windows_reserved"});
  CHECK(name_warnings("aux.tar.gz") == Codes{"name.windows_reserved"});
  CHECK(name_warnings("Lpt9.x/y") == Codes{"name.windows_reserved"});
  CHECK(name_warnings("com1.") == Codes{"name.windows_reserved", "name.trailing_dot_or_space"});
  for (char const* fine : {"com0", "com10", "console", "lpt", "xcon", "nul1"}) {
    CHECK_MESSAGE(name_warnings(fine).empty(), fine);
  }
  CHECK(name_warnings("dir /f") == Codes{"name.trailing_dot_or_space"});
  CHECK(name_warnings(" dir/f") == Codes{"name.leading_space"});
  CHECK(name_warnings("a:b") == Codes{"name.colon"});
}

TEST_CASE("a path that is a directory prefix of another is found, also with names between them") {
  CHECK(prefix_conflicts({"a", "a-b", "a.txt", "a/b", "b"}) == Conflicts{{"a", "a/b"}});
  CHECK(prefix_conflicts({"a", "ab/c", "b"}).empty());
  CHECK(prefix_conflicts({"a/b", "a/b/c/d", "a/bc"}) == Conflicts{{"a/b", "a/b/c/d"}});
  CHECK(prefix_conflicts({"a", "a/b", "a/b/c"}) == Conflicts{{"a", "a/b"}, {"a", "a/b/c"}});
  CHECK(prefix_conflicts({}).empty());
}

TEST_CASE(
    "looking for directory prefixes among many long paths takes no longer than reading them") {
  std::vector<std::string> paths;
  std::string deep = "d";
  for (int i = 0; i < 1500; ++i) paths.push_back(deep += "/d");
  for (int i = 0; i < 5000; ++i) paths.push_back(deep + "/" + std::to_string(i));
  std::sort(paths.begin(), paths.end());
  std::vector<std::string_view> const views(paths.begin(), paths.end());
  CHECK(prefix_conflicts(views).size() == paths.size() - 1);
}

TEST_CASE("only A to Z are folded") {
  CHECK(ascii_lower("AbZ\xC3\x89[@") == "abz\xC3\x89[@");
}

TEST_CASE("the seal files are the two names at top level") {
  CHECK(is_seal_file("manifest.json"));
  CHECK(is_seal_file("MANIFEST.sha256"));
  CHECK_FALSE(is_seal_file("sub/manifest.json"));
  CHECK_FALSE(is_seal_file("MANIFEST.json"));
}

}  // namespace govseal
