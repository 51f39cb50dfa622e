#include "agent/api/api.h"

#include <algorithm>

#include "agent/api/check.h"
#include "agent/api/context.h"
#include "agent/api/cursor.h"
#include "agent/api/idempotency.h"
#include "agent/api/route.h"
#include "agent/api/target.h"

namespace govseal {
namespace {

IdempotencyStore::Limits idempotency_limits(ApiLimits const& limits) {
  return {limits.idempotency_keys_max, limits.idempotency_keep};
}

std::string cursor_secret(Clock const& clock) {
  Instant const now = clock.now();
  return sha256(clock.boot_id() + std::to_string(now.wall.count()) + "/" +
                std::to_string(now.mono.count()))
      .hex();
}

Problem not_permitted(Role role, Role needs) {
  return {
      "not-permitted",
      "your role is " + std::string(to_text(role)) + ", this needs " + std::string(to_text(needs)),
      {{"role", json_text(to_text(role))}, {"needs", json_text(to_text(needs))}}};
}

/// How far a request has come when it is handled again.
struct Stage {
  bool synchronised = false;
  AwaitJob const* waited = nullptr;
};

/// A handler wants to be called again; its pool work honours If-None-Match already.
ApiReply conditional(AnswerStyle const& style, ApiReply reply) {
  if (auto* response = std::get_if<ApiResponse>(&reply)) {
    return apply_conditions(style, std::move(*response));
  }
  return reply;
}

}  // namespace

class Api::Implementation {
 public:
  Implementation(ApiParts parts, ApiLimits limits)
      : parts_(std::move(parts)),
        limits_(limits),
        cursors_(cursor_secret(parts_.clock)),
        idempotency_(idempotency_limits(limits)),
        routes_(make_api_routes()) {}

  ApiReply run(ApiRequest const& request, Peer const& peer, Stage const& stage);
  ApiReply sync_problem(ApiRequest const& request, Peer const& peer, SyncFailure const& failure);

  [[nodiscard]] ApiParts const& parts() const noexcept { return parts_; }
  void set_limits(ApiLimits limits) {
    limits_ = limits;
    idempotency_.set_limits(idempotency_limits(limits));
  }

 private:
  /// The route that a request names, or the problem it gets instead.
  struct Matched {
    ApiRoute const* route = nullptr;
    std::vector<std::string> captures;
    std::string allow;  // methods of the path, for 405
  };
  Matched match(std::string_view method, ApiTarget const& target) const;
  ApiReply refuse_unmatched(AnswerStyle const& style, Peer const& peer,
                            Matched const& matched) const;
  ApiReply check_and_run(ApiContext& context, ApiTarget const& target, Stage const& stage);
  std::optional<Problem> check_phase(ApiContext const& context) const;
  std::optional<AwaitAccess> find_visible(ApiContext& context) const;
  std::optional<Problem> check_repositories(ApiContext const& context) const;
  std::optional<ApiReply> start_sync(ApiContext const& context) const;
  ApiReply run_get(ApiContext const& context);
  ApiReply run_post(ApiContext& context, Stage const& stage);
  ApiReply finish_wait(ApiContext& context, AwaitJob const& wait);
  ApiReply replay(ApiContext const& context, ApiReply reply) const;

