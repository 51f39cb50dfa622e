#include "agent/journal_line.h"

#include <syslog.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "reporting/record_fields.h"

namespace govseal {
namespace {

constexpr std::array<std::string_view, 8> kLoud = {
    "violation",   "seal.rewritten",      "seal.copied",  "seal.failed",
    "run.missing", "commit.undispatched", "coverage.gap", "finding"};

bool is_told(Record const& record) {
  if (record.type == "seal.intent") return false;
  if (record.type == "finding") {
    return text_field(record.body, "state") != "closed" &&
           text_field(record.body, "severity") != "low";
  }
  return std::find(kLoud.begin(), kLoud.end(), record.type) != kLoud.end() ||
         record.type.starts_with("seal.") || record.type.starts_with("config.");
}

}  // namespace

std::optional<JournalLine> journal_line(Record const& record) {
  if (!is_told(record)) return std::nullopt;
  bool const loud = std::find(kLoud.begin(), kLoud.end(), record.type) != kLoud.end();
  JournalLine line{loud ? LOG_WARNING : LOG_NOTICE, record.type};
  auto const add = [&](std::string const& text) {
    if (!text.empty()) line.text += " " + text;
  };
  for (char const* key : {"name", "effect", "kind", "verdict"}) {
    add(text_field(record.body, key));
  }
  add(text_field(record.body, "repo"));
  auto const paths = list_items(record.body, "paths");
  add(paths.size() == 1 ? paths.front() : text_field(record.body, "run"));
  if (paths.size() > 1) {
    add("(" + std::to_string(list_count(record.body, "paths")) + " paths)");
  }
  add(text_field(record.body, "commit"));
  std::string codes;
  for (std::string const& code : text_array(record.body, "codes")) codes += " " + code;
  if (!codes.empty()) line.text += ":" + codes;
  for (char const* key : {"cause", "reason"}) add(text_field(record.body, key));
  line.text += " (record " + std::to_string(record.seq) + ")";
  return line;
}

}  // namespace govseal
