#include "sealing/ledger/record.h"

#include <doctest/doctest.h>

#include "base/json.h"
#include "sealing/ledger/record_schema.h"
#include "tests/ledger/ledger_fixture.h"
#include "tests/ledger/record_sample.h"

using namespace govseal;

namespace {

using Kind = RecordError::Kind;

bool is_good(std::string const& line) {
  return std::holds_alternative<RecordHead>(check_record(line));
}

Kind error_of(std::string const& line) {
  auto const checked = check_record(line);
  auto const* const error = std::get_if<RecordError>(&checked);
  REQUIRE_MESSAGE(error != nullptr, "accepted: ", line);
  return error->kind;
}

/// The golden heartbeat with one text replaced by another.
std::string heartbeat_with(std::string const& from, std::string const& to) {
  std::string line = golden_lines()[6];
  auto const found = line.find(from);
  REQUIRE(found != std::string::npos);
  return line.replace(found, from.size(), to);
}

std::string unknown_type(std::string const& rest) {
  return "{\"v\":1,\"seq\":0,\"ts\":\"2026-01-05T09:00:00.000000001Z\",\"boot\":\"" +
         std::string(kTestBootId) + "\",\"type\":\"future.thing\",\"prev\":\"" +
         std::string(64, '0') + "\"" + rest;
}

}  // namespace

TEST_CASE("the golden drafts become the golden lines, hashes and roots") {
  auto const drafts = golden_drafts();
  std::size_t const sizes[] = {559, 431, 515, 799, 926, 563, 339, 246};
  Digest prev{};
  MerkleTree tree;
  for (std::size_t seq = 0; seq < drafts.size(); ++seq) {
    auto const line = write_record_line(drafts[seq], seq, drafts[seq].wall, kTestBootId, prev);
    CHECK(line == golden_lines()[seq]);
    CHECK(line.size() == sizes[seq]);
    prev = leaf_hash(line);
    tree.append(prev);
    CHECK(tree.root().hex() == golden_roots()[seq]);
  }
  CHECK(prev.hex() == "d654e54caa12648910ce50b12b07db371ce2c041127563bdc128c97cf25e4092");
}

TEST_CASE("a golden line is read back with its values") {
  auto const parsed = parse_record(golden_lines()[4]);
  REQUIRE(std::holds_alternative<Record>(parsed));
  auto const& record = std::get<Record>(parsed);
  CHECK(record.seq == 4);
  CHECK(record.type == "violation");
  CHECK(record.known_type);
  CHECK(record.boot == kTestBootId);
  CHECK(record.wall() == at("2026-01-05T09:10:00.500000000Z"));
  CHECK(record.prev == leaf_hash(golden_lines()[3]));
  CHECK(record.line == golden_lines()[4]);
  CHECK(*record.body.find_string("repo") == "alpha");
  CHECK(record.body.find("actor")->find_int("pid") == 4242);
}

TEST_CASE("every record type is accepted with all fields at their limits and stays below 64 KiB") {
  std::size_t largest = 0;
  std::string largest_type;
  for (auto const& schema : record_schemas()) {
    auto const line = sample_line(schema, SampleSize::largest);
    CAPTURE(schema.type);
    CHECK_MESSAGE(is_good(line), std::get<RecordError>(check_record(line)).detail);
    CHECK(line.size() < 65536);
    if (line.size() <= largest) continue;
    largest = line.size();
    largest_type = schema.type;
  }
  CHECK(largest_type == "violation");
  CHECK(largest == 56581);
}

TEST_CASE("every record type is accepted with as little as it can say") {
  CHECK(find_record_schema("no.such.type") == nullptr);
  for (auto const& schema : record_schemas()) {
    auto const line = sample_line(schema, SampleSize::smallest);
    CAPTURE(schema.type);
    CHECK_MESSAGE(is_good(line), std::get<RecordError>(check_record(line)).detail);
    auto const* const found = find_record_schema(schema.type);
    REQUIRE(found != nullptr);
    CHECK(found->fields.data() == schema.fields.data());
  }
}

TEST_CASE("a known type with a key missing, doubled, renamed, moved or added is refused") {
  for (auto const& schema : record_schemas()) {
    CAPTURE(schema.type);
    std::string const good = sample_line(schema, SampleSize::smallest);
    std::string const envelope = good.substr(0, good.find(",\"prev\"") + 7 + 3 + 64);
    for (std::size_t i = 0; i < schema.fields.size(); ++i) {
      std::vector<FieldRule> without(schema.fields.begin(), schema.fields.end());
      without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
      std::string const members = sample_members(without, SampleSize::smallest);
      CHECK_FALSE(is_good(envelope + (members.empty() ? "" : ",") + members + "}"));
      if (i + 1 == schema.fields.size()) continue;
      std::vector<FieldRule> moved(schema.fields.begin(), schema.fields.end());
      std::swap(moved[i], moved[i + 1]);
      CHECK_FALSE(is_good(envelope + "," + sample_members(moved, SampleSize::smallest) + "}"));
    }
    CHECK_FALSE(is_good(good.substr(0, good.size() - 1) + ",\"more\":0}"));
    CHECK_FALSE(is_good(good.substr(0, good.size() - 1) + ",\"v\":1}"));
    CHECK_FALSE(is_good(good + "}"));
    CHECK_FALSE(is_good(good + " "));
    CHECK_FALSE(is_good(good.substr(0, good.size() - 1)));
  }
}

