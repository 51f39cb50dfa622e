#include "agent/cli/json_access.h"
#include "agent/cli/render.h"
#include "agent/cli/table.h"
#include "base/utf8.h"

namespace govseal {
namespace {

constexpr std::size_t kCommitDigits = 12;

std::string safe(std::string_view bytes) {
  return escape_for_display(bytes);
}

std::vector<Cell> plan_cells(JsonValue const& plan) {
  auto const owner = text_at(plan, "owner");
  return {{"-"},
          {std::string(text_at(plan, "repository"))},
          {"plan"},
          {"-"},
          {std::string(text_at(plan, "status"))},
          {path_at(plan, "path") +
           (owner.empty() ? "" : " (" + std::string(owner.substr(0, kCommitDigits)) + ")")},
          {std::string(text_at(plan, "state"))}};
}

std::vector<Cell> event_cells(JsonValue const& event, Display const& display) {
  auto const commit = text_at(event, "commit");
  auto const priority = text_at(event, "priority");
  return {{std::string(priority), priority == "HIGH" ? Tone::bad : Tone::plain},
          {std::string(text_at(event, "repository"))},
          {std::string(display.terminal ? commit.substr(0, kCommitDigits) : commit)},
          {shown_time(display, text_at(event, "committed_utc"))},
          {std::string(text_at(event, "workflow"))},
          {std::string(text_at(event, "subject"))},
          {std::string(text_at(event, "state"))}};
}

}  // namespace

std::string render_undispatched(JsonValue const& page, std::vector<JsonValue> const& items,
                                Display const& display) {
  std::string out = "Nothing is undispatched.\n";
  if (!items.empty()) {
    Table table({{"PRIORITY", Table::Kind::id},
                 {"REPO", Table::Kind::text},
                 {"COMMIT", Table::Kind::id},
                 {"COMMITTED", Table::Kind::id},
                 {"WORKFLOW", Table::Kind::id},
                 {"SUBJECT", Table::Kind::text},
                 {"STATE", Table::Kind::id}});
    for (auto const& item : items) {
      table.add(text_at(item, "type") == "plan" ? plan_cells(item) : event_cells(item, display));
    }
    out = table.render(display);
  } else if (items_at(page, "audited").empty()) {
    out = "No repository is audited for dispatches.\n";
  }
  for (auto const& audited : items_at(page, "audited")) {
    if (flag_at(audited, "complete")) continue;
    out += "not complete: " + safe(text_at(audited, "repository")) + " is audited up to " +
           safe(text_at(audited, "audited_tip").empty() ? "nothing"
                                                        : text_at(audited, "audited_tip")) +
           ", its tip is " + safe(text_at(audited, "tip")) + "\n";
  }
  return out;
}

std::string render_explanation(JsonValue const& explanation, Display const& display) {
  auto const answer = text_at(explanation, "answer");
  Tone const tone = answer == "red" ? Tone::alarm : answer == "sealed" ? Tone::good : Tone::plain;
  std::string out = toned(display, tone, safe(answer)) + "  " + safe(path_at(explanation, "path")) +
                    "\n" + safe(text_at(explanation, "summary")) + "\n";
  for (auto const& reason : items_at(explanation, "reasons")) {
    out += "  - " + safe(text_at(reason, "text"));
    auto const& evidence = member_at(reason, "evidence");
    if (auto const index = int_at(evidence, "index")) {
      out += " (" + safe(text_at(evidence, "type")) + " " + std::to_string(*index) + ")";
    } else if (!evidence.is_null()) {
      auto const commit = text_at(evidence, "commit");
      out += " (" + safe(commit.empty() ? text_at(evidence, "id") : commit) + ")";
    }
    auto const confidence = text_at(reason, "confidence");
    if (!confidence.empty()) out += " [" + safe(confidence) + "]";
    out += "\n";
  }
  auto const& watched = member_at(explanation, "watched");
  if (!watched.is_null()) {
    out += "watched: " + safe(path_at(watched, "root")) + ", rung " +
           safe(text_at(watched, "rung")) + ", " + safe(text_at(watched, "state")) + "\n";
  }
  for (auto const& next : items_at(explanation, "next")) {
    if (next.as_string()) out += "next: " + safe(*next.as_string()) + "\n";
  }
  return out;
}

std::string render_job(JsonValue const& job, Display const& display) {
  std::string out = safe(text_at(job, "id")) + "  " + safe(text_at(job, "verb")) + "  " +
                    safe(text_at(job, "state")) + "\n";
  auto const add_time = [&](std::string_view label, std::string_view key) {
    auto const time = text_at(job, key);
    if (!time.empty()) out += labelled(label, shown_time(display, time));
  };
  add_time("created", "created_at");
  add_time("started", "started_at");
  add_time("finished", "finished_at");
  if (auto const uid = int_at(job, "by", "uid")) {
    out += labelled("by", "uid " + std::to_string(*uid) + ", " + safe(text_at(job, "by", "role")));
  }
  out += labelled("request", safe(JsonWriter().value(member_at(job, "request")).take()));
  auto const& progress = member_at(job, "progress");
  if (!progress.is_null()) {
    auto const number = [&progress](std::string_view key) {
      return static_cast<std::uint64_t>(int_at(progress, key).value_or(0));
    };
    out += labelled("progress", std::to_string(number("files_done")) + " of " +
                                    std::to_string(number("files_total")) + " files, " +
                                    shown_bytes(number("bytes_done")) + " of " +
                                    shown_bytes(number("bytes_total")));
  }
  auto const& result = member_at(job, "result");
  if (!result.is_null()) out += labelled("result", safe(JsonWriter().value(result).take()));
  auto const& problem = member_at(job, "problem");
  if (!problem.is_null()) {
    auto const code = text_at(problem, "code");
    out += labelled("problem",
                    (code.empty() ? "" : safe(code) + ": ") + safe(text_at(problem, "detail")));
  }
  return out;
}

}  // namespace govseal
