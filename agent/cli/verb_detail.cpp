#include <algorithm>

#include "agent/cli/exit_code.h"
#include "agent/cli/json_access.h"
#include "agent/cli/output.h"
#include "agent/cli/render.h"
#include "agent/cli/verbs.h"
#include "base/utf8.h"

// show, findings, explain, ack: one thing, and why it is as it is.

namespace govseal {
namespace {

std::string json_line(JsonValue const& item) {
  return JsonWriter().value(item).take() + "\n";
}

bool all_of_digits(std::string_view text, std::string_view digits) {
  return !text.empty() && text.find_first_not_of(digits) == std::string_view::npos;
}

bool is_job_id(std::string_view text) {
  return text.starts_with("j-") && all_of_digits(text.substr(2), "0123456789");
}

/// `GS-` or `LD-` and some hex digits; a run folder has another name.
bool is_finding_id(std::string_view text) {
  return (text.starts_with("GS-") || text.starts_with("LD-")) &&
         all_of_digits(text.substr(3), "0123456789abcdef");
}

std::vector<JsonValue> all_findings(CommandContext& context) {
  std::vector<JsonValue> findings;
  context.api().get_list("/v1/findings", QueryText().add("state", "all"),
                         [&findings](JsonValue const& finding) { findings.push_back(finding); });
  return findings;
}

int show_run(CommandContext& context, ApiAnswer const& run) {
  print_out(context.json() ? run.text : render_run(run.json, context.display()));
  int code = exit_of_run(run.json);
  auto const repository = text_at(run.json, "repository");
  std::string const path = path_at(run.json, "run");
  context.api().get_list("/v1/findings", QueryText().add("repository", repository),
                         [&](JsonValue const& finding) {
                           if (path_at(member_at(finding, "subject"), "run") != path) return;
                           code = worse_exit(code, exit_of_finding(finding));
                         });
  return code;
}

int show_finding(CommandContext& context, std::string const& text) {
  auto const finding = find_finding(context, text);
  print_out(context.json() ? finding.text : render_finding(finding.json, context.display()));
  return exit_of_finding(finding.json);
}

int show_job(CommandContext& context, std::string const& id) {
  auto const job = context.api().get("/v1/jobs/" + percent_encoded(id));
  print_out(context.json() ? job.text : render_job(job.json, context.display()));
  auto const& problem = member_at(job.json, "problem");
  if (problem.is_null()) return kExitClean;
  auto const type = text_at(problem, "type");
  return exit_of_problem(type.substr(type.rfind(':') + 1), int_at(problem, "status").value_or(500));
}

std::vector<std::string> repository_ids(CommandContext& context) {
  std::vector<std::string> ids;
  context.api().get_list("/v1/repositories", {}, [&ids](JsonValue const& repository) {
    ids.emplace_back(text_at(repository, "id"));
  });
  return ids;
}

/// The run by path or name in one repository; nullopt: it has none.
std::optional<ApiAnswer> try_run(CommandContext& context, std::string const& repository,
                                 std::string const& run) {
  auto result = context.api().try_get(run_target(repository, run));
  if (auto const* failure = std::get_if<ApiFailure>(&result)) {
    if (failure->is("no-such-run") || failure->is("no-such-repository") ||
        failure->is("bad-request")) {
      return {};
    }
    throw context.api().failure_of(*failure);
  }
  return std::get<ApiAnswer>(std::move(result));
}

std::optional<ApiAnswer> run_at_path(CommandContext& context, std::string const& path) {
  auto const query = QueryText().add("path", resolved_path(path));
  auto const explanation = context.api().get("/v1/explain", query);
  auto const place = run_of_explanation(explanation.json);
  return place ? try_run(context, place->repository, place->run) : std::nullopt;
}

/// A run path, a name, `<repository>/<run>`, or a path of this host.
ApiAnswer find_run(CommandContext& context, ShowOptions const& options) {
  if (!options.repository.empty()) {
    return context.api().get(run_target(options.repository, options.what));
  }
  std::vector<ApiAnswer> found;
  std::string candidates;
  if (!options.what.starts_with('/')) {
    for (auto const& id : repository_ids(context)) {
      bool const names_it = options.what.starts_with(id + "/");
      auto run = try_run(context, id, options.what);
      if (!run && names_it) run = try_run(context, id, options.what.substr(id.size() + 1));
      if (!run) continue;
      candidates += (candidates.empty() ? "" : ", ") + id;
      found.push_back(std::move(*run));
    }
  }
  if (found.size() == 1) return std::move(found[0]);
  if (found.size() > 1) {
    throw CommandFailure(kExitUsage, "show: several repositories have " + options.what,
                         "choose with --repo: " + candidates);
  }
  if (auto run = run_at_path(context, options.what)) return std::move(*run);
  throw CommandFailure(kExitNoInput, "show: no such run folder, finding or job: " + options.what);
}

int exit_of_red(CommandContext& context, JsonValue const& explanation) {
  int code = kExitClean;
  for (auto const& reason : items_at(explanation, "reasons")) {
    auto const& evidence = member_at(reason, "evidence");
    if (text_at(evidence, "type") != "finding") continue;
    auto const id = percent_encoded(text_at(evidence, "id"));
    auto const finding = context.api().get("/v1/findings/" + id);
    code = worse_exit(code, exit_of_finding(finding.json));
  }
  return code;
}

}  // namespace

std::string run_target(std::string const& repository, std::string const& run) {
  return "/v1/runs/" + percent_encoded(repository) + "/" + percent_encoded(run);
}

std::optional<RunOfPath> run_of_explanation(JsonValue const& explanation) {
  for (auto const& owner : items_at(explanation, "belongs_to")) {
    if (text_at(owner, "type") != "run") continue;
    return RunOfPath{std::string(text_at(explanation, "repository")), path_at(owner, "run"),
                     path_at(explanation, "relative")};
  }
  return {};
}

ApiAnswer find_finding(CommandContext& context, std::string const& text) {
  auto result = context.api().try_get("/v1/findings/" + percent_encoded(text));
  if (auto* answer = std::get_if<ApiAnswer>(&result)) return std::move(*answer);
  auto const& failure = std::get<ApiFailure>(result);
  bool const may_be_short = is_finding_id(text) || text == "GS-" || text == "LD-";
  if (!failure.is("no-such-finding") || !may_be_short) throw context.api().failure_of(failure);
  std::vector<std::string> ids;
  for (auto const& finding : all_findings(context)) {
    auto const id = text_at(finding, "id");
    if (id.starts_with(text)) ids.emplace_back(id);
  }
  if (ids.empty()) throw context.api().failure_of(failure);
  if (ids.size() == 1) return context.api().get("/v1/findings/" + percent_encoded(ids[0]));
  std::string candidates;
  for (auto const& id : ids) candidates += (candidates.empty() ? "" : ", ") + id;
  throw CommandFailure(kExitUsage, "finding: several start with " + text, "one of: " + candidates);
}

int run_show(CommandContext& context, ShowOptions const& options) {
  if (is_job_id(options.what)) return show_job(context, options.what);
  if (is_finding_id(options.what)) return show_finding(context, options.what);
  return show_run(context, find_run(context, options));
}

int run_findings(CommandContext& context, FindingsOptions const& options) {
  QueryText query;
  if (options.all) query.add("state", "all");
  if (!options.kind.empty()) query.add("kind", options.kind);
  if (!options.repository.empty()) query.add("repository", options.repository);
  std::vector<JsonValue> findings;
  int code = kExitClean;
  context.api().get_list("/v1/findings", query, [&](JsonValue const& finding) {
    code = worse_exit(code, exit_of_finding(finding));
    if (context.json()) {
      print_out(json_line(finding));
    } else {
      findings.push_back(finding);
    }
  });
  if (context.json()) return code;
  auto const now = SystemClock().now().wall;
  bool const none = findings.empty() && !options.all;
  print_out(none ? "No open findings.\n" : render_findings(findings, context.display(), now));
  return code;
}

int run_explain(CommandContext& context, std::string const& path) {
  auto const query = QueryText().add("path", resolved_path(path));
  auto const explanation = context.api().get("/v1/explain", query);
  print_out(context.json() ? explanation.text
                           : render_explanation(explanation.json, context.display()));
  auto const answer = text_at(explanation.json, "answer");
  if (answer == "unknown") return kExitBlind;
  if (answer != "red" && answer != "unsealed") return kExitClean;
  int code = answer == "red" ? exit_of_red(context, explanation.json) : kExitClean;
  auto const place = run_of_explanation(explanation.json);
  auto const run = place ? try_run(context, place->repository, place->run) : std::nullopt;
  if (run) code = worse_exit(code, exit_of_run(run->json));
  return answer == "red" && code == kExitClean ? kExitFindings : code;
}

int run_ack(CommandContext& context, AckOptions const& options) {
  auto const finding = find_finding(context, options.finding);
  std::string const id(text_at(finding.json, "id"));
  JsonWriter body;
  body.begin_object().member("reason", options.reason).end_object();
  auto const target = "/v1/findings/" + percent_encoded(id) + "/acknowledge";
  auto const answer = context.api().post(target, body.take());
  print_out(context.json() ? answer.text : escape_for_display(id) + " is acknowledged.\n");
  return kExitClean;
}

}  // namespace govseal
