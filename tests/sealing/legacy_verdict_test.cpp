// The styles of other producers (sealing.md 7): what each lists and how it can be broken.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "sealing/catalog_seal.h"
#include "tests/sealing/seal_fixtures.h"

namespace govseal {
namespace {

namespace fs = std::filesystem;
using Set = std::set<std::string>;

std::string line_of(std::string_view bytes, std::string const& path) {
  return sha256(bytes).hex() + "  " + path + "\n";
}

/// `"bytes": n, "sha256": "..."`
std::string facts_of(std::string_view bytes) {
  return "\"bytes\": " + std::to_string(bytes.size()) + ", \"sha256\": \"" + sha256(bytes).hex() +
         "\"";
}

class Folder {
 public:
  void write(std::string const& path, std::string_view bytes) const {
    directory_.write("run/" + path, bytes);
  }
  [[nodiscard]] std::string read(std::string const& path) const {
    return directory_.read("run/" + path);
  }
  [[nodiscard]] std::string path(std::string const& below) const {
    return directory_ / ("run/" + below);
  }
  void remove(std::string const& below) const { fs::remove_all(path(below)); }
  [[nodiscard]] FolderVerdict verify() const {
    VerifyOptions options;
    options.compat = false;
    return verify_path(directory_ / "run", std::move(options));
  }

