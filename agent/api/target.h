#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace govseal {

/// The request target (RFC 9112 3.2.1, origin-form) taken apart: segments and parameters are
/// percent-decoded exactly once. `+` stands for itself.
struct ApiTarget {
  std::vector<std::string> segments;
  std::vector<std::pair<std::string, std::string>> parameters;  // in order, names unique
};

struct BadTarget {
  std::string parameter;  // "path", or the name of the parameter
  std::string detail;
};

/// Refuses what is not origin-form, bad escapes, NUL, empty, `.` and `..` segments, and a parameter
/// that is given twice. Pure.
[[nodiscard]] std::variant<ApiTarget, BadTarget> parse_target(std::string_view target);

/// nullopt: a `%` without two hex digits behind it, or NUL in the result.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);
/// Everything but unreserved characters (RFC 3986 2.3) as `%XX`.
[[nodiscard]] std::string percent_encode(std::string_view bytes);

/// Picks the best of `available` media types for an Accept header (RFC 9110 12.5.1); the first of
/// equally good ones, the first of all without a header. nullopt: none is acceptable.
[[nodiscard]] std::optional<std::string_view> negotiate(
    std::string const* accept, std::vector<std::string_view> const& available);

}  // namespace govseal