TEST_CASE("null is refused where the type does not allow it") {
  for (auto const& schema : record_schemas()) {
    for (auto const& rule : schema.fields) {
      std::vector<FieldRule> nulled(schema.fields.begin(), schema.fields.end());
      auto& changed = nulled[static_cast<std::size_t>(&rule - schema.fields.data())];
      bool const may_be_null = changed.nullable;
      changed.nullable = true;
      RecordSchema const pretended{schema.type, schema.urgent, nulled};
      CAPTURE(schema.type);
      CAPTURE(rule.key);
      CHECK(is_good(sample_line(pretended, SampleSize::smallest)) == may_be_null);
    }
  }
}

TEST_CASE("the envelope is accepted in its written form only") {
  CHECK(is_good(golden_lines()[6]));
  CHECK(error_of(heartbeat_with("{\"v\":1", "{ \"v\":1")) == Kind::envelope);
  CHECK(error_of(heartbeat_with("\"v\":1,", "")) == Kind::envelope);
  CHECK(error_of(heartbeat_with("\"v\":1", "\"v\":01")) == Kind::envelope);
  CHECK(error_of(heartbeat_with("\"v\":1", "\"v\":\"1\"")) == Kind::envelope);
  CHECK(error_of(heartbeat_with("\"v\":1", "\"v\":0")) == Kind::envelope);
  CHECK(error_of(heartbeat_with("\"seq\":6", "\"seq\":06")) == Kind::envelope);
  CHECK(error_of(heartbeat_with("\"seq\":6", "\"seq\":-6")) == Kind::envelope);
  CHECK(error_of(heartbeat_with("\"seq\":6", "\"seq\":6.0")) == Kind::envelope);
  CHECK(error_of(heartbeat_with("\"seq\":6", "\"seq\":9007199254740992")) == Kind::envelope);
  CHECK(error_of(heartbeat_with(".000000000Z", ".00000000Z")) == Kind::envelope);
  CHECK(error_of(heartbeat_with("2026-01-05", "2026-02-30")) == Kind::envelope);
  CHECK(error_of(heartbeat_with("T09:15", "t09:15")) == Kind::envelope);
  CHECK(error_of(heartbeat_with("11111111-2222", "11111111-222A")) == Kind::envelope);
  CHECK(error_of(heartbeat_with("11111111-2222", "111111112222-")) == Kind::envelope);
  CHECK(error_of(heartbeat_with("\"heartbeat\"", "\"Heartbeat\"")) == Kind::envelope);
  CHECK(error_of(heartbeat_with("\"heartbeat\"", "\"" + std::string(33, 'h') + "\"")) ==
        Kind::envelope);
  CHECK(error_of(heartbeat_with("\"prev\":\"4e3c", "\"prev\":\"4E3C")) == Kind::envelope);
  CHECK(error_of(heartbeat_with("\"prev\":\"4e3c", "\"prev\":\"4e3")) == Kind::envelope);
  CHECK(error_of(heartbeat_with("\"seq\":6,\"ts\":\"2026-01-05T09:15:00.000000000Z\"",
                                "\"ts\":\"2026-01-05T09:15:00.000000000Z\",\"seq\":6")) ==
        Kind::envelope);
  CHECK(error_of("") == Kind::envelope);
  CHECK(error_of("{}") == Kind::envelope);
  CHECK(error_of("[]") == Kind::envelope);
}

TEST_CASE("numbers are accepted in plain decimal only") {
  for (std::string const& number :
       std::vector<std::string>{"01", "-0", "-1", "1.0", "1e3", "9007199254740992", "+1", "\"1\"",
                                "true", "null", " 1", "1 ", ""}) {
    CAPTURE(number);
    CHECK(error_of(heartbeat_with("\"gaps\":0", "\"gaps\":" + number)) == Kind::schema);
  }
  CHECK(is_good(heartbeat_with("\"gaps\":0", "\"gaps\":9007199254740991")));
}

