#pragma once

#include <string>
#include <vector>

#include "config/config.h"

namespace govseal {

/// The annotated default govseal.toml: every key with its meaning, bounds and default, all of it
/// commented out. `config show --default` prints it, config/govseal.toml is it.
[[nodiscard]] std::string render_default_config();

/// One value that is in force.
struct EffectiveValue {
  std::string table;   // header line before it, `[agent]` or `[[repository]]`; empty: top level
  std::string key;     // name within the table
  std::string value;   // TOML; empty: unset
  std::string source;  // `file:line` or `default`
  bool starts_table = false;
};

/// All of them in the order of the key table; repositories as configured, each with its tables.
[[nodiscard]] std::vector<EffectiveValue> effective_values(Config const& config);

/// The same as a TOML file, with the source of each value as a comment.
[[nodiscard]] std::string render_effective_config(Config const& config);

/// A key whose value differs between two configurations.
struct ChangedKey {
  std::string name;  // `api.socket`, `repository.alpha.dispatch.grace`, `repository.alpha`
  bool needs_restart = false;
  friend bool operator==(ChangedKey const&, ChangedKey const&) = default;
};

/// In the order of the key table, then repositories as in `after`, then those that are gone. A
/// repository that is new or gone is one key; so is its list of run roots, consumers or guard rules
/// (`repository.alpha.run_root`). Those of a glob go by the pattern instead of a name. A reload
/// that changes a key which needs a restart is refused as a whole (api.md 10, item 4).
[[nodiscard]] std::vector<ChangedKey> changed_keys(Config const& before, Config const& after);

}  // namespace govseal
