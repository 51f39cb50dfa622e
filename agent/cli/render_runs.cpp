#include "agent/cli/json_access.h"
#include "agent/cli/render.h"
#include "agent/cli/table.h"
#include "base/utf8.h"

namespace govseal {
namespace {

std::string safe(std::string_view bytes) {
  return escape_for_display(bytes);
}

void add_text(std::string& out, std::string_view label, std::string_view value) {
  if (!value.empty()) out += labelled(label, safe(value));
}

void add_time(std::string& out, std::string_view label, std::string_view utc,
              Display const& display) {
  if (!utc.empty()) out += labelled(label, shown_time(display, utc));
}

std::string verified_text(JsonValue const& verified, Display const& display) {
  auto const at = text_at(verified, "verified_at");
  if (at.empty()) return "never";
  std::string text = shown_time(display, at);
  if (auto const basis = text_at(verified, "basis"); !basis.empty()) text += " by " + safe(basis);
  return flag_at(verified, "covered") ? text : text + ", not covered since";
}

std::string settling_text(JsonValue const& settling) {
  std::string text = safe(text_at(settling, "reason")) + ": quiet for " +
                     std::to_string(int_at(settling, "quiet_ms").value_or(0)) + " of " +
                     std::to_string(int_at(settling, "needs_ms").value_or(0)) + " ms";
  auto const writers = int_at(settling, "writers").value_or(0);
  return writers > 0 ? text + ", " + std::to_string(writers) + " open for writing" : text;
}

void add_binding(std::string& out, JsonValue const& run, Display const& display) {
  add_text(out, "root", text_at(run, "root"));
  add_text(out, "manifest", text_at(run, "manifest_sha256"));
  add_text(out, "hash file", text_at(run, "hashfile_sha256"));
  auto const files = int_at(run, "files");
  auto const bytes = int_at(run, "bytes");
  if (files && bytes) {
    out += labelled("content", std::to_string(*files) + " files, " +
                                   shown_bytes(static_cast<std::uint64_t>(*bytes)));
  }
  add_text(out, "origin", text_at(run, "origin"));
  add_time(out, "sealed", text_at(run, "sealed_at"), display);
  auto const index = int_at(run, "ledger", "index");
  out += labelled("ledger", index ? "record " + std::to_string(*index) : "not bound");
}

void add_git(std::string& out, JsonValue const& git) {
  if (git.is_null()) return;
  std::string text = flag_at(git, "stored") ? "stored as " : "not stored; would be ";
  text += safe(text_at(git, "tree"));
  if (auto const warnings = joined_at(git, "warnings", " "); !warnings.empty()) {
    text += ", " + safe(warnings);
  }
  out += labelled("git", text);
}

}  // namespace

std::string verdict_word(JsonValue const& run) {
  auto const verdict = text_at(run, "verdict");
  if (verdict.empty()) return "unknown";
  return std::string(verdict) + (is_null_at(run, "waiver") ? "" : " (WAIVED)");
}

std::string render_runs(std::vector<JsonValue> const& runs, RunFindings const& findings,
                        Display const& display) {
  if (runs.empty()) return "No run folders.\n";
  Table table({{"VERDICT", Table::Kind::id},
               {"REPO", Table::Kind::text},
               {"RUN", Table::Kind::text},
               {"SEALED", Table::Kind::id},
               {"NOTES", Table::Kind::text}});
  for (auto const& run : runs) {
    std::string const repository(text_at(run, "repository"));
    std::string const path = path_at(run, "run");
    std::string notes = joined_at(run, "codes", " ");
    auto const found = findings.find({repository, path});
    if (found != findings.end()) notes = found->second + (notes.empty() ? "" : " ") + notes;
    if (notes.empty()) notes = std::string(text_at(run, "error"));
    table.add({{verdict_word(run), tone_of_verdict(text_at(run, "verdict"))},
               {repository},
               {path},
               {shown_time(display, text_at(run, "sealed_at"))},
               {notes}});
  }
  return table.render(display);
}

std::string render_run(JsonValue const& run, Display const& display) {
  std::string out = toned(display, tone_of_verdict(text_at(run, "verdict")), verdict_word(run)) +
                    "  " + safe(text_at(run, "repository")) + "  " + safe(path_at(run, "run")) +
                    "\n";
  add_text(out, "error", text_at(run, "error"));
  add_text(out, "codes", joined_at(run, "codes", " "));
  add_text(out, "warnings", joined_at(run, "warnings", " "));
  std::string style(text_at(run, "style"));
  for (std::string_view const key : {"dialect", "variant"}) {
    auto const word = text_at(run, key);
    if (!word.empty()) style += (style.empty() ? "" : " ") + std::string(word);
  }
  add_text(out, "style", style);
  add_binding(out, run, display);
  out += labelled("verified", verified_text(member_at(run, "verified"), display));
  if (!is_null_at(run, "settling")) {
    out += labelled("settling", settling_text(member_at(run, "settling")));
  }
  add_git(out, member_at(run, "git"));
  if (text_at(run, "enforce") != "none") add_text(out, "enforce", text_at(run, "enforce"));
  add_text(out, "waiver", text_at(run, "waiver"));
  for (auto const& violation : items_at(run, "violations")) {
    out += labelled("violation", safe(text_at(violation, "name")) + "  " +
                                     safe(text_at(violation, "state")) + "  " +
                                     safe(text_at(violation, "id")));
  }
  for (auto const& item : items_at(run, "history")) {
    out += labelled("history", shown_time(display, text_at(item, "time")) + "  record " +
                                   std::to_string(int_at(item, "index").value_or(0)) + "  " +
                                   safe(text_at(item, "type")));
  }
  return out;
}

}  // namespace govseal
