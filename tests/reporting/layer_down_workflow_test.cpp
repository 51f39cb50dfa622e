#include <doctest/doctest.h>

#include <string>

#include "reporting/layer_down/workflow_file.h"

namespace govseal {
namespace {

std::string const kJobs = "jobs:\n  j:\n    runs-on: x\n";

std::string with_steps(std::string const& steps) {
  return "on: push\njobs:\n  j:\n    steps:\n" + steps;
}

WorkflowValue value_of(std::string const& on, std::vector<std::string> const& paths,
                       std::string const& branch = "main") {
  auto workflow = parse_workflow(on + kJobs);
  REQUIRE_FALSE(workflow.defect);
  return workflow_value(workflow, branch, paths);
}

std::string push_paths(std::string const& patterns) {
  return "on:\n  push:\n    paths: [" + patterns + "]\n";
}

TEST_CASE("the lint finds the mistakes that really happen") {
  SUBCASE("an unquoted colon") {
    CHECK(parse_workflow(with_steps("      - run: echo \"EXEC_IDENTITY: x\"\n")).defect ==
          WorkflowDefect::yaml);
  }
  SUBCASE("a here-document at column 0 whose lines look like keys") {
    auto text = with_steps("      - run: |\n          cat <<EOF\n") + "Agent: x\nScope: y\n" +
                "permissions:\n  contents: read\n";
    CHECK(parse_workflow(text).defect == WorkflowDefect::unknown_key);
  }
  SUBCASE("a here-document at column 0 whose lines do not") {
    auto text = with_steps("      - run: |\n          cat <<EOF\n") + "plain words\nEOF\n";
    CHECK(parse_workflow(text).defect == WorkflowDefect::yaml);
  }
  SUBCASE("a key twice, at any depth") {
    CHECK(parse_workflow("on: push\n" + kJobs + "    runs-on: y\n").defect ==
          WorkflowDefect::duplicate_key);
    CHECK(parse_workflow("on: push\n\"on\": push\n" + kJobs).defect ==
          WorkflowDefect::duplicate_key);
  }
  SUBCASE("two documents") {
    CHECK(parse_workflow("on: push\n" + kJobs + "---\nx: y\n").defect == WorkflowDefect::documents);
  }
  SUBCASE("invalid UTF-8") {
    CHECK(parse_workflow("name: \"\xff\"\non: push\n" + kJobs).defect == WorkflowDefect::not_utf8);
  }
}

TEST_CASE("every other reason of the lint") {
  CHECK(parse_workflow(std::string(1'048'577, '#')).defect == WorkflowDefect::too_large);
  CHECK(parse_workflow("").defect == WorkflowDefect::documents);
  CHECK(parse_workflow("- a\n- b\n").defect == WorkflowDefect::not_a_map);
  CHECK(parse_workflow("just text\n").defect == WorkflowDefect::not_a_map);
  CHECK(parse_workflow("true: push\n" + kJobs).defect == WorkflowDefect::unknown_key);
  CHECK(parse_workflow("name: x\n" + kJobs).defect == WorkflowDefect::no_trigger);
  CHECK(parse_workflow("on: push\n").defect == WorkflowDefect::no_jobs);
  CHECK(parse_workflow("on: push\njobs: {}\n").defect == WorkflowDefect::no_jobs);
  CHECK(parse_workflow("on: push\njobs: [a]\n").defect == WorkflowDefect::no_jobs);
}

TEST_CASE("all known top-level keys together are fine") {
  auto text =
      "name: a\nrun-name: b\non: push\npermissions: {}\nenv: {}\ndefaults: {}\n"
      "concurrency: c\n" +
      kJobs;
  CHECK_FALSE(parse_workflow(text).defect);
}

TEST_CASE("hostile YAML ends in a defect and not in a crash") {
  CHECK(parse_workflow(std::string(200'000, '[')).defect);
  CHECK(parse_workflow(std::string(100'000, '{')).defect);
  CHECK(parse_workflow("&a [*a]\n").defect == WorkflowDefect::not_a_map);
  std::string bomb = "on: push\nenv:\n  a0: &a0 [x, x]\n";
  for (int i = 1; i < 60; ++i) {
    auto before = "*a" + std::to_string(i - 1);
    bomb += "  a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + ", " + before +
            "]\n";
  }
  CHECK_FALSE(parse_workflow(bomb + kJobs).defect);
}

TEST_CASE("on may be a word, a list or a mapping") {
  CHECK(value_of("on: push\n", {"a"}) == WorkflowValue::fires);
  CHECK(value_of("on: [pull_request, push]\n", {"a"}) == WorkflowValue::fires);
  CHECK(value_of("on:\n  push:\n", {"a"}) == WorkflowValue::fires);
  CHECK(value_of("on: pull_request\n", {"a"}) == WorkflowValue::filtered);
  CHECK(value_of("on:\n  workflow_dispatch:\n", {"a"}) == WorkflowValue::filtered);
  CHECK(value_of("\"on\": push\n", {"a"}) == WorkflowValue::fires);
}

TEST_CASE("the branch filter is asked for the short name") {
  std::string on = "on:\n  push:\n    branches: [main, 'release/*']\n";
  CHECK(value_of(on, {"a"}, "main") == WorkflowValue::fires);
  CHECK(value_of(on, {"a"}, "release/1") == WorkflowValue::fires);
  CHECK(value_of(on, {"a"}, "release/1/2") == WorkflowValue::filtered);
  CHECK(value_of(on, {"a"}, "clean") == WorkflowValue::filtered);
  CHECK(value_of("on:\n  push:\n    branches: main\n", {"a"}, "main") == WorkflowValue::fires);
}

TEST_CASE("one changed path that passes is enough, and the last matching pattern decides") {
  CHECK(value_of(push_paths("'governance/canon/**'"), {"docs/a", "governance/canon/b"}) ==
        WorkflowValue::fires);
  CHECK(value_of(push_paths("'governance/canon/**'"), {"docs/a"}) == WorkflowValue::filtered);
  CHECK(value_of(push_paths("'a/**', '!a/x'"), {"a/x"}) == WorkflowValue::filtered);
  CHECK(value_of(push_paths("'!a/x', 'a/**'"), {"a/x"}) == WorkflowValue::fires);
  CHECK(value_of(push_paths("'!a/x'"), {"b"}) == WorkflowValue::filtered);
  CHECK(value_of("on:\n  push:\n    paths: []\n", {"b"}) == WorkflowValue::filtered);
}

TEST_CASE("a pattern with other special characters makes unknown only what it could decide") {
  CHECK(value_of(push_paths("'a/[x].md'"), {"a/x.md"}) == WorkflowValue::unknown);
  CHECK(value_of(push_paths("'a/[x].md'"), {"b/x.md"}) == WorkflowValue::filtered);
  CHECK(value_of(push_paths("'a/**', '!a/v?.md'"), {"a/v1.md"}) == WorkflowValue::unknown);
  CHECK(value_of(push_paths("'a/**', '!a/vx?.md'"), {"a/w"}) == WorkflowValue::fires);
  CHECK(value_of(push_paths("'a/**', 'a/v+.md'"), {"a/vv.md"}) == WorkflowValue::fires);
  CHECK(value_of(push_paths("'a/**', '!a/vx?.md'"), {"a/v.md", "a/other"}) == WorkflowValue::fires);
  // `x?` also stands for no x.
  CHECK(value_of(push_paths("'ab?c'"), {"ac"}) == WorkflowValue::unknown);
}

TEST_CASE("unparsable comes before everything else, and unknown paths leave it open") {
  CHECK(workflow_value(parse_workflow("- a\n"), "main", {"a"}) == WorkflowValue::unparsable);
  auto workflow = parse_workflow(push_paths("'a/**'") + kJobs);
  CHECK(workflow_value(workflow, "main", {"b"}, false) == WorkflowValue::unknown);
  CHECK(workflow_value(workflow, "main", {"a/b"}, false) == WorkflowValue::fires);
}

}  // namespace
}  // namespace govseal
