#include <algorithm>
#include <atomic>

#include "agent/cli/exit_code.h"
#include "agent/cli/job_wait.h"
#include "agent/cli/json_access.h"
#include "agent/cli/output.h"
#include "agent/cli/progress.h"
#include "agent/cli/verbs.h"
#include "agent/cli/verify_local.h"
#include "base/utf8.h"

// verify: hashes here, and asks the agent only for the binding.

namespace govseal {
namespace {

using Outcome = std::variant<FolderVerdict, NoSuchFolder>;

/// Asks the agent for bindings until it does not answer once.
class BindingSource {
 public:
  BindingSource(CommandContext& context, bool offline) : context_(context), silent_(offline) {}

  /// nullopt: history not checked.
  std::optional<KnownBinding> find(std::string const& path) {
    auto const explanation = ask("/v1/explain", QueryText().add("path", resolved_path(path)));
    if (!explanation || is_null_at(*explanation, "repository")) return {};
    auto const place = run_of_explanation(*explanation);
    if (!place || place->relative != place->run) return KnownBinding{};
    auto const run = ask(run_target(place->repository, place->run), {});
    if (!run) return {};
    return binding_of(*run);
  }

 private:
  std::optional<JsonValue> ask(std::string const& target, QueryText query) {
    if (silent_) return {};
    auto result = context_.api().try_get(target, std::move(query));
    if (auto* answer = std::get_if<ApiAnswer>(&result)) return std::move(answer->json);
    auto const& failure = std::get<ApiFailure>(result);
    silent_ = failure.transport || !failure.name.starts_with("no-such-");
    bool const absent =
        failure.transport && failure.transport->kind == TransportFailure::Kind::not_running;
    if (silent_ && !absent && !context_.options().quiet) {
      print_error("govseal: history not checked: " +
                  escape_for_display(context_.api().failure_of(failure).what()) + "\n");
    }
    return {};
  }

  /// The record of the binding says what was bound; the run says what is there now.
  std::optional<KnownBinding> binding_of(JsonValue const& run) {
    KnownBinding binding;
    for (auto const& violation : items_at(run, "violations")) {
      auto const state = text_at(violation, "state");
      std::string const name(text_at(violation, "name"));
      if (state == "open") binding.history.violations.push_back(name);
      if (state == "acknowledged") binding.excused.insert(name);
    }
    auto& names = binding.history.violations;
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    auto const index = int_at(run, "ledger", "index");
    if (!index) return binding;
    auto const page =
        ask("/v1/ledger", QueryText().add("from", std::to_string(*index)).add("limit", "1"));
    if (!page || items_at(*page, "items").empty()) return {};
    auto const& record = member_at(items_at(*page, "items")[0], "record");
    if (record.is_null()) return {};
    binding.history.log_index = static_cast<std::uint64_t>(*index);
    binding.history.bound_root = Digest::from_hex(text_at(record, "root"));
    binding.history.bound_hashfile_sha256 = Digest::from_hex(text_at(record, "hashfile"));
    return binding;
  }

