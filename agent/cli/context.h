#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "agent/cli/agent_api.h"
#include "agent/cli/display.h"
#include "config/load.h"

namespace govseal {

/// The options that every verb takes.
struct GlobalOptions {
  enum class Json { off, on, compact };
  std::string config;  // empty: the default file
  std::string socket;  // empty: GOVSEAL_SOCKET, then where an agent of this user or host listens
  Json json = Json::off;
  std::string color = "auto";
  bool quiet = false;
  std::chrono::milliseconds timeout{30'000};
  std::optional<std::chrono::milliseconds> sync;
  bool no_wait = false;
};

/// What a verb works with. Used by one thread.
class CommandContext {
 public:
  CommandContext(GlobalOptions options, Environment environment);

  [[nodiscard]] GlobalOptions const& options() const noexcept { return options_; }
  [[nodiscard]] bool json() const noexcept { return options_.json != GlobalOptions::Json::off; }
  [[nodiscard]] Display const& display() const noexcept { return display_; }
  [[nodiscard]] Environment const& environment() const noexcept { return environment_; }
  /// Progress on standard error: only on a terminal and not with --quiet.
  [[nodiscard]] bool shows_progress() const noexcept { return shows_progress_; }
  /// Made at the first use; nothing is sent before a request is.
  [[nodiscard]] AgentApi& api();

  /// The file of --config or of this user.
  [[nodiscard]] std::string config_file() const;
  [[nodiscard]] LoadOutcome load() const;
  /// A configuration without errors; throws CommandFailure with 78 and all errors.
  [[nodiscard]] Config loaded() const;

 private:
  [[nodiscard]] std::string socket_path() const;

  GlobalOptions options_;
  Environment environment_;
  Display display_;
  bool shows_progress_ = false;
  std::unique_ptr<AgentApi> api_;
};

/// The user and host of this process.
[[nodiscard]] Environment environment_of_caller();

/// The absolute path without symbolic links of what `path` names, with the caller's rights; the
/// part that does not exist is kept as it is written. Throws CommandFailure with 66 for an empty
/// path.
[[nodiscard]] std::string resolved_path(std::string const& path);

/// `500ms`, `30s`, `5m`, `2h`, `1d`; nullopt: not of that form.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_wait(std::string_view text);

}  // namespace govseal
