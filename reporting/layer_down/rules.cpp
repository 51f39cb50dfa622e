#include "reporting/layer_down/rules.h"

#include <algorithm>

namespace govseal {
namespace {

std::vector<std::string> const& runbook_list() {
  static std::vector<std::string> const entries = {
      "governance/canon/", "governance/schemas/", "governance/templates/",
      "governance/executable/workflows/", "BUILD_PHILOSOPHY.md"};
  return entries;
}

std::vector<std::string> const& workflow_list() {
  static std::vector<std::string> const entries = {
      "governance/canon/",
      "governance/schemas/",
      "governance/templates/",
      "governance/executable/",
      "governance/policy/",
      "governance/runbooks/",
      "governance/CONSUMER_REPO_REGISTRY.json",
      "governance/CONSTITUTION.md",
      "BUILD_PHILOSOPHY.md",
      ".github/agents/",
      "governance/quality/agent-integrity/",
      ".github/workflows/governance-layer-down-dispatch.yml"};
  return entries;
}

bool entry_matches(std::string_view entry, std::string_view path) noexcept {
  if (entry.ends_with('/')) return path.size() > entry.size() && path.starts_with(entry);
  return path == entry;
}

}  // namespace

std::vector<TriggerList> trigger_lists(DispatchRules const& rules) {
  std::vector<TriggerList> lists = {{"runbook", runbook_list()}, {"workflow", workflow_list()}};
  if (!rules.trigger_paths.empty()) lists.push_back({"configured", rules.trigger_paths});
  return lists;
}

std::vector<std::string> effective_triggers(DispatchRules const& rules) {
  if (!rules.trigger_paths.empty()) return rules.trigger_paths;
  auto entries = runbook_list();
  for (auto const& entry : workflow_list()) {
    if (std::find(entries.begin(), entries.end(), entry) == entries.end()) entries.push_back(entry);
  }
  return entries;
}

bool trigger_matches(std::vector<std::string> const& entries, std::string_view path) noexcept {
  return std::any_of(entries.begin(), entries.end(),
                     [&](std::string const& entry) { return entry_matches(entry, path); });
}

bool trigger_possible_below(std::vector<std::string> const& entries,
                            std::string_view directory) noexcept {
  return std::any_of(entries.begin(), entries.end(), [&](std::string const& entry) {
    return entry.starts_with(directory) || (entry.ends_with('/') && directory.starts_with(entry));
  });
}

std::vector<std::string> without_covered(std::vector<std::string> entries) {
  std::sort(entries.begin(), entries.end());
  entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
  std::vector<std::string> kept;
  for (auto const& entry : entries) {
    bool covered = std::any_of(entries.begin(), entries.end(), [&](std::string const& other) {
      return other != entry && other.ends_with('/') && entry.starts_with(other);
    });
    if (!covered) kept.push_back(entry);
  }
  return kept;
}

std::string_view short_branch(std::string_view reference) noexcept {
  for (std::string_view prefix : {"refs/heads/", "refs/"}) {
    if (reference.starts_with(prefix)) return reference.substr(prefix.size());
  }
  return reference;
}

}  // namespace govseal
