#include "agent/api/command.h"

namespace govseal {
namespace {

constexpr std::chrono::seconds kWaitMax{60};

/// The repository that a job is about; empty when it is about all of them.
std::optional<std::string> repository_of(Job const& job) {
  auto const request = parse_json(job.request);
  auto const* value = std::get_if<JsonValue>(&request);
  auto const* id = value ? value->find_string("repository") : nullptr;
  return id ? std::optional(*id) : std::nullopt;
}

ApiResponse no_such_job(ApiContext const& context) {
  return problem_answer(context.style, no_such("no-such-job", "job", context.captures[0], {}));
}

}  // namespace

/// A viewer sees its own. Whoever does not see every repository sees no job of a hidden one, and no
/// result of a job that was about all of them.
std::optional<std::string> visible_job_json(ApiContext const& context, Job const& job) {
  if (context.peer.role != Role::op && job.by.uid != context.peer.uid) return {};
  if (!context.filtered) return job_json(job, context.now);
  auto const repository = repository_of(job);
  if (repository && !context.repository(*repository)) return {};
  if (repository || job.result.empty()) return job_json(job, context.now);
  Job shown = job;
  shown.result = R"({"filtered":true})";
  return job_json(shown, context.now);
}

ApiReply handle_jobs(ApiContext const& context) {
  std::vector<Listed<std::string>> items;
  for (auto const* job : context.parts.jobs.list()) {
    auto json = visible_job_json(context, *job);
    if (json) items.push_back({sort_key(~job->number), std::move(*json)});
  }
  auto const page = page_of(context, std::move(items));
  JsonWriter writer;
  writer.begin_object().key("items").begin_array();
  for (auto const& listed : page.items) writer.raw(listed.item);
  writer.end_array();
  end_list(writer, page.next_cursor, context.filtered);
  return json_answer(context.style, writer.take());
}

ApiReply handle_job(ApiContext const& context) {
  Job const* job = context.parts.jobs.find(context.captures[0]);
  auto json = job ? visible_job_json(context, *job) : std::nullopt;
  if (!json) return no_such_job(context);
  auto const wait = context.duration("wait");
  if (wait && *wait > kWaitMax) {
    return problem_answer(context.style, bad_parameter("wait", "wait: at most 60s"));
  }
  if (!wait || context.waited || job->finished()) {
    return json_answer(context.style, std::move(*json));
  }
  AwaitJob await;
  await.id = job->id();
  await.version = job->version;
  await.timeout = *wait;
  return await;
}

}  // namespace govseal
