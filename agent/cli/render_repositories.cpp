#include "agent/cli/json_access.h"
#include "agent/cli/render.h"
#include "agent/cli/table.h"
#include "base/utf8.h"

namespace govseal {
namespace {

std::string safe(std::string_view bytes) {
  return escape_for_display(bytes);
}

/// `310 VALID, 1 UNSEALED`.
std::string counts_text(JsonValue const& counts) {
  std::string text;
  auto const* object = counts.as_object();
  if (!object) return "-";
  for (auto const& [word, value] : *object) {
    auto const count = value.as_int().value_or(0);
    if (count == 0) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + word;
  }
  return text.empty() ? "-" : text;
}

std::string roots_text(JsonValue const& repository) {
  std::size_t gaps = 0;
  auto const& roots = items_at(repository, "roots");
  for (auto const& root : roots) gaps += text_at(root, "state") == "gap" ? 1U : 0U;
  std::string const text = std::to_string(roots.size());
  return gaps == 0 ? text : text + " (" + std::to_string(gaps) + " gap)";
}

std::string_view readable_word(JsonValue const& repository) {
  if (member_at(repository, "configured").as_bool()) return "removed";
  return flag_at(repository, "readable") ? "readable" : "unreadable";
}

Table roots_table(JsonValue const& repository) {
  Table table({{"STATE", Table::Kind::id},
               {"RUNG", Table::Kind::id},
               {"KIND", Table::Kind::id},
               {"ROOT", Table::Kind::text},
               {"WRITABLE", Table::Kind::id}});
  for (auto const& root : items_at(repository, "roots")) {
    auto const state = text_at(root, "state");
    auto const writable = is_null_at(root, "writable") ? "-"
                          : flag_at(root, "writable")  ? "yes"
                                                       : "no";
    table.add({{std::string(state), tone_of_state(state)},
               {std::string(text_at(root, "rung"))},
               {std::string(text_at(root, "kind"))},
               {path_at(root, "root")},
               {writable}});
  }
  return table;
}

std::string interval_line(JsonValue const& interval, Display const& display) {
  auto const state = text_at(interval, "state");
  std::string word(safe(state));
  word.resize(std::max<std::size_t>(7, word.size()), ' ');
  auto const to = text_at(interval, "to");
  std::string line = "  " + toned(display, tone_of_state(state), word) + "  " +
                     shown_time(display, text_at(interval, "from")) + "  " +
                     (to.empty() ? "now" : shown_time(display, to));
  if (auto const cause = text_at(interval, "cause"); !cause.empty()) line += "  " + safe(cause);
  if (auto const by = text_at(interval, "closed_by"); !by.empty())
    line += ", closed by " + safe(by);
  auto const& ledger = member_at(interval, "ledger");
  if (auto const gap = int_at(ledger, "gap")) line += ", record " + std::to_string(*gap);
  if (auto const closed = int_at(ledger, "closed")) line += " to " + std::to_string(*closed);
  return line + "\n";
}

}  // namespace

std::string render_repositories(std::vector<JsonValue> const& repositories,
                                Display const& display) {
  if (repositories.empty()) return "No repositories.\n";
  Table table({{"REPO", Table::Kind::text},
               {"STATE", Table::Kind::id},
               {"ROOTS", Table::Kind::id},
               {"RUNS", Table::Kind::text},
               {"FINDINGS", Table::Kind::text},
               {"UNDISPATCHED", Table::Kind::number},
               {"PATH", Table::Kind::text}});
  for (auto const& repository : repositories) {
    auto const word = readable_word(repository);
    table.add({{std::string(text_at(repository, "id"))},
               {std::string(word), word == "readable" ? Tone::plain : Tone::warning},
               {roots_text(repository)},
               {counts_text(member_at(repository, "runs"))},
               {counts_text(member_at(repository, "findings"))},
               {std::to_string(int_at(repository, "undispatched").value_or(0))},
               {path_at(repository, "path")}});
  }
  return table.render(display);
}

std::string render_repository(JsonValue const& repository, Display const& display) {
  std::string out = safe(text_at(repository, "id")) + "  " +
                    std::string(readable_word(repository)) + "  " +
                    safe(path_at(repository, "path")) + "\n";
  auto const add = [&](std::string_view label, std::string_view key) {
    if (auto const text = text_at(repository, key); !text.empty())
      out += labelled(label, safe(text));
  };
  add("reason", "unreadable_reason");
  add("branch", "branch");
  add("head", "head");
  add("audited tip", "audited_tip");
  if (auto const at = text_at(repository, "audited_at"); !at.empty()) {
    out += labelled("audited", shown_time(display, at));
  }
  add("reader", "reader");
  add("objects", "object_format");
  add("references", "reference_format");
  add("source", "source");
  out += labelled("runs", safe(counts_text(member_at(repository, "runs"))));
  out += labelled("findings", safe(counts_text(member_at(repository, "findings"))));
  out += labelled("undispatched", std::to_string(int_at(repository, "undispatched").value_or(0)));
  auto const table = roots_table(repository);
  return table.empty() ? out : out + "\n" + table.render(display);
}

std::string render_coverage(JsonValue const& coverage, Display const& display) {
  std::string out;
  for (auto const& root : items_at(coverage, "roots")) {
    if (!out.empty()) out += "\n";
    out += safe(path_at(root, "root")) + "  rung " + safe(text_at(root, "rung")) + " of " +
           safe(text_at(root, "best_rung"));
    if (auto const reason = text_at(root, "reason"); !reason.empty()) out += ": " + safe(reason);
    if (auto const lost = joined_at(root, "lost", ", "); !lost.empty())
      out += ", loses " + safe(lost);
    out += "\n";
    for (auto const& interval : items_at(root, "intervals")) {
      out += interval_line(interval, display);
    }
  }
  return out.empty() ? "No watch roots.\n" : out;
}

}  // namespace govseal
