// The bytes of a seal (sealing.md 1), against the vectors of the specification.
#include <doctest/doctest.h>

#include <algorithm>

#include "sealing/hash_file.h"
#include "sealing/line_check.h"
#include "sealing/manifest.h"
#include "tests/sealing/seal_fixtures.h"

namespace govseal {
namespace {

ManifestEntry entry(std::string path, std::string_view content) {
  return {std::move(path), content.size(), sha256(content)};
}

/// The folder ok_builder_order of the fixture set; run.json by its known hash.
std::vector<ManifestEntry> vector_entries() {
  auto const run_json =
      Digest::from_hex("2be3555425d9b14bb1637b62ebbd594609ef843f26b5ef5d713b926981c0f4e6");
  return {entry("sub/beta.csv", "a,b\n1,2\n"),
          entry("alpha.txt", "alpha\n"),
          {"run.json", 332, *run_json},
          entry("Zeta.json", "{\"k\": 1}\n")};
}

constexpr char const* kVectorRoot =
    "3ff293c37df890c361442c38b095efc067383c3dcb944932480748180e9dbbc9";

std::vector<std::string> lines_of(std::string const& hashfile) {
  std::vector<std::string> lines;
  std::string_view rest = hashfile;
  while (!rest.empty()) {
    auto const end = rest.find('\n');
    lines.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  return lines;
}

std::string joined(std::vector<std::string> const& lines) {
  std::string out;
  for (std::string const& line : lines) out += line + "\n";
  return out;
}

}  // namespace

TEST_CASE("the seal of the specification's folder has the specification's bytes") {
  SealBytes const seal = make_seal_bytes(vector_entries());
  CHECK(seal.manifest_json.size() == 543);
  CHECK(seal.manifest_sha256.hex() ==
        "8b9d247fbc89bcc3958f4d291da13444758deb818e367202deb434fd9c17489e");
  CHECK(seal.hashfile.size() == 464);
  CHECK(seal.hashfile_sha256.hex() ==
        "858b9ccde8e67cbd7f23dd74d50ed344ae21bf5b5880fa8dba3c2457f7780d7a");
  CHECK(seal.root.hex() == kVectorRoot);
  CHECK(seal.files == 4);
  CHECK(seal.bytes == 9 + 6 + 332 + 8);
  CHECK(seal.manifest_json.substr(0, 60) ==
        "[\n  {\n    \"relpath\": \"Zeta.json\",\n    \"bytes\": 9,\n    \"sha25");
  CHECK(sha256(seal.manifest_json) == seal.manifest_sha256);
  CHECK(sha256(seal.hashfile) == seal.hashfile_sha256);
}

TEST_CASE("the order in which files are given does not matter") {
  auto entries = vector_entries();
  SealBytes const seal = make_seal_bytes(entries);
  std::sort(entries.begin(), entries.end(),
            [](auto const& a, auto const& b) { return a.relpath > b.relpath; });
  CHECK(make_seal_bytes(entries).hashfile == seal.hashfile);
}

TEST_CASE("the three line orders of the specification's folder are VALID with one root") {
  TempDirectory const directory;
  SealFixtures const& fixtures = SealFixtures::get();
  for (char const* name : {"run.json", "alpha.txt", "Zeta.json", "sub/beta.csv", "manifest.json"}) {
    auto const folder = open_folder(fixtures.folder("ok_builder_order"));
    auto const file = folder->open_file(RelativePath::of(name));
    directory.write(std::string("ok_builder_order/") + name,
                    *read_all(*std::get<std::unique_ptr<File>>(file), 4096));
  }
  auto lines = lines_of(make_seal_bytes(vector_entries()).hashfile);
  std::string expected_hash = "858b9ccde8e67cbd7f23dd74d50ed344ae21bf5b5880fa8dba3c2457f7780d7a";
  LineOrder expected_order = LineOrder::a;
  SUBCASE("A") {}
  SUBCASE("B") {
    std::sort(lines.begin(), lines.end() - 1);
    expected_hash = "e603af5950932ec754ed47c06df8fdbbfabf4c056fe4aa73053a66d75a5916a5";
    expected_order = LineOrder::b;
  }
  SUBCASE("C") {
    std::sort(lines.begin(), lines.end() - 1,
              [](auto const& a, auto const& b) { return a.substr(66) < b.substr(66); });
    expected_hash = "dca538f7852e30fd8c6ac1bd5d1eeed42cdafcba5f55c984f7f4df0f5283a56e";
    expected_order = LineOrder::c;
  }
  directory.write("ok_builder_order/MANIFEST.sha256", joined(lines));
  auto const verdict = verify_path(directory / "ok_builder_order");
  CHECK(verdict.verdict == Verdict::valid);
  CHECK(verdict.variant == expected_order);
  CHECK(verdict.root->hex() == kVectorRoot);
  CHECK(verdict.hashfile_sha256->hex() == expected_hash);
}

TEST_CASE("names outside plain ASCII are escaped in manifest.json and raw in MANIFEST.sha256") {
  SealBytes const seal = make_seal_bytes(
      {entry("\xC3\xA9\xE2\x80\x93\xC3\xBC.txt", "x"), entry("q\"\xF0\x9F\x98\x80/f", "")});
  CHECK(seal.manifest_json.find("\"\\u00e9\\u2013\\u00fc.txt\"") != std::string::npos);
  CHECK(seal.manifest_json.find("\"q\\\"\\ud83d\\ude00/f\"") != std::string::npos);
  CHECK(seal.hashfile.find("  \xC3\xA9\xE2\x80\x93\xC3\xBC.txt\n") != std::string::npos);
}

TEST_CASE("the second commitment covers all lines by path, that of manifest.json among them") {
  SealBytes const seal = make_seal_bytes(vector_entries());
  auto lines = lines_of(seal.hashfile);
  lines.pop_back();
  std::sort(lines.begin(), lines.end(),
            [](auto const& a, auto const& b) { return a.substr(66) < b.substr(66); });
  CHECK(seal.h1 == "h1:" + to_base64(sha256(joined(lines)).span()));
  SealBytes const before = make_seal_bytes({entry("a", "1")});
  SealBytes const after = make_seal_bytes({entry("z", "1")});
  CHECK(before.h1 != after.h1);
  CHECK(
      before.h1 ==
      "h1:" +
          to_base64(
              sha256(joined({lines_of(before.hashfile)[0], lines_of(before.hashfile)[1]})).span()));
  CHECK(after.h1 ==
        "h1:" +
            to_base64(
                sha256(joined({lines_of(after.hashfile)[1], lines_of(after.hashfile)[0]})).span()));
}

TEST_CASE("a seal of nothing is an empty array and the root over one line") {
  SealBytes const seal = make_seal_bytes({});
  CHECK(seal.manifest_json == "[]\n");
  CHECK(seal.files == 0);
  CHECK(seal.hashfile ==
        seal.manifest_sha256.hex() + "  manifest.json\nROOT_SHA256  " + seal.root.hex() + "\n");
  CHECK(seal.root == sha256(seal.manifest_sha256.hex() + "  manifest.json\n"));
}

TEST_CASE("the root over no lines is the hash of one LF") {
  CHECK(root_of_lines({}) == sha256("\n"));
  CHECK(root_of_lines({"b", "a"}) == sha256("a\nb\n"));
}

TEST_CASE("lines that share their first bytes are still sorted as a whole") {
  CHECK(root_of_lines({"aaaaaaaab", "aaaaaaaa", "aaaaaaaaa"}) ==
        sha256("aaaaaaaa\naaaaaaaaa\naaaaaaaab\n"));
  std::string const with_nul("aaaa\0", 5);
  CHECK(root_of_lines({with_nul, "aaaa"}) == sha256("aaaa\n" + with_nul + "\n"));
}

TEST_CASE("a seal that was just made is read back without a finding") {
  SealBytes const seal = make_seal_bytes(vector_entries());
  ManifestReading manifest = read_manifest(seal.manifest_json);
  HashFile const file = read_hash_file(seal.hashfile, kHashFileName);
  FindingSet findings;
  check_root_lines(file, findings);
  CHECK(check_lines(file, manifest.entries, findings) == LineOrder::a);
  CHECK(findings.codes().empty());
  CHECK(manifest.findings.codes().empty());
  CHECK(file.findings.codes().empty());
  CHECK(file.root == seal.root);
  CHECK(file.root_computed == seal.root);
}

}  // namespace govseal
