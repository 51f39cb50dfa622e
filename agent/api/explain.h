#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/api/run_lookup.h"
#include "reporting/snapshot.h"

namespace govseal {

struct ExplanationReason {
  std::string text;
  std::optional<Evidence> evidence;
  std::optional<std::string> confidence;
};

/// Why something is as it is (api.md 5.10). Pointers are into the repositories given.
struct Explanation {
  RunView const* run = nullptr;
  std::vector<GuardView const*> guards;
  WatchRootView const* watched = nullptr;
  std::string answer;  // sealed, red, waiting, unsealed, guarded, not-watched, outside, unknown
  std::string summary;
  std::vector<ExplanationReason> reasons;
  std::vector<std::string> next;
};

/// `some`: all repositories the asker may see. Pure: the file system is not looked at.
[[nodiscard]] Explanation explain(InRepository const& place,
                                  std::vector<RepositorySnapshot const*> const& some);

}  // namespace govseal
