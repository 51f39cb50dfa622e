#include "agent/cli/job_wait.h"

#include <csignal>

#include "agent/cli/exit_code.h"
#include "agent/cli/json_access.h"
#include "agent/cli/output.h"
#include "agent/cli/progress.h"
#include "base/utf8.h"

namespace govseal {
namespace {

constexpr std::chrono::seconds kWait{2};

std::sig_atomic_t volatile interrupt_raised = 0;

void on_interrupt(int) {
  interrupt_raised = 1;
}

/// SIGINT raises the flag while the object lives.
class InterruptGuard {
 public:
  explicit InterruptGuard(AgentApi& api) : api_(api) {
    interrupt_raised = 0;
    struct sigaction action {};
    action.sa_handler = on_interrupt;
    (void)::sigaction(SIGINT, &action, &before_);
    api_.set_interrupt_flag(&interrupt_raised);
  }
  InterruptGuard(InterruptGuard const&) = delete;
  InterruptGuard& operator=(InterruptGuard const&) = delete;
  ~InterruptGuard() {
    api_.set_interrupt_flag(nullptr);
    (void)::sigaction(SIGINT, &before_, nullptr);
  }

 private:
  AgentApi& api_;
  struct sigaction before_ {};
};

bool is_finished(JsonValue const& job) {
  auto const state = text_at(job, "state");
  return state == "done" || state == "failed";
}

JobEnd follow(CommandContext& context, ApiAnswer answer, std::string const& id) {
  std::string const verb = escape_for_display(text_at(answer.json, "verb"));
  ProgressLine line(verb, context.shows_progress());
  while (!is_finished(answer.json)) {
    answer = context.api().get_job(id, kWait);
    auto const& progress = member_at(answer.json, "progress");
    auto const number = [&progress](std::string_view key) {
      return static_cast<std::uint64_t>(int_at(progress, key).value_or(0));
    };
    line.update(number("bytes_done"), number("bytes_total"));
  }
  bool const done = text_at(answer.json, "state") == "done";
  return {done ? JobEnd::Kind::done : JobEnd::Kind::failed, std::move(answer), id};
}

}  // namespace

JobEnd run_job(CommandContext& context, std::string const& target, std::string const& body) {
  auto answer = context.api().post(target, body);
  std::string const id(text_at(answer.json, "id"));
  if (id.empty()) {
    throw CommandFailure(kExitUnavailable, "agent: " + target + ": its answer is no job");
  }
  if (context.options().no_wait) {
    print_out(context.json() ? answer.text : escape_for_display(id) + "\n");
    return {JobEnd::Kind::not_waited, std::move(answer), id};
  }
  InterruptGuard const guard(context.api());
  try {
    return follow(context, std::move(answer), id);
  } catch (Interrupted const&) {
    print_error("\ngovseal: " + escape_for_display(id) + " goes on; see: govseal show " +
                escape_for_display(id) + "\n");
    return {JobEnd::Kind::interrupted, {}, id};
  }
}

int exit_of_unfinished(CommandContext& context, JobEnd const& end) {
  switch (end.kind) {
    case JobEnd::Kind::done:
    case JobEnd::Kind::not_waited:
      return kExitClean;
    case JobEnd::Kind::interrupted:
      return kExitInterrupted;
    case JobEnd::Kind::failed:
      break;
  }
  if (context.json()) print_out(end.answer.text);
  auto const& problem = member_at(end.answer.json, "problem");
  ApiFailure failure;
  failure.status = static_cast<unsigned>(int_at(problem, "status").value_or(500));
  auto const type = text_at(problem, "type");
  failure.name = type.substr(type.rfind(':') + 1);
  failure.detail = text_at(problem, "detail");
  failure.problem = problem;
  throw context.api().failure_of(failure);
}

}  // namespace govseal
