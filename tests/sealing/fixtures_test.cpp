// Every folder of the fixture set against expected.json (sealing.md 16 and 17, items 1 to 4).
#include <doctest/doctest.h>

#include <chrono>
#include <set>

#include "sealing/root_reader.h"
#include "tests/sealing/seal_fixtures.h"

namespace govseal {
namespace {

std::set<std::string> text_set(JsonValue const& array) {
  std::set<std::string> out;
  for (JsonValue const& item : *array.as_array()) out.insert(*item.as_string());
  return out;
}

std::string text_or_null(JsonValue const& object, char const* key) {
  std::string const* const text = object.find_string(key);
  return text == nullptr ? "null" : *text;
}

template <typename T, typename Name>
std::string name_or_null(std::optional<T> const& value, Name name) {
  return value ? std::string(name(*value)) : "null";
}

void check_strict(JsonValue const& expected, FolderVerdict const& actual) {
  CHECK(name_or_null(actual.verdict, verdict_name) == text_or_null(expected, "verdict"));
  CHECK(actual.codes == text_set(*expected.find("codes")));
  CHECK(actual.warnings == text_set(*expected.find("warnings")));
  CHECK(name_or_null(actual.style, seal_style_name) == text_or_null(expected, "style"));
  CHECK(name_or_null(actual.variant, line_order_name) == text_or_null(expected, "variant"));
  if (std::string const* root = expected.find_string("root")) {
    REQUIRE(actual.root.has_value());
    CHECK(actual.root->hex() == *root);
    CHECK(actual.root_computed == actual.root);
  }
  std::set<std::string> found;
  for (SealFinding const& finding : actual.findings) found.insert(finding.code);
  CHECK(found == actual.codes);
}

void check_compat(JsonValue const& expected, CompatVerdict const& actual) {
  CHECK(actual.reason == "");
  REQUIRE(actual.pass.has_value());
  CHECK((*actual.pass ? "PASS" : "FAIL") == *expected.find_string("verdict"));
  CHECK(actual.aborted == *expected.find("aborted")->as_bool());
  auto const& messages = *expected.find("messages")->as_array();
  REQUIRE(actual.messages.size() == messages.size());
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (std::string const* exact = messages[i].find_string("exact")) {
      CHECK(actual.messages[i] == *exact);
    } else {
      CHECK(actual.messages[i].substr(0, messages[i].find_string("prefix")->size()) ==
            *messages[i].find_string("prefix"));
    }
  }
}

VerifyOptions options_of(JsonValue const& expected, bool allow_outside) {
  VerifyOptions options;
  options.age = std::chrono::seconds(expected.find_int("age_s").value_or(0));
  options.allow_outside = allow_outside;
  return options;
}

}  // namespace

TEST_CASE("every fixture has the verdict, codes, warnings, style and variant it is known for") {
  SealFixtures const& fixtures = SealFixtures::get();
  for (std::string const& name : fixtures.names()) {
    SUBCASE(name.c_str()) {
      JsonValue const& expected = fixtures.expected(name);
      auto const actual = verify_path(fixtures.folder(name), options_of(expected, true));
      check_strict(*expected.find("strict"), actual);
    }
  }
}

TEST_CASE("every fixture has the compat verdict and messages of the reference validator") {
  SealFixtures const& fixtures = SealFixtures::get();
  for (std::string const& name : fixtures.names()) {
    SUBCASE(name.c_str()) {
      JsonValue const& expected = fixtures.expected(name);
      auto const actual = verify_path(fixtures.folder(name), options_of(expected, true));
      check_compat(*expected.find("compat"), actual.compat);
    }
  }
}

TEST_CASE("without leave to go outside, compat differs only where a folder leads out") {
  SealFixtures const& fixtures = SealFixtures::get();
  std::set<std::string> const leads_out{"attack_dirlink", "attack_trav", "extra_dangling_symlink",
                                        "manifest_absolute", "unsealed_symlink"};
  for (std::string const& name : fixtures.names()) {
    SUBCASE(name.c_str()) {
      JsonValue const& expected = fixtures.expected(name);
      auto const actual = verify_path(fixtures.folder(name), options_of(expected, false));
      check_strict(*expected.find("strict"), actual);
      if (leads_out.count(name) == 1) {
        CHECK_FALSE(actual.compat.pass.has_value());
        CHECK(actual.compat.reason == "outside_folder");
      } else {
        check_compat(*expected.find("compat"), actual.compat);
      }
    }
  }
}

TEST_CASE("both readers find in every fixture the root that registries and pointers show") {
  SealFixtures const& fixtures = SealFixtures::get();
  for (std::string const& name : fixtures.names()) {
    SUBCASE(name.c_str()) {
      JsonValue const& expected = *fixtures.expected(name).find("root_readers");
      auto const bytes = read_hashfile(*open_folder(fixtures.folder(name)));
      auto const registry = bytes ? registry_root_of(*bytes) : std::nullopt;
      auto const pointer = bytes ? pointer_root_of(*bytes) : std::nullopt;
      CHECK(registry.value_or("null") == text_or_null(expected, "registry"));
      CHECK(pointer.value_or("null") == text_or_null(expected, "pointer"));
    }
  }
}

TEST_CASE("a folder that govseal would have sealed is sealed again to the same bytes") {
  SealFixtures const& fixtures = SealFixtures::get();
  for (std::string const& name : fixtures.names()) {
    if (fixtures.expected(name).find("reseal_identical") == nullptr) continue;
    for (unsigned const threads : {1u, 16u}) {
      SUBCASE((name + " with " + std::to_string(threads) + " threads").c_str()) {
        SealBytes const seal = seal_of(fixtures.folder(name), threads);
        auto const folder = open_folder(fixtures.folder(name));
        auto const file = folder->open_file(RelativePath::of("manifest.json"));
        CHECK(seal.manifest_json == read_all(*std::get<0>(file), 1 << 20));
        CHECK(seal.hashfile == read_hashfile(*folder));
        auto const verdict = verify_path(fixtures.folder(name));
        CHECK(seal.root == verdict.root);
        CHECK(seal.manifest_sha256 == verdict.manifest_sha256);
        CHECK(seal.hashfile_sha256 == verdict.hashfile_sha256);
        CHECK(seal.files == verdict.files);
        CHECK(seal.bytes == verdict.bytes);
      }
    }
  }
}

TEST_CASE("look_at_folder says of every fixture without a seal what verify says") {
  SealFixtures const& fixtures = SealFixtures::get();
  for (std::string const& name : fixtures.names()) {
    SUBCASE(name.c_str()) {
      VerifyOptions options = options_of(fixtures.expected(name), false);
      options.folder_name = name;
      auto const folder = open_folder(fixtures.folder(name));
      auto const look = std::get<FolderLook>(look_at_folder(*folder, options, {}));
      auto const verdict = verify_path(fixtures.folder(name), options);
      CHECK(look.style == verdict.style);
      CHECK(look.fingerprint == verdict.fingerprint);
      CHECK(look.has_manifest == verdict.has_manifest);
      CHECK(look.has_hashfile == verdict.has_hashfile);
      if (look.style) {
        CHECK_FALSE(look.state.has_value());
        CHECK(look.codes.empty());
      } else {
        CHECK(look.state == verdict.verdict);
        CHECK(look.codes == verdict.codes);
        CHECK(look.warnings == verdict.warnings);
        CHECK(look.dialect == verdict.dialect);
      }
    }
  }
}

}  // namespace govseal
