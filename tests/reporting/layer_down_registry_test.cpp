#include <doctest/doctest.h>

#include <map>

#include "reporting/layer_down/inventory.h"
#include "reporting/layer_down/registry_file.h"

namespace govseal {
namespace {

RegistryFile registry(std::string const& consumers) {
  return read_registry_file("{\"consumers\":[" + consumers + "]}");
}
std::vector<std::string> codes(RegistryFile const& file) {
  std::vector<std::string> list;
  for (auto const& finding : file.findings) list.push_back(finding.code.substr(14));
  return list;
}
using Codes = std::vector<std::string>;

TEST_CASE("a registry file that cannot be read stops") {
  for (auto const* text : {"", "{", "[]", "{}", R"({"consumers":{}})", "\xef\xbb\xbf{}"}) {
    CAPTURE(text);
    auto file = read_registry_file(text);
    CHECK(file.stop);
    CHECK(codes(file) == Codes{"unreadable"});
    CHECK_FALSE(file.findings[0].index);
  }
  CHECK(codes(read_registry_file(std::nullopt)) == Codes{"unreadable"});
  CHECK_FALSE(registry("").stop);
}

TEST_CASE("only true enables, and a repetition counts once") {
  auto file = registry(
      R"({"repository":"o/a","enabled":true,"governance_liaison":"l"},
         {"repository":"o/b","enabled":"true","governance_liaison":"l"},
         {"repository":"o/c","governance_liaison":"l"},
         {"repository":"o/d","enabled":false},
         {"repository":"O/A","enabled":true,"governance_liaison":"l"})");
  CHECK(file.enabled == std::vector<std::string>{"o/a"});
  CHECK(file.repositories == std::vector<std::string>{"o/a", "o/b", "o/c", "o/d"});
  CHECK(codes(file) == Codes{"enabled_not_boolean", "enabled_not_boolean", "duplicate"});
  CHECK_FALSE(file.stop);
}

TEST_CASE("what is wrong with a repository") {
  auto file = registry(R"("text",{"enabled":false},{"repository":null,"enabled":false},
                          {"repository":"no slash","enabled":false},{"repository":5,"enabled":false})");
  CHECK(codes(file) == Codes{"entry_not_object", "repository_missing", "repository_missing",
                             "repository_invalid", "repository_invalid"});
  CHECK(file.stop);
  CHECK(file.findings[3].repository == "no slash");
  CHECK(is_repository_name("a/b"));
  CHECK(is_repository_name("A-1/b._-"));
  for (auto const* bad : {"a", "/b", "a/", "-a/b", "a/b/c", "a_b/c", "a/b c"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_repository_name(bad));
  }
}

TEST_CASE("at most one liaison code for an enabled consumer, none for others") {
  auto code_for = [](std::string const& liaison) {
    auto file = registry(R"({"repository":"o/a","enabled":true)" + liaison + "}");
    CHECK(file.findings.size() <= 1);
    return file.findings.empty() ? std::string() : codes(file)[0];
  };
  CHECK(code_for("") == "liaison_missing");
  CHECK(code_for(R"(,"governance_liaison":null)") == "liaison_missing");
  CHECK(code_for(R"(,"governance_liaison":"")") == "liaison_missing");
  CHECK(code_for(R"(,"governance_liaison":" \t")") == "liaison_blank");
  CHECK(code_for(R"(,"governance_liaison":"x","governance_liaison_agent":"x")") ==
        "liaison_is_agent");
  for (auto const* bad : {"-a", "a-", "a--b", "a b", "a_b", "@a"}) {
    CAPTURE(bad);
    CHECK(code_for(",\"governance_liaison\":\"" + std::string(bad) + '"') ==
          "liaison_login_invalid");
  }
  CHECK(code_for(",\"governance_liaison\":\"" + std::string(40, 'a') + '"') ==
        "liaison_login_invalid");
  CHECK(code_for(R"(,"governance_liaison":"alpha-lead")") == "");
  CHECK(registry(R"({"repository":"o/a","enabled":false})").findings.empty());
}

// ---------------------------------------------------------------------------------------------

struct Files {
  std::map<std::string, std::string> bytes = {{"a.md", "a"}, {"dir/b.md", "b"}};

