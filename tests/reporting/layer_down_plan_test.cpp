#include <doctest/doctest.h>

#include "reporting/layer_down/gap_report.h"
#include "reporting/layer_down/markdown.h"
#include "reporting/layer_down/ripple_plan.h"

namespace govseal {
namespace {

ConsumerNames const kNames({"example-org/alpha", "example-org/Gamma"},
                           {{"office-app", "example-org/beta-office-app"}});
std::string const kTable = "| Consumer | Status |\n|---|:-:|\n";

PlanStatus status_of(std::string const& text) {
  return read_plan(text, kNames).status;
}

TEST_CASE("a pending consumer row makes a plan pending, however the consumer is written") {
  for (auto const* cell : {"example-org/alpha", "alpha", "**alpha**", "`Alpha`", "office-app",
                           "GAMMA", "[example-org/alpha](https://example.invalid/alpha)",
                           "Consumer repo layer-down", "other/path/alpha"}) {
    CAPTURE(cell);
    CHECK(status_of(kTable + "| " + cell + " | ⏳ PENDING |\n") == PlanStatus::pending);
  }
  CHECK(status_of(kTable + "| Canon inventory | PENDING |\n") == PlanStatus::untracked);
  CHECK(status_of(kTable + "| alpha |\n") == PlanStatus::untracked);
  CHECK(status_of("| Consumer | State |\n|---|---|\n| alpha | PENDING |\n") ==
        PlanStatus::untracked);
}

TEST_CASE("every word of a pending row counts, and only as a whole word") {
  for (auto const* word : {"Pending", "not_started", "IN  PROGRESS", "🔴 **Initiated**",
                           "blocked:", "AWAITING CS2", "tbd"}) {
    CAPTURE(word);
    CHECK(status_of(kTable + "| alpha | " + word + " |\n") == PlanStatus::pending);
  }
  CHECK(status_of(kTable + "| alpha | PENDINGS |\n") == PlanStatus::untracked);
  CHECK(status_of(kTable + "| alpha | COMPLETE, nothing PENDING |\n") == PlanStatus::untracked);
}

TEST_CASE("a plan is complete when its header and all consumer rows are") {
  CHECK(status_of("**Status**: ✅ COMPLETE\n") == PlanStatus::complete);
  CHECK(status_of("**Status:** Closed (2026-03-01)\n") == PlanStatus::complete);
  CHECK(status_of(kTable + "| alpha | APPLIED |\n| gamma | ✅ COMPLETED |\n") ==
        PlanStatus::complete);
  CHECK(status_of("**Status**: COMPLETE\n\n" + kTable + "| alpha | done |\n") ==
        PlanStatus::untracked);
  CHECK(status_of("**Status**: DRAFT\n\n" + kTable + "| alpha | COMPLETE |\n") ==
        PlanStatus::untracked);
  CHECK(status_of("") == PlanStatus::untracked);
}

TEST_CASE("the header is the first Status before the first section") {
  CHECK(status_of("**Status**: DETECTED\n") == PlanStatus::pending);
  CHECK(status_of("**Status**: Ripple_Required\n") == PlanStatus::pending);
  CHECK(status_of("# Title\n## Part\n**Status**: PENDING\n") == PlanStatus::untracked);
  CHECK(status_of("**Status**: COMPLETE\n**Status**: PENDING\n") == PlanStatus::complete);
  CHECK(status_of("**SLA Status**: PENDING\n") == PlanStatus::untracked);
  CHECK(status_of("**Status**: PUBLIC_API\n") == PlanStatus::untracked);
}

TEST_CASE("a layer-down or coordination status counts anywhere") {
  CHECK(
      status_of("**Status**: COMPLETE\n## End\n  **LAYER-DOWN STATUS:** pending (after merge)\n") ==
      PlanStatus::pending);
  CHECK(status_of("## X\n**Coordination Status**: awaiting\n") == PlanStatus::pending);
  CHECK(status_of("## X\nText **Coordination Status**: PENDING\n") == PlanStatus::untracked);
}

TEST_CASE("fences hide what is in them and end a table") {
  CHECK(status_of("**Status**: CLOSED\n```\n**Layer-Down Status**: PENDING\n```\n") ==
        PlanStatus::complete);
  CHECK(status_of("  ~~~ text\n**Status**: PENDING\n~~~\n**Status**: CLOSED\n") ==
        PlanStatus::complete);
  auto lines = markdown_lines("| a |\n```\nx\n```\n| b |\r\n");
  CHECK(markdown_tables(lines).size() == 2);
}

TEST_CASE("cells are split at bars that are not escaped") {
  auto tables = markdown_tables({"| a \\| b | c", "|---|:--:|", "|d||", "  | e | f | g |"});
  REQUIRE(tables.size() == 1);
  CHECK(tables[0].header == std::vector<std::string>{"a \\| b", "c"});
  REQUIRE(tables[0].rows.size() == 2);
  CHECK(tables[0].rows[0] == std::vector<std::string>{"d", ""});
  CHECK(tables[0].rows[1] == std::vector<std::string>{"e", "f", "g"});
}

TEST_CASE("only an unregistered repository of a registered owner is warned about") {
  auto warns = [](std::string const& cell) {
    return read_plan(kTable + "| " + cell + " | PENDING |\n", kNames).names_unregistered_consumer;
  };
  CHECK(warns("example-org/unknown-site"));
  CHECK(warns("`EXAMPLE-ORG/other`"));
  CHECK_FALSE(warns("EXAMPLE-ORG/ALPHA"));
  CHECK_FALSE(warns("someone-else/unknown"));
  CHECK_FALSE(warns("governance/canon/ALPHA.md"));
  CHECK_FALSE(warns("alpha"));
}

TEST_CASE("a Gap 5 section gives the rows of its first table") {
  std::vector<PlanRef> plans = {{"governance/ripple/PLAN-A.md", "pending"}};
  auto text =
      "# Report\n## Gap 50\n| Ripple Plan File |\n|---|\n| `NO.md` |\n"
      "### 6. Gap 5 — Missed\n\nText.\n\n| # | Ripple Plan File | Date |\n|---|---|---|\n"
      "| 1 | **`PLAN-A.md`** | x |\n| 2 | PLAN-GONE.md | x |\n| 3 | Session 001 | x |\n"
      "| 4 | governance/ripple/PLAN-A.md | x |\n| 5 |\n"
      "#### Order\n\n| # | Ripple Plan File |\n|---|---|\n| 1 | SECOND.md |\n"
      "## Gap 5 again\n| Ripple Plan File |\n|---|\n| THIRD.md |\n";
  auto rows = read_gap_report(text, plans);
  REQUIRE(rows.size() == 5);
  CHECK(rows[0].row == 1);
  CHECK(rows[0].file == "PLAN-A.md");
  CHECK(rows[0].plan == "governance/ripple/PLAN-A.md");
  CHECK(rows[0].plan_status == "pending");
  CHECK(rows[1].plan_status == "file_missing");
  CHECK_FALSE(rows[1].plan);
  CHECK(rows[2].plan_status == "not_a_file");
  CHECK_FALSE(rows[2].file);
  CHECK(rows[3].plan_status == "not_a_file");
  CHECK(rows[4].row == 5);
  CHECK(rows[4].plan_status == "not_a_file");
}

TEST_CASE("a Gap 5 section ends with the next heading of its level or above") {
  CHECK(
      read_gap_report("### Gap 5\n## Other\n| Ripple Plan File |\n|---|\n| A.md |\n", {}).empty());
  CHECK(read_gap_report("# Gap 5\n| Ripple Plan File |\n|---|\n| A.md |\n", {}).empty());
  CHECK(read_gap_report("##### Gap 5\n| Ripple Plan File |\n|---|\n| A.md |\n", {}).empty());
  CHECK(read_gap_report("Text on Gap 5\n| Ripple Plan File |\n|---|\n| A.md |\n", {}).empty());
  CHECK(read_gap_report("## Gap 5\n| File |\n|---|\n| A.md |\n", {}).empty());
}

}  // namespace
}  // namespace govseal
