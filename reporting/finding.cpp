#include "reporting/finding.h"

#include <array>
#include <tuple>

namespace govseal {
namespace {

constexpr std::array<std::string_view, 4> kSeverities = {"low", "medium", "high", "critical"};
constexpr std::array<std::string_view, 3> kStates = {"open", "acknowledged", "closed"};
constexpr std::array<std::string_view, 11> kSubjects = {
    "run",      "guard",      "commit", "plan",   "record", "consumer",
    "registry", "repository", "root",   "ledger", "config"};

}  // namespace

std::string_view to_text(Severity severity) noexcept {
  return kSeverities[static_cast<std::size_t>(severity)];
}

std::string_view to_text(FindingState state) noexcept {
  return kStates[static_cast<std::size_t>(state)];
}

std::string_view to_text(SubjectType type) noexcept {
  return kSubjects[static_cast<std::size_t>(type)];
}

std::optional<Severity> parse_severity(std::string_view text) noexcept {
  for (std::size_t i = 0; i < kSeverities.size(); ++i) {
    if (kSeverities[i] == text) return static_cast<Severity>(i);
  }
  return {};
}

bool finding_before(Finding const& a, Finding const& b) noexcept {
  return std::tie(b.severity, a.opened_at, a.id) < std::tie(a.severity, b.opened_at, b.id);
}

}  // namespace govseal
