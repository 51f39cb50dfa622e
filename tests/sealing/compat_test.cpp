// The compat verdict step by step (sealing.md 5): each message, each death of the reference, and
// what it lets pass.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sealing/verdict_json.h"
#include "tests/sealing/seal_fixtures.h"

namespace govseal {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

constexpr std::string_view kAlpha = "alpha\n";
std::string const kRunJson = "{\"run_id\": \"run\", \"created_utc\": \"2026-08-08T12:00:00Z\"}\n";

std::string hex_of(std::string_view bytes) {
  return sha256(bytes).hex();
}

std::string entry_of(std::string const& path, std::string_view bytes) {
  return "{\"relpath\": \"" + path + "\", \"bytes\": " + std::to_string(bytes.size()) +
         ", \"sha256\": \"" + hex_of(bytes) + "\"}";
}

std::string joined(Texts const& texts, std::string const& with) {
  std::string out;
  for (std::string const& text : texts) out += (out.empty() ? "" : with) + text;
  return out;
}

/// By the formula of sealing.md 1, step 4.
std::string root_of(Texts lines) {
  std::sort(lines.begin(), lines.end());
  return hex_of(joined(lines, "\n") + "\n");
}

/// A folder `run` with alpha.txt and run.json, sealed; its parts can be replaced one by one.
class Folder {
 public:
  Folder() {
    write("run.json", kRunJson);
    write("alpha.txt", kAlpha);
    seal({entry_of("alpha.txt", kAlpha), entry_of("run.json", kRunJson)},
         {hex_of(kAlpha) + "  alpha.txt", hex_of(kRunJson) + "  run.json"});
  }
  void write(std::string const& path, std::string_view bytes) const {
    directory_->write("run/" + path, bytes);
  }
  [[nodiscard]] std::string path(std::string const& below = "") const {
    return *directory_ / (below.empty() ? "run" : "run/" + below);
  }
  [[nodiscard]] std::string outside(std::string const& name) const { return *directory_ / name; }
  void remove(std::string const& below) const { fs::remove_all(path(below)); }

  /// Entries as JSON; the lines get those of manifest.json and ROOT.
  void seal(Texts const& entries, Texts lines) const {
    std::string const manifest = "[" + joined(entries, ", ") + "]\n";
    write("manifest.json", manifest);
    lines.push_back(hex_of(manifest) + "  manifest.json");
    std::string const root = root_of(lines);
    lines.push_back("ROOT_SHA256  " + root);
    write_lines(lines);
  }
  void write_lines(Texts const& lines) const {
    write("MANIFEST.sha256", joined(lines, "\n") + "\n");
  }
  /// Replaces run.json, and what the seal says of it.
  void seal_run_json(std::string const& text) const {
    write("run.json", text);
    seal({entry_of("alpha.txt", kAlpha), entry_of("run.json", text)},
         {hex_of(kAlpha) + "  alpha.txt", hex_of(text) + "  run.json"});
  }
  /// An additional entry for a file of ours, whose other members are given.
  void seal_third(std::string const& entry, std::string const& line) const {
    Texts lines{hex_of(kAlpha) + "  alpha.txt", hex_of(kRunJson) + "  run.json"};
    if (!line.empty()) lines.push_back(line);
    seal({entry_of("alpha.txt", kAlpha), entry_of("run.json", kRunJson), entry}, lines);
  }

  [[nodiscard]] CompatVerdict compat(bool allow_outside = true) const {
    VerifyOptions options;
    options.allow_outside = allow_outside;
    return verify_path(path(), std::move(options)).compat;
  }

 private:
  std::unique_ptr<TempDirectory> directory_ = std::make_unique<TempDirectory>();
};

void check_messages(Folder const& folder, Texts const& expected) {
  CompatVerdict const compat = folder.compat();
  CHECK(compat.reason == "");
  CHECK_FALSE(compat.aborted);
  CHECK(compat.pass == expected.empty());
  Texts prefixed;
  for (std::string const& text : expected) prefixed.push_back("SEAL_INVALID: " + text);
  CHECK(joined(compat.messages, "\n") == joined(prefixed, "\n"));
}

void check_aborted(Folder const& folder) {
  CompatVerdict const compat = folder.compat();
  CHECK(compat.reason == "");
  CHECK(compat.aborted);
  CHECK(compat.pass == false);
  CHECK(compat.messages.empty());
}

std::string const kX = hex_of("x");

}  // namespace

