#include "config/show.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "config/key_table.h"
#include "config/render_value.h"
#include "config/sections.h"

namespace govseal {
namespace {

std::string header_of(SectionSpec const& section) {
  switch (section.kind) {
    case SectionSpec::Kind::top:
      return {};
    case SectionSpec::Kind::table:
      return "[" + std::string(section.name) + "]";
    case SectionSpec::Kind::array:
      return "[[" + std::string(section.name) + "]]";
  }
  return {};
}

SectionSpec const& section_named(std::string_view name) {
  auto const sections = section_table();
  auto const found = std::find_if(sections.begin(), sections.end(),
                                  [&](SectionSpec const& section) { return section.name == name; });
  return *found;
}

class Effective {
 public:
  explicit Effective(Config const& config) : config_(config) {}

  std::vector<EffectiveValue> collect() {
    for (auto const& section : section_table()) {
      auto const* object = find_section(config_, section.name);
      if (object != nullptr) add_section(section, std::string(section.name), object);
    }
    for (std::size_t i = 0; i < config_.repositories.size(); ++i) {
      for (auto const& part : sections_of(config_, i)) {
        add_section(section_named(part.section), part.path, part.object);
      }
    }
    return std::move(values_);
  }

 private:
  void add_section(SectionSpec const& section, std::string const& path, void const* object) {
    bool is_first = true;
    for (auto const& key : keys_of(section.name)) {
      EffectiveValue value;
      value.table = header_of(section);
      value.key = key.name;
      value.value = render_value(key, key.access.get(object));
      if (is_unset_text(key, value.value)) value.value.clear();
      value.source = source_of(path.empty() ? value.key : path + "." + value.key);
      value.starts_table = std::exchange(is_first, false);
      values_.push_back(std::move(value));
    }
  }

  /// `path` of a repository by glob, and the other way round: no default, and not configured.
  static bool is_unset_text(KeySpec const& key, std::string const& value) {
    return value == "\"\"" && key.default_text != "\"\"";
  }

  [[nodiscard]] std::string source_of(std::string const& path) const {
    auto const found = config_.locations.find(path);
    if (found == config_.locations.end()) return "default";
    return escape_for_display(found->second.file) + ":" + std::to_string(found->second.line);
  }

  Config const& config_;
  std::vector<EffectiveValue> values_;
};

/// Two configurations are compared by the key table, so no key can be forgotten.
class Comparison {
 public:
  Comparison(Config const& before, Config const& after) : before_(before), after_(after) {}

  std::vector<ChangedKey> run() {
    for (auto const& key : key_table()) {
      auto const* old_section = find_section(before_, key.section);
      if (old_section == nullptr) continue;
      compare(key, old_section, find_section(after_, key.section), dotted_name(key));
    }
    for (auto const& repository : after_.repositories) {
      auto const* old = find(before_, label(repository));
      if (old == nullptr) {
        changed_.push_back({prefix(repository), false});
      } else {
        compare_repositories(*old, repository);
      }
    }
    for (auto const& repository : before_.repositories) {
      if (find(after_, label(repository)) == nullptr)
        changed_.push_back({prefix(repository), false});
    }
    return std::move(changed_);
  }

 private:
  static std::string const& label(RepositoryConfig const& repository) {
    return repository.glob.empty() ? repository.name : repository.glob;
  }
  static std::string prefix(RepositoryConfig const& repository) {
    return "repository." + label(repository);
  }
  static RepositoryConfig const* find(Config const& config, std::string const& wanted) {
    for (auto const& repository : config.repositories) {
      if (label(repository) == wanted) return &repository;
    }
    return nullptr;
  }

  void compare(KeySpec const& key, void const* before, void const* after, std::string name) {
    if (key.access.get(before) == key.access.get(after)) return;
    changed_.push_back({std::move(name), key.needs_restart});
  }
  void compare_section(std::string_view section, void const* before, void const* after,
                       std::string const& name) {
    for (auto const& key : keys_of(section)) {
      compare(key, before, after, name + "." + std::string(key.name));
    }
  }
  void compare_repositories(RepositoryConfig const& before, RepositoryConfig const& after) {
    auto const name = prefix(after);
    compare_section("repository", &before, &after, name);
    if (before.run_roots != after.run_roots) changed_.push_back({name + ".run_root", false});
    compare_section("repository.dispatch", &before.dispatch, &after.dispatch, name + ".dispatch");
    if (before.consumers != after.consumers) changed_.push_back({name + ".consumer", false});
    if (before.guards != after.guards) changed_.push_back({name + ".guard", false});
    compare_section("repository.registry", &before.registry, &after.registry, name + ".registry");
  }

  Config const& before_;
  Config const& after_;
  std::vector<ChangedKey> changed_;
};

}  // namespace

std::vector<EffectiveValue> effective_values(Config const& config) {
  return Effective(config).collect();
}

std::string render_effective_config(Config const& config) {
  std::string out;
  for (auto const& value : effective_values(config)) {
    if (value.starts_table && !value.table.empty()) out += "\n" + value.table + "\n";
    if (value.value.empty()) {
      out += "# " + value.key + " is unset";
    } else {
      out += value.key + " = " + value.value;
    }
    out += "  # " + value.source + "\n";
  }
  return out;
}

std::vector<ChangedKey> changed_keys(Config const& before, Config const& after) {
  return Comparison(before, after).run();
}

}  // namespace govseal
