#include <doctest/doctest.h>

#include <string>

#include "reporting/layer_down/finding_id.h"
#include "reporting/layer_down/glob.h"
#include "reporting/layer_down/rules.h"

namespace govseal {
namespace {

TEST_CASE("one star stays inside a directory, two stars cross directories") {
  CHECK(glob_matches("governance/ripple/*.md", "governance/ripple/PLAN.md"));
  CHECK_FALSE(glob_matches("governance/ripple/*.md", "governance/ripple/old/PLAN.md"));
  CHECK(glob_matches("governance/ripple/*.md", "governance/ripple/.md"));
  CHECK(glob_matches(".github/agents/**.md", ".github/agents/a.md"));
  CHECK(glob_matches(".github/agents/**.md", ".github/agents/deep/er/a.md"));
  CHECK_FALSE(glob_matches(".github/agents/**.md", ".github/agents.md"));
  CHECK(glob_matches("**", "any/thing"));
  CHECK(glob_matches("**", ""));
}

TEST_CASE("a directory with two stars matches everything below and not itself") {
  CHECK(glob_matches("a/**", "a/b"));
  CHECK(glob_matches("a/**", "a/b/c"));
  CHECK_FALSE(glob_matches("a/**", "a"));
  CHECK_FALSE(glob_matches("a/**", "ab"));
}

TEST_CASE("two stars and a slash may match nothing") {
  CHECK(glob_matches("**/x.md", "x.md"));
  CHECK(glob_matches("**/x.md", "a/b/x.md"));
  CHECK_FALSE(glob_matches("**/x.md", "ax.md"));
  CHECK(glob_matches("a/**/x", "a/x"));
  CHECK(glob_matches("a/**/x", "a/b/c/x"));
  CHECK_FALSE(glob_matches("a/**/x", "a/bx"));
}

TEST_CASE("everything else is literal and case counts") {
  CHECK(glob_matches("a[b]?{c}", "a[b]?{c}"));
  CHECK_FALSE(glob_matches("a?c", "abc"));
  CHECK_FALSE(glob_matches("README.md", "readme.md"));
  CHECK_FALSE(glob_matches("a", "a/b"));
  CHECK_FALSE(glob_matches("", "a"));
  CHECK(glob_matches("\xff*", "\xff\xfe"));
}

TEST_CASE("stars can take back what they took") {
  CHECK(glob_matches("*a*a*", "xaxax"));
  CHECK(glob_matches("ripple-*-x.md", "ripple-a-x-x.md"));
  CHECK_FALSE(glob_matches("*a*b", "aXc"));
  CHECK(glob_matches("***", "a/b"));
  std::string pattern;
  for (int i = 0; i < 40; ++i) pattern += "*a";
  CHECK_FALSE(glob_matches(pattern + "b", std::string(3000, 'a')));
}

TEST_CASE("the fixed directory of a pattern ends before its first star") {
  CHECK(glob_fixed_directory("governance/ripple/*.md") == "governance/ripple/");
  CHECK(glob_fixed_directory("a/b-*/c") == "a/");
  CHECK(glob_fixed_directory("*.md") == "");
  CHECK(glob_fixed_directory("a/b.md") == "a/");
}

TEST_CASE("an entry with a final slash is everything below it, any other exactly that path") {
  std::vector<std::string> entries = {"governance/canon/", "BUILD_PHILOSOPHY.md"};
  CHECK(trigger_matches(entries, "governance/canon/a.md"));
  CHECK(trigger_matches(entries, "BUILD_PHILOSOPHY.md"));
  for (auto const* near :
       {"governance/canon", "governance/canon/", "governance/canonical/a.md", "Governance/canon/a",
        "BUILD_PHILOSOPHY.md.bak", "docs/BUILD_PHILOSOPHY.md", "x/governance/canon/a"}) {
    CAPTURE(near);
    CHECK_FALSE(trigger_matches(entries, near));
  }
}

TEST_CASE("a directory of unknown content matters when a trigger can lie in it") {
  std::vector<std::string> entries = {"governance/canon/", "BUILD_PHILOSOPHY.md"};
  CHECK(trigger_possible_below(entries, ""));
  CHECK(trigger_possible_below(entries, "governance/"));
  CHECK(trigger_possible_below(entries, "governance/canon/deep/"));
  CHECK_FALSE(trigger_possible_below(entries, "docs/"));
  CHECK_FALSE(trigger_possible_below(entries, "governance/canonical/"));
}

TEST_CASE("the effective triggers are the union of both lists, or what is configured") {
  DispatchRules rules;
  auto entries = effective_triggers(rules);
  for (auto const* path : {"governance/canon/a", "governance/executable/workflows/w.yml",
                           "governance/policy/p", ".github/agents/a.md"}) {
    CAPTURE(path);
    CHECK(trigger_matches(entries, path));
  }
  CHECK_FALSE(trigger_matches(entries, "governance/CANON_INVENTORY.json"));
  CHECK_FALSE(trigger_matches(entries, "governance/CHANGELOG.md"));
  CHECK(trigger_lists(rules).size() == 2);

  rules.trigger_paths = {"only/"};
  CHECK(effective_triggers(rules) == std::vector<std::string>{"only/"});
  REQUIRE(trigger_lists(rules).size() == 3);
  CHECK(trigger_lists(rules)[0].name == "runbook");
  CHECK(trigger_lists(rules)[1].name == "workflow");
  CHECK(trigger_lists(rules)[2].name == "configured");
}

TEST_CASE("entries below another entry say nothing") {
  CHECK(without_covered({"b", "a/b/", "a/", "a/c", "ab", "b"}) ==
        std::vector<std::string>{"a/", "ab", "b"});
}

TEST_CASE("the short name of a branch loses its directories in refs") {
  CHECK(short_branch("refs/heads/main") == "main");
  CHECK(short_branch("refs/heads/topic/x") == "topic/x");
  CHECK(short_branch("refs/remotes/origin/main") == "remotes/origin/main");
  CHECK(short_branch("main") == "main");
}

TEST_CASE("finding ids are those of the format's vectors") {
  CHECK(layer_down_finding_id("dispatch.undispatched", "gov",
                              {"refs/heads/main", "48c98b89106542187421522e95cb5b2cbeb723dc"}) ==
        "LD-aa720150492d76f8");
  CHECK(layer_down_finding_id("consumer.drift", "gov",
                              {"example-org/gamma", "governance/canon/PLACEHOLDER.md"}) ==
        "LD-3c4b788c7846eb11");
}

}  // namespace
}  // namespace govseal
