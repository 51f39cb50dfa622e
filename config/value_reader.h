#pragma once

#include <toml++/toml.h>

#include <optional>
#include <string>

#include "config/key_table.h"
#include "config/problems.h"

namespace govseal {

/// Reads the values of one file.
class ValueReader {
 public:
  /// `file` as problems name it; both references outlive the reader.
  ValueReader(std::string const& file, ProblemList& problems) : file_(file), problems_(problems) {}

  /// The value of a key after all checks that need nothing but the row of the table; nullopt: it
  /// broke them, and the problems say how.
  [[nodiscard]] std::optional<ConfigValue> read(KeySpec const& key, toml::node const& node);

 private:
  std::optional<ConfigValue> read_boolean(toml::node const& node);
  std::optional<ConfigValue> read_integer(toml::node const& node);
  std::optional<ConfigValue> read_duration(toml::node const& node);
  std::optional<ConfigValue> read_choice(toml::node const& node);
  std::optional<ConfigValue> read_choice_list(toml::node const& node);
  std::optional<ConfigValue> read_toggle(toml::node const& node);
  std::optional<ConfigValue> read_baseline(toml::node const& node);
  std::optional<ConfigValue> read_text(toml::node const& node);
  std::optional<ConfigValue> read_text_list(toml::node const& node);
  std::optional<ConfigValue> read_slug_map(toml::node const& node);

  [[nodiscard]] std::optional<ConfigValue> in_bounds(std::int64_t value, toml::node const& node);
  [[nodiscard]] bool count_in_bounds(std::size_t count, toml::node const& node);
  [[nodiscard]] std::optional<std::string> checked_text(toml::node const& node, std::size_t index);
  [[nodiscard]] std::optional<std::int64_t> choice_index(toml::node const& node);
  void complain(toml::node const& node, std::string message, std::string nearest = {});
  void wrong_type(toml::node const& node, std::string_view wanted);

  std::string const& file_;
  ProblemList& problems_;
  KeySpec const* key_ = nullptr;  // the one being read
};

/// The words of KeySpec::choices.
[[nodiscard]] std::vector<std::string_view> choice_words(KeySpec const& key);
/// `from 1 to 8`, with the unit; empty when the key has no bounds.
[[nodiscard]] std::string bounds_text(KeySpec const& key);

}  // namespace govseal
