#include <algorithm>

#include "agent/cli/json_access.h"
#include "agent/cli/render.h"
#include "agent/cli/table.h"
#include "base/utf8.h"

namespace govseal {
namespace {

constexpr std::size_t kIdDigitsMin = 8;
constexpr std::size_t kCommitDigits = 8;
constexpr std::size_t kLabelWidth = 13;

std::string safe(std::string_view bytes) {
  return escape_for_display(bytes);
}

std::size_t digits_of(std::string_view id) {
  auto const dash = id.find('-');
  return dash == std::string_view::npos ? id.size() : id.size() - dash - 1;
}

std::string cut_id(std::string_view id, std::size_t digits) {
  auto const dash = id.find('-');
  if (dash == std::string_view::npos || digits_of(id) <= digits) return std::string(id);
  return std::string(id.substr(0, dash + 1 + digits));
}

bool all_differ(std::vector<JsonValue> const& findings, std::size_t digits) {
  std::vector<std::string> cut;
  for (auto const& finding : findings) cut.push_back(cut_id(text_at(finding, "id"), digits));
  std::sort(cut.begin(), cut.end());
  return std::adjacent_find(cut.begin(), cut.end()) == cut.end();
}

std::string state_word(JsonValue const& finding) {
  std::string state(text_at(finding, "state"));
  if (!is_null_at(finding, "waiver")) state += " (waived)";
  return state;
}

std::string content_text(JsonValue const& content) {
  std::string text;
  if (auto const root = text_at(content, "root"); !root.empty()) text = "ROOT " + safe(root);
  auto const sha256 = text_at(content, "sha256");
  if (!sha256.empty()) text += (text.empty() ? "" : ", ") + safe(sha256);
  if (auto const bytes = int_at(content, "bytes")) {
    text += (text.empty() ? "" : ", ") + std::to_string(*bytes) + " bytes";
  }
  return text.empty() ? "nothing" : text;
}

std::string actor_text(JsonValue const& actor, Display const& display) {
  std::string text;
  if (auto const pid = int_at(actor, "pid")) text += "pid " + std::to_string(*pid);
  auto const comm = path_at(actor, "comm");
  if (!comm.empty()) text += " (" + safe(comm) + ")";
  if (auto const uid = int_at(actor, "uid")) text += ", uid " + std::to_string(*uid);
  if (auto const login = int_at(actor, "loginuid")) {
    text += ", logged in as " + std::to_string(*login);
  }
  auto const exe = path_at(actor, "exe");
  if (!exe.empty()) text += ", " + safe(exe);
  if (auto const what = text_at(actor, "operation"); !what.empty()) text += ", " + safe(what);
  if (auto const at = text_at(actor, "observed_at"); !at.empty()) {
    text += " at " + shown_time(display, at);
  }
  auto const confidence = text_at(actor, "confidence");
  if (!confidence.empty()) text += " [" + safe(confidence) + "]";
  return text;
}

std::string evidence_text(JsonValue const& evidence) {
  std::string text = safe(text_at(evidence, "type"));
  if (auto const index = int_at(evidence, "index")) return text + " " + std::to_string(*index);
  auto const commit = text_at(evidence, "commit");
  return text + " " + safe(commit.empty() ? text_at(evidence, "id") : commit);
}

std::string times_of(JsonValue const& finding, Display const& display) {
  std::string out;
  auto const add = [&](std::string_view label, std::string_view key) {
    auto const time = text_at(finding, key);
    if (!time.empty()) out += labelled(label, shown_time(display, time));
  };
  add("opened", "opened_at");
  add("last seen", "last_seen");
  add("closed", "closed_at");
  return out;
}

std::string acknowledgement(JsonValue const& finding, Display const& display) {
  auto const& acknowledged = member_at(finding, "acknowledged");
  if (acknowledged.is_null()) return "";
  std::string text = shown_time(display, text_at(acknowledged, "time"));
  if (auto const uid = int_at(acknowledged, "uid")) text += " by uid " + std::to_string(*uid);
  return labelled("acknowledged", text + ": " + safe(text_at(acknowledged, "reason")));
}

}  // namespace

std::string labelled(std::string_view name, std::string_view value) {
  std::string out(name);
  out.resize(std::max(kLabelWidth, out.size() + 1), ' ');
  return out + std::string(value) + "\n";
}

std::vector<std::string> shown_ids(std::vector<JsonValue> const& findings, bool full) {
  std::size_t longest = 0;
  for (auto const& finding : findings) {
    longest = std::max(longest, digits_of(text_at(finding, "id")));
  }
  std::size_t digits = full ? longest : std::min(kIdDigitsMin, longest);
  while (digits < longest && !all_differ(findings, digits)) ++digits;
  std::vector<std::string> ids;
  for (auto const& finding : findings) ids.push_back(cut_id(text_at(finding, "id"), digits));
  return ids;
}

std::string subject_text(JsonValue const& finding) {
  auto const& subject = member_at(finding, "subject");
  std::string const run = path_at(subject, "run");
  std::string const path = path_at(subject, "path");
  auto const detail = std::string(text_at(subject, "detail"));
  if (!run.empty()) return path.empty() ? run : run + "/" + path;
  auto const commit = text_at(subject, "commit");
  if (!commit.empty()) {
    std::string text(commit.substr(0, kCommitDigits));
    return detail.empty() ? text : text + " " + detail;
  }
  for (std::string_view const key : {"consumer", "registry", "rule", "root", "branch"}) {
    std::string const name = path_at(subject, key);
    if (!name.empty()) return path.empty() ? name : name + " " + path;
  }
  if (!path.empty()) return path;
  return detail.empty() ? std::string(text_at(subject, "type")) : detail;
}

std::string render_findings(std::vector<JsonValue> const& findings, Display const& display,
                            std::optional<nanoseconds> now) {
  if (findings.empty()) return "No findings.\n";
  bool const all_open = std::all_of(findings.begin(), findings.end(), [](JsonValue const& finding) {
    return state_word(finding) == "open";
  });
  std::vector<Table::Column> columns = {
      {"SEVERITY", Table::Kind::id},  {"KIND", Table::Kind::id},  {"REPO", Table::Kind::text},
      {"SUBJECT", Table::Kind::text}, {"SINCE", Table::Kind::id}, {"FINDING", Table::Kind::id}};
  if (!all_open) columns.insert(columns.begin() + 1, {"STATE", Table::Kind::id});
  if (display.terminal) columns[columns.size() - 2].kind = Table::Kind::number;
  Table table(columns);
  auto const ids = shown_ids(findings, !display.terminal);
  for (std::size_t i = 0; i < findings.size(); ++i) {
    auto const& finding = findings[i];
    auto const severity = text_at(finding, "severity");
    auto const repository = text_at(finding, "repository");
    std::vector<Cell> cells = {{std::string(severity), tone_of_severity(severity)},
                               {std::string(text_at(finding, "kind"))},
                               {std::string(repository.empty() ? "-" : repository)},
                               {subject_text(finding)},
                               {shown_since(display, text_at(finding, "opened_at"), now)},
                               {ids[i]}};
    if (!all_open) cells.insert(cells.begin() + 1, Cell{state_word(finding)});
    table.add(std::move(cells));
  }
  return table.render(display);
}

std::string render_finding(JsonValue const& finding, Display const& display) {
  auto const severity = text_at(finding, "severity");
  std::string out = safe(text_at(finding, "id")) + "  " +
                    toned(display, tone_of_severity(severity), safe(severity)) + "  " +
                    safe(text_at(finding, "kind")) + "  " + safe(state_word(finding)) + "\n";
  out += safe(text_at(finding, "title")) + "\n\n";
  if (auto const repository = text_at(finding, "repository"); !repository.empty()) {
    out += labelled("repository", safe(repository));
  }
  out += labelled("subject", safe(subject_text(finding)));
  if (auto const commit = text_at(finding, "subject", "commit"); !commit.empty()) {
    out += labelled("commit", safe(commit));
  }
  if (auto const effect = text_at(finding, "effect"); !effect.empty()) {
    out += labelled("effect", safe(effect));
  }
  if (auto const codes = joined_at(finding, "codes", " "); !codes.empty()) {
    out += labelled("codes", safe(codes));
  }
  for (std::string_view const key : {"expected", "found"}) {
    auto const& content = member_at(finding, key);
    if (!content.is_null()) out += labelled(key, content_text(content));
  }
  auto const& actor = member_at(finding, "actor");
  if (!actor.is_null()) out += labelled("actor", actor_text(actor, display));
  for (auto const& candidate : items_at(finding, "candidates")) {
    out += labelled("candidate", actor_text(candidate, display));
  }
  out += times_of(finding, display) + acknowledgement(finding, display);
  if (auto const waiver = text_at(finding, "waiver"); !waiver.empty()) {
    out += labelled("waiver", safe(waiver));
  }
  for (auto const& evidence : items_at(finding, "evidence")) {
    out += labelled("evidence", evidence_text(evidence));
  }
  auto const runbook = text_at(finding, "runbook");
  if (!runbook.empty()) out += labelled("runbook", safe(runbook));
  auto const next = text_at(finding, "next");
  return next.empty() ? out : out + "\nnext: " + safe(next) + "\n";
}

}  // namespace govseal
