#include "agent/api/problem.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/json.h"

namespace govseal {
namespace {

struct Kind {
  std::string_view name;
  unsigned status;
  int exit_code;
  std::string_view title;
};

/// The table of api.md 4. Names are stable, titles are not.
constexpr std::array kKinds = {
    Kind{"bad-request", 400, 64, "The request cannot be understood"},
    Kind{"unknown-parameter", 400, 64, "The route has no such parameter"},
    Kind{"bad-cursor", 400, 64, "The cursor is not valid here"},
    Kind{"malformed-body", 400, 65, "The body is not one JSON object"},
    Kind{"invalid-field", 422, 65, "Fields of the body are not valid"},
    Kind{"foreign-origin", 403, 77, "Requests led here from elsewhere are not answered"},
    Kind{"not-permitted", 403, 77, "Not permitted"},
    Kind{"no-such-route", 404, 69, "No such route"},
    Kind{"no-such-repository", 404, 66, "No such repository"},
    Kind{"no-such-run", 404, 66, "No such run folder"},
    Kind{"no-such-job", 404, 66, "No such job"},
    Kind{"no-such-finding", 404, 66, "No such finding"},
    Kind{"no-such-proposal", 404, 66, "No such proposal"},
    Kind{"no-such-report", 404, 66, "No such report"},
    Kind{"method-not-allowed", 405, 69, "The route does not take this method"},
    Kind{"not-acceptable", 406, 64, "No form of the answer is acceptable"},
    Kind{"read-timeout", 408, 69, "The request did not arrive in time"},
    Kind{"ambiguous-run", 409, 64, "Several run folders have this name"},
    Kind{"refused", 409, 1, "Refused"},
    Kind{"idempotency-conflict", 409, 64, "The idempotency key was used for something else"},
    Kind{"body-too-large", 413, 65, "The body is too large"},
    Kind{"header-too-large", 431, 65, "Request line and headers are too large"},
    Kind{"unsupported-media-type", 415, 65, "The body must be application/json"},
    Kind{"range-not-in-ledger", 416, 66, "The ledger does not reach there"},
    Kind{"too-many-jobs", 429, 75, "Too many unfinished jobs"},
    Kind{"busy", 503, 75, "Busy"},
    Kind{"starting", 503, 75, "The agent is starting"},
    Kind{"stopping", 503, 75, "The agent is stopping"},
    Kind{"timeout", 503, 69, "The work took too long"},
    Kind{"bad-configuration", 422, 78, "The configuration is not valid"},
    Kind{"cannot-write", 507, 73, "Cannot write"},
    Kind{"sync-timeout", 504, 3, "The file system did not answer in time"},
    Kind{"sync-gap", 504, 3, "A gap in coverage opened meanwhile"},
    Kind{"sync-unavailable", 504, 3, "Cannot be synchronised"},
    Kind{"internal", 500, 70, "Internal error"},
};

Kind const& kind_of(std::string_view name) {
  auto const* found = std::find_if(kKinds.begin(), kKinds.end(),
                                   [name](Kind const& kind) { return kind.name == name; });
  GOVSEAL_ASSERT(found != kKinds.end());
  return *found;
}

}  // namespace

unsigned status_of(std::string_view name) {
  return kind_of(name).status;
}

std::string_view title_of(std::string_view name) {
  return kind_of(name).title;
}

int exit_code_of(std::string_view name) {
  return kind_of(name).exit_code;
}

std::vector<std::string_view> problem_names() {
  std::vector<std::string_view> names;
  for (auto const& kind : kKinds) names.push_back(kind.name);
  return names;
}

std::string json_text(std::string_view text) {
  return JsonWriter().value(text).take();
}

std::string json_list(std::vector<std::string> const& items) {
  JsonWriter writer;
  writer.begin_array();
  for (auto const& item : items) writer.value(item);
  return writer.end_array().take();
}

std::string problem_json(Problem const& problem, std::string_view instance) {
  Kind const& kind = kind_of(problem.name);
  JsonWriter writer;
  writer.begin_object();
  writer.member("type", "urn:govseal:problem:" + problem.name);
  writer.member("title", kind.title);
  writer.member("status", kind.status);
  writer.member("detail", problem.detail);
  if (!instance.empty()) writer.member("instance", instance);
  for (auto const& [key, json] : problem.extra) writer.key(key).raw(json);
  return writer.end_object().take();
}

Problem refused(std::string_view code, std::string detail) {
  return {"refused", std::move(detail), {{"code", json_text(code)}}};
}

}  // namespace govseal
