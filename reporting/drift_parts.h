#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "reporting/drift_period.h"
#include "reporting/snapshot.h"

/// The nine parts that the drift report has for each repository (api.md 11.2).
namespace govseal::drift {

enum class Part {
  seals,
  violations,
  coverage,
  undispatched,
  ripple_plans,
  guards,
  registries,
  consumers,
  changes
};
inline constexpr std::array<std::string_view, 9> kPartNames = {
    "seals",  "violations", "coverage",  "undispatched", "ripple_plans",
    "guards", "registries", "consumers", "changes"};

/// The part that tells about a finding; what belongs to no other is among the changes.
[[nodiscard]] Part part_of(std::string_view kind) noexcept;

/// Something that could not be checked, and why.
struct Unknown {
  std::string what;     // run, root, part, ...
  std::string subject;  // raw bytes; which one
  std::string reason;
};

/// Everything the report needs to know about one repository.
struct RepositoryDrift {
  RepositorySnapshot const& snapshot;
  RepositoryPeriod const& period;
  Period const& whole;
  std::uint64_t from_index = 0;
  std::uint64_t to_index = 0;
  std::array<std::vector<Unknown>, kPartNames.size()> unknown;  // by Part
};

[[nodiscard]] RepositoryDrift make_repository_drift(RepositorySnapshot const& snapshot,
                                                    Period const& period, DriftInput const& input);
/// The members `seals` to `changes` of the object of a repository.
void write_parts(JsonWriter& writer, RepositoryDrift const& drift);

/// Findings that are not closed, or were closed in the period.
[[nodiscard]] bool is_reported(Finding const& finding, std::uint64_t from_index,
                               std::uint64_t to_index);

// One function for each part; called by write_parts.
void write_seals(JsonWriter& writer, RepositoryDrift const& drift);
void write_violations(JsonWriter& writer, RepositoryDrift const& drift);
void write_coverage(JsonWriter& writer, RepositoryDrift const& drift);
void write_undispatched(JsonWriter& writer, RepositoryDrift const& drift);
void write_ripple_plans(JsonWriter& writer, RepositoryDrift const& drift);
void write_guards(JsonWriter& writer, RepositoryDrift const& drift);
void write_not_evaluated(JsonWriter& writer, RepositoryDrift const& drift, Part part);
void write_changes(JsonWriter& writer, RepositoryDrift const& drift);

/// `"findings":[...]` and `"unknown":[...]`, the last members of a part.
void write_end_of_part(JsonWriter& writer, RepositoryDrift const& drift, Part part);
void write_unknown(JsonWriter& writer, std::vector<Unknown> const& unknown);

/// One watch root with its seconds in the period, also of the agent's own roots.
void write_root(JsonWriter& writer, WatchRootView const& root, RepositoryPeriod const& period,
                Period const& whole);

}  // namespace govseal::drift
