#include "tests/agent/api_world.h"

using namespace govseal;
using namespace govseal::api_test;

namespace {

ApiRequest lines_request(ApiWorld const& world, std::string target) {
  auto request = world.request("GET", std::move(target));
  request.headers.emplace_back("accept", "application/x-ndjson");
  return request;
}

}  // namespace

TEST_CASE("a ledger range is the exact bytes as lines, or objects with leaf hashes") {
  ApiWorld world;
  auto const lines = world.send(lines_request(world, "/v1/ledger?from=1&to=3"), world.root);
  CHECK(lines.body == world.ledger.all[1] + "\n" + world.ledger.all[2] + "\n");
  CHECK(header_of(lines, "Content-Type") == "application/x-ndjson");
  CHECK(header_of(lines, "Cache-Control") == "private, immutable");
  auto const objects = world.get("/v1/ledger?from=1&limit=1");
  auto const body = json_of(objects);
  CHECK(objects.body.starts_with(R"({"items":[{"index":1,"leaf_hash":")" +
                                 leaf_hash(world.ledger.all[1]).hex() + R"(","record":)" +
                                 world.ledger.all[1] + R"(}],"size":4,"next_cursor":")"));
  CHECK(header_of(objects, "Cache-Control") == "no-store");
  auto const rest = world.get("/v1/ledger?cursor=" + *body.find_string("next_cursor"));
  CHECK(json_of(rest).find("items")->as_array()->size() == 2);
  CHECK(json_of(rest).find("next_cursor")->is_null());
}

TEST_CASE("ranges outside the ledger are 416 with its size; at its end there is nothing yet") {
  ApiWorld world;
  auto const outside = world.get("/v1/ledger?from=5");
  CHECK(problem_of(outside) == "range-not-in-ledger");
  CHECK(json_of(outside).find_int("size") == 4);
  CHECK(problem_of(world.get("/v1/ledger?from=0&to=5")) == "range-not-in-ledger");
  CHECK(json_of(world.get("/v1/ledger?from=4")).find("items")->as_array()->empty());
  CHECK(problem_of(world.get("/v1/ledger?from=3&to=2")) == "bad-request");
}

TEST_CASE("a range can be narrowed to a type and a repository") {
  ApiWorld world;
  auto const typed = json_of(world.get("/v1/ledger?type=violation"));
  REQUIRE(typed.find("items")->as_array()->size() == 1);
  CHECK(typed.find("items")->as_array()->at(0).find_int("index") == 2);
  CHECK(json_of(world.get("/v1/ledger?repository=alpha")).find("items")->as_array()->size() == 2);
}

TEST_CASE("records that name a hidden repository are withheld, and the tree still adds up") {
  ApiWorld world;
  world.access.hidden = {"/srv/git/gov"};
  auto const body = json_of(world.get("/v1/ledger", world.viewer));
  CHECK(*body.find("filtered")->as_bool());
  std::vector<Digest> leaves;
  std::vector<bool> withheld;
  for (auto const& item : *body.find("items")->as_array()) {
    leaves.push_back(*Digest::from_hex(*item.find_string("leaf_hash")));
    withheld.push_back(item.find("withheld") != nullptr);
    CHECK((item.find("record") == nullptr) == withheld.back());
  }
  CHECK(withheld == std::vector<bool>{false, false, true, true});
  CHECK(tree_root(4, hashes_of(leaves)) == world.ledger.head(4).root);
  auto const lines = world.send(lines_request(world, "/v1/ledger?from=2&to=3"), world.viewer);
  CHECK(lines.body == R"({"index":2,"leaf_hash":")" + leaf_hash(world.ledger.all[2]).hex() +
                          R"(","withheld":true})" + "\n");
  CHECK(lines.body.find("gov") == std::string::npos);
}

TEST_CASE("the head is the checkpoint, as text or taken apart") {
  ApiWorld world;
  world.snapshot.ledger.checkpoint_at = at("2026-11-20T16:08:58.200Z");
  world.publish();
  auto text = world.request("GET", "/v1/ledger/head");
  text.headers.emplace_back("accept", "text/plain");
  CHECK(world.send(text, world.root).body == world.ledger.checkpoint());
  auto const body = json_of(world.get("/v1/ledger/head"));
  CHECK(*body.find_string("origin") == "govseal/host1");
  CHECK(body.find_int("size") == 4);
  CHECK(*body.find_string("root") == world.ledger.head(4).root.hex());
  CHECK(*body.find_string("time") == "2026-11-20T16:08:58.200Z");
  CHECK(*body.find_string("checkpoint") == world.ledger.checkpoint());
}

TEST_CASE("inclusion and consistency proofs verify") {
  ApiWorld world;
  auto const hashes = [](ApiResponse const& response) {
    Proof proof;
    auto const body = json_of(response);
    for (auto const& hash : *body.find("hashes")->as_array()) {
      proof.push_back(*Digest::from_raw(*from_base64(*hash.as_string())));
    }
    return proof;
  };
  auto const inclusion = world.get("/v1/ledger/proof?index=2&size=4");
  CHECK(
      verify_inclusion(leaf_hash(world.ledger.all[2]), 2, world.ledger.head(4), hashes(inclusion)));
  CHECK(*json_of(inclusion).find_string("checkpoint") == world.ledger.checkpoint());
  CHECK(header_of(inclusion, "Cache-Control") == "private, immutable");
  auto const consistency = world.get("/v1/ledger/proof?first=1&second=3");
  CHECK(verify_consistency(world.ledger.head(1), world.ledger.head(3), hashes(consistency)));
  CHECK(json_of(consistency).find("checkpoint")->is_null());
}

TEST_CASE("proofs outside the ledger are 416, half of the parameters 400") {
  ApiWorld world;
  CHECK(problem_of(world.get("/v1/ledger/proof?index=4&size=4")) == "range-not-in-ledger");
  CHECK(problem_of(world.get("/v1/ledger/proof?index=0&size=5")) == "range-not-in-ledger");
  CHECK(problem_of(world.get("/v1/ledger/proof?first=3&second=2")) == "range-not-in-ledger");
  CHECK(problem_of(world.get("/v1/ledger/proof?index=1")) == "bad-request");
  CHECK(problem_of(world.get("/v1/ledger/proof")) == "bad-request");
  CHECK(problem_of(world.get("/v1/ledger/proof?index=1&size=2&first=1&second=2")) == "bad-request");
}
