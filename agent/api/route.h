#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/api/api.h"

namespace govseal {

struct ApiContext;

/// What a query parameter may hold. Checked before a handler runs.
enum class ParameterKind { text, repository, flag, number, time, duration, word, limit, cursor };

struct ParameterRule {
  std::string_view name;
  ParameterKind kind = ParameterKind::text;
  std::string_view meaning;
  std::vector<std::string_view> words;  // of kind word
};

enum class BodyFieldKind { text, repository, flag, word };

/// A field of a POST body.
struct BodyField {
  std::string_view name;
  BodyFieldKind kind = BodyFieldKind::text;
  std::string_view meaning;
  bool required = false;
  std::size_t bytes_max = 4096;
  std::vector<std::string_view> words;
};

/// One row of the table that dispatches requests, answers 405, suggests parameters and becomes
/// /v1/openapi.json, so that these cannot differ.
struct ApiRoute {
  std::string_view method;   // GET (and with it HEAD) or POST
  std::string_view pattern;  // a segment in braces is captured
  Role needs = Role::none;   // none: anyone who can connect
  std::string_view summary;
  unsigned status = 200;                                       // of success
  std::vector<std::string_view> media = {"application/json"};  // the first is the default
  std::string_view schema = "Object";                          // of the JSON form, api_schema.cpp
  bool from_snapshot = true;                                   // has the snapshot's ETag
  std::vector<ParameterRule> parameters;                       // beside `pretty` and `sync`
  std::vector<BodyField> fields;
  ApiReply (*handler)(ApiContext const&) = nullptr;

  [[nodiscard]] bool is_get() const noexcept { return method == "GET"; }
};

[[nodiscard]] std::vector<ApiRoute> make_api_routes();

/// The parameters of a route, also those that every route of its method takes.
[[nodiscard]] std::vector<ParameterRule> all_parameters(ApiRoute const& route);

/// Values of the braces when the pattern matches; nullopt otherwise.
[[nodiscard]] std::optional<std::vector<std::string>> match_pattern(
    std::string_view pattern, std::vector<std::string> const& segments);

/// OpenAPI 3.0.3 made from the table.
[[nodiscard]] std::string openapi_json(std::vector<ApiRoute> const& routes,
                                       std::string_view version);
/// The schemas of answers: a JSON object of components.
[[nodiscard]] std::string api_schemas();

// Handlers, one file for each group.
[[nodiscard]] ApiReply handle_health(ApiContext const& context);
[[nodiscard]] ApiReply handle_version(ApiContext const& context);
[[nodiscard]] ApiReply handle_openapi(ApiContext const& context);
[[nodiscard]] ApiReply handle_status(ApiContext const& context);
[[nodiscard]] ApiReply handle_repositories(ApiContext const& context);
[[nodiscard]] ApiReply handle_repository(ApiContext const& context);
[[nodiscard]] ApiReply handle_coverage(ApiContext const& context);
[[nodiscard]] ApiReply handle_runs(ApiContext const& context);
[[nodiscard]] ApiReply handle_run(ApiContext const& context);
[[nodiscard]] ApiReply handle_run_manifest(ApiContext const& context);
[[nodiscard]] ApiReply handle_run_proof(ApiContext const& context);
[[nodiscard]] ApiReply handle_findings(ApiContext const& context);
[[nodiscard]] ApiReply handle_finding(ApiContext const& context);
[[nodiscard]] ApiReply handle_acknowledge(ApiContext const& context);
[[nodiscard]] ApiReply handle_undispatched(ApiContext const& context);
[[nodiscard]] ApiReply handle_ledger(ApiContext const& context);
[[nodiscard]] ApiReply handle_ledger_head(ApiContext const& context);
[[nodiscard]] ApiReply handle_ledger_proof(ApiContext const& context);
[[nodiscard]] ApiReply handle_explain(ApiContext const& context);
[[nodiscard]] ApiReply handle_drift(ApiContext const& context);
[[nodiscard]] ApiReply handle_write_drift(ApiContext const& context);
[[nodiscard]] ApiReply handle_jobs(ApiContext const& context);
[[nodiscard]] ApiReply handle_job(ApiContext const& context);
[[nodiscard]] ApiReply handle_scan(ApiContext const& context);
[[nodiscard]] ApiReply handle_verify(ApiContext const& context);
[[nodiscard]] ApiReply handle_seal(ApiContext const& context);
[[nodiscard]] ApiReply handle_reload(ApiContext const& context);

}  // namespace govseal
