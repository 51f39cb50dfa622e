#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "agent/cli/exit_code.h"
#include "agent/cli/job_wait.h"
#include "agent/cli/json_access.h"
#include "agent/cli/output.h"
#include "agent/cli/render.h"
#include "agent/cli/verbs.h"
#include "base/unique_fd.h"
#include "base/utf8.h"

// seal, scan, report: what the agent is asked to do.

namespace govseal {
namespace {

void require_directory(std::string const& path) {
  std::error_code error;
  auto const status = std::filesystem::status(path, error);
  bool const there = std::filesystem::exists(status);
  if (error && error != std::errc::no_such_file_or_directory &&
      error != std::errc::not_a_directory) {
    throw CommandFailure(kExitNotPermitted, "seal: " + path + ": " + error.message());
  }
  if (!there) throw CommandFailure(kExitNoInput, "seal: " + path + ": no such directory");
  if (!std::filesystem::is_directory(status)) {
    throw CommandFailure(kExitNoInput, "seal: " + path + ": not a directory");
  }
}

/// The quiet period that did not come is not a refusal: asking again later may help.
bool is_busy_refusal(JsonValue const& problem) {
  auto const code = text_at(problem, "code");
  return code == "run.not_quiet" || code == "run.writer_open";
}

int seal_ended(CommandContext& context, JobEnd const& end) {
  if (end.kind == JobEnd::Kind::failed) {
    auto const& problem = member_at(end.answer.json, "problem");
    if (is_busy_refusal(problem)) {
      if (context.json()) print_out(end.answer.text);
      throw CommandFailure(kExitBusy,
                           "seal: " + std::string(text_at(problem, "code")) + ": " +
                               std::string(text_at(problem, "detail")),
                           "try again when nothing writes there");
    }
  }
  if (end.kind != JobEnd::Kind::done) return exit_of_unfinished(context, end);
  if (context.json()) {
    print_out(end.answer.text);
    return kExitClean;
  }
  auto const& result = member_at(end.answer.json, "result");
  std::string line = escape_for_display(text_at(result, "outcome")) + " " +
                     escape_for_display(text_at(result, "repository")) + " " +
                     escape_for_display(path_at(result, "run"));
  auto const root = text_at(result, "root");
  if (!root.empty()) line += " ROOT " + escape_for_display(root);
  if (auto const index = int_at(result, "log_index")) line += " record " + std::to_string(*index);
  print_out(line + "\n");
  return kExitClean;
}

void write_file(std::string const& path, std::string_view bytes) {
  auto const fail = [&path](int number) {
    throw CommandFailure(kExitCannotWrite,
                         "report: " + path + ": " + std::system_category().message(number));
  };
  UniqueFd const fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!fd.valid()) fail(errno);
  while (!bytes.empty()) {
    auto const written = ::write(fd.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

int store_report(CommandContext& context) {
  auto const end = run_job(context, "/v1/reports/drift", "{}");
  if (end.kind != JobEnd::Kind::done) return exit_of_unfinished(context, end);
  auto const& result = member_at(end.answer.json, "result");
  auto const name = escape_for_display(text_at(result, "report"));
  bool const written = flag_at(result, "written");
  print_out(context.json() ? end.answer.text
            : written      ? "Written: " + name + "\n"
                           : "Nothing changed since " + name + ".\n");
  return kExitClean;
}

std::string_view media_of(std::string_view format) {
  if (format == "markdown") return "text/markdown";
  return format == "html" ? "text/html" : "text/plain";
}

}  // namespace

int run_seal(CommandContext& context, SealVerbOptions const& options) {
  require_directory(options.directory);
  JsonWriter body;
  body.begin_object().member("path", resolved_path(options.directory));
  body.member("write_envelope", options.write_envelope).end_object();
  return seal_ended(context, run_job(context, "/v1/seal", body.take()));
}

int run_scan(CommandContext& context, std::string const& repository) {
  JsonWriter body;
  body.begin_object();
  if (!repository.empty()) body.member("repository", repository);
  auto const end = run_job(context, "/v1/scan", body.end_object().take());
  if (end.kind != JobEnd::Kind::done) return exit_of_unfinished(context, end);
  auto const& result = member_at(end.answer.json, "result");
  print_out(context.json()
                ? end.answer.text
                : std::to_string(int_at(result, "compared").value_or(0)) +
                      " run folders compared, " +
                      std::to_string(int_at(result, "changed").value_or(0)) + " changed.\n");
  return kExitClean;
}

int run_report(CommandContext& context, ReportOptions const& options) {
  if (options.write) {
    int const code = store_report(context);
    bool const prints = options.format_given || !options.out.empty() || options.since;
    if (code != kExitClean || !prints || context.options().no_wait) return code;
  }
  QueryText query;
  if (options.since) query.add("since", std::to_string(*options.since));
  auto const report =
      context.api().get("/v1/reports/drift", QueryText(query).add("format", "json"));
  bool const json = context.json() || options.format == "json";
  std::string const text =
      json ? report.text
           : context.api().get_text("/v1/reports/drift", media_of(options.format),
                                    QueryText(query).add("format", options.format));
  if (options.out.empty()) {
    print_out(text);
  } else {
    write_file(options.out, text);
  }
  return exit_of_state(text_at(report.json, "state"));
}

}  // namespace govseal
