#include <doctest/doctest.h>

#include "agent/cli/context.h"
#include "agent/cli/exit_code.h"
#include "agent/cli/verify_local.h"
#include "tests/cli/cli_support.h"

namespace govseal {
namespace {

TEST_CASE("two outranks one, one outranks three, three outranks zero") {
  int const order[] = {0, 3, 1, 2};
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) CHECK(worse_exit(order[i], order[j]) == order[std::max(i, j)]);
  }
}

TEST_CASE("the one word of the state gives the code") {
  CHECK(exit_of_state("clean") == 0);
  CHECK(exit_of_state("findings") == 1);
  CHECK(exit_of_state("critical") == 2);
  CHECK(exit_of_state("blind") == 3);
  CHECK(exit_of_state("") == 3);
}

TEST_CASE("an open finding counts, an acknowledged, waived or closed one does not") {
  auto const code = [](std::string const& members) {
    return exit_of_finding(json_of("{" + members + "}"));
  };
  std::string const open = R"("state":"open","waiver":null,)";
  CHECK(code(open + R"("kind":"sealed_write","severity":"critical")") == 2);
  CHECK(code(open + R"("kind":"sealed_write","severity":"low")") == 1);
  CHECK(code(open + R"("kind":"guard.changed","severity":"high")") == 1);
  CHECK(code(open + R"("kind":"repository.unreadable","severity":"high")") == 3);
  CHECK(code(open + R"("kind":"repository.missing","severity":"high")") == 3);
  CHECK(code(open + R"("kind":"coverage.blind","severity":"high")") == 3);
  CHECK(code(open + R"("kind":"coverage.partial","severity":"medium")") == 1);
  CHECK(code(R"("state":"acknowledged","kind":"sealed_write","severity":"critical")") == 0);
  CHECK(code(R"("state":"closed","kind":"sealed_write","severity":"critical")") == 0);
  CHECK(code(R"("state":"open","waiver":"W-1","kind":"x","severity":"critical")") == 0);
}

TEST_CASE("each verdict of a run has its code, and a waiver takes it away") {
  auto const code = [](std::string const& verdict, std::string const& waiver = "null") {
    return exit_of_run(json_of(R"({"verdict":)" + verdict + R"(,"waiver":)" + waiver + "}"));
  };
  for (char const* verdict : {"\"VALID\"", "\"LEGACY\"", "\"OPEN\""}) CHECK(code(verdict) == 0);
  for (char const* verdict :
       {"\"EOL_NORMALIZED\"", "\"UNSEALED\"", "\"INCOMPLETE\"", "\"ABANDONED\""}) {
    CHECK(code(verdict) == 1);
  }
  CHECK(code("\"INVALID\"") == 2);
  CHECK(code("\"INVALID\"", "\"W-1\"") == 0);
  CHECK(code("null") == 3);
}

TEST_CASE("a repository counts by its findings and by what is not seen of it") {
  auto const code = [](std::string const& members) {
    return exit_of_repository(json_of("{" + members + "}"));
  };
  std::string const good = R"("readable":true,"runs":{"VALID":3})";
  CHECK(code(good + R"(,"findings":{"critical":0,"high":0,"medium":0,"low":4})") == 0);
  CHECK(code(good + R"(,"findings":{"critical":0,"high":0,"medium":1,"low":0})") == 1);
  CHECK(code(good + R"(,"findings":{"critical":1,"high":1,"medium":1,"low":0})") == 2);
  CHECK(code(good + R"(,"findings":{},"roots":[{"state":"live"},{"state":"gap"}])") == 3);
  CHECK(code(R"("readable":false,"runs":{},"findings":{})") == 3);
  CHECK(code(R"("readable":false,"runs":{},"findings":{"high":1})") == 1);
  CHECK(code(R"("readable":true,"runs":{"unknown":1},"findings":{})") == 3);
}

