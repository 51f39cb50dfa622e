#include <doctest/doctest.h>

#include <string>

#include "reporting/layer_down/dispatch_record.h"

namespace govseal {
namespace {

std::string const kSha = "48c98b89106542187421522e95cb5b2cbeb723dc";

std::string record(std::string const& sha_json, std::string const& more = "") {
  return R"({"type":"layer_down_dispatch","commit_sha":)" + sha_json + more + "}\n";
}
std::string quoted(std::string const& text) {
  return '"' + text + '"';
}

RecordDefect defect_of(std::string const& bytes) {
  auto parsed = parse_dispatch_record(bytes);
  REQUIRE(std::holds_alternative<RecordDefect>(parsed));
  return std::get<RecordDefect>(parsed);
}
DispatchRecord good(std::string const& bytes) {
  auto parsed = parse_dispatch_record(bytes);
  if (auto const* defect = std::get_if<RecordDefect>(&parsed)) FAIL(name_of(*defect));
  return std::get<DispatchRecord>(parsed);
}

TEST_CASE("a record that is not one JSON value is not_json") {
  for (auto const& bytes :
       {std::string(), std::string(" \n"), "\xef\xbb\xbf" + record(quoted(kSha)),
        record(quoted(kSha)) + "x", record(quoted(kSha)) + record(quoted(kSha)),
        "<<<<<<< ours\n" + record(quoted(kSha)), record("NaN"),
        record(quoted(kSha), R"(,"agent_files_changed": ,"x":1)"), record("\"\xe9\""),
        record(quoted(kSha), R"(,"a":"\ud800")"), record(quoted(kSha), ",")}) {
    CAPTURE(bytes);
    CHECK(defect_of(bytes) == RecordDefect::not_json);
  }
}

TEST_CASE("damage is told before repetition") {
  auto twice = record(quoted(kSha), R"(,"commit_sha":"x")");
  CHECK(defect_of(twice) == RecordDefect::duplicate_key);
  CHECK(defect_of(twice + "x") == RecordDefect::not_json);
  CHECK(defect_of(record(quoted(kSha), R"(,"a":[{"k":1,"k":1}])")) == RecordDefect::duplicate_key);
  CHECK(defect_of(R"([{"k":1,"k":1}])") == RecordDefect::duplicate_key);
}

TEST_CASE("each later row of the table, in its order") {
  CHECK(defect_of("[]") == RecordDefect::not_object);
  CHECK(defect_of("\"text\"") == RecordDefect::not_object);
  CHECK(defect_of("{}") == RecordDefect::wrong_type);
  CHECK(defect_of(R"({"type":"layer_down_received"})") == RecordDefect::wrong_type);
  CHECK(defect_of(R"({"type":["layer_down_dispatch"]})") == RecordDefect::wrong_type);
  CHECK(defect_of(R"({"type":"layer_down_dispatch"})") == RecordDefect::commit_sha_missing);
  CHECK(defect_of(record("1234567")) == RecordDefect::commit_sha_not_string);
  CHECK(defect_of(record("null")) == RecordDefect::commit_sha_not_string);
  for (auto const* text : {"HEAD", "", "   ", "48c98b8 9106542", "0x48c98b8", "48c98b8g"}) {
    CAPTURE(text);
    CHECK(defect_of(record(quoted(text))) == RecordDefect::commit_sha_not_hex);
  }
  CHECK(defect_of(record(quoted("48c98b"))) == RecordDefect::commit_sha_length);
  CHECK(defect_of(record(quoted(kSha + "0"))) == RecordDefect::commit_sha_length);
}

TEST_CASE("a commit name is trimmed and lowered, and both are remembered") {
  auto plain = good(record(quoted(kSha)));
  CHECK(plain.commit.digits == kSha);
  CHECK_FALSE(plain.commit.trimmed);
  CHECK_FALSE(plain.commit.upper_case);
  auto typed = good(record(quoted(" \\t48C98B8\\r\\n")));
  CHECK(typed.commit.digits == "48c98b8");
  CHECK(typed.commit.trimmed);
  CHECK(typed.commit.upper_case);
}

TEST_CASE("the layout is told by the fields that only it has") {
  auto layout = [](std::string const& more) { return good(record(quoted(kSha), more)).layout; };
  CHECK(layout("") == 'B');
  CHECK(layout(R"(,"agent_files_changed":false)") == 'A');
  CHECK(layout(R"(,"agent_files_changed":false,"dispatch_type":"push")") == 'C');
  CHECK(layout(R"(,"dispatch_type":"push","recorded_by":"govseal")") == 'P');
  CHECK(layout(R"(,"recorded_by":"somebody")") == 'B');
}

TEST_CASE("covers are read from product records only") {
  auto plain = good(record(quoted(kSha), R"(,"covers":["a"])"));
  CHECK(plain.has_covers);
  CHECK(plain.covers.empty());
  auto product = good(record(quoted(kSha), R"(,"covers":["a",5],"recorded_by":"govseal")"));
  CHECK(product.covers.size() == 2);
  CHECK_FALSE(product.covers_not_array);
  CHECK(good(record(quoted(kSha), R"(,"covers":"a","recorded_by":"govseal")")).covers_not_array);
}

TEST_CASE("only names of the one form are records") {
  CHECK(is_dispatch_record_name("layer-down-dispatch-20260316-210100.json"));
  CHECK(is_dispatch_record_name("layer-down-dispatch-.json"));
  CHECK_FALSE(is_dispatch_record_name("layer-down-dispatch-20260316-210100.json.bak"));
  CHECK_FALSE(is_dispatch_record_name("layer-down-placeholder-x.json"));
  CHECK_FALSE(is_dispatch_record_name("dispatch-20260212.json"));
  CHECK(is_legacy_name("dispatch-20260212.json"));
  CHECK_FALSE(is_legacy_name("layer-down-dispatch-1.json"));
}

}  // namespace
}  // namespace govseal
