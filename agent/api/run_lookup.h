#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/api/problem.h"
#include "reporting/snapshot.h"

namespace govseal {

/// The run folder that a client means: a run path, or the folder's name alone where it is unique in
/// the repository (api.md 3). Problems: bad-request, no-such-run, ambiguous-run.
[[nodiscard]] std::variant<RunView const*, Problem> look_up_run(
    RepositorySnapshot const& repository, std::string_view wanted);

/// The same for sealing, where the folder may be so new that no snapshot has it yet: then it has to
/// lie directly in a run root. Gives the run path.
[[nodiscard]] std::variant<std::string, Problem> look_up_run_to_seal(
    RepositorySnapshot const& repository, std::string_view wanted);

/// `.`, empty elements and `..` taken out of an absolute path, by its text alone; nullopt when it
/// is not absolute or holds a NUL.
[[nodiscard]] std::optional<std::string> normalise_absolute(std::string_view path);

/// The innermost of `some` that a normalised path lies in, with the path below it (empty: its top);
/// nullptr when there is none.
struct InRepository {
  RepositorySnapshot const* repository = nullptr;
  std::string relative;
};
[[nodiscard]] InRepository find_innermost(std::vector<RepositorySnapshot const*> const& some,
                                          std::string_view absolute);

}  // namespace govseal
