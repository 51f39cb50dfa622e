#include <memory>

#include "agent/cli/exit_code.h"
#include "agent/cli/output.h"
#include "agent/cli/verbs.h"
#include "base/error.h"
#include "config/discovery.h"
#include "reporting/layer_down/audit_json.h"
#include "reporting/layer_down/configured_rules.h"
#include "watchers/git/lib_git2.h"

// dispatch audit: reads the repository here, asks no agent and changes nothing (layer-down.md 8).

namespace govseal {
namespace {

struct AuditPlace {
  std::string path;
  DispatchRules rules;
};

std::vector<RepositoryConfig> configured(CommandContext const& context) {
  Config const config = context.loaded();
  auto const outcome = discover_repositories(config, [](std::string const& directory) {
    return std::holds_alternative<std::unique_ptr<GitReader>>(LibGit2Opener().open(directory));
  });
  std::vector<RepositoryConfig> repositories;
  for (auto const& found : outcome.repositories) repositories.push_back(found.config);
  return repositories;
}

AuditPlace place_by_path(CommandContext const& context, std::string const& path) {
  auto const resolved = resolved_path(path);
  if (!context.options().config.empty()) {
    for (auto const& repository : configured(context)) {
      if (resolved_path(repository.path) == resolved)
        return {resolved, make_dispatch_rules(repository)};
    }
  }
  DispatchRules rules;
  rules.repo = repository_id_from_path(resolved);
  return {resolved, rules};
}

AuditPlace place_by_name(CommandContext const& context, std::string const& name) {
  auto const repositories = configured(context);
  std::string names;
  for (auto const& repository : repositories) {
    if (repository.name == name || (name.empty() && repositories.size() == 1)) {
      return {repository.path, make_dispatch_rules(repository)};
    }
    names += (names.empty() ? "" : ", ") + repository.name;
  }
  std::string const hint = names.empty() ? "" : "configured are: " + names;
  if (!name.empty()) {
    throw CommandFailure(kExitNoInput, "dispatch audit: no such repository: " + name, hint);
  }
  throw CommandFailure(kExitUsage, "dispatch audit: choose a repository with --repo or --path",
                       hint);
}

std::unique_ptr<GitReader> open_repository(LibGit2Opener const& opener, std::string const& path) {
  auto opened = opener.open(path);
  if (auto const* unreadable = std::get_if<Unreadable>(&opened)) {
    bool const absent = unreadable->kind == Unreadable::Kind::not_found;
    throw CommandFailure(absent ? kExitNoInput : kExitUnavailable,
                         "dispatch audit: " + path + ": " + unreadable->reason);
  }
  return std::get<std::unique_ptr<GitReader>>(std::move(opened));
}

std::unique_ptr<Directory> open_work_tree(GitReader const& git) {
  auto const& top = git.layout().work_dir;
  if (!top) return nullptr;
  auto opened = DiskFileSystem().open_directory(*top);
  auto* directory = std::get_if<std::unique_ptr<Directory>>(&opened);
  return directory ? std::move(*directory) : nullptr;
}

void apply_options(DispatchAuditOptions const& options, DispatchRules& rules) {
  if (!options.branch.empty()) {
    bool const full = options.branch.starts_with("refs/");
    rules.branch = full ? options.branch : "refs/heads/" + options.branch;
  }
  if (options.grace.empty()) return;
  auto const grace = parse_wait(options.grace);
  if (!grace) {
    throw CommandFailure(kExitUsage, "dispatch audit: --grace: no duration: " + options.grace,
                         "such as 90m or 2h");
  }
  rules.grace = *grace;
}

nanoseconds time_of(std::string const& text) {
  if (text.empty()) return SystemClock().now().wall;
  auto const day_length = std::string_view("2026-01-01").size();
  auto const now = parse_utc(text.size() == day_length ? text + "T00:00:00Z" : text);
  if (now) return *now;
  throw CommandFailure(kExitUsage, "dispatch audit: --now: no time: " + text,
                       "such as 2026-01-31T12:00:00Z");
}

void read_facts(GitReader& git, DispatchRules const& rules, DispatchFacts& facts) {
  auto const work_tree = open_work_tree(git);
  switch (read_dispatch_facts(git, {work_tree.get(), nullptr}, rules, facts)) {
    case FactsOutcome::ready:
      return;
    case FactsOutcome::branch_missing:
      throw CommandFailure(kExitNoInput, "dispatch audit: no such branch: " + rules.branch);
    case FactsOutcome::branch_unreadable:
    case FactsOutcome::stopped:
      break;
  }
  throw CommandFailure(kExitUnavailable,
                       "dispatch audit: the branch cannot be read: " + rules.branch);
}

AuditWindow window_of(GitReader& git, DispatchFacts const& facts, std::string const& since) {
  if (since.empty()) return {};
  auto const window = make_window(git, facts.history, since);
  if (auto const* error = std::get_if<WindowError>(&window)) {
    bool const no_date = *error == WindowError::not_a_date;
    throw CommandFailure(no_date ? kExitUsage : kExitNoInput,
                         std::string("dispatch audit: --since: ") +
                             (no_date ? "no date: " : "no such commit: ") + since);
  }
  return std::get<AuditWindow>(window);
}

}  // namespace

int run_dispatch_audit(CommandContext& context, DispatchAuditOptions const& options) {
  auto const now = time_of(options.now);
  AuditPlace place = options.path.empty() ? place_by_name(context, options.repository)
                                          : place_by_path(context, options.path);
  if (!options.path.empty() && !options.repository.empty()) place.rules.repo = options.repository;
  apply_options(options, place.rules);
  LibGit2Opener const opener;
  auto const git = open_repository(opener, place.path);
  DispatchFacts facts;
  try {
    read_facts(*git, place.rules, facts);
    auto const window = window_of(*git, facts, options.since);
    auto const audit = judge_dispatch(facts, place.rules, {}, now, window);
    if (!context.json()) {
      print_out(audit_text(audit));
    } else {
      bool const compact = context.options().json == GlobalOptions::Json::compact;
      print_out(
          audit_json(audit, compact ? JsonWriter::Style::compact : JsonWriter::Style::indent2));
    }
    return audit_exit_code(audit);
  } catch (Error const& error) {
    throw CommandFailure(kExitUnavailable, std::string("dispatch audit: ") + error.what());
  }
}

}  // namespace govseal
