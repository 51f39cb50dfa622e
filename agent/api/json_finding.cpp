#include "agent/api/json.h"
#include "base/clock.h"

namespace govseal {
namespace {

void write_member_if(JsonWriter& writer, std::string_view key,
                     std::optional<std::string> const& text) {
  if (text) write_path(writer, key, *text);
}

void write_subject(JsonWriter& writer, Subject const& subject) {
  writer.key("subject").begin_object().member("type", to_text(subject.type));
  write_member_if(writer, "run", subject.run);
  write_member_if(writer, "root", subject.root);
  write_member_if(writer, "branch", subject.branch);
  write_member_if(writer, "commit", subject.commit);
  write_member_if(writer, "rule", subject.rule);
  write_member_if(writer, "consumer", subject.consumer);
  write_member_if(writer, "registry", subject.registry);
  write_member_if(writer, "path", subject.path);
  write_member_if(writer, "owner", subject.owner);
  write_member_if(writer, "detail", subject.detail);
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

void write_candidates(JsonWriter& writer, Finding const& finding) {
  writer.key("candidates").begin_array();
  for (auto const& candidate : finding.candidates) {
    writer.begin_object().member("pid", candidate.pid).member("uid", candidate.uid);
    write_optional_path(writer, "comm", candidate.comm);
    writer.end_object();
  }
  writer.end_array();
}

void write_acknowledgement(JsonWriter& writer, Finding const& finding) {
  writer.key("acknowledged");
  if (!finding.acknowledged) {
    writer.null();
    return;
  }
  writer.begin_object().member("reason", finding.acknowledged->reason);
  writer.member("uid", finding.acknowledged->by.uid).member("pid", finding.acknowledged->by.pid);
  writer.member("role", finding.acknowledged->by.role);
  write_time(writer, "time", finding.acknowledged->time);
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
  write_candidates(writer, finding);
  writer.member("waiver", finding.waiver);
  write_time(writer, "opened_at", finding.opened_at);
  write_time(writer, "closed_at", finding.closed_at);
  if (finding.closed_reason) writer.member("closed_reason", finding.closed_reason);
  write_acknowledgement(writer, finding);
  write_time(writer, "first_seen", finding.first_seen);
  write_time(writer, "last_seen", finding.last_seen);
  writer.key("evidence").begin_array();
  for (auto const& evidence : finding.evidence) write_evidence(writer, evidence);
  writer.end_array();
  writer.member("runbook", finding.runbook).member("next", finding.next).end_object();
}

}  // namespace govseal
