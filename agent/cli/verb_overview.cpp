#include "agent/cli/exit_code.h"
#include "agent/cli/json_access.h"
#include "agent/cli/output.h"
#include "agent/cli/render.h"
#include "agent/cli/verbs.h"

// status, repos, runs, undispatched: what there is.

namespace govseal {
namespace {

QueryText filter(std::string_view name, std::string const& value) {
  QueryText query;
  if (!value.empty()) query.add(name, value);
  return query;
}

/// One line of compact JSON: the item as the agent wrote it.
std::string json_line(JsonValue const& item) {
  return JsonWriter().value(item).take() + "\n";
}

std::vector<JsonValue> open_findings(CommandContext& context, std::string const& repository) {
  std::vector<JsonValue> findings;
  context.api().get_list("/v1/findings", filter("repository", repository),
                         [&findings](JsonValue const& finding) {
                           if (exit_of_finding(finding) != kExitClean) findings.push_back(finding);
                         });
  return findings;
}

}  // namespace

int run_status(CommandContext& context) {
  auto const status = context.api().get("/v1/status");
  int const code = exit_of_state(text_at(status.json, "state"));
  if (context.json()) {
    print_out(status.text);
    return code;
  }
  auto const findings = open_findings(context, "");
  print_out(render_status(status.json, findings, context.display()));
  return code;
}

int run_repos(CommandContext& context, ReposOptions const& options) {
  if (options.id.empty()) {
    std::vector<JsonValue> repositories;
    int code = kExitClean;
    context.api().get_list("/v1/repositories", {}, [&](JsonValue const& repository) {
      code = worse_exit(code, exit_of_repository(repository));
      repositories.push_back(repository);
    });
    if (!context.json() && !options.coverage) {
      print_out(render_repositories(repositories, context.display()));
    }
    for (auto const& repository : repositories) {
      if (options.coverage) {
        auto const target = "/v1/repositories/" + percent_encoded(text_at(repository, "id"));
        auto const coverage = context.api().get(target + "/coverage");
        print_out(context.json() ? coverage.text
                                 : render_coverage(coverage.json, context.display()));
      } else if (context.json()) {
        print_out(json_line(repository));
      }
    }
    if (options.coverage && repositories.empty() && !context.json()) {
      print_out("No repositories.\n");
    }
    return code;
  }
  auto const target = "/v1/repositories/" + percent_encoded(options.id);
  auto const repository = context.api().get(target);
  int const code = exit_of_repository(repository.json);
  auto const answer = options.coverage ? context.api().get(target + "/coverage") : repository;
  if (context.json()) {
    print_out(answer.text);
  } else {
    print_out(options.coverage ? render_coverage(answer.json, context.display())
                               : render_repository(answer.json, context.display()));
  }
  return code;
}

int run_runs(CommandContext& context, RunsOptions const& options) {
  QueryText query = filter("repository", options.repository);
  if (!options.root.empty()) query.add("root", options.root);
  if (!options.verdict.empty()) query.add("verdict", options.verdict);
  RunFindings names;
  std::map<std::pair<std::string, std::string>, int> codes;
  for (auto const& finding : open_findings(context, options.repository)) {
    std::string const run = path_at(member_at(finding, "subject"), "run");
    if (run.empty()) continue;
    std::pair const key{std::string(text_at(finding, "repository")), run};
    auto& name = names[key];
    name += (name.empty() ? "" : " ") + std::string(text_at(finding, "kind"));
    codes[key] = worse_exit(codes[key], exit_of_finding(finding));
  }
  std::vector<JsonValue> runs;
  int code = kExitClean;
  context.api().get_list("/v1/runs", query, [&](JsonValue const& run) {
    code = worse_exit(code, exit_of_run(run));
    auto const found = codes.find({std::string(text_at(run, "repository")), path_at(run, "run")});
    if (found != codes.end()) code = worse_exit(code, found->second);
    if (context.json()) {
      print_out(json_line(run));
    } else {
      runs.push_back(run);
    }
  });
  if (!context.json()) print_out(render_runs(runs, names, context.display()));
  return code;
}

int run_undispatched(CommandContext& context, std::string const& repository) {
  std::vector<JsonValue> items;
  int code = kExitClean;
  auto const page = context.api().get_list(
      "/v1/commits/undispatched", filter("repository", repository), [&](JsonValue const& item) {
        code = worse_exit(code, exit_of_undispatched(item));
        items.push_back(item);
      });
  for (auto const& audited : items_at(page, "audited")) {
    if (!flag_at(audited, "complete")) code = worse_exit(code, kExitBlind);
  }
  if (!context.json()) {
    print_out(render_undispatched(page, items, context.display()));
    return code;
  }
  for (auto const& item : items) print_out(json_line(item));
  return code;
}

}  // namespace govseal
