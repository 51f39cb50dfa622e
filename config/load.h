#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "config/config.h"
#include "config/host.h"

namespace govseal {

/// What the process knows about its user and host; the library itself asks neither the environment
/// nor the password database for them.
struct Environment {
  std::uint32_t uid = 0;        // of the agent whose configuration it is
  bool service = true;          // see is_service_user(); false: an ordinary user
  std::string home;             // $HOME
  std::string xdg_config_home;  // $XDG_CONFIG_HOME; empty or relative: $HOME/.config
  std::string xdg_state_home;   // $XDG_STATE_HOME; empty or relative: $HOME/.local/state
  std::string xdg_runtime_dir;  // $XDG_RUNTIME_DIR; empty or relative: <state_dir>/run
  std::string host_name;        // of the kernel
};

/// True for root and for the system user `govseal`.
[[nodiscard]] bool is_service_user(std::uint32_t uid, std::string_view user_name) noexcept;

[[nodiscard]] std::string default_config_path(Environment const& environment);
[[nodiscard]] std::string default_state_dir(Environment const& environment);
[[nodiscard]] std::string default_runtime_dir(Environment const& environment);
/// Where a client looks without `--socket` and configuration.
[[nodiscard]] std::string default_socket_path(Environment const& environment);

/// Something wrong with the configuration, at a place in a file.
struct ConfigProblem {
  enum class Severity { error, warning };
  std::string file;
  std::uint32_t line = 1;    // 1:1 for the file as a whole
  std::uint32_t column = 1;  // in characters
  std::string key;           // dotted; empty: no key concerned
  std::string message;
  std::string nearest;  // the known key that was perhaps meant; empty: none
  Severity severity = Severity::error;
  friend bool operator==(ConfigProblem const&, ConfigProblem const&) = default;
};

/// `FILE:LINE:COLUMN: error: KEY: MESSAGE (did you mean "NEAREST"?)` (api.md 9.8).
[[nodiscard]] std::string to_text(ConfigProblem const& problem);

/// The object of api.md 4, `bad-configuration`: `file`, `line`, `column`, `key`, `message`,
/// `nearest`; `key` and `nearest` are null where there is none.
void write_problem(JsonWriter& json, ConfigProblem const& problem);

struct ConfigSources {
  std::string main_file;  // as the user named it; shown so in problems
  Environment environment;
};

/// `config` is there exactly when no problem is an error. Problems are in order of files, then of
/// lines.
struct LoadOutcome {
  std::optional<Config> config;
  std::vector<ConfigProblem> problems;
  [[nodiscard]] std::size_t error_count() const noexcept;
};

/// Reads the main file and its fragments, validates all of it and finds every problem at once.
/// Blocks on the filesystem; thread-safe. Whatever is wrong with the files is a problem in the
/// outcome, a missing main file too; nothing but lack of memory throws.
[[nodiscard]] LoadOutcome load_config(ConfigSources const& sources);
/// The same with another view of users, groups and paths.
[[nodiscard]] LoadOutcome load_config(ConfigSources const& sources, HostView const& host);

/// One configuration file in memory.
struct ConfigText {
  std::string path;     // absolute
  std::string display;  // how problems name it
  std::string text;
};

/// The part behind load_config() that reads no configuration file: `files` holds the main file and
/// the fragments in load order, never empty.
[[nodiscard]] LoadOutcome parse_config(std::vector<ConfigText> const& files,
                                       Environment const& environment, HostView const& host);

/// The digest of these files as they are on disk now (ledger.md 3.5), to tell whether they differ
/// from what is in force; nullopt: the main file cannot be read.
[[nodiscard]] std::optional<Digest> digest_on_disk(ConfigSources const& sources);

}  // namespace govseal
