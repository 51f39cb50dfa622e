#pragma once

#include <string>
#include <vector>

#include "config/config.h"

namespace govseal {

/// The annotated default govseal.toml: every key with its meaning, type, bounds and default, all of
/// it commented out. `config show --default` prints it, config/govseal.toml is it.
[[nodiscard]] std::string render_default_config();

/// What is in force, as TOML, each value followed by its source as a comment: `file:line` or
/// `default`. Text of the files is escaped for display.
[[nodiscard]] std::string render_effective_config(Config const& config);

/// A key whose value differs between two configurations.
struct ChangedKey {
  std::string name;  // `api.socket`, `repository.alpha.dispatch.grace`, `repository.alpha`
  bool needs_restart = false;
  friend bool operator==(ChangedKey const&, ChangedKey const&) = default;
};

/// In the order of the key table, then repositories by name as in the new one, then those that are
/// gone. A repository that is new or gone is one key. A reload that changes a key which needs a
/// restart is refused as a whole (api.md 10, item 4).
[[nodiscard]] std::vector<ChangedKey> changed_keys(Config const& before, Config const& after);

}  // namespace govseal
