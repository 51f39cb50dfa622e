#include "agent/cli/context.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "agent/cli/exit_code.h"
#include "base/utf8.h"

namespace govseal {
namespace {

constexpr char const* kServiceSocket = "/run/govseal/govseal.sock";

std::string variable(char const* name) {
  char const* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool exists(std::string const& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0;
}

}  // namespace

Environment environment_of_caller() {
  Environment environment;
  environment.uid = ::geteuid();
  std::string user;
  if (passwd const* const entry = ::getpwuid(environment.uid)) {
    user = entry->pw_name;
    environment.home = entry->pw_dir;
  }
  environment.service = is_service_user(environment.uid, user);
  if (auto const home = variable("HOME"); !home.empty()) environment.home = home;
  environment.xdg_config_home = variable("XDG_CONFIG_HOME");
  environment.xdg_state_home = variable("XDG_STATE_HOME");
  environment.xdg_runtime_dir = variable("XDG_RUNTIME_DIR");
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0) environment.host_name = host.data();
  return environment;
}

CommandContext::CommandContext(GlobalOptions options, Environment environment)
    : options_(std::move(options)),
      environment_(std::move(environment)),
      display_(read_display(options_.color)),
      shows_progress_(!options_.quiet && ::isatty(STDERR_FILENO) == 1) {}

/// An ordinary user may run an agent of its own, or ask the one of the host.
std::string CommandContext::socket_path() const {
  if (!options_.socket.empty()) return options_.socket;
  if (auto const from_environment = variable("GOVSEAL_SOCKET"); !from_environment.empty()) {
    return from_environment;
  }
  if (!options_.config.empty()) return loaded().api.socket;
  auto const own = default_socket_path(environment_);
  return exists(own) || !exists(kServiceSocket) ? own : kServiceSocket;
}

AgentApi& CommandContext::api() {
  if (!api_) {
    auto const socket = socket_path();
    ApiOptions options;
    options.timeout = options_.timeout;
    options.sync = options_.sync;
    if (socket != kServiceSocket) options.start_hint = "start it with: govseald";
    api_ = std::make_unique<AgentApi>(socket, std::move(options));
  }
  return *api_;
}

std::string CommandContext::config_file() const {
  return options_.config.empty() ? default_config_path(environment_) : options_.config;
}

LoadOutcome CommandContext::load() const {
  return load_config({config_file(), environment_});
}

Config CommandContext::loaded() const {
  auto outcome = load();
  if (outcome.config) return std::move(*outcome.config);
  std::string errors;
  for (auto const& problem : outcome.problems) {
    if (problem.severity != ConfigProblem::Severity::error) continue;
    errors += (errors.empty() ? "" : "\n") + escape_for_display(to_text(problem));
  }
  throw CommandFailure(kExitConfiguration, "configuration: " + config_file() + " is not valid",
                       errors);
}

std::string resolved_path(std::string const& path) {
  if (path.empty()) throw CommandFailure(kExitNoInput, "path: it is empty");
  std::error_code error;
  auto resolved = std::filesystem::weakly_canonical(path, error);
  if (error) resolved = std::filesystem::absolute(path, error).lexically_normal();
  if (error) throw CommandFailure(kExitNoInput, path + ": " + error.message());
  auto text = resolved.string();
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  // weakly_canonical() leaves a name that does not exist at all relative.
  if (!text.starts_with('/')) text = std::filesystem::absolute(text).lexically_normal().string();
  return text;
}

std::optional<std::chrono::milliseconds> parse_wait(std::string_view text) {
  constexpr std::int64_t kMax = 1'000'000'000;
  std::int64_t count = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || count < 0 || count > kMax) return {};
  std::string_view const unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (unit == "ms") return std::chrono::milliseconds(count);
  if (unit == "s") return std::chrono::seconds(count);
  if (unit == "m") return std::chrono::minutes(count);
  if (unit == "h") return std::chrono::hours(count);
  if (unit == "d") return std::chrono::hours(24 * count);
  return {};
}

}  // namespace govseal
