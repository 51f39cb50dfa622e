#include <algorithm>
#include <set>

#include "config/validate.h"

namespace govseal {
namespace {

/// Moves every place at or below `from` to `to`.
void move_places(std::map<std::string, ConfigLocation>& from_places,
                 std::map<std::string, ConfigLocation>& to_places, std::string const& from,
                 std::string const& to) {
  for (auto it = from_places.lower_bound(from); it != from_places.end();) {
    if (!it->first.starts_with(from)) break;
    to_places[to + it->first.substr(from.size())] = it->second;
    it = from_places.erase(it);
  }
}

class GuardMerge {
 public:
  GuardMerge(Config& config, std::size_t index, ProblemList& problems)
      : config_(config),
        repository_(config.repositories[index]),
        prefix_(repository_path(index) + ".guard["),
        problems_(problems) {}

  /// Default rules first, each replaced by the configured one of its name; places follow.
  void run() {
    auto const configured = std::move(repository_.guards);
    repository_.guards = default_guards();
    std::set<std::string> names;
    for (std::size_t i = 0; i < configured.size(); ++i) {
      auto const& rule = configured[i];
      bool const is_new = rule.name.empty() || names.insert(rule.name).second;
      if (!is_new) report_duplicate(i, rule.name);
      move_places(config_.locations, moved_, element(i), element(place_rule(rule)));
    }
    config_.locations.merge(moved_);
  }

 private:
  std::size_t place_rule(GuardConfig const& rule) {
    auto& rules = repository_.guards;
    auto const found = std::find_if(rules.begin(), rules.end(), [&](GuardConfig const& other) {
      return other.name == rule.name;
    });
    auto const index = static_cast<std::size_t>(found - rules.begin());
    if (found == rules.end()) {
      rules.push_back(rule);
      return index;
    }
    // A rule that only switches the default one off keeps its kind and paths.
    if (rule.enabled || !rule.paths.empty()) {
      *found = rule;
    } else {
      found->enabled = false;
    }
    return index;
  }

  void report_duplicate(std::size_t index, std::string const& name) {
    auto const found = config_.locations.find(element(index) + ".name");
    auto const place = found == config_.locations.end() ? ConfigLocation() : found->second;
    problems_.error(place, "repository.guard.name",
                    "two rules of this repository are named \"" + name + "\"");
  }

  [[nodiscard]] std::string element(std::size_t index) const {
    return prefix_ + std::to_string(index) + "]";
  }

  Config& config_;
  RepositoryConfig& repository_;
  std::string prefix_;
  ProblemList& problems_;
  std::map<std::string, ConfigLocation> moved_;
};

}  // namespace

std::string repository_path(std::size_t index) {
  return "repository[" + std::to_string(index) + "]";
}

std::string run_root_path(std::size_t repository, std::size_t index) {
  return repository_path(repository) + ".run_root[" + std::to_string(index) + "]";
}

ConfigLocation Places::of(std::string path) const {
  while (true) {
    auto const found = config_.locations.find(path);
    if (found != config_.locations.end()) return found->second;
    auto const cut = path.find_last_of(".[");
    if (cut == path.npos) return {main_file_, 1, 1};
    path.resize(cut);
  }
}

void complete_repositories(Config& config, ProblemList& problems) {
  for (std::size_t i = 0; i < config.repositories.size(); ++i) {
    auto& repository = config.repositories[i];
    bool const has_name = config.locations.contains(repository_path(i) + ".name");
    if (!has_name && !repository.path.empty()) {
      repository.name = repository_id_from_path(repository.path);
    }
    if (repository.run_roots.empty()) repository.run_roots = default_run_roots();
    GuardMerge(config, i, problems).run();
  }
}

}  // namespace govseal
