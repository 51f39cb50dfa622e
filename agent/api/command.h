#pragma once

#include <string>

#include "agent/api/context.h"

namespace govseal {

/// Makes a job and hands the command to the agent: 202 with the job and `Location`, 429 when this
/// uid has too many unfinished jobs, or what the agent refuses it with.
[[nodiscard]] ApiReply submit_job(ApiContext const& context, std::string verb, std::string request,
                                  Command const& command);

/// The same for what is answered only when it is done: AwaitJob. The handler is called again with
/// `waited` when the job is done.
[[nodiscard]] ApiReply submit_and_wait(ApiContext const& context, std::string verb,
                                       std::string request, Command const& command);

/// A job as this peer may see it; null: not at all.
[[nodiscard]] std::optional<std::string> visible_job_json(ApiContext const& context,
                                                          Job const& job);

}  // namespace govseal