TEST_CASE("strings are accepted with their two escapes only") {
  std::string const stop = golden_lines()[7];
  auto const with_detail = [&](std::string const& detail) {
    std::string line = stop;
    return line.replace(line.find("\"SIGTERM\""), 9, detail);
  };
  CHECK(is_good(with_detail(R"("a \"quoted\" \\ word")")));
  CHECK(is_good(with_detail("\"\xC3\xBC\"")));
  CHECK(is_good(with_detail("null")));
  CHECK(error_of(with_detail(R"("\n")")) == Kind::schema);
  CHECK(error_of(with_detail(R"("\/")")) == Kind::schema);
  CHECK(error_of(with_detail(R"("\u0041")")) == Kind::schema);
  CHECK(error_of(with_detail(R"("100%")")) == Kind::schema);
  CHECK(error_of(with_detail("\"" + std::string(257, 'a') + "\"")) == Kind::schema);
  CHECK(error_of(with_detail("\"a")) == Kind::schema);
  CHECK(error_of(with_detail("\"a\tb\"")) == Kind::control_byte);
  CHECK(error_of(with_detail("\"a\x7f\"")) == Kind::control_byte);
  CHECK(error_of(with_detail("\"a\xff\"")) == Kind::not_utf8);
  CHECK(error_of(with_detail("\"\xC2\x85\"")) == Kind::schema);
}

TEST_CASE("lists, codes and words are checked") {
  std::string const failed = golden_lines()[5];
  auto const with = [&](std::string const& from, std::string const& to) {
    std::string line = failed;
    auto const found = line.find(from);
    REQUIRE(found != std::string::npos);
    return line.replace(found, from.size(), to);
  };
  CHECK(is_good(with(R"(["content.hash"])", "[]")));
  CHECK(is_good(with(R"(["content.hash"])", R"(["a","b"])")));
  CHECK(error_of(with(R"(["content.hash"])", R"(["b","a"])")) == Kind::schema);
  CHECK(error_of(with(R"(["content.hash"])", R"(["a","a"])")) == Kind::schema);
  CHECK(error_of(with(R"(["content.hash"])", R"(["A"])")) == Kind::schema);
  CHECK(error_of(with(R"(["content.hash"])", R"(["a",])")) == Kind::schema);
  CHECK(error_of(with("\"n\":1", "\"n\":2")) == Kind::schema);
  CHECK(error_of(with("\"n\":1", "\"n\":0")) == Kind::schema);
  CHECK(error_of(with("\"worktree\"", "\"workTree\"")) == Kind::schema);
  CHECK(error_of(with("\"run\":\".codex", "\"run\":\"/codex")) == Kind::schema);
  CHECK(error_of(with("\"repo\":\"alpha\"", "\"repo\":\"-alpha\"")) == Kind::schema);
  CHECK(error_of(with("\"repo\":\"alpha\"", "\"repo\":\"\"")) == Kind::schema);
}

TEST_CASE("a line of 65535 bytes is a record, one more byte makes it none") {
  std::string const start = unknown_type(",\"x\":\"");
  CHECK(is_good(start + std::string(65535 - start.size() - 2, 'x') + "\"}"));
  CHECK(error_of(start + std::string(65536 - start.size() - 2, 'x') + "\"}") == Kind::too_long);
}

TEST_CASE("an unknown type is accepted as a note when it is one object without duplicate keys") {
  for (std::string const& rest : std::vector<std::string>{
           "}", ",\"x\":1.5}", ",\"x\":{\"y\":[1,2,{\"z\":null}]}}", ",\"x\": 1}"}) {
    auto const parsed = parse_record(unknown_type(rest));
    CAPTURE(rest);
    REQUIRE(std::holds_alternative<Record>(parsed));
    CHECK_FALSE(std::get<Record>(parsed).known_type);
  }
  CHECK(error_of(unknown_type(",\"x\":1,\"x\":2}")) == Kind::fields);
  CHECK(error_of(unknown_type(",\"x\":{\"y\":1,\"y\":1}}")) == Kind::fields);
  CHECK(error_of(unknown_type(",\"type\":\"heartbeat\"}")) == Kind::fields);
  CHECK(error_of(unknown_type("} {}")) == Kind::fields);
  CHECK(error_of(unknown_type("")) == Kind::fields);
  CHECK(error_of(unknown_type(" }")) == Kind::fields);
}

TEST_CASE("a record of a later version is told apart from a malformed one") {
  CHECK(error_of(heartbeat_with("\"v\":1", "\"v\":2")) == Kind::unknown_version);
  CHECK(error_of("{\"v\":7,\"anything\":[]}") == Kind::unknown_version);
  CHECK(error_of("{\"v\":7}") == Kind::unknown_version);
  CHECK(error_of("{\"v\":7") == Kind::envelope);
}

TEST_CASE("urgency follows the type, for findings the severity") {
  auto const urgency = [](std::string const& severity) {
    return make_record(
               record::Finding{.id = "f1", .name = "n", .state = "opened", .severity = severity})
        .urgent;
  };
  CHECK(urgency("critical"));
  CHECK(urgency("high"));
  CHECK_FALSE(urgency("medium"));
  CHECK_FALSE(urgency("low"));
  std::vector<std::string> urgent;
  for (auto const& schema : record_schemas()) {
    if (schema.urgent) urgent.emplace_back(schema.type);
  }
  CHECK(urgent == std::vector<std::string>{"coverage.gap", "violation", "seal.failed",
                                           "seal.rewritten", "seal.copied", "run.missing",
                                           "key.rotate", "key.revoke", "waiver.granted",
                                           "waiver.used", "waiver.expired", "waiver.revoked",
                                           "log.recovered", "log.damaged", "log.rolled_back"});
}