TEST_CASE("compat: a sealed folder passes, and one without anything says what is missing") {
  check_messages(Folder(), {});
  Folder const empty;
  for (char const* name : {"run.json", "alpha.txt", "manifest.json", "MANIFEST.sha256"}) {
    empty.remove(name);
  }
  check_messages(empty, {"run.json missing", "manifest.json missing"});
}

TEST_CASE("compat step 1: run.json") {
  auto const with = [](std::string const& text) {
    Folder folder;
    folder.seal_run_json(text);
    return folder;
  };
  SUBCASE("not there") {
    Folder const folder;
    folder.remove("run.json");
    check_messages(folder, {"run.json missing", "file missing: run.json"});
  }
  SUBCASE("not JSON, with a BOM, not UTF-8") {
    for (std::string const text :
         {"", "{", "{} x", "{'run_id': 1}", "\xEF\xBB\xBF{}", "\"\xFF\""}) {
      CAPTURE(text);
      CompatVerdict const compat = with(text).compat();
      REQUIRE(compat.messages.size() == 1);
      CHECK(compat.messages[0].starts_with("SEAL_INVALID: run.json parse error: "));
    }
  }
  SUBCASE("keys of an object, elements of an array, parts of a string") {
    check_messages(with("{}"), {"run.json missing 'run_id'", "run.json missing 'created_utc'"});
    check_messages(with("{\"run_id\": null}"), {"run.json missing 'created_utc'"});
    check_messages(with("[\"run_id\", [\"created_utc\"]]"), {"run.json missing 'created_utc'"});
    check_messages(with("[\"created_utc\", \"run_id\"]"), {});
    check_messages(with("\"the run_id and its created_utc\""), {});
    check_messages(with("\"run_i\""),
                   {"run.json missing 'run_id'", "run.json missing 'created_utc'"});
  }
  SUBCASE("anything else is the end") {
    for (std::string const text : {"7", "true", "false", "null", "NaN", "-Infinity", "1e999"}) {
      CAPTURE(text);
      check_aborted(with(text));
    }
  }
  SUBCASE("more than RFC 8259 is read") {
    check_messages(with("{\"run_id\": NaN, \"created_utc\": [Infinity, -Infinity]}"), {});
    check_messages(
        with("{\"run_id\": \"\\ud800\", \"created_utc\": " + std::string(400, '9') + "}"), {});
    check_messages(with("{\"run_id\": 1, \"run_id\": 2, \"created_utc\": 3}"), {});
  }
  SUBCASE("not a regular file") {
    Folder const folder;
    folder.remove("run.json");
    fs::create_directory(folder.path("run.json"));
    check_aborted(folder);
  }
}

TEST_CASE("compat step 2: manifest.json that is no array ends the run") {
  Folder const folder;
  folder.write("more.txt", "unlisted");
  SUBCASE("not there") {
    folder.remove("manifest.json");
    check_messages(folder, {"manifest.json missing"});
  }
  SUBCASE("not JSON, with a BOM, not UTF-8") {
    for (std::string const text : {"", "[", "[1,]", "\xEF\xBB\xBF[]", "[\"\xFF\"]"}) {
      CAPTURE(text);
      folder.write("manifest.json", text);
      CompatVerdict const compat = folder.compat();
      REQUIRE(compat.messages.size() == 1);
      CHECK(compat.messages[0].starts_with("SEAL_INVALID: manifest.json parse error: "));
    }
  }
  SUBCASE("another value") {
    for (std::string const text : {"{}", "\"\"", "1", "null"}) {
      CAPTURE(text);
      folder.write("manifest.json", text);
      check_messages(folder, {"manifest.json is not a JSON array"});
    }
  }
  SUBCASE("a FIFO") {
    folder.remove("manifest.json");
    REQUIRE(::mkfifo(folder.path("manifest.json").c_str(), 0600) == 0);
    check_aborted(folder);
  }
}

