#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/cli/display.h"
#include "base/json.h"

/// The texts that verbs print, as pure functions of the API's objects. Every text ends with LF, and
/// everything from repositories is escaped.
namespace govseal {

/// One screen (api.md 8). `findings` are the open ones, worst first.
[[nodiscard]] std::string render_status(JsonValue const& status,
                                        std::vector<JsonValue> const& findings,
                                        Display const& display);

[[nodiscard]] std::string render_repositories(std::vector<JsonValue> const& repositories,
                                              Display const& display);
[[nodiscard]] std::string render_repository(JsonValue const& repository, Display const& display);
[[nodiscard]] std::string render_coverage(JsonValue const& coverage, Display const& display);

/// The names of open findings about a run folder, by repository and run path.
using RunFindings = std::map<std::pair<std::string, std::string>, std::string>;
[[nodiscard]] std::string render_runs(std::vector<JsonValue> const& runs,
                                      RunFindings const& findings, Display const& display);
[[nodiscard]] std::string render_run(JsonValue const& run, Display const& display);

/// Ids are shortened on a terminal as far as they stay unique among the items.
[[nodiscard]] std::string render_findings(std::vector<JsonValue> const& findings,
                                          Display const& display, std::optional<nanoseconds> now);
[[nodiscard]] std::string render_finding(JsonValue const& finding, Display const& display);

[[nodiscard]] std::string render_undispatched(JsonValue const& page,
                                              std::vector<JsonValue> const& items,
                                              Display const& display);
[[nodiscard]] std::string render_explanation(JsonValue const& explanation, Display const& display);
[[nodiscard]] std::string render_job(JsonValue const& job, Display const& display);

/// One line of what a finding is about, unescaped.
[[nodiscard]] std::string subject_text(JsonValue const& finding);
/// `GS-c0ffee01` of every id: the fewest digits, at least 8, that tell them apart; whole ids when
/// `full`.
[[nodiscard]] std::vector<std::string> shown_ids(std::vector<JsonValue> const& findings, bool full);
/// `VALID`, `INVALID (WAIVED)`, `unknown`.
[[nodiscard]] std::string verdict_word(JsonValue const& run);

/// `name` padded to a column, then `value`; both safe to print.
[[nodiscard]] std::string labelled(std::string_view name, std::string_view value);

}  // namespace govseal
