#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "config/key_access.h"

// One table of everything that can be configured (api.md 9.1 to 9.7). Reading, validation, the
// suggestions for unknown keys, `config show`, the annotated default file and the manual page are
// made from it, so they cannot differ.

namespace govseal {

enum class KeyType {
  boolean,
  integer,
  size,      // integer of bytes, or a string with KiB, MiB, GiB
  duration,  // integer with s, m, h or d
  text,
  file_name,  // one path element
  choice,     // one of `choices`
  choice_list,
  text_list,
  path,  // absolute, no `..`
  path_list,
  relative,  // below the repository
  relative_list,
  prefix_list,  // relative paths; one that ends in `/` covers everything below it
  glob,         // relative, layer-down.md 1.1
  glob_list,
  absolute_glob,  // `*`, `?`, `[...]` within one element
  absolute_glob_list,
  host_name,
  octal_mode,
  principal_list,  // "name", "1000", "@group", "@1000"
  group,
  repository_id,
  rule_name,
  reference,  // full reference name
  branch,     // branch name without refs/heads/
  slug,       // owner/repo
  origin,
  remote,       // absolute path, file:// or ssh://
  schedule,     // off | hourly | daily HH:MM
  time_of_day,  // HH:MM
  baseline,     // root | commit | date
  toggle,       // "auto" or boolean
  argv,
  health_list,
  name_list,  // single path elements
  slug_map,   // table: name = owner/repo
};

/// Inclusive. For numbers in the unit of the key (durations: seconds), for texts in bytes, for
/// lists in entries. `max` 0: no bound.
struct KeyBounds {
  std::int64_t min = 0;
  std::int64_t max = 0;
};

struct KeySpec {
  std::string_view section;  // `agent`, `repository.run_root`; empty: top level
  std::string_view name;
  KeyType type;
  /// The default as TOML. Empty: unset or required.
  std::string_view default_text;
  /// How the default is computed when `default_text` cannot say it, for people: "the host's name".
  std::string_view computed_default;
  KeyBounds bounds;
  std::string_view choices;  // separated by blanks
  std::string_view unit;     // of the number, for people; empty: none
  std::string_view documentation;
  bool required = false;
  bool needs_restart = false;
  KeyAccess access;
};

struct SectionSpec {
  enum class Kind { top, table, array };
  std::string_view name;
  Kind kind;
  std::string_view documentation;
};

/// In the order of the specification: the keys of a section stand together.
[[nodiscard]] std::span<KeySpec const> key_table();
[[nodiscard]] std::span<SectionSpec const> section_table();
[[nodiscard]] std::span<KeySpec const> keys_of(std::string_view section);
[[nodiscard]] KeySpec const* find_key(std::string_view section, std::string_view name) noexcept;
/// `agent.workers`; `include` for a key of the top level.
[[nodiscard]] std::string dotted_name(KeySpec const& key);

}  // namespace govseal
