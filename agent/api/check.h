#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>

#include "agent/api/problem.h"
#include "agent/api/route.h"
#include "agent/api/target.h"
#include "base/json.h"

/// What is wrong with a request before any handler sees it. Pure.
namespace govseal {

/// A request that was led here by something else than a client of ours: an `Origin` header, or a
/// `Host` that is neither `localhost` nor `govseal` (api.md 1).
[[nodiscard]] std::optional<Problem> check_origin(ApiRequest const& request);

using Parameters = std::map<std::string, std::string, std::less<>>;

/// Unknown ones are named with the nearest known one; values must be of their kind. That a
/// repository exists is not checked here.
[[nodiscard]] std::variant<Parameters, Problem> check_parameters(ApiRoute const& route,
                                                                 ApiTarget const& target);

/// The body of a POST as an object: media type, JSON without duplicate keys, then all wrong or
/// unknown fields at once. No body at all counts as `{}` where no field is required.
[[nodiscard]] std::variant<JsonValue, Problem> check_body(ApiRoute const& route,
                                                          ApiRequest const& request);

}  // namespace govseal