  ApiParts parts_;
  ApiLimits limits_;
  CursorBox cursors_;
  IdempotencyStore idempotency_;
  std::vector<ApiRoute> routes_;
};

Api::Implementation::Matched Api::Implementation::match(std::string_view method,
                                                        ApiTarget const& target) const {
  Matched matched;
  for (auto const& route : routes_) {
    auto captures = match_pattern(route.pattern, target.segments);
    if (!captures) continue;
    if (!matched.allow.empty()) matched.allow += ", ";
    matched.allow += route.is_get() ? "GET, HEAD" : "POST";
    bool const fits = method == route.method || (method == "HEAD" && route.is_get());
    if (!fits || matched.route) continue;
    matched.route = &route;
    matched.captures = std::move(*captures);
  }
  return matched;
}

ApiReply Api::Implementation::refuse_unmatched(AnswerStyle const& style, Peer const& peer,
                                               Matched const& matched) const {
  if (peer.role == Role::none) {
    return problem_answer(style, not_permitted(peer.role, Role::viewer));
  }
  if (matched.allow.empty()) {
    return problem_answer(style, {"no-such-route", "there is no such route", {}});
  }
  ApiResponse response =
      problem_answer(style, {"method-not-allowed", "the route takes " + matched.allow, {}});
  set_header(response, "Allow", matched.allow);
  return response;
}

ApiReply Api::Implementation::run(ApiRequest const& request, Peer const& peer, Stage const& stage) {
  AnswerStyle style;
  style.request_number = request.number;
  if (auto problem = check_origin(request)) return problem_answer(style, *problem);
  auto const target = parse_target(request.target);
  if (auto const* bad = std::get_if<BadTarget>(&target)) {
    return problem_answer(style, bad_parameter(bad->parameter, bad->detail));
  }
  Matched matched = match(request.method, std::get<ApiTarget>(target));
  if (!matched.route) return refuse_unmatched(style, peer, matched);
  style.route = matched.route->pattern;
  ApiContext context{.parts = parts_,
                     .routes = routes_,
                     .cursors = cursors_,
                     .request = request,
                     .peer = peer,
                     .route = *matched.route,
                     .now = parts_.clock.now(),
                     .style = std::move(style),
                     .media = {},
                     .captures = std::move(matched.captures),
                     .parameters = {},
                     .cursor_key = {},
                     .body = {},
                     .snapshot = parts_.newest(),
                     .visible = {},
                     .filtered = false,
                     .waited = false,
                     .waited_result = {}};
  return check_and_run(context, std::get<ApiTarget>(target), stage);
}

ApiReply Api::Implementation::check_and_run(ApiContext& context, ApiTarget const& target,
                                            Stage const& stage) {
  ApiRoute const& route = context.route;
  if (context.peer.role < route.needs) {
    return problem_answer(context.style, not_permitted(context.peer.role, route.needs));
  }
  auto parameters = check_parameters(route, target);
  if (auto const* problem = std::get_if<Problem>(&parameters)) {
    return problem_answer(context.style, *problem);
  }
  context.parameters = std::get<Parameters>(std::move(parameters));
  context.style.pretty = context.flag("pretty");
  auto const media = negotiate(context.request.header("accept"), route.media);
  if (!media && !context.parameter("format")) {
    std::vector<std::string> const available(route.media.begin(), route.media.end());
    return problem_answer(context.style, {"not-acceptable",
                                          "Accept: the answer has no such form",
                                          {{"available", json_list(available)}}});
  }
  context.media = media.value_or(route.media.front());
  if (route.needs == Role::none) return route.handler(context);
  if (auto const problem = check_phase(context)) return problem_answer(context.style, *problem);
  if (auto access = find_visible(context)) return std::move(*access);
  if (auto const problem = check_repositories(context)) {
    return problem_answer(context.style, *problem);
  }
  if (!route.is_get()) return run_post(context, stage);
  if (!stage.synchronised && context.parameter("sync")) {
    if (auto reply = start_sync(context)) return std::move(*reply);
  }
  context.waited = stage.waited != nullptr;
  return run_get(context);
}

std::optional<Problem> Api::Implementation::check_phase(ApiContext const& context) const {
  auto const* snapshot = context.snapshot.get();
  if (!snapshot || snapshot->phase == AgentPhase::starting) {
    return Problem{"starting", "the agent has not seen everything yet", {{"retry_after_s", "1"}}};
  }
  if (snapshot->phase == AgentPhase::stopping) {
    return Problem{"stopping", "the agent is being stopped", {{"retry_after_s", "1"}}};
  }
  return {};
}

/// Fills in what the peer may see; or says what has to be looked up first.
std::optional<AwaitAccess> Api::Implementation::find_visible(ApiContext& context) const {
  bool const sees_all = context.peer.uid == 0 || context.peer.uid == parts_.agent_uid;
  AwaitAccess unknown;
  for (auto const& repository : context.snapshot->repositories) {
    auto const readable = sees_all
                              ? std::optional(true)
                              : parts_.access.find(context.peer, repository->path, context.now);
    if (!readable) unknown.paths.push_back(repository->path);
    if (readable.value_or(false)) context.visible.push_back(repository.get());
  }
  if (!unknown.paths.empty()) return unknown;
  context.filtered = context.visible.size() != context.snapshot->repositories.size();
  if (context.route.from_snapshot) {
    context.style.etag = '"' + std::to_string(context.snapshot->ledger.size) + '-' +
                         std::to_string(context.snapshot->number) + '"';
    if (auto const* tags = context.request.header("if-none-match")) {
      context.style.if_none_match = *tags;
    }
  }
  return {};
}

std::optional<Problem> Api::Implementation::check_repositories(ApiContext const& context) const {
  auto const* id = context.parameter("repository");
  if (id && !context.repository(*id)) {
    return no_such("no-such-repository", "repository", *id, context.visible_ids());
  }
  return {};
}

/// nullopt: nothing to wait for.
std::optional<ApiReply> Api::Implementation::start_sync(ApiContext const& context) const {
  auto const timeout = *context.duration("sync");
  if (timeout > limits_.sync_timeout_max) {
    return problem_answer(
        context.style,
        bad_parameter("sync", "sync: at most api.sync_timeout_max_ms, " +
                                  std::to_string(limits_.sync_timeout_max.count()) + "ms"));
  }
  if (!parts_.sync) {
    return problem_answer(
        context.style, {"sync-unavailable", "there is no way to synchronise", {{"roots", "[]"}}});
  }
  AwaitSync await;
  await.request.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(timeout);
  bool const names_one = context.route.pattern.starts_with("/v1/repositories/{") ||
                         context.route.pattern.starts_with("/v1/runs/{");
  if (names_one) await.request.repository = context.captures[0];
  if (auto const* id = context.parameter("repository")) await.request.repository = *id;
  if (names_one && !context.repository(context.captures[0])) return {};
  return await;
}

ApiReply Api::Implementation::run_get(ApiContext const& context) {
  auto const* cursor = context.parameter("cursor");
  if (!cursor) return conditional(context.style, context.route.handler(context));
  ApiContext paged = context;
  paged.cursor_key = cursors_.decode(list_name(context.route, context.parameter("order")), *cursor);
  if (!paged.cursor_key) {
    return problem_answer(context.style, {"bad-cursor",
                                          "cursor: not one of this list and this run of the agent",
                                          {{"parameter", R"("cursor")"}, {"nearest", "null"}}});
  }
  return conditional(context.style, context.route.handler(paged));
}

ApiReply Api::Implementation::run_post(ApiContext& context, Stage const& stage) {
  auto body = check_body(context.route, context.request);
  if (auto const* problem = std::get_if<Problem>(&body)) {
    return problem_answer(context.style, *problem);
  }
  context.body = std::get<JsonValue>(std::move(body));
  if (stage.waited) return finish_wait(context, *stage.waited);
  auto const* id = context.body.find_string("repository");
  if (id && !context.repository(*id)) {
    return problem_answer(context.style,
                          no_such("no-such-repository", "repository", *id, context.visible_ids()));
  }
  auto const* key = context.request.header("idempotency-key");
  if (!key) return context.route.handler(context);
  if (!IdempotencyStore::is_key(*key)) {
    return problem_answer(
        context.style,
        bad_parameter("Idempotency-Key", "Idempotency-Key: 1 to 64 printable ASCII characters"));
  }
  auto const fingerprint = IdempotencyStore::fingerprint(context.request);
  auto found = idempotency_.find(context.peer.uid, *key, fingerprint, context.now);
  if (std::holds_alternative<IdempotencyStore::Conflict>(found)) {
    return problem_answer(
        context.style,
        {"idempotency-conflict", "Idempotency-Key: was used for another route or body", {}});
  }
  if (auto* reply = std::get_if<ApiReply>(&found)) return replay(context, std::move(*reply));
  ApiReply reply = context.route.handler(context);
  auto const* response = std::get_if<ApiResponse>(&reply);
  // What was refused before it became a job may be tried again with the same key.
  bool const had_effect = !response || response->status < 300;
  if (had_effect) idempotency_.store(context.peer.uid, *key, fingerprint, reply, context.now);
  return reply;
}

ApiReply Api::Implementation::replay(ApiContext const& context, ApiReply reply) const {
  if (auto* response = std::get_if<ApiResponse>(&reply)) {
    response->route = context.style.route;
    set_header(*response, "Idempotency-Replayed", "true");
  }
  if (auto* wait = std::get_if<AwaitJob>(&reply)) wait->replayed = true;
  return reply;
}

/// The answer to a POST that was held back until its job was finished.
ApiReply Api::Implementation::finish_wait(ApiContext& context, AwaitJob const& wait) {
  Job const* job = parts_.jobs.find(wait.id);
  if (!job || !job->finished()) {
    return problem_answer(context.style,
                          {"timeout", "api.request_timeout_ms: the job goes on as " + wait.id, {}});
  }
  context.waited = true;
  context.waited_result = job->result;
  ApiReply reply = job->problem ? ApiReply(problem_answer(context.style, *job->problem))
                                : context.route.handler(context);
  auto const* key = context.request.header("idempotency-key");
  if (key && IdempotencyStore::is_key(*key)) {
    auto const fingerprint = IdempotencyStore::fingerprint(context.request);
    idempotency_.store(context.peer.uid, *key, fingerprint, reply, context.now);
  }
  return wait.replayed ? replay(context, std::move(reply)) : std::move(reply);
}

ApiReply Api::Implementation::sync_problem(ApiRequest const& request, Peer const& peer,
                                           SyncFailure const& failure) {
  AnswerStyle style;
  style.request_number = request.number;
  auto const snapshot = parts_.newest();
  JsonWriter roots;
  roots.begin_array();
  for (auto const& root : failure.roots) {
    auto const id = root.root.substr(0, root.root.find('/'));
    auto const* repository = snapshot ? find_repository(*snapshot, id) : nullptr;
    bool const sees_all = peer.uid == 0 || peer.uid == parts_.agent_uid || id == "agent";
    bool const sees =
        sees_all ||
        (repository &&
         parts_.access.find(peer, repository->path, parts_.clock.now()).value_or(false));
    if (!sees) continue;
    auto const since =
        root.stale_since ? std::optional(format_utc_ms(*root.stale_since)) : std::nullopt;
    roots.begin_object().member("root", root.root).member("stale_since", since).end_object();
  }
  static constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"sync-timeout", "not every filesystem answered in time"},
      {"sync-gap", "a gap in coverage opened while waiting"},
      {"sync-unavailable", "some watch roots cannot be synchronised"}};
  auto const& [name, detail] = kNames[static_cast<std::size_t>(failure.kind)];
  return problem_answer(
      style, {std::string(name), std::string(detail), {{"roots", roots.end_array().take()}}});
}

