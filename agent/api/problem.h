#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace govseal {

/// An error answer (api.md 4, RFC 9457). The table of names, status codes and titles is in
/// api_problem.cpp; `name` must be one of it.
struct Problem {
  std::string name;    // "no-such-run"
  std::string detail;  // one sentence that names the parameter, file or limit
  /// Extra members in order: key and JSON text.
  std::vector<std::pair<std::string, std::string>> extra;
};

/// HTTP status and title of a problem; asserts that the name is known.
[[nodiscard]] unsigned status_of(std::string_view name);
[[nodiscard]] std::string_view title_of(std::string_view name);
/// The exit code of the command line for it (api.md 4).
[[nodiscard]] int exit_code_of(std::string_view name);

/// All names, in the order of the table.
[[nodiscard]] std::vector<std::string_view> problem_names();

/// JSON text of extra members.
[[nodiscard]] std::string json_text(std::string_view text);
[[nodiscard]] std::string json_list(std::vector<std::string> const& items);

/// The object of api.md 4; `instance` is the request number, empty leaves it out (jobs).
[[nodiscard]] std::string problem_json(Problem const& problem, std::string_view instance);

/// For what the engine refuses: `refused` with its code.
[[nodiscard]] Problem refused(std::string_view code, std::string detail);

}  // namespace govseal
