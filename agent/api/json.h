#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "reporting/snapshot.h"

/// The objects of api.md 5 that appear in several answers, written in the order of their keys.
namespace govseal {

/// A path or other bytes from a repository; beside it `<key>_b64` when they are not UTF-8.
void write_path(JsonWriter& writer, std::string_view key, std::string_view bytes);
void write_optional_path(JsonWriter& writer, std::string_view key,
                         std::optional<std::string> const& bytes);
void write_time(JsonWriter& writer, std::string_view key,
                std::optional<std::chrono::nanoseconds> const& time);
void write_strings(JsonWriter& writer, std::string_view key, std::vector<std::string> const& texts);
void write_digest(JsonWriter& writer, std::string_view key, std::optional<Digest> const& digest);

void write_evidence(JsonWriter& writer, Evidence const& evidence);
/// 5.6
void write_finding(JsonWriter& writer, Finding const& finding);
/// 5.5; an item of a list lacks `files`, `history` and `violations`.
void write_run(JsonWriter& writer, RepositorySnapshot const& repository, RunView const& run,
               bool in_full);
void write_verified(JsonWriter& writer, Verified const& verified);
/// 5.3
void write_repository(JsonWriter& writer, RepositorySnapshot const& repository);
/// 5.4
void write_coverage_root(JsonWriter& writer, WatchRootView const& root);
/// 5.7
void write_dispatch_event(JsonWriter& writer, std::string_view repository,
                          DispatchEventView const& event);
void write_dispatch_plan(JsonWriter& writer, std::string_view repository,
                         DispatchPlanView const& plan);
/// `{"critical":..,"high":..,"medium":..,"low":..`, the object is left open.
void begin_severities(JsonWriter& writer, RepositoryCounts const& counts);

}  // namespace govseal
