#include "config/problems.h"

#include <algorithm>
#include <tuple>

#include "base/utf8.h"

namespace govseal {

bool ProblemList::has_errors() const noexcept {
  return std::any_of(problems_.begin(), problems_.end(), [](ConfigProblem const& problem) {
    return problem.severity == ConfigProblem::Severity::error;
  });
}

std::vector<ConfigProblem> ProblemList::take(std::vector<std::string> const& files) {
  auto const rank = [&](ConfigProblem const& problem) {
    auto const file = std::find(files.begin(), files.end(), problem.file) - files.begin();
    return std::tuple(file, problem.line, problem.column);
  };
  std::stable_sort(problems_.begin(), problems_.end(),
                   [&](ConfigProblem const& left, ConfigProblem const& right) {
                     return rank(left) < rank(right);
                   });
  return std::move(problems_);
}

void ProblemList::add(ConfigProblem::Severity severity, ConfigLocation const& place,
                      std::string key, std::string message, std::string nearest) {
  ConfigProblem problem;
  problem.file = place.file;
  problem.line = std::max(1U, place.line);
  problem.column = std::max(1U, place.column);
  problem.key = std::move(key);
  problem.message = std::move(message);
  problem.nearest = std::move(nearest);
  problem.severity = severity;
  problems_.push_back(std::move(problem));
}

std::string to_text(ConfigProblem const& problem) {
  auto text = escape_for_display(problem.file) + ":" + std::to_string(problem.line) + ":" +
              std::to_string(problem.column) + ": ";
  text += problem.severity == ConfigProblem::Severity::error ? "error: " : "warning: ";
  if (!problem.key.empty()) text += escape_for_display(problem.key) + ": ";
  text += escape_for_display(problem.message);
  if (!problem.nearest.empty()) text += " (did you mean \"" + problem.nearest + "\"?)";
  return text;
}

void write_problem(JsonWriter& json, ConfigProblem const& problem) {
  auto const text_or_null = [&](std::string_view name, std::string const& text) {
    json.key(name);
    text.empty() ? json.null() : json.value(text);
  };
  json.begin_object()
      .member("file", problem.file)
      .member("line", problem.line)
      .member("column", problem.column);
  text_or_null("key", problem.key);
  json.member("message", problem.message);
  text_or_null("nearest", problem.nearest);
  json.end_object();
}

std::size_t LoadOutcome::error_count() const noexcept {
  return static_cast<std::size_t>(
      std::count_if(problems.begin(), problems.end(), [](ConfigProblem const& problem) {
        return problem.severity == ConfigProblem::Severity::error;
      }));
}

}  // namespace govseal
