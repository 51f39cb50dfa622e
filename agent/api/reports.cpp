#include "agent/api/command.h"

namespace govseal {
namespace {

struct FormatName {
  std::string_view name;
  ReportFormat format;
  std::string_view media;
};

constexpr FormatName kFormats[] = {{"json", ReportFormat::json, "application/json"},
                                   {"text", ReportFormat::text, "text/plain"},
                                   {"markdown", ReportFormat::markdown, "text/markdown"},
                                   {"html", ReportFormat::html, "text/html"}};

/// The parameter decides, else what the client accepts.
FormatName const& format_of(ApiContext const& context) {
  auto const* name = context.parameter("format");
  for (auto const& format : kFormats) {
    if (name ? format.name == *name : format.media == context.media) return format;
  }
  return kFormats[0];
}

ApiResponse drift_answer(CommandPort const& commands, AnswerStyle const& style,
                         DriftRequest const& request, std::string_view media) {
  std::string report = commands.render_drift(request);
  if (request.format == ReportFormat::json) {
    while (report.ends_with('\n')) report.pop_back();
    return apply_conditions(style, json_answer(style, std::move(report)));
  }
  std::string const type = std::string(media) + "; charset=utf-8";
  return apply_conditions(style, text_answer(style, type, std::move(report)));
}

}  // namespace

ApiReply handle_drift(ApiContext const& context) {
  FormatName const& format = format_of(context);
  DriftRequest request;
  request.format = format.format;
  if (auto const* repository = context.parameter("repository")) request.repository = *repository;
  request.since = context.number("since");
  request.snapshot = context.snapshot;
  request.visible = context.visible_ids();
  request.filtered = context.filtered;
  OnPool job;
  job.work = [&commands = context.parts.commands, style = context.style,
              request = std::move(request),
              media = format.media] { return drift_answer(commands, style, request, media); };
  return job;
}

ApiReply handle_write_drift(ApiContext const& context) {
  return submit_job(context, "report", "{}", ReportCommand{});
}

}  // namespace govseal
