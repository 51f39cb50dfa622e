#include "reporting/json_objects.h"

#include "base/bytes.h"
#include "base/utf8.h"

namespace govseal {
namespace {

void write_when_set(JsonWriter& writer, std::string_view key,
                    std::optional<std::string> const& bytes) {
  if (bytes) write_path(writer, key, *bytes);
}

void write_subject(JsonWriter& writer, Subject const& subject) {
  writer.key("subject").begin_object().member("type", to_text(subject.type));
  write_when_set(writer, "run", subject.run);
  write_when_set(writer, "root", subject.root);
  write_when_set(writer, "branch", subject.branch);
  write_when_set(writer, "commit", subject.commit);
  write_when_set(writer, "rule", subject.rule);
  write_when_set(writer, "consumer", subject.consumer);
  write_when_set(writer, "registry", subject.registry);
  write_when_set(writer, "path", subject.path);
  write_when_set(writer, "owner", subject.owner);
  write_when_set(writer, "detail", subject.detail);
  writer.end_object();
}

void write_content(JsonWriter& writer, std::string_view key,
                   std::optional<Content> const& content) {
  writer.key(key);
  if (!content) {
    writer.null();
    return;
  }
  writer.begin_object();
  if (content->root) write_digest(writer, "root", content->root);
  if (!content->root || content->sha256) write_digest(writer, "sha256", content->sha256);
  if (!content->root || content->bytes) writer.member("bytes", content->bytes);
  writer.end_object();
}

void write_candidates(JsonWriter& writer, std::vector<Candidate> const& candidates) {
  writer.key("candidates").begin_array();
  for (Candidate const& candidate : candidates) {
    writer.begin_object().member("pid", candidate.pid).member("uid", candidate.uid);
    write_optional_path(writer, "comm", candidate.comm);
    writer.end_object();
  }
  writer.end_array();
}

void write_acknowledgement(JsonWriter& writer, std::optional<Acknowledgement> const& taken) {
  writer.key("acknowledged");
  if (!taken) {
    writer.null();
    return;
  }
  writer.begin_object();
  write_path(writer, "reason", taken->reason);
  writer.member("uid", taken->by.uid).member("pid", taken->by.pid).member("role", taken->by.role);
  write_time(writer, "time", taken->time);
  writer.end_object();
}

}  // namespace

void write_evidence(JsonWriter& writer, Evidence const& evidence) {
  writer.begin_object();
  switch (evidence.type) {
    case Evidence::Type::ledger:
      writer.member("type", "ledger").member("index", evidence.index);
      break;
    case Evidence::Type::seal:
      writer.member("type", "seal").member("index", evidence.index);
      break;
    case Evidence::Type::commit:
      writer.member("type", "commit").member("commit", evidence.id);
      break;
    case Evidence::Type::finding:
      writer.member("type", "finding").member("id", evidence.id);
      break;
  }
  writer.end_object();
}

void write_path(JsonWriter& writer, std::string_view key, std::string_view bytes) {
  writer.member(key, bytes);
  if (!is_utf8(bytes)) writer.member(std::string(key) + "_b64", to_base64(bytes_of(bytes)));
}

void write_optional_path(JsonWriter& writer, std::string_view key,
                         std::optional<std::string> const& bytes) {
  if (bytes) {
    write_path(writer, key, *bytes);
  } else {
    writer.key(key).null();
  }
}

void write_time(JsonWriter& writer, std::string_view key, std::optional<nanoseconds> const& time) {
  writer.key(key);
  if (time) {
    writer.value(format_utc_ms(*time));
  } else {
    writer.null();
  }
}

void write_digest(JsonWriter& writer, std::string_view key, std::optional<Digest> const& digest) {
  writer.key(key);
  if (digest) {
    writer.value(digest->hex());
  } else {
    writer.null();
  }
}

void write_strings(JsonWriter& writer, std::string_view key,
                   std::vector<std::string> const& texts) {
  writer.key(key).begin_array();
  for (std::string const& text : texts) writer.value(text);
  writer.end_array();
}

void write_actor(JsonWriter& writer, std::optional<Actor> const& actor) {
  writer.key("actor");
  if (!actor) {
    writer.null();
    return;
  }
  writer.begin_object().member("pid", actor->pid);
  write_optional_path(writer, "exe", actor->exe);
  writer.member("uid", actor->uid);
  write_optional_path(writer, "comm", actor->comm);
  writer.member("gid", actor->gid).member("loginuid", actor->loginuid);
  writer.member("start_ticks", actor->start_ticks);
  write_optional_path(writer, "cgroup", actor->cgroup);
  writer.member("confidence", actor->confidence).member("operation", actor->operation);
  write_time(writer, "observed_at", actor->observed_at);
  write_strings(writer, "unreadable", actor->unreadable);
  writer.end_object();
}

void write_finding(JsonWriter& writer, Finding const& finding) {
  auto const repository =
      finding.repository.empty() ? std::nullopt : std::optional(finding.repository);
  writer.begin_object().member("id", finding.id).member("kind", finding.kind);
  writer.member("severity", to_text(finding.severity)).member("state", to_text(finding.state));
  writer.member("repository", repository);
  write_subject(writer, finding.subject);
  writer.member("title", finding.title).member("effect", finding.effect);
  write_strings(writer, "codes", finding.codes);
  write_content(writer, "expected", finding.expected);
  write_content(writer, "found", finding.found);
  write_actor(writer, finding.actor);
  write_candidates(writer, finding.candidates);
  writer.member("waiver", finding.waiver);
  write_time(writer, "opened_at", finding.opened_at);
  write_time(writer, "closed_at", finding.closed_at);
  if (finding.closed_reason) writer.member("closed_reason", finding.closed_reason);
  write_acknowledgement(writer, finding.acknowledged);
  write_time(writer, "first_seen", finding.first_seen);
  write_time(writer, "last_seen", finding.last_seen);
  writer.key("evidence").begin_array();
  for (Evidence const& evidence : finding.evidence) write_evidence(writer, evidence);
  writer.end_array();
  writer.member("runbook", finding.runbook).member("next", finding.next).end_object();
}

void write_dispatch_event(JsonWriter& writer, std::string_view repository,
                          DispatchEventView const& event) {
  auto const arrived = event.arrived ? std::optional(format_utc_s(*event.arrived)) : std::nullopt;
  writer.begin_object().member("repository", repository).member("type", "event");
  writer.member("commit", event.commit);
  writer.member("committed_utc", format_utc_s(event.committed)).member("arrived_utc", arrived);
  writer.member("merge", event.merge);
  write_path(writer, "subject", event.subject);
  write_strings(writer, "lists", event.lists);
  write_strings(writer, "paths", event.paths);
  writer.member("paths_total", event.paths_total).member("priority", event.priority);
  writer.member("workflow", event.workflow).member("state", event.state);
  write_strings(writer, "records", event.records);
  if (event.finding_id) writer.member("finding_id", event.finding_id);
  if (event.reason) writer.member("reason", event.reason);
  writer.end_object();
}

void write_dispatch_plan(JsonWriter& writer, std::string_view repository,
                         DispatchPlanView const& plan) {
  writer.begin_object().member("repository", repository).member("type", "plan");
  write_path(writer, "path", plan.path);
  writer.member("family", plan.family).member("status", plan.status).member("owner", plan.owner);
  write_strings(writer, "records", plan.records);
  writer.member("state", plan.state);
  if (plan.finding_id) writer.member("finding_id", plan.finding_id);
  writer.end_object();
}

}  // namespace govseal