TEST_CASE("an undispatched item is a finding, a pending one is fine, an unknown one blind") {
  CHECK(exit_of_undispatched(json_of(R"({"state":"undispatched"})")) == 1);
  CHECK(exit_of_undispatched(json_of(R"({"state":"pending"})")) == 0);
  CHECK(exit_of_undispatched(json_of(R"({"state":"unknown"})")) == 3);
}

TEST_CASE("problems have the codes of the table, unknown ones go by their status") {
  struct Row {
    char const* name;
    int status;
    int code;
  };
  for (Row const& row : {Row{"bad-request", 400, 64},
                         Row{"malformed-body", 400, 65},
                         Row{"invalid-field", 422, 65},
                         Row{"not-permitted", 403, 77},
                         Row{"no-such-route", 404, 69},
                         Row{"no-such-run", 404, 66},
                         Row{"method-not-allowed", 405, 69},
                         Row{"not-acceptable", 406, 64},
                         Row{"read-timeout", 408, 69},
                         Row{"ambiguous-run", 409, 64},
                         Row{"refused", 409, 1},
                         Row{"idempotency-conflict", 409, 64},
                         Row{"header-too-large", 431, 65},
                         Row{"range-not-in-ledger", 416, 66},
                         Row{"too-many-jobs", 429, 75},
                         Row{"busy", 503, 75},
                         Row{"timeout", 503, 69},
                         Row{"bad-configuration", 422, 78},
                         Row{"cannot-write", 507, 73},
                         Row{"sync-gap", 504, 3},
                         Row{"internal", 500, 70},
                         Row{"of-a-later-version", 404, 66},
                         Row{"", 403, 77},
                         Row{"", 500, 70}}) {
    CAPTURE(row.name);
    CHECK(exit_of_problem(row.name, row.status) == row.code);
  }
}

TEST_CASE("what was found by a verify is not lessened by what could not be read") {
  CHECK(worse_look(0, 1) == 1);
  CHECK(worse_look(1, 66) == 66);
  CHECK(worse_look(66, 69) == 69);
  CHECK(worse_look(69, 2) == 2);
  CHECK(worse_look(2, 66) == 2);
}

TEST_CASE("a valid seal that is not the bound one is a violation") {
  FolderVerdict verdict;
  verdict.verdict = Verdict::valid;
  verdict.root = sha256("other");
  verdict.hashfile_sha256 = sha256("hash file");
  KnownBinding binding;
  CHECK(compare_with_binding(verdict, binding).violations.empty());
  CHECK(exit_of_look(verdict, compare_with_binding(verdict, binding)) == 0);

  binding.history.log_index = 7;
  binding.history.bound_root = sha256("bound");
  binding.history.bound_hashfile_sha256 = verdict.hashfile_sha256;
  auto history = compare_with_binding(verdict, binding);
  CHECK(history.violations == std::vector<std::string>{"seal_rewritten"});
  CHECK(exit_of_look(verdict, history) == 2);

  binding.excused.insert("seal_rewritten");
  CHECK(compare_with_binding(verdict, binding).violations.empty());

  binding.history.bound_root = verdict.root;
  CHECK(compare_with_binding(verdict, binding).violations.empty());
  verdict.verdict = Verdict::invalid;
  CHECK(compare_with_binding(verdict, binding).violations ==
        std::vector<std::string>{"sealed_write"});
  verdict.verdict.reset();
  CHECK(compare_with_binding(verdict, binding).violations.empty());
  CHECK(exit_of_look(verdict, std::nullopt) == 69);
}

TEST_CASE("durations have a unit") {
  using namespace std::chrono_literals;
  CHECK(parse_wait("500ms") == 500ms);
  CHECK(parse_wait("30s") == 30s);
  CHECK(parse_wait("2h") == 2h);
  CHECK(parse_wait("1d") == 24h);
  for (char const* text : {"", "5", "s", "-5s", "5x", "5 s", "99999999999999999999s"}) {
    CHECK(!parse_wait(text));
  }
}

}  // namespace
}  // namespace govseal