TEST_CASE("compat step 2: absent members") {
  Folder const folder;
  folder.write("b.txt", "x");
  std::string const line = kX + "  b.txt";
  SUBCASE("bytes counts as -1") {
    std::string const entry = "{\"relpath\": \"b.txt\", \"sha256\": \"" + kX + "\"}";
    folder.seal_third(entry, line);
    CompatVerdict const compat = folder.compat();
    REQUIRE(compat.messages.size() == 3);
    CHECK(compat.messages[0].starts_with("SEAL_INVALID: manifest entry missing 'bytes': "));
    CHECK(compat.messages[1] == "SEAL_INVALID: size mismatch on b.txt: expected=-1, actual=1");
    CHECK(compat.messages[2] == "SEAL_INVALID: manifest.json entries not sorted by relpath");
  }
  SUBCASE("sha256 counts as nothing") {
    folder.seal_third("{\"relpath\": \"b.txt\", \"bytes\": 1}", line);
    CompatVerdict const compat = folder.compat();
    REQUIRE(compat.messages.size() == 4);
    CHECK(compat.messages[0].starts_with("SEAL_INVALID: manifest entry missing 'sha256': "));
    CHECK(compat.messages[1] == "SEAL_INVALID: hash mismatch on b.txt: expected=, actual=" + kX);
    CHECK(compat.messages[2] ==
          "SEAL_INVALID: MANIFEST.sha256 hash for b.txt does not match manifest.json");
  }
  SUBCASE("relpath counts as the folder itself, which is the end") {
    folder.seal_third("{\"bytes\": 1, \"sha256\": \"" + kX + "\"}", "");
    check_aborted(folder);
  }
}

TEST_CASE("compat steps 2 and 4: entries that end the reference") {
  std::string const rest = ", \"bytes\": 1, \"sha256\": \"" + kX + "\"}";
  for (std::string const& entry :
       Texts{"7", "null", "[]", "\"b.txt\"", "{\"relpath\": []" + rest, "{\"relpath\": {}" + rest,
             "{\"relpath\": 1" + rest, "{\"relpath\": null" + rest, "{\"relpath\": \"\"" + rest,
             "{\"relpath\": \".\"" + rest, "{\"relpath\": \"sub\"" + rest,
             "{\"relpath\": \"pipe\"" + rest,
             "{\"relpath\": \"" + std::string(256, 'n') + "\"" + rest}) {
    CAPTURE(entry);
    Folder const folder;
    fs::create_directory(folder.path("sub"));
    REQUIRE(::mkfifo(folder.path("pipe").c_str(), 0600) == 0);
    folder.seal_third(entry, "");
    check_aborted(folder);
  }
}

TEST_CASE("compat step 3: the lines of MANIFEST.sha256") {
  Folder const folder;
  std::string const alpha = hex_of(kAlpha) + "  alpha.txt";
  std::string const run = hex_of(kRunJson) + "  run.json";
  std::string const manifest =
      hex_of("[" + entry_of("alpha.txt", kAlpha) + ", " + entry_of("run.json", kRunJson) + "]\n") +
      "  manifest.json";
  std::string const root = "ROOT_SHA256  " + root_of({alpha, run, manifest});
  SUBCASE("not there") {
    folder.remove("MANIFEST.sha256");
    folder.write("more.txt", "unlisted");
    check_messages(folder, {"MANIFEST.sha256 missing"});
  }
  SUBCASE("not UTF-8") {
    folder.write_lines({alpha, run, manifest, root, "\xFF"});
    check_aborted(folder);
  }
  SUBCASE("CRLF, lone CR, blank lines and white space around the text do not matter") {
    folder.write("MANIFEST.sha256", "\n \n\t" + alpha + "\r\n\n" + run + "\r" + manifest +
                                        "\n\v\n" + root + " \n\xC2\x85\n");
    check_messages(folder, {});
  }
  SUBCASE("a line without a pair of blanks") {
    folder.write_lines({alpha, run, "what " + kX, manifest, root});
    check_messages(folder, {"MANIFEST.sha256 bad line: what " + kX});
  }
  SUBCASE("no ROOT line") {
    folder.write_lines({alpha, run, manifest});
    check_messages(folder, {"MANIFEST.sha256 missing ROOT_SHA256 line"});
  }
  SUBCASE("the last line of a path counts, in the place of the first") {
    folder.write_lines({kX + "  alpha.txt", run, manifest, alpha, root});
    check_messages(folder, {});
    std::string const wrong = kX + "  alpha.txt";
    folder.write_lines(
        {alpha, run, manifest, wrong, "ROOT_SHA256  " + root_of({wrong, run, manifest})});
    check_messages(folder, {"MANIFEST.sha256 hash for alpha.txt does not match manifest.json"});
  }
  SUBCASE("a hash may be anything, and the path begins after the first pair") {
    folder.write_lines({alpha, run, manifest, "no hash  a  b",
                        "ROOT_SHA256  " + root_of({alpha, run, manifest, "no hash  a  b"})});
    check_messages(folder, {"MANIFEST.sha256 lists a  b but it is not in manifest.json"});
  }
  SUBCASE("the last ROOT line counts") {
    folder.write_lines({"ROOT_SHA256  first", alpha, run, manifest, root});
    check_messages(folder, {});
  }
  SUBCASE("ROOT is not last") {
    folder.write_lines({alpha, run, root, manifest});
    check_messages(folder, {"ROOT_SHA256 is not the last line in MANIFEST.sha256"});
  }
  SUBCASE("ROOT of something else, with one blank, of nothing") {
    std::string const computed = root_of({alpha, run, manifest});
    folder.write_lines({alpha, run, manifest, "ROOT_SHA256  " + kX});
    check_messages(folder, {"ROOT_SHA256 mismatch: claimed=" + kX + ", computed=" + computed});
    folder.write_lines({alpha, run, manifest, "ROOT_SHA256 " + computed});
    check_messages(folder, {"ROOT_SHA256 mismatch: claimed=ROOT_SHA256 " + computed +
                            ", computed=" + computed});
    folder.write_lines({alpha, run, manifest, "ROOT_SHA256\t" + kX + "  " + computed});
    check_messages(folder, {});
  }
}

