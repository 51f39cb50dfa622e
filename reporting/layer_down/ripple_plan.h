#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace govseal {

enum class PlanFamily { ripple, extra };
enum class PlanStatus { pending, complete, untracked, unknown };  // unknown: the blob is missing
[[nodiscard]] char const* name_of(PlanFamily family) noexcept;
[[nodiscard]] char const* name_of(PlanStatus status) noexcept;

/// Repository names a plan may mean (layer-down.md 5.1): the valid repositories of the registry
/// file, enabled or not, and the aliases.
class ConsumerNames {
 public:
  ConsumerNames(std::vector<std::string> const& repositories,
                std::map<std::string, std::string> const& aliases);
  /// `text` after its last `/` is the base name of a registered repository or an alias.
  [[nodiscard]] bool is_consumer(std::string_view text) const;
  /// `owner/name` of a registered owner that is itself not registered (5.2).
  [[nodiscard]] bool is_unregistered(std::string_view text) const;

 private:
  std::vector<std::string> names_;         // lower case, sorted
  std::vector<std::string> owners_;        // lower case, sorted
  std::vector<std::string> repositories_;  // lower case, sorted
};

struct PlanReading {
  PlanStatus status = PlanStatus::untracked;
  bool names_unregistered_consumer = false;  // warning dispatch.plan_consumer_unregistered
};
/// Pure; layer-down.md 5.1 and 5.2.
[[nodiscard]] PlanReading read_plan(std::string_view text, ConsumerNames const& names);

}  // namespace govseal
