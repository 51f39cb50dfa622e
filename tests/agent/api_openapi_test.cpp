#include "agent/api/route.h"
#include "agent/api/target.h"
#include "tests/agent/api_world.h"

using namespace govseal;
using namespace govseal::api_test;

namespace {

/// As much of JSON Schema as the document uses.
class Validator {
 public:
  explicit Validator(JsonValue const& document) : document_(document) {}

  void check(JsonValue const& schema, JsonValue const& value, std::string const& where) const {
    CAPTURE(where);
    if (auto const* reference = schema.find_string("$ref")) return follow(*reference, value, where);
    if (value.is_null() && schema.find("nullable")) return;
    if (auto const* all = schema.find("allOf")) {
      for (auto const& one : *all->as_array()) check(one, value, where);
      return;
    }
    auto const* type = schema.find_string("type");
    if (!type) return;
    if (*type == "string") CHECK(value.as_string());
    if (*type == "integer") CHECK(value.as_int());
    if (*type == "boolean") CHECK(value.as_bool());
    if (*type == "array") check_items(schema, value, where);
    if (*type == "object") check_members(schema, value, where);
  }

 private:
  void follow(std::string const& reference, JsonValue const& value,
              std::string const& where) const {
    auto const name = reference.substr(reference.rfind('/') + 1);
    auto const* schema = document_.find("components")->find("schemas")->find(name);
    REQUIRE_MESSAGE(schema, name);
    check(*schema, value, where);
  }
  void check_items(JsonValue const& schema, JsonValue const& value,
                   std::string const& where) const {
    REQUIRE(value.as_array());
    for (auto const& item : *value.as_array()) check(*schema.find("items"), item, where + "[]");
  }
  void check_members(JsonValue const& schema, JsonValue const& value,
                     std::string const& where) const {
    REQUIRE(value.as_object());
    if (auto const* required = schema.find("required")) {
      for (auto const& name : *required->as_array()) {
        CHECK_MESSAGE(value.find(*name.as_string()), where << " lacks " << *name.as_string());
      }
    }
    auto const* properties = schema.find("properties");
    if (!properties) return;
    for (auto const& [name, member] : *value.as_object()) {
      if (auto const* known = properties->find(name)) check(*known, member, where + "." + name);
    }
  }
  JsonValue const& document_;
};

/// A target that the route answers with 200.
std::string example(std::string_view pattern) {
  std::string target(pattern);
  auto const put = [&target](std::string_view name, std::string_view value) {
    auto const at = target.find(name);
    if (at != std::string::npos) target.replace(at, name.size(), value);
  };
  put("/v1/repositories/{id}", "/v1/repositories/gov");
  put("/v1/findings/{id}", "/v1/findings/GS-1");
  put("/v1/jobs/{id}", "/v1/jobs/j-1");
  put("{repository}", "alpha");
  put("{run}", percent_encode(kDemo));
  if (pattern == "/v1/explain") target += "?path=/srv/git/alpha/x";
  if (pattern == "/v1/ledger/proof") target += "?index=1&size=4";
  return target;
}

void fill(ApiWorld& world) {
  auto repository = alpha();
  repository.findings = {std::make_shared<Finding const>(violation("GS-1", kDemo, "alpha.txt"))};
  world.set({std::move(repository), gov()});
  world.publish();
  world.commands.files["alpha/" + std::string(kDemo) + "/m"] = "{}";
  CHECK(world.post("/v1/verify", "{}").status == 202);
  world.jobs.report_progress("j-1", {1, 2, 3, 4}, world.clock.now());
}

}  // namespace

TEST_CASE("every route answers as the document made from its own table says") {
  ApiWorld world;
  fill(world);
  auto const document = json_of(world.get("/v1/openapi.json"));
  CHECK(*document.find_string("openapi") == "3.0.3");
  Validator const validator(document);
  unsigned checked = 0;
  for (auto const& route : make_api_routes()) {
    CAPTURE(route.pattern);
    auto const* path = document.find("paths")->find(route.pattern);
    REQUIRE(path);
    auto const* operation = path->find(route.is_get() ? "get" : "post");
    REQUIRE(operation);
    if (!route.is_get()) continue;
    auto const response = world.get(example(route.pattern));
    CHECK(response.status == 200);
    if (route.media.front() != "application/json") continue;
    auto const* content = operation->find("responses")->find("200")->find("content");
    auto const* schema = content->find("application/json")->find("schema");
    validator.check(*schema, json_of(response), std::string(route.pattern));
    ++checked;
  }
  CHECK(checked >= 19);
}

TEST_CASE("every route refuses a parameter that the document does not have") {
  ApiWorld world;
  fill(world);
  for (auto const& route : make_api_routes()) {
    CAPTURE(route.pattern);
    auto target = example(route.pattern);
    target += target.find('?') == std::string::npos ? "?" : "&";
    auto const response =
        world.send(world.request(std::string(route.method), target + "undocumented=1"), world.root);
    CHECK(problem_of(response) == "unknown-parameter");
  }
}

TEST_CASE("problems and jobs have the shape of the document") {
  ApiWorld world;
  fill(world);
  auto const document = json_of(world.get("/v1/openapi.json"));
  Validator const validator(document);
  auto const* schemas = document.find("components")->find("schemas");
  validator.check(*schemas->find("Problem"), json_of(world.get("/v1/x")), "problem");
  validator.check(*schemas->find("Job"), json_of(world.post("/v1/scan", "{}")), "job");
  validator.check(*schemas->find("Finding"), json_of(world.get("/v1/findings/GS-1")), "finding");
}
