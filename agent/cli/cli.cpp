#include "agent/cli/cli.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>

#include "agent/cli/completion.h"
#include "agent/cli/exit_code.h"
#include "agent/cli/output.h"
#include "agent/cli/verbs.h"
#include "base/error.h"
#include "base/utf8.h"

// The words of the command line. Global options may stand before or after the verb: each verb
// passes on what it does not know (CLI11's fallthrough).

namespace govseal {
namespace {

using Action = std::function<int(CommandContext&)>;

/// Verbs that other versions have; asked for one, this version says so.
constexpr std::array kReservedVerbs = {"audit", "anchor",   "enroll", "unlock", "events",
                                       "guard", "registry", "key",    "waiver"};
constexpr std::array kReservedDispatch = {"backfill", "consumers", "report"};

/// Everything the arguments say, before anything is done.
struct Arguments {
  GlobalOptions global;
  std::string json;
  std::string timeout;
  std::string sync;
  Action action;
  bool may_be_compact = false;  // --json=compact

  ReposOptions repos;
  RunsOptions runs;
  ShowOptions show;
  FindingsOptions findings;
  VerifyVerbOptions verify;
  SealVerbOptions seal;
  ReportOptions report;
  AckOptions ack;
  DispatchAuditOptions audit;
  std::string path;
  std::string repository;
  std::string file;
  std::string shell;
  bool default_file = false;
};

CLI::App* add_verb(CLI::App& parent, std::string const& name, std::string const& description,
                   std::string const& example) {
  auto* verb = parent.add_subcommand(name, description);
  verb->fallthrough();
  verb->footer("Example:\n  " + example);
  return verb;
}

void on(CLI::App* verb, Arguments& arguments, Action action) {
  verb->final_callback([&arguments, action = std::move(action)] { arguments.action = action; });
}

void add_repository_option(CLI::App* verb, std::string& repository) {
  verb->add_option("--repo", repository, "only this repository")->type_name("ID");
}

void add_global_options(CLI::App& app, Arguments& arguments) {
  auto& global = arguments.global;
  app.add_option("--config", global.config, "configuration file, for what works without the agent")
      ->type_name("FILE");
  app.add_option("--socket", global.socket, "socket of the agent (also GOVSEAL_SOCKET)")
      ->type_name("PATH");
  app.add_flag("--json", arguments.json, "print the answer of the API; lists as one item a line");
  app.add_option("--color", global.color, "auto, always or never")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_flag("--quiet", global.quiet, "no progress and no hints");
  app.add_option("--timeout", arguments.timeout, "for one answer of the agent, default 30s")
      ->type_name("D");
  app.add_option("--sync", arguments.sync, "first wait until every change made before is known")
      ->type_name("D");
  app.add_flag("--no-wait", global.no_wait, "print the id of the job instead of waiting for it");
}

void add_questions(CLI::App& app, Arguments& a) {
  on(add_verb(app, "status", "one screen: state, what is wrong, coverage, ledger",
              "govseal status"),
     a, run_status);
  auto* repos = add_verb(app, "repos", "the repositories, or one of them in detail",
                         "govseal repos alpha --coverage");
  repos->add_option("ID", a.repos.id, "repository");
  repos->add_flag("--coverage", a.repos.coverage, "when its watch roots were seen");
  on(repos, a, [&a](CommandContext& context) { return run_repos(context, a.repos); });
  auto* runs = add_verb(app, "runs", "the run folders", "govseal runs --verdict INVALID");
  add_repository_option(runs, a.runs.repository);
  runs->add_option("--root", a.runs.root, "only this run root")->type_name("PATH");
  runs->add_option("--verdict", a.runs.verdict, "only this verdict, or unknown")->type_name("V");
  on(runs, a, [&a](CommandContext& context) { return run_runs(context, a.runs); });
  auto* show =
      add_verb(app, "show", "a run folder, finding or job in full", "govseal show GS-c0ffee01");
  show->add_option("WHAT", a.show.what, "run folder, finding or job")->required();
  add_repository_option(show, a.show.repository);
  on(show, a, [&a](CommandContext& context) { return run_show(context, a.show); });
  auto* findings = add_verb(app, "findings", "what is wrong", "govseal findings --repo alpha");
  findings->add_flag("--all", a.findings.all, "also what is closed");
  findings->add_option("--kind", a.findings.kind, "only this kind")->type_name("K");
  add_repository_option(findings, a.findings.repository);
  on(findings, a, [&a](CommandContext& context) { return run_findings(context, a.findings); });
  auto* explain = add_verb(app, "explain", "why a path is red, whether it is sealed",
                           "govseal explain .codex/RUNS/2026-01-05__090000__demo");
  explain->add_option("PATH", a.path, "file or folder, existing or not")->required();
  on(explain, a, [&a](CommandContext& context) { return run_explain(context, a.path); });
  auto* undispatched = add_verb(app, "undispatched", "commits and plans without a dispatch",
                                "govseal undispatched --repo gov");
  add_repository_option(undispatched, a.repository);
  on(undispatched, a,
     [&a](CommandContext& context) { return run_undispatched(context, a.repository); });
}

void add_sealing(CLI::App& app, Arguments& a) {
  auto* verify = add_verb(app, "verify", "hashes run folders here, with your rights",
                          "govseal verify .codex/RUNS/2026-01-05__090000__demo");
  verify->add_option("PATH", a.verify.paths, "run folder or catalog seal file");
  verify->add_flag("--compat", a.verify.compat, "the verdict of the reference validator");
  verify->add_flag("--offline", a.verify.offline, "ask no agent for the binding");
  auto* agent = verify->add_flag("--agent", a.verify.agent, "let the agent read everything again");
  verify->add_option("--repo", a.verify.repository, "only this repository, with --agent")
      ->type_name("ID")
      ->needs(agent);
  on(verify, a, [&a](CommandContext& context) { return run_verify(context, a.verify); });
  auto* seal = add_verb(app, "seal", "seals a run folder now",
                        "govseal seal .codex/RUNS/2026-01-05__090000__demo");
  seal->add_option("DIR", a.seal.directory, "run folder")->required();
  seal->add_flag("--write-envelope", a.seal.write_envelope, "also write run.json");
  on(seal, a, [&a](CommandContext& context) { return run_seal(context, a.seal); });
  auto* scan = add_verb(app, "scan", "looks at everything now", "govseal scan --repo alpha");
  add_repository_option(scan, a.repository);
  on(scan, a, [&a](CommandContext& context) { return run_scan(context, a.repository); });
}

void add_reporting(CLI::App& app, Arguments& a) {
  auto* report = add_verb(app, "report", "the drift report",
                          "govseal report --format markdown --out drift.md");
  auto* format = report->add_option("--format", a.report.format, "json, text, markdown or html");
  format->type_name("F")->check(CLI::IsMember({"json", "text", "markdown", "html"}));
  report->add_option("--since", a.report.since, "ledger index where the period begins")
      ->type_name("N");
  report->add_option("--out", a.report.out, "write it to this file")->type_name("FILE");
  report->add_flag("--write", a.report.write, "store it on the agent");
  on(report, a, [&a, format](CommandContext& context) {
    a.report.format_given = format->count() > 0;
    return run_report(context, a.report);
  });
  auto* ack = add_verb(app, "ack", "acknowledges a finding",
                       "govseal ack GS-c0ffee01 --reason 'restored from backup'");
  ack->add_option("FINDING", a.ack.finding, "its id, or the beginning of it")->required();
  ack->add_option("--reason", a.ack.reason, "why, 1 to 500 bytes")->type_name("TEXT")->required();
  on(ack, a, [&a](CommandContext& context) { return run_ack(context, a.ack); });
}

void add_dispatch(CLI::App& app, Arguments& a) {
  auto* dispatch =
      add_verb(app, "dispatch", "layer-down dispatches", "govseal dispatch audit --path .");
  dispatch->require_subcommand(1);
  auto* audit = add_verb(*dispatch, "audit", "which commits had to be dispatched and were not",
                         "govseal dispatch audit --path . --since 2026-01-01");
  auto* repository =
      audit->add_option("--repo", a.audit.repository, "repository of the configuration");
  repository->type_name("NAME");
  audit->add_option("--path", a.audit.path, "repository at this path")
      ->type_name("DIR")
      ->excludes(repository);
  audit->add_option("--branch", a.audit.branch, "instead of the configured one")->type_name("REF");
  auto* since =
      audit->add_option("--since", a.audit.since, "only what C does not reach, or since DATE");
  since->type_name("C|DATE");
  audit->add_flag("--all", a.audit.all, "everything (the default here)")->excludes(since);
  audit->add_option("--grace", a.audit.grace, "how long a dispatch may take")->type_name("D");
  audit->add_option("--now", a.audit.now, "judge as of this time")->type_name("T");
  on(audit, a, [&a](CommandContext& context) { return run_dispatch_audit(context, a.audit); });
  audit->preparse_callback([&a](std::size_t) { a.may_be_compact = true; });
}

void add_config(CLI::App& app, Arguments& a) {
  auto* config = add_verb(app, "config", "the configuration", "govseal config check");
  config->require_subcommand(1);
  auto* check = add_verb(*config, "check", "finds every problem at once",
                         "govseal config check /etc/govseal/govseal.toml");
  check->add_option("FILE", a.file, "main file; default: that of the agent");
  on(check, a, [&a](CommandContext& context) { return run_config_check(context, a.file); });
  auto* show = add_verb(*config, "show", "what the files say, with the source of each value",
                        "govseal config show --default");
  show->add_flag("--default", a.default_file, "the annotated default file");
  on(show, a, [&a](CommandContext& context) { return run_config_show(context, a.default_file); });
  on(add_verb(*config, "reload", "the agent reads its configuration again",
              "govseal config reload"),
     a, run_config_reload);
}

void collect_verbs(CLI::App const& app, std::string const& prefix,
                   std::vector<CompletionVerb>& verbs) {
  for (auto const* verb : app.get_subcommands([](CLI::App const*) { return true; })) {
    if (verb->get_group().empty()) continue;
    CompletionVerb entry{prefix + verb->get_name(), verb->get_description(), {}};
    for (auto const* option : verb->get_options()) {
      if (option->nonpositional()) entry.options.push_back(option->get_name());
    }
    verbs.push_back(std::move(entry));
    collect_verbs(*verb, prefix + verb->get_name() + " ", verbs);
  }
}

int print_completion(CLI::App const& app, std::string const& shell) {
  std::vector<CompletionVerb> verbs;
  collect_verbs(app, "", verbs);
  std::vector<std::string> options;
  for (auto const* option : app.get_options()) options.push_back(option->get_name());
  print_out(render_completion(shell, verbs, options));
  return kExitClean;
}

void add_about(CLI::App& app, Arguments& a) {
  on(add_verb(app, "version", "of this program, and of the agent when it answers",
              "govseal version"),
     a, run_version);
  auto* completion = add_verb(app, "completion", "a completion script for a shell",
                              "govseal completion bash > /etc/bash_completion.d/govseal");
  completion->add_option("SHELL", a.shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  on(completion, a, [&app, &a](CommandContext&) { return print_completion(app, a.shell); });
}

void add_reserved(CLI::App& parent, std::string const& prefix, std::string const& name,
                  Arguments& a) {
  auto* verb = parent.add_subcommand(name, "not in this version");
  verb->group("");
  verb->prefix_command();
  verb->fallthrough(false);  // takes every word, whatever it is
  verb->set_help_flag();
  on(verb, a, [full = prefix + name](CommandContext&) -> int {
    throw CommandFailure(kExitUsage, full + ": this version does not have it yet");
  });
}

std::chrono::milliseconds wait_of(std::string const& option, std::string const& text) {
  auto const wait = parse_wait(text);
  if (wait && wait->count() > 0) return *wait;
  throw CommandFailure(kExitUsage, option + ": no duration: " + text, "such as 500ms or 30s");
}

/// What CLI11 leaves as text.
GlobalOptions finished(Arguments const& a) {
  GlobalOptions global = a.global;
  if (!a.timeout.empty()) global.timeout = wait_of("--timeout", a.timeout);
  if (!a.sync.empty()) global.sync = wait_of("--sync", a.sync);
  if (a.json == "compact" && a.may_be_compact) {
    global.json = GlobalOptions::Json::compact;
  } else if (a.json == "true") {
    global.json = GlobalOptions::Json::on;
  } else if (!a.json.empty() && a.json != "false") {
    throw CommandFailure(kExitUsage, "--json: it takes no value here: " + a.json);
  }
  return global;
}

/// The innermost verb that was named, for its help.
CLI::App const& named_verb(CLI::App const& app) {
  auto const verbs = app.get_subcommands();
  return verbs.empty() ? app : named_verb(*verbs[0]);
}

std::string full_name(CLI::App const& verb) {
  auto const* parent = verb.get_parent();
  return parent ? full_name(*parent) + " " + verb.get_name() : std::string("govseal");
}

int report_usage(CLI::App const& app, CLI::ParseError const& error) {
  std::string text = error.what();
  std::replace(text.begin(), text.end(), '\n', ' ');
  print_error("govseal: usage: " + escape_for_display(text) +
              "\nsee: " + full_name(named_verb(app)) + " --help\n");
  return kExitUsage;
}

int report_failure(CommandFailure const& failure) {
  print_error("govseal: " + escape_for_display(failure.what()) + "\n");
  if (!failure.hint().empty()) print_error(failure.hint() + "\n");
  return failure.exit_code();
}

int run_verb(Arguments const& arguments) {
  try {
    CommandContext context(finished(arguments), environment_of_caller());
    return arguments.action(context);
  } catch (CommandFailure const& failure) {
    return report_failure(failure);
  } catch (Error const& error) {
    print_error(std::string("govseal: ") + error.what() + "\n");
    return error.error_number() == EACCES ? kExitNotPermitted : kExitUnavailable;
  } catch (std::exception const& error) {
    print_error("govseal: internal error: " + escape_for_display(error.what()) + "\n");
    return kExitInternal;
  }
}

}  // namespace

int run_cli(int argc, char const* const* argv) {
  Arguments arguments;
  CLI::App app("Watches governance repositories and seals run folders: asks the agent.", "govseal");
  app.require_subcommand(1);
  app.footer(
      "Example:\n  govseal status\n\nExit codes: 0 clean, 1 findings, 2 critical, 3 blind, "
      "64 and above: the question could not be answered (govseal(1)).");
  add_global_options(app, arguments);
  add_questions(app, arguments);
  add_sealing(app, arguments);
  add_reporting(app, arguments);
  add_dispatch(app, arguments);
  add_config(app, arguments);
  add_about(app, arguments);
  for (char const* verb : kReservedVerbs) add_reserved(app, "", verb, arguments);
  auto* dispatch = app.get_subcommand("dispatch");
  for (char const* verb : kReservedDispatch) add_reserved(*dispatch, "dispatch ", verb, arguments);
  try {
    app.parse(argc, argv);
  } catch (CLI::CallForHelp const&) {
    auto const& verb = named_verb(app);
    try {
      print_out(verb.help(verb.get_parent() ? full_name(*verb.get_parent()) : std::string()));
    } catch (CommandFailure const& failure) {
      return report_failure(failure);
    }
    return kExitClean;
  } catch (CLI::ParseError const& error) {
    return report_usage(app, error);
  }
  return run_verb(arguments);
}

}  // namespace govseal
