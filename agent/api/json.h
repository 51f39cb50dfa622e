#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "reporting/json_objects.h"
#include "reporting/snapshot.h"

/// The objects of api.md 5 that appear in several answers of the socket, written in the order of
/// their keys; reporting/json_objects.h has those that the drift report shows too.
namespace govseal {

/// 5.5; an item of a list lacks `files`, `history` and `violations`.
void write_run(JsonWriter& writer, RepositorySnapshot const& repository, RunView const& run,
               bool in_full);
void write_verified(JsonWriter& writer, Verified const& verified);
/// 5.3
void write_repository(JsonWriter& writer, RepositorySnapshot const& repository);
/// 5.4
void write_coverage_root(JsonWriter& writer, WatchRootView const& root);
/// `{"critical":..,"high":..,"medium":..,"low":..`, the object is left open.
void begin_severities(JsonWriter& writer, RepositoryCounts const& counts);

}  // namespace govseal