 private:
  TempDirectory directory_;
};

constexpr std::string_view kAlpha = "alpha\n";
constexpr std::string_view kBeta = "a,b\n1,2\n";

void write_payload(Folder const& folder) {
  folder.write("alpha.txt", kAlpha);
  folder.write("sub/beta.csv", kBeta);
}

void write_path1(Folder const& folder) {
  write_payload(folder);
  folder.write("MANIFEST.sha256", line_of(kAlpha, "alpha.txt") + line_of(kBeta, "sub/beta.csv"));
}

void write_seal_json(Folder const& folder, std::string const& target) {
  std::string const seal =
      "{\"inputs\": {\"/elsewhere\": {\"bytes\": 1, \"sha256\": \"00\"}}, "
      "\"kind\": \"K\", \"target\": " +
      target + ", \"version\": \"0.1\"}\n";
  folder.write("SEAL.json", seal);
  folder.write("SEAL.sha256", line_of(seal, "SEAL.json"));
}

void write_cartographer(Folder const& folder) {
  write_payload(folder);
  std::string const manifest = "{\"artifacts\": {\"alpha.txt\": {" + facts_of(kAlpha) +
                               "}, \"sub/beta.csv\": {" + facts_of(kBeta) +
                               "}}, \"run_id\": \"run\", \"schema_version\": \"1\"}\n";
  folder.write("MANIFEST.json", manifest);
  folder.write("MANIFEST.sha256", line_of(manifest, "MANIFEST.json"));
  write_seal_json(folder, "{\"path\": \"MANIFEST.json\", " + facts_of(manifest) + "}");
}

void write_pack_texts(Folder const& folder, std::string const& manifest) {
  std::string const lines = line_of(kAlpha, "alpha.txt") + line_of(kBeta, "sub/beta.csv");
  folder.write("manifest.json", manifest);
  folder.write("pack_sha256.txt", sha256(lines).hex() + "\n");
  folder.write("manifest_sha256.txt", sha256(manifest).hex() + "\n");
}

void write_evidence_pack(Folder const& folder) {
  write_payload(folder);
  write_pack_texts(folder, "{\"files\": [{\"relative_path\": \"alpha.txt\", " + facts_of(kAlpha) +
                               "}, {\"relative_path\": \"sub/beta.csv\", " + facts_of(kBeta) +
                               "}]}\n");
}

std::string text_of(Set const& codes) {
  std::string text;
  for (std::string const& code : codes) text += (text.empty() ? "" : " ") + code;
  return text;
}

using Hand = std::function<void(Folder const&)>;

struct Broken {
  char const* what;
  Hand break_it;
  Set codes;
  Verdict verdict = Verdict::invalid;
  Set warnings{};
};

void check(Hand const& write, SealStyle style, std::vector<Broken> const& cases) {
  for (Broken const& one : cases) {
    std::string const what = one.what;
    CAPTURE(what);
    Folder const folder;
    write(folder);
    one.break_it(folder);
    FolderVerdict const verdict = folder.verify();
    CHECK(verdict.style == style);
    CHECK(text_of(verdict.codes) == text_of(one.codes));
    CHECK(verdict.warnings == one.warnings);
    CHECK(verdict.verdict == one.verdict);
    CHECK(!verdict.root.has_value());
    Set found;
    for (SealFinding const& finding : verdict.findings) found.insert(finding.code);
    CHECK(found == one.codes);
  }
}

void replace_by_directory(Folder const& folder, std::string const& path) {
  folder.remove(path);
  fs::create_directory(folder.path(path));
}

void replace_by_link(Folder const& folder, std::string const& path) {
  fs::rename(folder.path(path), folder.path("moved"));
  fs::create_symlink("moved", folder.path(path));
}

void replace_by_fifo(Folder const& folder, std::string const& path) {
  folder.remove(path);
  REQUIRE(::mkfifo(folder.path(path).c_str(), 0600) == 0);
}

Hand nothing() {
  return [](Folder const&) {};
}
Hand writing(std::string path, std::string bytes) {
  return [=](Folder const& folder) { folder.write(path, bytes); };
}
Hand removing(std::string path) {
  return [=](Folder const& folder) { folder.remove(path); };
}
Hand appending(std::string path, std::string bytes) {
  return [=](Folder const& folder) { folder.write(path, folder.read(path) + bytes); };
}

/// What can happen to a listed file, whatever lists it. A style that records sizes tells a changed
/// size from a changed hash.
std::vector<Broken> broken_payload(bool with_sizes) {
  std::string const size = with_sizes ? "content.size" : "content.hash";
  return {
      {"nothing", nothing(), {}, Verdict::legacy},
      {"an unlisted file", writing("more.txt", "x"), {}, Verdict::legacy},
      {"an unlisted empty directory",
       [](Folder const& folder) { fs::create_directory(folder.path("empty")); },
       {},
       Verdict::legacy},
      {"one byte differs", writing("alpha.txt", "alphb\n"), {"content.hash"}},
      {"a byte more", writing("alpha.txt", "alpha\nx"), {size}},
      {"line ends", writing("alpha.txt", "alpha\r\n"), {"content.eol"}, Verdict::eol_normalized},
      {"line ends and a byte",
       [](Folder const& folder) {
         folder.write("alpha.txt", "alpha\r\n");
         folder.write("sub/beta.csv", "a,b\n1,3\n");
       },
       {"content.eol", "content.hash"}},
      {"gone", removing("alpha.txt"), {"tree.missing"}},
      {"gone with its directory", removing("sub"), {"tree.missing"}},
      {"a directory",
       [](Folder const& folder) { replace_by_directory(folder, "alpha.txt"); },
       {"tree.listed_dir"}},
      {"a link",
       [](Folder const& folder) { replace_by_link(folder, "alpha.txt"); },
       {"tree.symlink"}},
      {"a FIFO",
       [](Folder const& folder) { replace_by_fifo(folder, "alpha.txt"); },
       {"tree.special"}},
      {"below a link",
       [](Folder const& folder) { replace_by_link(folder, "sub"); },
       {"tree.missing"}},
  };
}

}  // namespace

TEST_CASE("path1: what its lines list is checked, and nothing else") {
  check(write_path1, SealStyle::path1, broken_payload(false));
}

TEST_CASE("path1: lines obey the rules of hash files and of paths") {
  std::string const good = line_of(kAlpha, "alpha.txt");
  std::string const hash = sha256("x").hex();
  auto const file = [&](std::string const& bytes) { return writing("MANIFEST.sha256", bytes); };
  check(write_path1, SealStyle::path1,
        {{"a star before the name", file(good + hash + " *beta\n"), {"hashfile.bad_line"}},
         {"one blank", file(good + hash + " beta\n"), {"hashfile.bad_line"}},
         {"upper case", file(good + std::string(64, 'A') + "  beta\n"), {"hashfile.bad_line"}},
         {"up and out", file(good + hash + "  ../beta\n"), {"path.dotdot"}},
         {"absolute", file(good + hash + "  /etc/passwd\n"), {"path.absolute"}},
         {"a dot", file(good + hash + "  ./beta\n"), {"path.segment"}},
         {"a backslash", file(good + hash + "  a\\b\n"), {"path.backslash"}},
         {"a control byte", file(good + hash + "  a\x01\n"), {"path.control"}},
         {"a dash", file(good + hash + "  -\n"), {"path.dash"}},
         {"too long", file(good + hash + "  " + std::string(256, 'n') + "\n"), {"path.too_long"}},
         {"CRLF",
          file(good.substr(0, good.size() - 1) + "\r\n"),
          {},
          Verdict::legacy,
          {"hashfile.crlf"}},
         {"an empty line", file(good + "\n"), {}, Verdict::legacy, {"hashfile.blank_line"}},
         {"no last line end",
          file(good.substr(0, good.size() - 1)),
          {},
          Verdict::legacy,
          {"hashfile.no_final_newline"}}});
}

TEST_CASE("path1: with a ROOT line, without a line or unreadable it is a broken contract seal") {
  std::string const good = line_of(kAlpha, "alpha.txt");
  for (std::string const& bytes :
       {good + "ROOT_SHA256  x\n", good + line_of("[]\n", "manifest.json"), std::string("\n"),
        std::string(), "\xEF\xBB\xBF" + good, good + "\xFF\n", good + "\r" + good}) {
    CAPTURE(bytes);
    Folder const folder;
    write_path1(folder);
    folder.write("MANIFEST.sha256", bytes);
    CHECK(folder.verify().style == SealStyle::contract);
    CHECK(folder.verify().verdict == Verdict::invalid);
  }
}

TEST_CASE("cartographer: its artifacts are checked") {
  check(write_cartographer, SealStyle::cartographer, broken_payload(true));
}

TEST_CASE("cartographer: target, both one-line files and both documents are checked") {
  std::string const other = "{\"artifacts\": {}}\n";
  check(
      write_cartographer, SealStyle::cartographer,
      {{"MANIFEST.json rewritten", writing("MANIFEST.json", other), {"content.size"}},
       {"MANIFEST.json with its line",
        [&](Folder const& folder) {
          folder.write("MANIFEST.json", other);
          folder.write("MANIFEST.sha256", line_of(other, "MANIFEST.json"));
        },
        {"content.size"}},
       {"no artifacts",
        [](Folder const& folder) {
          std::string const none = "{\"run_id\": \"run\"}\n";
          folder.write("MANIFEST.json", none);
          folder.write("MANIFEST.sha256", line_of(none, "MANIFEST.json"));
          write_seal_json(folder, "{\"path\": \"MANIFEST.json\", " + facts_of(none) + "}");
        },
        {"legacy.malformed"}},
       {"SEAL.json without target",
        [](Folder const& folder) {
          folder.write("SEAL.json", "{}\n");
          folder.write("SEAL.sha256", line_of("{}\n", "SEAL.json"));
        },
        {"legacy.malformed"}},
       {"a target elsewhere",
        [](Folder const& folder) {
          write_seal_json(folder, "{\"path\": \"../x\", " + facts_of("x") + "}");
        },
        {"path.dotdot"}},
       {"a target without size",
        [](Folder const& folder) {
          write_seal_json(
              folder, "{\"path\": \"alpha.txt\", \"sha256\": \"" + sha256(kAlpha).hex() + "\"}");
        },
        {"legacy.malformed"}},
       {"SEAL.json changed", appending("SEAL.json", " "), {"content.hash"}},
       {"SEAL.sha256 gone", removing("SEAL.sha256"), {"tree.missing"}},
       {"SEAL.sha256 a directory",
        [](Folder const& folder) { replace_by_directory(folder, "SEAL.sha256"); },
        {"tree.listed_dir"}},
       {"SEAL.sha256 a link",
        [](Folder const& folder) { replace_by_link(folder, "SEAL.sha256"); },
        {"tree.symlink"}},
       {"SEAL.sha256 of another file",
        writing("SEAL.sha256", line_of("x", "other")),
        {"legacy.malformed"}},
       {"SEAL.sha256 with two lines",
        [](Folder const& folder) {
          folder.write("SEAL.sha256", folder.read("SEAL.sha256") + folder.read("SEAL.sha256"));
        },
        {"legacy.malformed"}},
       {"SEAL.sha256 empty",
        writing("SEAL.sha256", ""),
        {"legacy.malformed"},
        Verdict::invalid,
        {"hashfile.no_final_newline"}},
       {"SEAL.sha256 with a bad line", writing("SEAL.sha256", "no hash\n"), {"hashfile.bad_line"}},
       {"SEAL.sha256 not UTF-8", writing("SEAL.sha256", "\xFF\n"), {"hashfile.not_utf8"}},
       {"SEAL.sha256 with a BOM", writing("SEAL.sha256", "\xEF\xBB\xBFx\n"), {"hashfile.bom"}},
       {"SEAL.sha256 with mixed line ends", writing("SEAL.sha256", "a\rb\n"), {"hashfile.eol"}}});
}

TEST_CASE("cartographer: documents that are no documents are malformed") {
  for (std::string const& text : std::vector<std::string>{
           "", "[]", "{", "{} {}", "\xEF\xBB\xBF{\"artifacts\": {}}", "{\"artifacts\": []}",
           "{\"artifacts\": {\"a\": 1}}", "{\"artifacts\": {}, \"artifacts\": {}}",
           "{\"artifacts\": {\"a\": {\"bytes\": 1.0, \"sha256\": \"" + sha256("x").hex() + "\"}}}",
           "{\"artifacts\": {\"a\": {\"bytes\": 1, \"sha256\": \"AB\"}}}",
           "{\"artifacts\": {\"\\ud800\": {" + facts_of("x") + "}}}"}) {
    CAPTURE(text);
    Folder const folder;
    write_cartographer(folder);
    folder.write("MANIFEST.json", text);
    folder.write("MANIFEST.sha256", line_of(text, "MANIFEST.json"));
    write_seal_json(folder, "{\"path\": \"MANIFEST.json\", " + facts_of(text) + "}");
    FolderVerdict const verdict = folder.verify();
    CHECK(verdict.verdict == Verdict::invalid);
    CHECK(verdict.codes.contains("legacy.malformed"));
  }
}

TEST_CASE("evidence pack: its files are checked") {
  check(write_evidence_pack, SealStyle::evidence_pack, broken_payload(true));
}

TEST_CASE("evidence pack: both text files are checked") {
  std::string const hash = sha256("x").hex();
  check(write_evidence_pack, SealStyle::evidence_pack,
        {{"another pack hash", writing("pack_sha256.txt", hash + "\n"), {"legacy.pack_hash"}},
         {"no pack hash", writing("pack_sha256.txt", "none\n"), {"legacy.malformed"}},
         {"an upper-case pack hash",
          writing("pack_sha256.txt", std::string(64, 'A')),
          {"legacy.malformed"}},
         {"a pack hash between blanks",
          [](Folder const& folder) {
            folder.write("pack_sha256.txt", " \n" + folder.read("pack_sha256.txt") + "\r\n");
          },
          {},
          Verdict::legacy},
         {"a huge pack hash",
          writing("pack_sha256.txt", std::string(10'000, 'a')),
          {"legacy.malformed"}},
         {"another manifest hash", writing("manifest_sha256.txt", hash), {"content.hash"}},
         {"no manifest hash", writing("manifest_sha256.txt", ""), {"legacy.malformed"}},
         {"the manifest hash gone", removing("manifest_sha256.txt"), {"tree.missing"}},
         {"the manifest reformatted", appending("manifest.json", "\n"), {"content.hash"}},
         {"the manifest with other line ends",
          [](Folder const& folder) {
            std::string const text = folder.read("manifest.json");
            folder.write("manifest.json", text.substr(0, text.size() - 1) + "\r\n");
          },
          {"content.eol"},
          Verdict::eol_normalized}});
}

TEST_CASE("evidence pack: the order of its files is that of the pack hash") {
  Folder const folder;
  write_payload(folder);
  write_pack_texts(folder, "{\"files\": [{\"relative_path\": \"sub/beta.csv\", " + facts_of(kBeta) +
                               "}, {\"relative_path\": \"alpha.txt\", " + facts_of(kAlpha) +
                               "}]}\n");
  CHECK(folder.verify().codes == Set{"legacy.pack_hash"});
  CHECK(folder.verify().verdict == Verdict::invalid);
}

TEST_CASE("evidence pack: entries that are no entries are malformed, the others are checked") {
  for (std::string const& entry : std::vector<std::string>{
           "7", "{}", "{\"relative_path\": 1, " + facts_of("x") + "}",
           "{\"relative_path\": \"alpha.txt\", \"bytes\": 6}",
           "{\"relative_path\": \"alpha.txt\", \"relative_path\": \"alpha.txt\", " +
               facts_of(kAlpha) + "}"}) {
    CAPTURE(entry);
    Folder const folder;
    write_payload(folder);
    folder.write("sub/beta.csv", "changed");
    write_pack_texts(folder, "{\"files\": [" + entry + ", {\"relative_path\": \"sub/beta.csv\", " +
                                 facts_of(kBeta) + "}]}\n");
    FolderVerdict const verdict = folder.verify();
    CHECK(verdict.style == SealStyle::evidence_pack);
    CHECK(verdict.codes == Set{"legacy.malformed", "content.size"});
  }
}

TEST_CASE("what is no evidence pack is half a seal") {
  for (std::string const& text :
       std::vector<std::string>{"{}", "{\"files\": {}}", "[]", "no JSON"}) {
    CAPTURE(text);
    Folder const folder;
    write_evidence_pack(folder);
    folder.write("manifest.json", text);
    FolderVerdict const verdict = folder.verify();
    CHECK(verdict.verdict == Verdict::incomplete);
    CHECK(verdict.codes == Set{"seal.incomplete"});
    CHECK(!verdict.style.has_value());
  }
  Folder const folder;
  write_evidence_pack(folder);
  folder.remove("pack_sha256.txt");
  CHECK(folder.verify().codes == Set{"seal.incomplete"});
}

TEST_CASE("a legacy folder hands over what it lists and what seals it") {
  Folder const folder;
  write_cartographer(folder);
  FolderVerdict const verdict = folder.verify();
  Set paths;
  for (SealedFile const& file : verdict.sealed_files) {
    CHECK(file.sha256 == sha256(folder.read(file.path)));
    CHECK(paths.insert(file.path).second);
  }
  CHECK(paths == Set{"alpha.txt", "sub/beta.csv", "MANIFEST.json", "MANIFEST.sha256", "SEAL.json",
                     "SEAL.sha256"});
  CHECK(verdict.hashfile_sha256 == sha256(folder.read("MANIFEST.sha256")));
  Folder const pack;
  write_evidence_pack(pack);
  CHECK(pack.verify().hashfile_sha256 == sha256(pack.read("manifest.json")));
}

namespace {

/// A repository with a catalog seal two directories down.
struct Catalog {
  Catalog() {
    fs::create_directory(temp / ".git");
    temp.write("data/a.txt", kAlpha);
    temp.write("data/b.csv", kBeta);
    write("{\"artifacts\": {\"data/a.txt\": {" + facts_of(kAlpha) +
          "}}, \"target\": {\"path\": \"data/b.csv\", " + facts_of(kBeta) + "}}\n");
  }
  void write(std::string const& seal) const {
    temp.write("docs/catalog/x.seal.json", seal);
    temp.write("docs/catalog/x.seal.sha256", line_of(seal, "x.seal.json"));
  }
  [[nodiscard]] FolderVerdict verify() const {
    auto const place = find_catalog(DiskFileSystem(), temp / "docs/catalog/x.seal.json");
    REQUIRE(place.has_value());
    CHECK(place->seal_file.str() == "docs/catalog/x.seal.json");
    return std::get<FolderVerdict>(
        verify_catalog(*place->repository, place->seal_file, {}, test_pool(), {}));
  }
  TempDirectory temp;
};

}  // namespace

TEST_CASE("catalog: paths are those of the repository, and only listed files count") {
  Catalog const catalog;
  catalog.temp.write("docs/catalog/more.txt", "x");
  FolderVerdict const verdict = catalog.verify();
  CHECK(verdict.verdict == Verdict::legacy);
  CHECK(verdict.style == SealStyle::catalog);
  CHECK(verdict.codes.empty());
  CHECK(verdict.files == 3);  // x.seal.json is listed as well, by x.seal.sha256
}

TEST_CASE("catalog: each part of the seal is checked") {
  auto const codes_after = [](std::function<void(Catalog const&)> const& hand) {
    Catalog const catalog;
    hand(catalog);
    return catalog.verify().codes;
  };
  CHECK(codes_after([](Catalog const& c) { c.temp.write("data/a.txt", "alphb\n"); }) ==
        Set{"content.hash"});
  CHECK(codes_after([](Catalog const& c) { c.temp.write("data/b.csv", "x"); }) ==
        Set{"content.size"});
  CHECK(codes_after([](Catalog const& c) { fs::remove_all(c.temp / "data"); }) ==
        Set{"tree.missing"});
  CHECK(codes_after([](Catalog const& c) { fs::remove(c.temp / "docs/catalog/x.seal.sha256"); }) ==
        Set{"tree.missing"});
  CHECK(codes_after([](Catalog const& c) {
          c.temp.write("docs/catalog/x.seal.sha256", line_of("x", "x.seal.json"));
        }) == Set{"content.hash"});
  CHECK(codes_after([](Catalog const& c) { c.write("{\"kind\": \"K\"}\n"); }) ==
        Set{"legacy.malformed"});
  CHECK(codes_after([](Catalog const& c) {
          c.write("{\"target\": {\"path\": \"/etc/passwd\", " + facts_of("x") + "}}\n");
        }) == Set{"path.absolute"});
}

TEST_CASE("catalog: without a repository above it there is nothing to check it against") {
  TempDirectory const temp;
  temp.write("x.seal.json", "{}");
  // Unless the temporary directory itself lies in a repository.
  auto const place = find_catalog(DiskFileSystem(), temp / "x.seal.json");
  if (place) CHECK(place->seal_file.name() == "x.seal.json");
  CHECK(is_catalog_seal_name("x.seal.json"));
  CHECK_FALSE(is_catalog_seal_name(".seal.json"));
  CHECK_FALSE(is_catalog_seal_name("x.json"));
}

}  // namespace govseal
