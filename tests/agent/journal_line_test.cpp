#include "agent/journal_line.h"

#include <doctest/doctest.h>
#include <syslog.h>

namespace govseal {
namespace {

/// Only the type and the body are looked at.
std::optional<JournalLine> line_of(std::string const& type, std::string const& body) {
  auto parsed = parse_json(body);
  REQUIRE(std::holds_alternative<JsonValue>(parsed));
  Record record;
  record.seq = 14;
  record.type = type;
  record.body = std::get<JsonValue>(std::move(parsed));
  return journal_line(record);
}

TEST_CASE("a violation is one line with what, where and the record") {
  auto const line = line_of(
      "violation",
      R"({"repo":"gov","name":"sealed_write","effect":"content","kind":"write","run":"R/a",)"
      R"("paths":{"n":1,"sha256":"00","first":["R/a/run.log"]}})");
  REQUIRE(line);
  CHECK(line->priority == LOG_WARNING);
  CHECK(line->text == "violation sealed_write content write gov R/a/run.log (record 14)");
}

TEST_CASE("several paths are counted and the run named") {
  auto const line = line_of(
      "seal.failed", R"({"repo":"gov","run":"R/a","verdict":"INVALID","codes":["a.b","c.d"],)"
                     R"("paths":{"n":7,"sha256":"00","first":["R/a/x","R/a/y"]}})");
  REQUIRE(line);
  CHECK(line->text == "seal.failed INVALID gov R/a (7 paths): a.b c.d (record 14)");
}

TEST_CASE("everyday records are not told, a new seal is a notice") {
  CHECK_FALSE(line_of("heartbeat", "{}"));
  CHECK_FALSE(line_of("seal.intent", R"({"repo":"gov"})"));
  CHECK_FALSE(line_of("finding", R"({"state":"closed","severity":"high"})"));
  auto const line = line_of("seal.created", R"({"repo":"gov","run":"R/a"})");
  REQUIRE(line);
  CHECK(line->priority == LOG_NOTICE);
  CHECK(line->text == "seal.created gov R/a (record 14)");
}

}  // namespace
}  // namespace govseal