TEST_CASE("compat step 4: sizes and hashes") {
  Folder const folder;
  auto const sealed = [&](std::string const& bytes, std::string const& sha256,
                          std::string_view content) {
    folder.write("z.txt", content);
    folder.seal_third(
        "{\"relpath\": \"z.txt\", \"bytes\": " + bytes + ", \"sha256\": " + sha256 + "}",
        hex_of(content) + "  z.txt");
  };
  std::string const quoted = "\"" + kX + "\"";
  SUBCASE("a number is compared as a number") {
    for (std::string const bytes : {"1", "1.0", "1e0", "true", "0.1e1"}) {
      CAPTURE(bytes);
      sealed(bytes, quoted, "x");
      check_messages(folder, {});
    }
    sealed("false", "\"" + hex_of("") + "\"", "");
    check_messages(folder, {});
  }
  SUBCASE("a string is never a number") {
    sealed("\"1\"", quoted, "x");
    check_messages(folder, {"size mismatch on z.txt: expected=1, actual=1"});
  }
  SUBCASE("another size") {
    sealed("2", quoted, "x");
    check_messages(folder, {"size mismatch on z.txt: expected=2, actual=1"});
  }
  SUBCASE("a hash in upper case is another one") {
    std::string upper = kX;
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c; });
    sealed("1", "\"" + upper + "\"", "x");
    check_messages(folder, {"hash mismatch on z.txt: expected=" + upper + ", actual=" + kX,
                            "MANIFEST.sha256 hash for z.txt does not match manifest.json"});
  }
  SUBCASE("a file that is not there has no size") {
    sealed("1", quoted, "x");
    folder.remove("z.txt");
    check_messages(folder, {"file missing: z.txt"});
    fs::create_symlink("nowhere", folder.path("z.txt"));
    check_messages(folder, {"file missing: z.txt"});
  }
  SUBCASE("a path through a file leads nowhere") {
    folder.seal_third("{\"relpath\": \"run.json/z\", \"bytes\": 1, \"sha256\": " + quoted + "}",
                      kX + "  run.json/z");
    check_messages(folder, {"file missing: run.json/z"});
  }
}

TEST_CASE("compat step 4: paths that lead out are followed by leave only") {
  Folder const folder;
  std::string const outside = folder.outside("other.txt");
  fs::copy_file(folder.path("alpha.txt"), outside);
  auto const check_both = [&] {
    CHECK(folder.compat(true).pass == true);
    CHECK_FALSE(folder.compat(false).pass.has_value());
    CHECK(folder.compat(false).reason == "outside_folder");
  };
  SUBCASE("absolute") {
    // Sorts before alpha.txt, so the entries are written anew.
    folder.seal(
        {entry_of(outside, kAlpha), entry_of("alpha.txt", kAlpha), entry_of("run.json", kRunJson)},
        {hex_of(kAlpha) + "  " + outside, hex_of(kAlpha) + "  alpha.txt",
         hex_of(kRunJson) + "  run.json"});
    check_both();
  }
  SUBCASE("upwards") {
    folder.seal({entry_of("../other.txt", kAlpha), entry_of("alpha.txt", kAlpha),
                 entry_of("run.json", kRunJson)},
                {hex_of(kAlpha) + "  ../other.txt", hex_of(kAlpha) + "  alpha.txt",
                 hex_of(kRunJson) + "  run.json"});
    check_both();
  }
  SUBCASE("by a link") {
    fs::create_symlink("../other.txt", folder.path("z.txt"));
    folder.seal_third(entry_of("z.txt", kAlpha), hex_of(kAlpha) + "  z.txt");
    check_both();
  }
}