  CommandContext& context_;
  bool silent_;
};

Outcome look_with_progress(CommandContext const& context, std::string const& path, TaskPool& pool) {
  HashProgress progress;
  std::optional<std::uint64_t> total;
  ProgressThread const shown("verify", context.shows_progress(), [&]() {
    if (!total) total = folder_bytes(path);
    return std::pair(progress.bytes_done.load(), *total);
  });
  return verify_local(path, pool, &progress);
}

int verify_one_compat(CommandContext const& context, std::string const& path,
                      Outcome const& outcome) {
  CompatVerdict const compat = compat_of(outcome, path);
  if (context.json()) {
    auto const* judged = std::get_if<FolderVerdict>(&outcome);
    FolderVerdict verdict = judged ? *judged : FolderVerdict();
    if (!judged) verdict.error = std::get<NoSuchFolder>(outcome).why;
    verdict.compat = compat;
    print_out(verdict_json(verdict, path, std::nullopt) + "\n");
  } else {
    print_out(compat_text(compat, path) + "\n");
  }
  return compat.pass.value_or(false) ? kExitClean : kExitFindings;
}

int verify_one(CommandContext const& context, std::string const& path, Outcome const& outcome,
               BindingSource& bindings) {
  if (auto const* none = std::get_if<NoSuchFolder>(&outcome)) {
    if (context.json()) {
      FolderVerdict verdict;
      verdict.error = none->why;
      print_out(verdict_json(verdict, path, std::nullopt) + "\n");
    }
    print_error("govseal: " + escape_for_display(path) + ": " + none->why + "\n");
    return kExitNoInput;
  }
  auto const& verdict = std::get<FolderVerdict>(outcome);
  std::optional<VerdictHistory> history;
  if (auto const binding = bindings.find(path)) history = compare_with_binding(verdict, *binding);
  std::string const line =
      context.json() ? verdict_json(verdict, path, history) : verdict_text(verdict, path, history);
  print_out(line + "\n");
  return exit_of_look(verdict, history);
}

std::string agent_line(JsonValue const& item) {
  auto const verdict = text_at(item, "verdict");
  std::string line = verdict.empty() ? "ERROR" : escape_for_display(verdict);
  line += " " + escape_for_display(text_at(item, "repository")) + " " +
          escape_for_display(path_at(item, "run"));
  auto const codes = joined_at(item, "codes", " ");
  if (!codes.empty()) line += " " + escape_for_display(codes);
  auto const error = text_at(item, "error");
  return error.empty() ? line + "\n" : line + " " + escape_for_display(error) + "\n";
}

int run_one_verify_job(CommandContext& context, std::string const& body) {
  auto const end = run_job(context, "/v1/verify", body);
  if (end.kind != JobEnd::Kind::done) return exit_of_unfinished(context, end);
  auto const& result = member_at(end.answer.json, "result");
  int code = kExitClean;
  std::size_t not_valid = 0;
  std::string lines;
  for (auto const& item : items_at(result, "items")) {
    code = worse_look(code, exit_of_verdict(item));
    not_valid += exit_of_verdict(item) == kExitClean ? 0U : 1U;
    lines += agent_line(item);
  }
  if (context.json()) {
    print_out(end.answer.text);
    return code;
  }
  if (auto const compared = int_at(result, "compared")) {
    lines += std::to_string(*compared) + " compared, " +
             std::to_string(int_at(result, "changed").value_or(0)) + " changed, " +
             std::to_string(not_valid) + " not VALID\n";
  }
  print_out(lines);
  return code;
}

}  // namespace

int run_verify(CommandContext& context, VerifyVerbOptions const& options) {
  if (options.agent) return run_verify_by_agent(context, options);
  if (options.paths.empty()) throw CommandFailure(kExitUsage, "verify: give at least one PATH");
  ThreadPool pool(0);
  BindingSource bindings(context, options.offline || options.compat);
  int code = kExitClean;
  for (auto const& path : options.paths) {
    Outcome const outcome = look_with_progress(context, path, pool);
    int const one = options.compat ? verify_one_compat(context, path, outcome)
                                   : verify_one(context, path, outcome, bindings);
    code = worse_look(code, one);
  }
  return code;
}

int run_verify_by_agent(CommandContext& context, VerifyVerbOptions const& options) {
  std::vector<std::string> bodies;
  for (auto const& path : options.paths) {
    auto const query = QueryText().add("path", resolved_path(path));
    auto const place = run_of_explanation(context.api().get("/v1/explain", query).json);
    if (!place) {
      throw CommandFailure(kExitNoInput, "verify: " + path + ": in no run folder the agent knows");
    }
    JsonWriter body;
    body.begin_object().member("repository", place->repository).member("run", place->run);
    bodies.push_back(body.end_object().take());
  }
  if (options.paths.empty()) {
    JsonWriter body;
    body.begin_object();
    if (!options.repository.empty()) body.member("repository", options.repository);
    bodies.push_back(body.end_object().take());
  }
  int code = kExitClean;
  for (auto const& body : bodies) {
    int const one = run_one_verify_job(context, body);
    if (one == kExitInterrupted) return one;
    code = worse_look(code, one);
  }
  return code;
}

}  // namespace govseal
