#include "agent/api/target.h"

#include <doctest/doctest.h>

#include "agent/api/cursor.h"

using namespace govseal;

namespace {

std::vector<std::string> segments(std::string_view target) {
  auto const parsed = parse_target(target);
  REQUIRE(std::holds_alternative<ApiTarget>(parsed));
  return std::get<ApiTarget>(parsed).segments;
}

std::string refused_parameter(std::string_view target) {
  auto const parsed = parse_target(target);
  REQUIRE(std::holds_alternative<BadTarget>(parsed));
  return std::get<BadTarget>(parsed).parameter;
}

std::string chosen(std::string const& accept, std::vector<std::string_view> const& available) {
  return std::string(negotiate(&accept, available).value_or("none"));
}

}  // namespace

TEST_CASE("a run path is one percent-encoded segment, decoded once") {
  CHECK(segments("/v1/runs/alpha/.codex%2FRUNS%2Fdemo").back() == ".codex/RUNS/demo");
  CHECK(segments("/v1/runs/alpha/a%252Fb").back() == "a%2Fb");
  CHECK(segments("/v1/runs/alpha/%ff").back() == "\xff");
  CHECK(segments("/").empty());
}

TEST_CASE("dot, empty and NUL segments and bad escapes are refused") {
  for (auto const* target : {"/v1/../status", "/v1/%2e%2e/status", "/v1//status", "/v1/status/",
                             "/v1/./status", "/v1/a%00b", "/v1/%", "/v1/%4", "/v1/%zz", "",
                             "v1/status", "http://localhost/v1/status", "*", "/v1/a#b"}) {
    CAPTURE(target);
    CHECK(refused_parameter(target) == "path");
  }
}

TEST_CASE("parameters are decoded, plus signs stay, and one given twice is refused") {
  auto const parsed = parse_target("/v1/explain?path=%2Fsrv%2Fa+b&pretty=1&empty");
  auto const& target = std::get<ApiTarget>(parsed);
  REQUIRE(target.parameters.size() == 3);
  CHECK(target.parameters[0] == std::pair<std::string, std::string>("path", "/srv/a+b"));
  CHECK(target.parameters[2] == std::pair<std::string, std::string>("empty", ""));
  CHECK(refused_parameter("/v1/runs?limit=1&limit=2") == "limit");
  CHECK(refused_parameter("/v1/runs?limit=%zz") == "limit");
  CHECK(refused_parameter("/v1/runs?=1") == "query");
  CHECK(refused_parameter("/v1/runs?a=1&&b=2") == "query");
}

TEST_CASE("percent encoding round-trips every byte but NUL") {
  std::string bytes;
  for (int c = 1; c < 256; ++c) bytes += static_cast<char>(c);
  CHECK(percent_decode(percent_encode(bytes)) == bytes);
  CHECK(percent_encode(".codex/RUNS") == ".codex%2FRUNS");
}

TEST_CASE("Accept chooses by specificity and weight") {
  std::vector<std::string_view> const both = {"application/json", "text/plain"};
  CHECK(negotiate(nullptr, both) == "application/json");
  CHECK(chosen("*/*", both) == "application/json");
  CHECK(chosen("text/plain", both) == "text/plain");
  CHECK(chosen("Text/Plain; charset=utf-8", both) == "text/plain");
  CHECK(chosen("application/json;q=0.1, text/*;q=0.5", both) == "text/plain");
  CHECK(chosen("*/*;q=0.9, application/json;q=0", both) == "text/plain");
  CHECK(chosen("image/png", both) == "none");
  CHECK(chosen("application/json;q=0", both) == "none");
  CHECK(chosen("application/json;q=nonsense", both) == "none");
}

TEST_CASE("a cursor belongs to one list of one run of the agent") {
  CursorBox const box("secret");
  std::string const key = std::string("alpha\0.codex/RUNS/", 18) + "\xff";
  std::string const cursor = box.encode("/v1/runs?", key);
  CHECK(cursor.find_first_of("+/=") == std::string::npos);
  CHECK(box.decode("/v1/runs?", cursor) == key);
  CHECK_FALSE(box.decode("/v1/findings?", cursor));
  CHECK_FALSE(CursorBox("other").decode("/v1/runs?", cursor));
  CHECK_FALSE(box.decode("/v1/runs?", ""));
  CHECK_FALSE(box.decode("/v1/runs?", "AAAA"));
  CHECK_FALSE(box.decode("/v1/runs?", cursor + "A"));
  CHECK_FALSE(box.decode("/v1/runs?", "!!!"));
}
