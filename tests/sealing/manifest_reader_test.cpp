#include <doctest/doctest.h>

#include <set>
#include <string>

#include "sealing/manifest_reader.h"

namespace govseal {
namespace {

std::string const kHash(64, 'a');

std::string object(std::string const& members) {
  return "{" + members + "}";
}

std::string member(std::string const& relpath, std::string const& bytes = "1",
                   std::string const& sha256 = "\"" + kHash + "\"") {
  return object("\"relpath\": " + relpath + ", \"bytes\": " + bytes + ", \"sha256\": " + sha256);
}

std::set<std::string> codes(std::string const& text) {
  return read_manifest(text).findings.codes();
}

using Set = std::set<std::string>;

}  // namespace

TEST_CASE("a manifest lists paths, sizes and hashes") {
  auto const reading = read_manifest("[" + member("\"a\"", "5") + "," + member("\"b/c\"") + "]");
  CHECK_FALSE(reading.stopped);
  CHECK(reading.findings.codes().empty());
  REQUIRE(reading.entries.size() == 2);
  CHECK(reading.entries[0].path == "a");
  CHECK(reading.entries[0].bytes == 5);
  CHECK(reading.entries[0].sha256->hex() == kHash);
  CHECK(reading.entries[0].lookup);
  CHECK(reading.entries[1].path == "b/c");
}

TEST_CASE("what is no array of JSON has a stop code and no entries") {
  std::string const good = member("\"a\"");
  for (auto const& [text, code] :
       {std::pair<std::string, std::string>{"\xEF\xBB\xBF[]", "manifest.bom"},
        {"[\"\xE4\"]", "manifest.not_utf8"},
        {"", "manifest.json"},
        {"[" + good, "manifest.json"},
        {"[" + good + "] x", "manifest.json"},
        {"[" + good + ",]", "manifest.json"},
        {"[" + member("\"a\"", "NaN") + "]", "manifest.json"},
        {"[" + std::string(256, '[') + std::string(256, ']') + "]", "manifest.json"},
        {"{\"entries\": [" + good + "]}", "manifest.not_array"},
        {"17", "manifest.not_array"},
        {"\"text\"", "manifest.not_array"},
        {"{\"a\": \"\\ud800\"}", "manifest.json"}}) {
    auto const reading = read_manifest(text);
    CAPTURE(text);
    CHECK(reading.stopped);
    CHECK(reading.entries.empty());
    CHECK(reading.findings.codes() == Set{code});
  }
}

TEST_CASE("each fault of an entry has its code") {
  CHECK(codes("[5]") == Set{"manifest.entry_type"});
  CHECK(codes("[[], \"x\", null]") == Set{"manifest.entry_type"});
  CHECK(codes("[{}]") == Set{"manifest.missing_key"});
  CHECK(codes("[{\"relpath\": \"a\", \"sha256\": \"" + kHash + "\"}]") ==
        Set{"manifest.missing_key"});
  std::string const good = "\"relpath\": \"a\", \"bytes\": 1, \"sha256\": \"" + kHash + "\"";
  CHECK(codes("[{" + good + ", \"mode\": 1}]") == Set{"manifest.unknown_key"});
  CHECK(codes("[{" + good + ", \"bytes\": 1}]") == Set{"manifest.duplicate_key"});
  CHECK(codes("[{" + good + ", \"x\": 1, \"x\": 1}]") ==
        Set{"manifest.duplicate_key", "manifest.unknown_key"});
  CHECK(codes("[" + member("\"manifest.json\"") + "]") == Set{"manifest.reserved_path"});
  CHECK(codes("[" + member("\"MANIFEST.sha256\"") + "]") == Set{"manifest.reserved_path"});
  CHECK(codes("[" + member("\"sub/manifest.json\"") + "]").empty());
  CHECK(codes("[" + member("\"b\"") + "," + member("\"a\"") + "]") == Set{"manifest.order"});
  CHECK(codes("[" + member("\"a\"") + "," + member("\"a\"") + "]") ==
        Set{"manifest.duplicate_path"});
  CHECK(codes("[" + member("\"a\"") + "," + member("\"a/b\"") + "]") ==
        Set{"path.prefix_conflict"});
  CHECK(codes("[" + member("\"a\"") + "," + member("\"a//b\"") + "]") == Set{"path.segment"});
  CHECK(codes("[" + member("\"\"") + "]") == Set{"path.empty"});
}

TEST_CASE("entries are ordered by UTF-8 bytes, not by UTF-16") {
  CHECK(codes("[" + member("\"\\uffee\"") + "," + member("\"\\ud83d\\ude00\"") + "]").empty());
  CHECK(codes("[" + member("\"\\ud83d\\ude00\"") + "," + member("\"\\uffee\"") + "]") ==
        Set{"manifest.order"});
}

TEST_CASE("bytes is a plain integer up to 2^53-1") {
  for (char const* good : {"0", "7", "9007199254740991"}) {
    CHECK_MESSAGE(codes("[" + member("\"a\"", good) + "]").empty(), good);
  }
  for (char const* bad : {"-0", "-1", "1.0", "1e0", "\"1\"", "null", "true", "[]", "{}",
                          "9007199254740992", "99999999999999999999"}) {
    CHECK_MESSAGE(codes("[" + member("\"a\"", bad) + "]") == Set{"manifest.bytes"}, bad);
  }
}

TEST_CASE("sha256 is 64 lower-case hex digits") {
  for (std::string const& bad :
       {std::string("null"), std::string("1"), "\"" + std::string(64, 'A') + "\"",
        "\"" + std::string(63, 'a') + "\"", "\"" + std::string(65, 'a') + "\"",
        "\"" + std::string(63, 'a') + "g\""}) {
    CHECK_MESSAGE(codes("[" + member("\"a\"", "1", bad) + "]") == Set{"manifest.sha256"}, bad);
  }
}

TEST_CASE("a bad field is not compared, the entry stays listed") {
  auto const reading = read_manifest("[" + member("\"a\"", "-1", "null") + "]");
  REQUIRE(reading.entries.size() == 1);
  CHECK_FALSE(reading.entries[0].bytes.has_value());
  CHECK_FALSE(reading.entries[0].sha256.has_value());
  CHECK(reading.entries[0].lookup);
}

TEST_CASE("of a repeated key the last value counts") {
  auto const reading = read_manifest("[{\"relpath\": \"a\", \"bytes\": \"x\", \"sha256\": \"" +
                                     kHash + "\", \"bytes\": 3, \"relpath\": \"b\"}]");
  CHECK(reading.findings.codes() == Set{"manifest.duplicate_key"});
  REQUIRE(reading.entries.size() == 1);
  CHECK(reading.entries[0].path == "b");
  CHECK(reading.entries[0].bytes == 3);
  CHECK(codes("[{\"relpath\": \"a\", \"bytes\": 3, \"sha256\": \"" + kHash +
              "\", \"bytes\": 1.5}]") == Set{"manifest.duplicate_key", "manifest.bytes"});
}

TEST_CASE("paths that are no text list nothing") {
  auto const reading =
      read_manifest("[" + member("null") + "," + member("\"\\ud800\"") + "," + member("[1]") + "]");
  CHECK(reading.entries.empty());
  CHECK(reading.findings.codes() == Set{"manifest.relpath_type", "path.not_unicode"});
}

TEST_CASE("lone surrogates anywhere but in a relpath are no JSON") {
  CHECK(codes("[" + member("\"a\"", "1", "\"\\ud800\"") + "]") == Set{"manifest.json"});
  CHECK(codes("[{\"\\udc00\": 1}]") == Set{"manifest.json"});
  CHECK(codes("[\"\\udc00\"]") == Set{"manifest.json"});
  CHECK(codes("[{\"relpath\": [\"\\udc00\"], \"bytes\": 1, \"sha256\": \"" + kHash + "\"}]") ==
        Set{"manifest.json"});
}

TEST_CASE("bad and reserved paths stay listed and are never looked up") {
  auto const reading =
      read_manifest("[" + member("\"../a\"") + "," + member("\"MANIFEST.sha256\"") + "," +
                    member("\"a\"") + "," + member("\"a/b\"") + "]");
  REQUIRE(reading.entries.size() == 4);
  CHECK_FALSE(reading.entries[0].lookup);
  CHECK_FALSE(reading.entries[1].lookup);
  CHECK(reading.entries[2].lookup);
  CHECK(reading.entries[3].lookup);
}

TEST_CASE("a manifest with faults by the hundred thousand keeps only the first findings") {
  std::string text = "[";
  for (int i = 0; i < 200'000; ++i) text += i == 0 ? "{}" : ",{}";
  auto reading = read_manifest(text + "]");
  FolderVerdict verdict;
  reading.findings.move_into(verdict);
  CHECK(verdict.codes == Set{"manifest.missing_key"});
  CHECK(verdict.findings.size() == kFindingsMax);
  CHECK(verdict.findings_truncated);
}

}  // namespace govseal
