#include <doctest/doctest.h>

#include <set>
#include <string>

#include "sealing/hash_file.h"
#include "sealing/line_check.h"
#include "sealing/manifest.h"

namespace govseal {
namespace {

using Set = std::set<std::string>;

std::string const kA = std::string(64, 'a');
std::string const kB = std::string(64, 'b');

std::string root_line(std::vector<std::string_view> const& lines) {
  return "ROOT_SHA256  " + root_of_lines(lines).hex() + "\n";
}

HashFile read(std::string text) {
  return read_hash_file(std::move(text), kHashFileName);
}

Set root_codes(std::string text) {
  HashFile const file = read(std::move(text));
  FindingSet findings;
  check_root_lines(file, findings);
  return findings.codes();
}

ListedFile listed(std::string path, std::string const& hash) {
  return {std::move(path), 1, Digest::from_hex(hash), true};
}

struct Checked {
  Set codes;
  std::optional<LineOrder> order;
};

Checked check(std::string text, std::vector<ListedFile> const& entries) {
  HashFile const file = read(std::move(text));
  FindingSet findings;
  auto const order = check_lines(file, entries, findings);
  return {findings.codes(), order};
}

}  // namespace

TEST_CASE("a hash file is read line by line") {
  std::string const line = kA + "  a b";
  auto const file = read(line + "\n" + root_line({line}));
  CHECK_FALSE(file.stopped);
  CHECK(file.warnings.empty());
  REQUIRE(file.lines.size() == 1);
  CHECK(file.lines[0].path == "a b");
  CHECK(file.lines[0].sha256.hex() == kA);
  CHECK(file.root_is_last);
  CHECK(file.root == file.root_computed);
  CHECK(root_codes(line + "\n" + root_line({line})).empty());
}

TEST_CASE("a hash file that cannot be read as lines has a stop code and nothing else") {
  std::string const line = kA + "  a\n";
  for (auto const& [text, code] :
       {std::pair<std::string, std::string>{"\xEF\xBB\xBF" + line, "hashfile.bom"},
        {line + "\xFF\n", "hashfile.not_utf8"},
        {line + "\r\n", "hashfile.eol"},
        {line + "x\ry\n", "hashfile.eol"},
        {"x\ry", "hashfile.eol"},
        {"x\r\ny\r", "hashfile.eol"}}) {
    auto const file = read(text);
    CAPTURE(text);
    CHECK(file.stopped);
    CHECK(file.findings.codes() == Set{code});
    CHECK(file.warnings.empty());
    CHECK_FALSE(file.root_computed.has_value());
  }
}

TEST_CASE("CRLF throughout, a missing last line end and empty lines are warnings") {
  std::string const line = kA + "  a";
  auto const crlf = read(line + "\r\n\r\n" + kB + "  b");
  CHECK(crlf.warnings == Set{"hashfile.blank_line", "hashfile.crlf", "hashfile.no_final_newline"});
  REQUIRE(crlf.lines.size() == 2);
  CHECK(crlf.lines[0].path == "a");
  CHECK(crlf.root_computed == root_of_lines({line, kB + "  b"}));
  CHECK(read("\n").warnings == Set{"hashfile.blank_line"});
  CHECK(read("").warnings == Set{"hashfile.no_final_newline"});
}

TEST_CASE("any other form of a line is bad, and the root still covers it") {
  std::string const upper(64, 'A');
  for (std::string const& bad :
       {kA + " *a", kA + " a", "\\" + kA + "  a", upper + "  a", std::string("   "), kA + "  ", kA,
        std::string("# text"), kA.substr(1) + "  a", kA + "a  a"}) {
    CAPTURE(bad);
    auto const file = read(bad + "\n" + kB + "  b\n");
    CHECK(file.findings.codes() == Set{"hashfile.bad_line"});
    CHECK(file.has_bad_line());
    CHECK(file.lines.size() == 1);
    CHECK(file.root_computed == root_of_lines({bad, kB + "  b"}));
  }
  CHECK(read(kA + "   a\n").lines[0].path == " a");
}

TEST_CASE("each fault of the ROOT line has its code") {
  std::string const line = kA + "  a";
  std::string const root = root_line({line});
  std::string const hex = root.substr(13, 64);
  CHECK(root_codes(line + "\n") == Set{"root.missing"});
  CHECK(root_codes(line + "\n" + root + root) == Set{"root.duplicate"});
  CHECK(root_codes(root + line + "\n") == Set{"root.not_last"});
  CHECK(root_codes(line + "\nROOT_SHA256 " + hex + "\n") == Set{"root.malformed"});
  CHECK(root_codes(line + "\nROOT_SHA256  " + hex + " \n") == Set{"root.malformed"});
  CHECK(root_codes(line + "\nROOT_SHA256\n") == Set{"root.malformed"});
  CHECK(root_codes(line + "\nROOT_SHA256  " + kA + "\n") == Set{"root.mismatch"});
  CHECK(root_codes("ROOT_SHA256  " + kA + "\n" + line + "\n" + root) == Set{"root.duplicate"});
  CHECK(root_codes(line + "\n" + root + "ROOT_SHA256x\n") ==
        Set{"root.duplicate", "root.malformed"});
  CHECK(read(line + "\n" + root + "ROOT_SHA256x\n").root->hex() == hex);
  CHECK(root_codes("") == Set{"root.missing"});
}

TEST_CASE("lines and entries have to name the same paths with the same hashes") {
  std::string const own = kA + "  manifest.json\n";
  std::vector<ListedFile> const entries{listed("a", kA), listed("b", kB)};
  std::string const a = kA + "  a\n";
  std::string const b = kB + "  b\n";
  CHECK(check(a + b + own, entries).codes.empty());
  CHECK(check(a + b, entries).codes == Set{"hashfile.no_manifest_line"});
  CHECK(check(a + own, entries).codes == Set{"hashfile.missing_line"});
  CHECK(check(a + b + kA + "  c\n" + own, entries).codes == Set{"hashfile.extra_line"});
  CHECK(check(a + a + b + own, entries).codes == Set{"hashfile.duplicate_path"});
  CHECK(check(a + b + own + own, entries).codes == Set{"hashfile.duplicate_path"});
  CHECK(check(a + kA + "  b\n" + own, entries).codes == Set{"hashfile.hash_differs"});
  CHECK(check(a + kA + "  b\n" + own, entries).order == LineOrder::a);
  CHECK(check(a + b + kA + "  b\n" + own, entries).codes ==
        Set{"hashfile.duplicate_path", "hashfile.hash_differs"});
}

TEST_CASE("a line is compared with every entry of its path that has a hash") {
  std::string const text = kA + "  a\n" + kA + "  manifest.json\n";
  ListedFile unknown = listed("a", kA);
  unknown.sha256.reset();
  CHECK(check(text, {unknown}).codes.empty());
  CHECK(check(text, {listed("a", kA), listed("a", kB)}).codes == Set{"hashfile.hash_differs"});
}

TEST_CASE("the order of lines is A, B or C, the first that fits, or a code") {
  std::vector<ListedFile> const entries{listed("a", kB), listed("z", kA)};
  std::string const a = kB + "  a\n";
  std::string const z = kA + "  z\n";
  std::string const own = std::string(64, 'c') + "  manifest.json\n";
  CHECK(check(a + z + own, entries).order == LineOrder::a);
  CHECK(check(z + a + own, entries).order == LineOrder::b);
  CHECK(check(a + own + z, entries).order == LineOrder::c);
  CHECK(check(own + a + z, entries).order == std::nullopt);
  CHECK(check(own + a + z, entries).codes == Set{"hashfile.order"});
  CHECK(check(kA + "  manifest.json\n", {}).order == LineOrder::a);
}

TEST_CASE("the order is not judged where lines are bad or missing") {
  std::vector<ListedFile> const entries{listed("a", kA)};
  auto const bad = check("text\n" + kA + "  manifest.json\n" + kA + "  a\n", entries);
  CHECK(bad.codes.empty());
  CHECK_FALSE(bad.order.has_value());
  CHECK_FALSE(check("", {}).order.has_value());
}

TEST_CASE("the lines of manifest.json that do not fit the file are found, all of them") {
  auto const file = read(kA + "  manifest.json\n" + kB + "  manifest.json\n" + kA + "  a\n");
  FindingSet findings;
  auto const wrong = wrong_manifest_lines(file, *Digest::from_hex(kA), findings);
  REQUIRE(wrong.size() == 1);
  CHECK(wrong[0].sha256.hex() == kB);
  CHECK(findings.codes().empty());
  CHECK(wrong_manifest_lines(read(kA + "  a\n"), *Digest::from_hex(kA), findings).empty());
  CHECK(findings.codes() == Set{"hashfile.no_manifest_line"});
}

}  // namespace govseal
