#pragma once

#include <string>

#include "agent/cli/context.h"

namespace govseal {

/// What became of a job that was asked for.
struct JobEnd {
  enum class Kind {
    done,         // `answer` holds the finished job
    failed,       // the same, with a problem
    not_waited,   // --no-wait: the id was printed
    interrupted,  // SIGINT: the job goes on, its id was printed
  };
  Kind kind{};
  ApiAnswer answer;
  std::string id;
};

/// Posts a command and follows its job to the end, with progress. SIGINT only ends the wait. Throws
/// CommandFailure.
[[nodiscard]] JobEnd run_job(CommandContext& context, std::string const& target,
                             std::string const& body);

/// The exit code of an end that is not `done`; for a failed job its problem is thrown as
/// CommandFailure.
[[nodiscard]] int exit_of_unfinished(CommandContext& context, JobEnd const& end);

}  // namespace govseal
