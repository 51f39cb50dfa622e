#include <doctest/doctest.h>

#include <set>
#include <string>

#include "sealing/envelope.h"

namespace govseal {
namespace {

using Set = std::set<std::string>;

constexpr char const* kGood = R"({"run_id": "r", "created_utc": "2026-08-08T12:00:00Z"})";

EnvelopeJudgement judge(std::string const& text, bool has_checks = false) {
  return judge_envelope(parse_envelope(text), "r", has_checks);
}

}  // namespace

TEST_CASE("an envelope has an id and a time") {
  Envelope const envelope = parse_envelope(kGood);
  CHECK(envelope.readable);
  CHECK(envelope.run_id == "r");
  CHECK(envelope.created_utc == "2026-08-08T12:00:00Z");
  CHECK_FALSE(envelope.finished_utc.has_value());
  auto const judged = judge(kGood);
  CHECK(judged.codes.empty());
  CHECK(judged.warnings.empty());
  CHECK(judged.dialect == Dialect::envelope);
}

TEST_CASE("the first thing that makes run.json unreadable is its only code") {
  CHECK(judge("\xEF\xBB\xBF{\xFF").codes == Set{"run_json.bom"});
  CHECK(judge("{\xFF").codes == Set{"run_json.not_utf8"});
  CHECK(judge("{").codes == Set{"run_json.json"});
  CHECK(judge("{\"a\": \"\\ud800\"}").codes == Set{"run_json.json"});
  CHECK(judge("{\"a\": NaN}").codes == Set{"run_json.json"});
  CHECK(judge("").codes == Set{"run_json.json"});
  CHECK(judge("[]").codes == Set{"run_json.not_object"});
  CHECK(judge("[").codes == Set{"run_json.json"});
  CHECK(judge("7").codes == Set{"run_json.not_object"});
  CHECK(judge("{\"run_id\": \"r\"} {}").codes == Set{"run_json.json"});
}

TEST_CASE("numbers beyond 64 bits are legal in run.json") {
  std::string const text = R"({"run_id": "r", "created_utc": "2026-08-08T12:00:00Z", )"
                           R"("n": [123456789012345678901234567890, 1e999, -0.0]})";
  CHECK(judge(text).codes.empty());
}

TEST_CASE("each fault of an object has its code") {
  CHECK(judge("{}").codes == Set{"run_json.created_utc", "run_json.run_id"});
  CHECK(judge(R"({"run_id": "", "created_utc": "x"})").codes == Set{"run_json.run_id"});
  CHECK(judge(R"({"run_id": 7, "created_utc": "x"})").codes == Set{"run_json.run_id"});
  CHECK(judge(R"({"run_id": "other", "created_utc": "x"})").codes == Set{"run_json.id_mismatch"});
  CHECK(judge(R"({"run_id": "r", "created_utc": ""})").codes == Set{"run_json.created_utc"});
  CHECK(judge(R"({"run_id": "r", "created_utc": null})").codes == Set{"run_json.created_utc"});
  CHECK(judge(R"({"run_id": "r"})").codes == Set{"run_json.created_utc"});
}

TEST_CASE("of a repeated key the last value counts, nested ones do not matter") {
  CHECK(judge(R"({"run_id": "x", "created_utc": "2026-08-08T12:00:00Z", "run_id": "r"})").codes ==
        Set{"run_json.duplicate_key"});
  CHECK(judge(R"({"run_id": "r", "created_utc": "2026-08-08T12:00:00Z", "run_id": 7})").codes ==
        Set{"run_json.duplicate_key", "run_json.run_id"});
  CHECK(judge(R"({"run_id": "r", "created_utc": "2026-08-08T12:00:00Z", "o": {"a": 1, "a": 2}})")
            .codes.empty());
  CHECK(judge(R"({"run_id": "r", "created_utc": "2026-08-08T12:00:00Z", "\u0072un_id": "r"})")
            .codes == Set{"run_json.duplicate_key"});
}

TEST_CASE("a runwriter folder has no created_utc at all, a finished_utc and checks") {
  std::string const text = R"({"run_id": "r", "finished_utc": "x"})";
  CHECK(judge(text, true).dialect == Dialect::runwriter);
  CHECK(judge(text, true).codes.empty());
  CHECK_FALSE(judge(text, false).dialect.has_value());
  CHECK(judge(text, false).codes == Set{"run_json.created_utc"});
  std::string const both = R"({"run_id": "r", "created_utc": null, "finished_utc": "x"})";
  CHECK_FALSE(judge(both, true).dialect.has_value());
  CHECK_FALSE(judge(R"({"run_id": "r", "finished_utc": ""})", true).dialect.has_value());
}

TEST_CASE("another form of time is a warning") {
  CHECK(judge(R"({"run_id": "r", "created_utc": "2026-08-08"})").warnings ==
        Set{"run_json.created_utc_format"});
  CHECK(is_utc_second("2026-08-08T12:00:00Z"));
  CHECK_FALSE(is_utc_second("2026-08-08T12:00:00.0Z"));
  CHECK_FALSE(is_utc_second("2026-08-08T12:00:00+"));
  CHECK_FALSE(is_utc_second("2026-08-08 12:00:00Z"));
  CHECK_FALSE(is_utc_second("x026-08-08T12:00:00Z"));
}

}  // namespace govseal
