#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace govseal {

/// `[repository.dispatch]` of layer-down.md 1 as plain values, with its defaults. Every path is
/// relative to the repository.
struct DispatchRules {
  std::string repo = "";  // stable name of the repository, part of finding ids
  std::string branch = "refs/heads/main";
  std::chrono::nanoseconds grace = std::chrono::minutes(60);
  std::string baseline = "root";                // root, commit (7-40 hex), date or time
  std::vector<std::string> trigger_paths = {};  // empty: the union of both built-in lists
  std::string records_dir = ".agent-admin/ripple";
  std::string workflow = ".github/workflows/governance-layer-down-dispatch.yml";
  std::string registry_file = "governance/CONSUMER_REPO_REGISTRY.json";
  std::string inventory = "governance/CANON_INVENTORY.json";
  std::vector<std::string> canon_dirs = {"governance/canon/"};
  std::vector<std::string> plan_globs = {"governance/ripple/*.md"};
  std::vector<std::string> plan_globs_extra = {"governance/layer-down/*.md",
                                               ".agent-admin/governance/ripple-logs/ripple-*.md"};
  std::string report_glob = "governance/layer-down/LAYER_DOWN_INVESTIGATION_REPORT_*.md";
  std::string agents_glob = ".github/agents/**.md";
  std::string audit_log = ".agent-admin/governance/layer-down-audit.log";
  std::map<std::string, std::string> aliases = {};  // short name in plans -> owner/repo

  friend bool operator==(DispatchRules const&, DispatchRules const&) = default;
};

/// Name and entries of a trigger list (layer-down.md 2). An entry ending in `/` means everything
/// below it, any other exactly that path.
struct TriggerList {
  std::string name;
  std::vector<std::string> entries;
};

/// The lists an event can report, in that order: runbook, workflow, and configured when
/// `trigger_paths` is set.
[[nodiscard]] std::vector<TriggerList> trigger_lists(DispatchRules const& rules);
/// The list that makes a commit an event: `trigger_paths`, or the union of both built-in ones.
[[nodiscard]] std::vector<std::string> effective_triggers(DispatchRules const& rules);

[[nodiscard]] bool trigger_matches(std::vector<std::string> const& entries,
                                   std::string_view path) noexcept;
/// Could a path below `directory` (final slash, or "" for everything) be a trigger path?
[[nodiscard]] bool trigger_possible_below(std::vector<std::string> const& entries,
                                          std::string_view directory) noexcept;
/// Sorted, without repetitions and without entries below another entry (layer-down.md 2.4).
[[nodiscard]] std::vector<std::string> without_covered(std::vector<std::string> entries);
/// `main` of `refs/heads/main`; other references lose `refs/` only.
[[nodiscard]] std::string_view short_branch(std::string_view reference) noexcept;

}  // namespace govseal
