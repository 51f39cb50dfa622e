#pragma once

#include "config/key_table.h"

// Shorthand in which the rows of the key table are written; only key_table*.cpp include this.

namespace govseal::detail {

/// Rows of one section.
struct Rows {
  std::string_view section;

  constexpr KeySpec key(std::string_view name, KeyType type, std::string_view default_text,
                        std::string_view documentation, KeyAccess access, KeyBounds bounds = {},
                        std::string_view choices = {}) const {
    KeySpec spec{};
    spec.section = section;
    spec.name = name;
    spec.type = type;
    spec.default_text = default_text;
    spec.documentation = documentation;
    spec.access = access;
    spec.bounds = bounds;
    spec.choices = choices;
    return spec;
  }

  constexpr KeySpec number(std::string_view name, std::string_view default_text, KeyBounds bounds,
                           std::string_view unit, std::string_view documentation, KeyAccess access,
                           KeyType type = KeyType::integer) const {
    auto spec = key(name, type, default_text, documentation, access, bounds);
    spec.unit = unit;
    return spec;
  }

  constexpr KeySpec choice(std::string_view name, std::string_view default_text,
                           std::string_view choices, std::string_view documentation,
                           KeyAccess access) const {
    return key(name, KeyType::choice, default_text, documentation, access, {}, choices);
  }
};

constexpr KeySpec restart(KeySpec spec) {
  spec.needs_restart = true;
  return spec;
}

constexpr KeySpec required(KeySpec spec) {
  spec.required = true;
  return spec;
}

/// With a default that is computed; `form` says how, for people.
constexpr KeySpec computed(KeySpec spec, std::string_view form) {
  spec.computed_default = form;
  return spec;
}

std::span<KeySpec const> agent_rows();
std::span<KeySpec const> watch_rows();
std::span<KeySpec const> repository_rows();
std::span<KeySpec const> dispatch_rows();

}  // namespace govseal::detail