TEST_CASE("compat steps 5, 7 and 8: lines, unlisted files and order") {
  SUBCASE("a line for manifest.json with another hash") {
    Folder const folder;
    std::string const manifest =
        "[" + entry_of("alpha.txt", kAlpha) + ",  " + entry_of("run.json", kRunJson) + "]\n";
    folder.write("manifest.json", manifest);
    CompatVerdict const compat = folder.compat();
    REQUIRE(compat.messages.size() == 1);
    CHECK(
        compat.messages[0].starts_with("SEAL_INVALID: MANIFEST.sha256 hash for manifest.json does "
                                       "not match actual file: claimed="));
    CHECK(compat.messages[0].ends_with(", actual=" + hex_of(manifest)));
  }
  SUBCASE("unlisted files, sorted; seal files by name at any depth and directories do not count") {
    Folder const folder;
    folder.write("z", "x");
    folder.write("b/c", "x");
    folder.write("b/manifest.json", "x");
    folder.write("b/MANIFEST.sha256", "x");
    fs::create_directory(folder.path("empty"));
    fs::create_symlink("alpha.txt", folder.path("link"));
    fs::create_symlink("b", folder.path("linked"));
    fs::create_symlink("nowhere", folder.path("dangling"));
    check_messages(folder, {"unlisted file: b/c", "unlisted file: link", "unlisted file: z"});
  }
  SUBCASE("another way to write a path is another path") {
    Folder const folder;
    folder.seal({entry_of("./alpha.txt", kAlpha), entry_of("run.json", kRunJson)},
                {hex_of(kAlpha) + "  ./alpha.txt", hex_of(kRunJson) + "  run.json"});
    check_messages(folder, {"unlisted file: alpha.txt"});
  }
  SUBCASE("entries out of order; the same twice is in order") {
    Folder const folder;
    Texts const lines{hex_of(kAlpha) + "  alpha.txt", hex_of(kRunJson) + "  run.json"};
    folder.seal({entry_of("run.json", kRunJson), entry_of("alpha.txt", kAlpha)}, lines);
    check_messages(folder, {"manifest.json entries not sorted by relpath"});
    folder.seal({entry_of("alpha.txt", kAlpha), entry_of("alpha.txt", kAlpha),
                 entry_of("run.json", kRunJson)},
                lines);
    check_messages(folder, {});
  }
}

TEST_CASE("compat: what it lets pass, strict does not") {
  Folder const folder;
  SUBCASE("a dropped hash line") {
    folder.seal({entry_of("alpha.txt", kAlpha), entry_of("run.json", kRunJson)},
                {hex_of(kRunJson) + "  run.json"});
  }
  SUBCASE("a nested manifest.json that is not listed") {
    folder.write("sub/manifest.json", "x");
  }
  SUBCASE("an empty directory") {
    fs::create_directory(folder.path("empty"));
  }
  SUBCASE("a foreign run id") {
    folder.seal_run_json("{\"run_id\": null, \"created_utc\": 1}");
  }
  check_messages(folder, {});
  CHECK(verify_path(folder.path()).verdict == Verdict::invalid);
}

TEST_CASE("compat: the lines that are printed") {
  CompatVerdict const nowhere = compat_not_a_directory("no/where");
  CHECK(compat_text(nowhere, "no/where") == "FAIL no/where\n  ERROR: no/where is not a directory");
  CHECK(compat_text(Folder().compat(), "runs/run") == "PASS runs/run");
  Folder const folder;
  folder.write("a\nb", "x");
  std::string const text = compat_text(folder.compat(), "run");
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  CHECK(text.starts_with("FAIL run\n  SEAL_INVALID: unlisted file: "));
  VerifyOptions options;
  options.compat = false;
  CHECK(verify_path(folder.path(), options).compat.reason == "off");
}

}  // namespace govseal