  std::variant<Digest, NoDigest> digest(std::string const& path) const {
    if (path == "lost.md") return NoDigest::unknown;
    auto found = bytes.find(path);
    if (found == bytes.end()) return NoDigest::absent;
    return sha256(found->second);
  }
  std::vector<std::string> check(std::string const& text,
                                 std::vector<std::string> const& canon = {}) const {
    std::vector<std::string> list;
    for (auto const& finding : check_inventory(
             text, [this](std::string const& path) { return digest(path); }, canon)) {
      list.push_back(finding.code.substr(10) + ' ' + finding.path.value_or("-"));
    }
    return list;
  }
};

std::string entry(std::string const& path, std::string const& hash, std::string const& more = "") {
  return "{\"path\":\"" + path + "\",\"file_hash_sha256\":\"" + hash + '"' + more + '}';
}
std::string inventory(std::string const& canons, int total) {
  return "{\"canonical_commit\":\"" + std::string(40, 'a') +
         "\",\"total_canons\":" + std::to_string(total) + ",\"canons\":[" + canons + "]}";
}

TEST_CASE("an inventory that says what is there has no findings") {
  CHECK(Files().check(inventory(entry("a.md", sha256("a").hex()), 1), {"a.md"}).empty());
}

TEST_CASE("every code of the inventory") {
  Files files;
  auto good = sha256("a").hex();
  CHECK(files.check("{}") == Codes{"unreadable -"});
  CHECK(files.check("no json") == Codes{"unreadable -"});
  CHECK(files.check(inventory("", 1)) == Codes{"count_mismatch -"});
  CHECK(files.check("{\"total_canons\":0,\"canons\":[]}") == Codes{"commit_absent -"});
  CHECK(files.check(inventory(entry("a.md", sha256("b").hex()), 1)) == Codes{"hash_mismatch a.md"});
  CHECK(files.check(inventory(entry("gone.md", good), 1)) == Codes{"file_missing gone.md"});
  CHECK(files.check(inventory(entry("a.md", std::string(64, '0')), 1)) ==
        Codes{"placeholder a.md"});
  CHECK(files.check(inventory(entry("a.md", "0123"), 1)) == Codes{"placeholder a.md"});
  CHECK(files.check(inventory("{\"path\":\"a.md\"}", 1)) == Codes{"placeholder a.md"});
  CHECK(files.check(inventory(entry("a.md", good) + ',' + entry("a.md", "x"), 2)) ==
        Codes{"duplicate a.md"});
  CHECK(files.check(inventory("", 0), {"dir/b.md"}) == Codes{"unlisted dir/b.md"});
  CHECK(files.check(inventory(entry("a.md", good, R"(,"file_hash":"0123")"), 1)) ==
        Codes{"hash_fields_differ a.md"});
  CHECK(files.check(inventory(entry("lost.md", good), 1)).empty());
  for (auto const* bad : {"", "/a.md", "../a.md", "a/../b", "a//b", "a/", "a\\\\b"}) {
    CAPTURE(bad);
    CHECK(files.check(inventory(entry(bad, good), 1)).size() == 1);
  }
}

TEST_CASE("artifacts are read in place of canons, in both shapes") {
  Files files;
  auto good = sha256("a").hex();
  auto head = "{\"canonical_commit\":\"" + std::string(40, 'b') + "\",\"artifacts\":";
  CHECK(files.check(head + "[" + entry("a.md", good) + "]}").empty());
  CHECK(files.check(head + "{\"a.md\":\"" + good + "\"}}").empty());
  CHECK(files.check(head + "{\"a.md\":{\"sha256\":\"" + good + "\"}}}").empty());
  CHECK(files.check(head + "{\"dir/b.md\":\"" + good + "\"}}") == Codes{"hash_mismatch dir/b.md"});
}

TEST_CASE("file_hash stands in where the full hash is absent") {
  auto text = inventory("{\"path\":\"a.md\",\"file_hash\":\"" + sha256("b").hex() + "\"}", 1);
  CHECK(Files().check(text) == Codes{"hash_mismatch a.md"});
}

TEST_CASE("the agent integrity index is compared with the files it names") {
  Files files;
  std::string head = "| Contract | Path | Hash | Date | By |\n|---|---|---|---|---|\n";
  auto text = head + "| B | dir/b.md | `" + sha256("x").hex() + "` | d | e |\n" +
              "| C | `dir/gone.md` | `" + sha256("x").hex() + "` | d | e |\n" +
              "| D | dir/b.md | `" + sha256("b").hex() + "` | d | e |\n";
  auto findings =
      check_agent_index(text, [&](std::string const& path) { return files.digest(path); });
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].code == "agent_index.file_missing");
  CHECK(findings[0].path == "dir/gone.md");
  CHECK(findings[1].code == "agent_index.mismatch");
  CHECK(findings[1].path == "dir/b.md");
}

}  // namespace
}  // namespace govseal
