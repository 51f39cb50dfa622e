#include "agent/cli/exit_code.h"
#include "agent/cli/json_access.h"
#include "agent/cli/output.h"
#include "agent/cli/verbs.h"
#include "agent/version.h"
#include "base/utf8.h"
#include "config/show.h"

// config, version: about govseal itself.

namespace govseal {
namespace {

std::string problems_json(std::vector<ConfigProblem> const& problems) {
  JsonWriter writer;
  writer.begin_object();
  for (auto const severity : {ConfigProblem::Severity::error, ConfigProblem::Severity::warning}) {
    bool const errors = severity == ConfigProblem::Severity::error;
    writer.key(errors ? "errors" : "warnings").begin_array();
    for (auto const& problem : problems) {
      if (problem.severity == severity) write_problem(writer, problem);
    }
    writer.end_array();
  }
  return writer.end_object().take() + "\n";
}

std::string effective_json(Config const& config) {
  JsonWriter writer;
  writer.begin_object().key("values").begin_array();
  for (auto const& value : effective_values(config)) {
    writer.begin_object().member("table", value.table).member("key", value.key);
    writer.key("value");
    if (value.value.empty()) {
      writer.null();
    } else {
      writer.value(value.value);
    }
    writer.member("source", value.source).end_object();
  }
  return writer.end_array().end_object().take() + "\n";
}

/// The errors of a refused reload, one line each as `config check` prints them.
std::string reload_errors(JsonValue const& problem) {
  std::string lines;
  for (auto const& error : items_at(problem, "errors")) {
    ConfigProblem shown;
    shown.file = text_at(error, "file");
    shown.line = static_cast<std::uint32_t>(int_at(error, "line").value_or(1));
    shown.column = static_cast<std::uint32_t>(int_at(error, "column").value_or(1));
    shown.key = text_at(error, "key");
    shown.message = text_at(error, "message");
    shown.nearest = text_at(error, "nearest");
    lines += (lines.empty() ? "" : "\n") + escape_for_display(to_text(shown));
  }
  return lines;
}

}  // namespace

int run_config_check(CommandContext& context, std::string const& file) {
  ConfigSources const sources{file.empty() ? context.config_file() : file, context.environment()};
  auto const outcome = load_config(sources);
  int const code = outcome.config ? kExitClean : kExitConfiguration;
  if (context.json()) {
    print_out(problems_json(outcome.problems));
    return code;
  }
  std::string out;
  for (auto const& problem : outcome.problems) out += escape_for_display(to_text(problem)) + "\n";
  auto const warnings = outcome.problems.size() - outcome.error_count();
  if (outcome.config && warnings == 0) {
    out = escape_for_display(sources.main_file) + ": the configuration is valid.\n";
  }
  print_out(out);
  return code;
}

int run_config_show(CommandContext& context, bool default_file) {
  if (default_file) {
    print_out(render_default_config());
    return kExitClean;
  }
  auto const config = context.loaded();
  print_out(context.json() ? effective_json(config) : render_effective_config(config));
  return kExitClean;
}

int run_config_reload(CommandContext& context) {
  auto& api = context.api();
  auto result = api.try_post("/v1/reload", "{}");
  if (auto const* failure = std::get_if<ApiFailure>(&result)) {
    auto const plain = api.failure_of(*failure);
    if (!failure->is("bad-configuration")) throw plain;
    throw CommandFailure(plain.exit_code(), plain.what(), reload_errors(failure->problem));
  }
  print_out(context.json() ? std::get<ApiAnswer>(result).text
                           : "The configuration was read again and is in force.\n");
  return kExitClean;
}

int run_version(CommandContext& context) {
  auto const agent = context.api().try_get("/v1/version");
  auto const* answer = std::get_if<ApiAnswer>(&agent);
  if (context.json()) {
    JsonWriter writer;
    writer.begin_object().member("product", "govseal").member("version", kVersion);
    writer.key("agent");
    if (answer) {
      writer.value(answer->json);
    } else {
      writer.null();
    }
    print_out(writer.end_object().take() + "\n");
    return kExitClean;
  }
  std::string out = "govseal " + std::string(kVersion) + "\n";
  if (answer) {
    out += "agent " + escape_for_display(text_at(answer->json, "version")) + " (" +
           escape_for_display(text_at(answer->json, "build", "commit")) + ")\n";
  }
  print_out(out);
  return kExitClean;
}

}  // namespace govseal
