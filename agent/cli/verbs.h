#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/cli/context.h"

/// What each verb does after its arguments are read: asks, prints, and returns the exit code. All
/// throw CommandFailure.
namespace govseal {

[[nodiscard]] int run_status(CommandContext& context);

struct ReposOptions {
  std::string id;
  bool coverage = false;
};
[[nodiscard]] int run_repos(CommandContext& context, ReposOptions const& options);

struct RunsOptions {
  std::string repository;
  std::string root;
  std::string verdict;
};
[[nodiscard]] int run_runs(CommandContext& context, RunsOptions const& options);

struct ShowOptions {
  std::string what;
  std::string repository;
};
[[nodiscard]] int run_show(CommandContext& context, ShowOptions const& options);

struct FindingsOptions {
  bool all = false;
  std::string kind;
  std::string repository;
};
[[nodiscard]] int run_findings(CommandContext& context, FindingsOptions const& options);

[[nodiscard]] int run_explain(CommandContext& context, std::string const& path);
[[nodiscard]] int run_undispatched(CommandContext& context, std::string const& repository);

struct VerifyVerbOptions {
  std::vector<std::string> paths;
  bool compat = false;
  bool offline = false;
  bool agent = false;
  std::string repository;  // only with `agent`
};
[[nodiscard]] int run_verify(CommandContext& context, VerifyVerbOptions const& options);
/// The part of `--agent`.
[[nodiscard]] int run_verify_by_agent(CommandContext& context, VerifyVerbOptions const& options);

struct SealVerbOptions {
  std::string directory;
  bool write_envelope = false;
};
[[nodiscard]] int run_seal(CommandContext& context, SealVerbOptions const& options);
[[nodiscard]] int run_scan(CommandContext& context, std::string const& repository);

struct ReportOptions {
  std::string format = "text";
  std::optional<std::uint64_t> since;  // ledger index
  std::string out;                     // empty: standard output
  bool write = false;
  bool format_given = false;
};
[[nodiscard]] int run_report(CommandContext& context, ReportOptions const& options);

struct AckOptions {
  std::string finding;
  std::string reason;
};
[[nodiscard]] int run_ack(CommandContext& context, AckOptions const& options);

struct DispatchAuditOptions {
  std::string repository;
  std::string path;
  std::string branch;
  std::string since;
  bool all = false;
  std::string grace;
  std::string now;
};
[[nodiscard]] int run_dispatch_audit(CommandContext& context, DispatchAuditOptions const& options);

[[nodiscard]] int run_config_check(CommandContext& context, std::string const& file);
[[nodiscard]] int run_config_show(CommandContext& context, bool default_file);
[[nodiscard]] int run_config_reload(CommandContext& context);
[[nodiscard]] int run_version(CommandContext& context);

/// The finding that `text` names, whole or shortened where unique; throws with 66, or with 64 when
/// several start so.
[[nodiscard]] ApiAnswer find_finding(CommandContext& context, std::string const& text);

/// The run folder that a path of this host lies in, as the agent knows it.
struct RunOfPath {
  std::string repository;
  std::string run;
  std::string relative;  // of the path, from the repository's top
};
/// nullopt: in no run folder that the agent knows, or no repository.
[[nodiscard]] std::optional<RunOfPath> run_of_explanation(JsonValue const& explanation);

/// `/v1/runs/<repository>/<run>`.
[[nodiscard]] std::string run_target(std::string const& repository, std::string const& run);

}  // namespace govseal