Api::Api(ApiParts parts, ApiLimits limits)
    : implementation_(std::make_unique<Implementation>(std::move(parts), limits)) {}

Api::~Api() = default;

ApiReply Api::handle(ApiRequest const& request, Peer const& peer) {
  return implementation_->run(request, peer, {});
}

ApiReply Api::after_wait(ApiRequest const& request, Peer const& peer, AwaitJob const& wait) {
  Stage stage;
  stage.synchronised = true;
  stage.waited = &wait;
  return implementation_->run(request, peer, stage);
}

ApiReply Api::after_sync(ApiRequest const& request, Peer const& peer,
                         std::optional<SyncFailure> const& failure) {
  if (failure) return implementation_->sync_problem(request, peer, *failure);
  Stage stage;
  stage.synchronised = true;
  return implementation_->run(request, peer, stage);
}

void Api::synchronise(SyncRequest const& request,
                      std::function<void(std::optional<SyncFailure>)> done) {
  implementation_->parts().sync->synchronise(request, std::move(done));
}

ApiResponse Api::problem(Problem const& problem, std::uint64_t request_number) {
  AnswerStyle style;
  style.request_number = request_number;
  return problem_answer(style, problem);
}

void Api::set_limits(ApiLimits limits) {
  implementation_->set_limits(limits);
}

}  // namespace govseal
