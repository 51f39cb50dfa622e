#include "agent/api/explain.h"
#include "agent/api/context.h"
#include "agent/api/json.h"
#include "agent/api/run_lookup.h"

namespace govseal {
namespace {

void write_belongs_to(JsonWriter& writer, Explanation const& explanation) {
  writer.key("belongs_to").begin_array();
  if (explanation.run) {
    writer.begin_object().member("type", "run");
    write_path(writer, "run", explanation.run->run);
    writer.end_object();
  }
  for (auto const* guard : explanation.guards) {
    writer.begin_object().member("type", "guard").member("rule", guard->name);
    writer.member("kind", guard->kind).end_object();
  }
  writer.end_array();
}

void write_watched(JsonWriter& writer, WatchRootView const* root) {
  writer.key("watched");
  if (!root) {
    writer.null();
    return;
  }
  writer.begin_object();
  write_path(writer, "root", root->id);
  writer.member("rung", std::string(1, root->rung)).member("state", root->state).end_object();
}

void write_reason(JsonWriter& writer, ExplanationReason const& reason) {
  writer.begin_object().member("text", reason.text);
  if (reason.evidence) {
    writer.key("evidence");
    write_evidence(writer, *reason.evidence);
  }
  if (reason.confidence) writer.member("confidence", reason.confidence);
  writer.end_object();
}

}  // namespace

ApiReply handle_explain(ApiContext const& context) {
  auto const* path = context.parameter("path");
  auto const normal = path ? normalise_absolute(*path) : std::nullopt;
  if (!normal) {
    return problem_answer(context.style, bad_parameter("path", "path: an absolute path is needed"));
  }
  InRepository const place = find_innermost(context.visible, *normal);
  Explanation const explanation = explain(place, context.visible);
  JsonWriter writer;
  writer.begin_object();
  write_path(writer, "path", *normal);
  if (place.repository) {
    writer.member("repository", place.repository->id);
    write_path(writer, "relative", place.relative);
  } else {
    writer.key("repository").null().key("relative").null();
  }
  write_belongs_to(writer, explanation);
  write_watched(writer, explanation.watched);
  writer.member("answer", explanation.answer).member("summary", explanation.summary);
  writer.key("reasons").begin_array();
  for (auto const& reason : explanation.reasons) write_reason(writer, reason);
  writer.end_array();
  write_strings(writer, "next", explanation.next);
  if (context.filtered) writer.member("filtered", true);
  writer.end_object();
  return json_answer(context.style, writer.take());
}

}  // namespace govseal
