#include "agent/api/command.h"
#include "agent/api/json.h"
#include "agent/api/run_lookup.h"

namespace govseal {
namespace {

constexpr int kRetryAfterSeconds = 1;

Problem too_many_jobs() {
  return {"too-many-jobs",
          "api.jobs_per_uid_max: this user has as many unfinished jobs as are allowed",
          {{"retry_after_s", std::to_string(kRetryAfterSeconds)}}};
}

/// The id of the job, or why there is none.
std::variant<std::string, Problem> submit(ApiContext const& context, std::string verb,
                                          std::string request, Command const& command) {
  By const by = context.peer.by();
  auto id = context.parts.jobs.create(std::move(verb), std::move(request), by, context.now);
  if (!id) return too_many_jobs();
  auto problem = context.parts.commands.submit(*id, command, by);
  if (!problem) return *id;
  context.parts.jobs.fail(*id, *problem, context.now);
  return std::move(*problem);
}

Problem invalid_field(std::string_view field, std::string_view message) {
  JsonWriter errors;
  errors.begin_array().begin_object().member("field", field).member("message", message);
  errors.end_object().end_array();
  return {"invalid-field",
          std::string(field) + ": " + std::string(message),
          {{"errors", errors.take()}}};
}

std::optional<std::string> text_field(ApiContext const& context, std::string_view name) {
  auto const* text = context.body.find_string(name);
  return text ? std::optional(*text) : std::nullopt;
}

bool has_root(RepositorySnapshot const& repository, std::string_view id) {
  return std::any_of(repository.roots.begin(), repository.roots.end(),
                     [id](WatchRootView const& root) { return root.id == id; });
}

bool is_visible_root(ApiContext const& context, std::optional<std::string> const& repository,
                     std::string_view id) {
  for (auto const* one : context.visible) {
    if ((!repository || *repository == one->id) && has_root(*one, id)) return true;
  }
  return false;
}

/// The folder of a seal request, named by its path or by repository and run.
struct SealTarget {
  RepositorySnapshot const* repository = nullptr;
  std::string wanted;
};

std::variant<SealTarget, Problem> seal_target(ApiContext const& context) {
  auto const path = text_field(context, "path");
  auto const id = text_field(context, "repository");
  auto const run = text_field(context, "run");
  if (path ? (id || run) : !(id && run)) {
    return invalid_field("path", "give either path, or repository and run");
  }
  if (!path) return SealTarget{context.repository(*id), *run};
  auto const normal = normalise_absolute(*path);
  if (!normal) return invalid_field("path", "must be absolute");
  auto found = find_innermost(context.visible, *normal);
  if (!found.repository) {
    return no_such("no-such-repository", "repository around", *path, {});
  }
  return SealTarget{found.repository, std::move(found.relative)};
}

}  // namespace

ApiReply submit_job(ApiContext const& context, std::string verb, std::string request,
                    Command const& command) {
  auto submitted = submit(context, std::move(verb), std::move(request), command);
  if (auto const* problem = std::get_if<Problem>(&submitted)) {
    return problem_answer(context.style, *problem);
  }
  auto const& id = std::get<std::string>(submitted);
  ApiResponse response =
      json_answer(context.style, job_json(*context.parts.jobs.find(id), context.now), 202);
  set_header(response, "Location", "/v1/jobs/" + id);
  return response;
}

ApiReply submit_and_wait(ApiContext const& context, std::string verb, std::string request,
                         Command const& command) {
  auto submitted = submit(context, std::move(verb), std::move(request), command);
  if (auto const* problem = std::get_if<Problem>(&submitted)) {
    return problem_answer(context.style, *problem);
  }
  AwaitJob wait;
  wait.id = std::get<std::string>(std::move(submitted));
  wait.until_finished = true;
  return wait;
}

ApiReply handle_scan(ApiContext const& context) {
  ScanCommand command;
  command.repository = text_field(context, "repository");
  command.root = text_field(context, "root");
  if (command.root && !is_visible_root(context, command.repository, *command.root)) {
    return problem_answer(context.style, invalid_field("root", "there is no such watch root"));
  }
  JsonWriter request;
  request.begin_object();
  if (command.repository) request.member("repository", *command.repository);
  if (command.root) write_path(request, "root", *command.root);
  return submit_job(context, "scan", request.end_object().take(), command);
}

ApiReply handle_verify(ApiContext const& context) {
  VerifyCommand command;
  command.repository = text_field(context, "repository");
  auto const run = text_field(context, "run");
  auto const basis = text_field(context, "basis").value_or("full-hash");
  command.basis = basis == "stat" ? VerifyBasis::stat : VerifyBasis::full_hash;
  if (run && !command.repository) {
    return problem_answer(context.style, invalid_field("run", "needs the field repository"));
  }
  if (run) {
    auto found = look_up_run(*context.repository(*command.repository), *run);
    if (auto const* problem = std::get_if<Problem>(&found)) {
      return problem_answer(context.style, *problem);
    }
    command.run = std::get<RunView const*>(found)->run;
  }
  JsonWriter request;
  request.begin_object();
  if (command.repository) request.member("repository", *command.repository);
  if (command.run) write_path(request, "run", *command.run);
  request.member("basis", basis).end_object();
  return submit_job(context, "verify", request.take(), command);
}

ApiReply handle_seal(ApiContext const& context) {
  auto const target = seal_target(context);
  if (auto const* problem = std::get_if<Problem>(&target)) {
    return problem_answer(context.style, *problem);
  }
  auto const& [repository, wanted] = std::get<SealTarget>(target);
  auto run = look_up_run_to_seal(*repository, wanted);
  if (auto const* problem = std::get_if<Problem>(&run)) {
    return problem_answer(context.style, *problem);
  }
  SealCommand command;
  command.repository = repository->id;
  command.run = std::get<std::string>(std::move(run));
  auto const* envelope = context.body.find("write_envelope");
  command.write_envelope = envelope && envelope->as_bool() && *envelope->as_bool();
  JsonWriter request;
  request.begin_object().member("repository", command.repository);
  write_path(request, "run", command.run);
  request.member("write_envelope", command.write_envelope).end_object();
  return submit_job(context, "seal", request.take(), command);
}

ApiReply handle_reload(ApiContext const& context) {
  if (!context.waited) return submit_and_wait(context, "reload", "{}", ReloadCommand{});
  return json_answer(context.style, context.waited_result.empty() ? "{}" : context.waited_result);
}

}  // namespace govseal
