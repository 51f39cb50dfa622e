#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "reporting/finding.h"
#include "reporting/snapshot.h"

/// The objects of api.md 5 that stand in answers of the socket and in the drift report, written in
/// the order of their keys.
namespace govseal {

/// Bytes from a repository; beside it `<key>_b64` when they are not UTF-8 (api.md 3).
void write_path(JsonWriter& writer, std::string_view key, std::string_view bytes);
/// The same, or null.
void write_optional_path(JsonWriter& writer, std::string_view key,
                         std::optional<std::string> const& bytes);
void write_time(JsonWriter& writer, std::string_view key, std::optional<nanoseconds> const& time);
void write_digest(JsonWriter& writer, std::string_view key, std::optional<Digest> const& digest);
void write_strings(JsonWriter& writer, std::string_view key, std::vector<std::string> const& texts);

void write_evidence(JsonWriter& writer, Evidence const& evidence);
/// 5.6
void write_finding(JsonWriter& writer, Finding const& finding);
/// 5.7
void write_dispatch_event(JsonWriter& writer, std::string_view repository,
                          DispatchEventView const& event);
void write_dispatch_plan(JsonWriter& writer, std::string_view repository,
                         DispatchPlanView const& plan);
/// Who did it (5.6), or null.
void write_actor(JsonWriter& writer, std::optional<Actor> const& actor);

}  // namespace govseal
