#include "agent/api/route.h"

namespace govseal {
namespace {

using Kind = ParameterKind;

ParameterRule repository_filter() {
  return {"repository", Kind::repository, "only this repository", {}};
}

void add_page(std::vector<ParameterRule>& rules) {
  rules.push_back({"limit", Kind::limit, "items in one answer, 1 to 1000", {}});
  rules.push_back({"cursor", Kind::cursor, "next_cursor of the answer before", {}});
}

std::vector<ParameterRule> paged(std::vector<ParameterRule> rules) {
  add_page(rules);
  return rules;
}

ApiRoute get(std::string_view pattern, Role needs, std::string_view summary,
             std::string_view schema, ApiReply (*handler)(ApiContext const&)) {
  ApiRoute route;
  route.method = "GET";
  route.pattern = pattern;
  route.needs = needs;
  route.summary = summary;
  route.schema = schema;
  route.handler = handler;
  return route;
}

ApiRoute post(std::string_view pattern, std::string_view summary, std::vector<BodyField> fields,
              ApiReply (*handler)(ApiContext const&)) {
  ApiRoute route;
  route.method = "POST";
  route.pattern = pattern;
  route.needs = Role::op;
  route.summary = summary;
  route.status = 202;
  route.schema = "Job";
  route.from_snapshot = false;
  route.fields = std::move(fields);
  route.handler = handler;
  return route;
}

void add_open_routes(std::vector<ApiRoute>& routes) {
  auto health = get("/healthz", Role::none, "Is the agent well", "", handle_health);
  health.media = {"text/plain"};
  health.from_snapshot = false;
  routes.push_back(std::move(health));
  auto version = get("/v1/version", Role::none, "Version of the agent and of its libraries",
                     "Version", handle_version);
  version.from_snapshot = false;
  routes.push_back(std::move(version));
  auto openapi =
      get("/v1/openapi.json", Role::viewer, "This list of routes", "Object", handle_openapi);
  openapi.from_snapshot = false;
  routes.push_back(std::move(openapi));
}

void add_repository_routes(std::vector<ApiRoute>& routes) {
  routes.push_back(
      get("/v1/status", Role::viewer, "Everything at a glance", "Status", handle_status));
  auto list =
      get("/v1/repositories", Role::viewer, "Repositories", "RepositoryList", handle_repositories);
  list.parameters = paged({});
  routes.push_back(std::move(list));
  routes.push_back(get("/v1/repositories/{id}", Role::viewer, "One repository", "Repository",
                       handle_repository));
  auto coverage = get("/v1/repositories/{id}/coverage", Role::viewer,
                      "When its watch roots were seen", "Coverage", handle_coverage);
  coverage.parameters = {{"from", Kind::time, "intervals that end after this time", {}},
                         {"to", Kind::time, "intervals that begin before this time", {}},
                         {"root", Kind::text, "only this watch root, by id or path", {}}};
  routes.push_back(std::move(coverage));
}

void add_run_routes(std::vector<ApiRoute>& routes) {
  auto list = get("/v1/runs", Role::viewer, "Run folders", "RunList", handle_runs);
  list.parameters = paged(
      {repository_filter(),
       {"root", Kind::text, "only this run root, by path or watch root id", {}},
       {"verdict", Kind::word, "only this verdict", {kVerdictWords.begin(), kVerdictWords.end()}},
       {"since", Kind::time, "sealed at or after this time", {}},
       {"order", Kind::word, "order of the list", {"path", "-sealed_at"}}});
  routes.push_back(std::move(list));
  routes.push_back(
      get("/v1/runs/{repository}/{run}", Role::viewer, "One run folder", "Run", handle_run));
  auto manifest = get("/v1/runs/{repository}/{run}/manifest", Role::viewer,
                      "Exact bytes of the bound manifest", "Object", handle_run_manifest);
  manifest.media = {"application/json", "text/plain"};
  routes.push_back(std::move(manifest));
  auto proof = get("/v1/runs/{repository}/{run}/proof", Role::viewer,
                   "Proof that the binding is on the ledger", "", handle_run_proof);
  proof.media = {"text/plain"};
  proof.from_snapshot = false;
  routes.push_back(std::move(proof));
}

void add_finding_routes(std::vector<ApiRoute>& routes) {
  auto list = get("/v1/findings", Role::viewer, "Findings", "FindingList", handle_findings);
  list.parameters =
      paged({{"state",
              Kind::word,
              "open (with what is acknowledged) is the default",
              {"open", "acknowledged", "closed", "all"}},
             {"kind", Kind::text, "only this kind", {}},
             {"severity", Kind::word, "only this severity", {"critical", "high", "medium", "low"}},
             repository_filter(),
             {"since", Kind::time, "opened, seen or closed since", {}}});
  routes.push_back(std::move(list));
  routes.push_back(
      get("/v1/findings/{id}", Role::viewer, "One finding", "Finding", handle_finding));
  auto acknowledge = post("/v1/findings/{id}/acknowledge", "Acknowledges a finding",
                          {{"reason", BodyFieldKind::text, "why, 1 to 500 bytes", true, 500, {}}},
                          handle_acknowledge);
  acknowledge.status = 200;
  acknowledge.schema = "Finding";
  routes.push_back(std::move(acknowledge));
  auto commits =
      get("/v1/commits/undispatched", Role::viewer, "Commits and plans without a dispatch",
          "UndispatchedList", handle_undispatched);
  commits.parameters =
      paged({repository_filter(),
             {"priority", Kind::word, "only this priority", {"HIGH", "MEDIUM", "LOW"}},
             {"extra", Kind::flag, "1: plans of family extra too", {}},
             {"state", Kind::word, "all: pending and unknown too", {"undispatched", "all"}}});
  routes.push_back(std::move(commits));
}

void add_ledger_routes(std::vector<ApiRoute>& routes) {
  auto range =
      get("/v1/ledger", Role::viewer, "Records of the ledger", "LedgerRange", handle_ledger);
  range.media = {"application/json", "application/x-ndjson"};
  range.from_snapshot = false;
  range.parameters = paged({{"from", Kind::number, "first index, default 0", {}},
                            {"to", Kind::number, "index behind the last one", {}},
                            {"type", Kind::text, "only records of this type", {}},
                            repository_filter()});
  routes.push_back(std::move(range));
  auto head = get("/v1/ledger/head", Role::viewer, "The newest checkpoint", "LedgerHead",
                  handle_ledger_head);
  head.media = {"application/json", "text/plain"};
  head.from_snapshot = false;
  routes.push_back(std::move(head));
  auto proof = get("/v1/ledger/proof", Role::viewer, "Inclusion or consistency proof",
                   "LedgerProof", handle_ledger_proof);
  proof.from_snapshot = false;
  proof.parameters = {{"index", Kind::number, "record that is included", {}},
                      {"size", Kind::number, "in the tree of this size", {}},
                      {"first", Kind::number, "smaller tree", {}},
                      {"second", Kind::number, "larger tree", {}}};
  routes.push_back(std::move(proof));
}

void add_report_routes(std::vector<ApiRoute>& routes) {
  auto drift = get("/v1/reports/drift", Role::viewer, "The drift report", "Object", handle_drift);
  drift.media = {"application/json", "text/plain", "text/markdown", "text/html"};
  drift.parameters = {
      {"format", Kind::word, "wins over Accept", {"json", "text", "markdown", "html"}},
      repository_filter(),
      {"since", Kind::number, "ledger index where the period begins", {}}};
  routes.push_back(std::move(drift));
  routes.push_back(
      post("/v1/reports/drift", "Writes the drift report now", {}, handle_write_drift));
  auto explain =
      get("/v1/explain", Role::viewer, "Why a path is as it is", "Explanation", handle_explain);
  explain.parameters = {{"path", Kind::text, "absolute path", {}}};
  routes.push_back(std::move(explain));
}

void add_job_routes(std::vector<ApiRoute>& routes) {
  auto list = get("/v1/jobs", Role::viewer, "Jobs, newest first", "JobList", handle_jobs);
  list.from_snapshot = false;
  list.parameters = paged({});
  routes.push_back(std::move(list));
  auto job = get("/v1/jobs/{id}", Role::viewer, "One job", "Job", handle_job);
  job.from_snapshot = false;
  job.parameters = {
      {"wait", Kind::duration, "answer when state or percentage changed, at most 60s", {}}};
  routes.push_back(std::move(job));
}

void add_commands(std::vector<ApiRoute>& routes) {
  BodyField const repository{
      "repository", BodyFieldKind::repository, "repository id", false, 64, {}};
  BodyField const run{"run", BodyFieldKind::text, "run path, or name where unique", false, 4096,
                      {}};
  routes.push_back(post(
      "/v1/scan", "Looks at everything now",
      {repository, {"root", BodyFieldKind::text, "watch root id", false, 4096, {}}}, handle_scan));
  routes.push_back(post("/v1/verify", "Reads sealed folders again",
                        {repository,
                         run,
                         {"basis",
                          BodyFieldKind::word,
                          "full-hash is the default",
                          false,
                          16,
                          {"full-hash", "stat"}}},
                        handle_verify));
  routes.push_back(
      post("/v1/seal", "Seals a run folder: path, or repository and run",
           {{"path", BodyFieldKind::text, "absolute path of the folder", false, 8192, {}},
            repository,
            run,
            {"write_envelope", BodyFieldKind::flag, "also write run.json", false, 5, {}}},
           handle_seal));
  auto reload = post("/v1/reload", "Reads the configuration again", {}, handle_reload);
  reload.status = 200;
  reload.schema = "Object";
  routes.push_back(std::move(reload));
}

}  // namespace

std::vector<ApiRoute> make_api_routes() {
  std::vector<ApiRoute> routes;
  add_open_routes(routes);
  add_repository_routes(routes);
  add_run_routes(routes);
  add_finding_routes(routes);
  add_ledger_routes(routes);
  add_report_routes(routes);
  add_job_routes(routes);
  add_commands(routes);
  return routes;
}

std::vector<ParameterRule> all_parameters(ApiRoute const& route) {
  std::vector<ParameterRule> rules = route.parameters;
  rules.push_back({"pretty", Kind::flag, "1: two-space indent", {}});
  if (route.is_get()) {
    rules.push_back({"sync",
                     Kind::duration,
                     "first wait until every change made before the request is known",
                     {}});
  }
  return rules;
}

std::optional<std::vector<std::string>> match_pattern(std::string_view pattern,
                                                      std::vector<std::string> const& segments) {
  std::vector<std::string> captures;
  for (auto const& segment : segments) {
    if (pattern.empty()) return {};
    pattern.remove_prefix(1);
    auto const end = std::min(pattern.find('/'), pattern.size());
    auto const part = pattern.substr(0, end);
    pattern.remove_prefix(end);
    if (part.starts_with('{')) {
      captures.push_back(segment);
    } else if (part != segment) {
      return {};
    }
  }
  if (!pattern.empty()) return {};
  return captures;
}

}  // namespace govseal
