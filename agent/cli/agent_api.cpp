#include "agent/cli/agent_api.h"

#include <sys/random.h>

#include <array>
#include <span>

#include "agent/cli/exit_code.h"
#include "agent/cli/json_access.h"
#include "base/bytes.h"
#include "base/utf8.h"

namespace govseal {
namespace {

constexpr std::string_view kProblemPrefix = "urn:govseal:problem:";
constexpr std::string_view kPageSize = "1000";
constexpr std::chrono::milliseconds kSyncMargin{1'000};

std::string fresh_key() {
  std::array<std::byte, 16> bytes{};
  // Sixteen bytes are never cut short (getrandom(2)); without them the key is only less unique.
  ssize_t const got = ::getrandom(bytes.data(), bytes.size(), 0);
  return to_hex(std::span(bytes).first(got > 0 ? static_cast<std::size_t>(got) : bytes.size()));
}

bool is_json(HttpResponse const& response) {
  auto const* type = response.find_header("content-type");
  return type && type->find("json") != std::string::npos &&
         type->find("ndjson") == std::string::npos;
}

ApiFailure problem_of(HttpResponse const& response, JsonValue json) {
  ApiFailure failure;
  failure.status = response.status;
  auto const type = text_at(json, "type");
  if (type.starts_with(kProblemPrefix)) failure.name = type.substr(kProblemPrefix.size());
  failure.detail = text_at(json, "detail");
  if (failure.detail.empty()) failure.detail = "HTTP status " + std::to_string(response.status);
  failure.problem = std::move(json);
  return failure;
}

CommandFailure transport_failure(TransportFailure const& failure, std::string const& socket,
                                 std::string const& hint) {
  using Kind = TransportFailure::Kind;
  switch (failure.kind) {
    case Kind::not_running:
      return {kExitUnavailable, "agent not running: " + socket + ": " + failure.detail, hint};
    case Kind::not_permitted:
      return {kExitNotPermitted, "agent: " + socket + ": " + failure.detail,
              "the socket is for members of its group"};
    case Kind::busy:
      return {kExitBusy, "agent: " + socket + ": " + failure.detail, "try again"};
    case Kind::timeout:
      return {kExitUnavailable, "agent: " + socket + ": " + failure.detail,
              "wait longer with --timeout"};
    case Kind::broken:
    case Kind::interrupted:
      break;
  }
  return {kExitUnavailable, "agent: " + socket + ": " + failure.detail};
}

/// What else a problem says that helps: the word that was perhaps meant, the candidates.
std::string hint_of(JsonValue const& problem) {
  if (auto const nearest = text_at(problem, "nearest"); !nearest.empty()) {
    return "did you mean " + escape_for_display(nearest) + "?";
  }
  auto const candidates = joined_at(problem, "candidates", ", ");
  if (!candidates.empty()) return "one of: " + escape_for_display(candidates);
  auto const needs = text_at(problem, "needs");
  return needs.empty() ? "" : "it needs the role " + escape_for_display(needs);
}

}  // namespace

AgentApi::AgentApi(std::string socket_path, ApiOptions options)
    : client_(std::move(socket_path)), options_(std::move(options)) {}

CommandFailure AgentApi::failure_of(ApiFailure const& failure) const {
  if (failure.transport) {
    return transport_failure(*failure.transport, client_.socket_path(), options_.start_hint);
  }
  int exit_code = exit_of_problem(failure.name, failure.status);
  std::string what = failure.name.empty() ? "agent" : failure.name;
  auto const code = text_at(failure.problem, "code");
  if (failure.name == "refused" && !code.empty()) what += ": " + std::string(code);
  return {exit_code, what + ": " + failure.detail, hint_of(failure.problem)};
}

ApiResult AgentApi::exchange(HttpRequest const& request, std::chrono::milliseconds extra_time) {
  auto answer = client_.exchange(request, options_.timeout + extra_time);
  if (auto* failure = std::get_if<TransportFailure>(&answer)) {
    if (failure->kind == TransportFailure::Kind::interrupted) throw Interrupted{};
    return ApiFailure{std::move(*failure), 0, "", "", {}};
  }
  auto& response = std::get<HttpResponse>(answer);
  JsonValue json;
  if (is_json(response)) {
    auto parsed = parse_json(response.body);
    auto* value = std::get_if<JsonValue>(&parsed);
    if (!value) {
      TransportFailure const broken{TransportFailure::Kind::broken, "its answer is no JSON"};
      return ApiFailure{broken, response.status, "", "", {}};
    }
    json = std::move(*value);
  }
  if (response.status >= 300) return problem_of(response, std::move(json));
  return ApiAnswer{std::move(response.body), std::move(json)};
}

ApiAnswer AgentApi::expect(ApiResult result) const {
  if (auto const* failure = std::get_if<ApiFailure>(&result)) throw failure_of(*failure);
  return std::get<ApiAnswer>(std::move(result));
}

QueryText AgentApi::with_sync(QueryText query) const {
  if (options_.sync) query.add("sync", std::to_string(options_.sync->count()) + "ms");
  return query;
}

ApiResult AgentApi::try_get(std::string const& target, QueryText query) {
  HttpRequest request;
  request.target = target + with_sync(std::move(query)).str();
  return exchange(request, options_.sync ? *options_.sync + kSyncMargin : std::chrono::seconds(0));
}

ApiAnswer AgentApi::get(std::string const& target, QueryText query) {
  return expect(try_get(target, std::move(query)));
}

std::string AgentApi::get_text(std::string const& target, std::string_view media, QueryText query) {
  HttpRequest request;
  request.target = target + with_sync(std::move(query)).str();
  request.accept = media;
  return expect(exchange(request)).text;
}

JsonValue AgentApi::get_list(std::string const& target, QueryText const& query,
                             std::function<void(JsonValue const&)> const& visit) {
  std::optional<JsonValue> first;
  std::string cursor;
  do {
    QueryText page = query;
    page.add("limit", kPageSize);
    if (!cursor.empty()) page.add("cursor", cursor);
    auto answer = get(target, std::move(page));
    for (auto const& item : items_at(answer.json, "items")) visit(item);
    std::string next(text_at(answer.json, "next_cursor"));
    if (next == cursor && !next.empty()) {
      throw CommandFailure(kExitUnavailable, "agent: " + target + ": the list does not end");
    }
    cursor = std::move(next);
    if (!first) first = std::move(answer.json);
  } while (!cursor.empty());
  return std::move(*first);
}

ApiAnswer AgentApi::get_job(std::string const& id, std::chrono::seconds wait) {
  HttpRequest request;
  request.target = "/v1/jobs/" + percent_encoded(id) +
                   QueryText().add("wait", std::to_string(wait.count()) + "s").str();
  return expect(exchange(request, wait));
}

ApiAnswer AgentApi::post(std::string const& target, std::string body) {
  return expect(try_post(target, std::move(body)));
}

ApiResult AgentApi::try_post(std::string const& target, std::string body) {
  HttpRequest request;
  request.method = "POST";
  request.target = target;
  request.body = std::move(body);
  request.idempotency_key = fresh_key();
  return exchange(request);
}

}  // namespace govseal
