#include "sealing/verdict.h"

#include <array>
#include <utility>

namespace govseal {
namespace {

constexpr std::array<std::pair<Verdict, std::string_view>, 9> kVerdictNames{{
    {Verdict::valid, "VALID"},
    {Verdict::invalid, "INVALID"},
    {Verdict::eol_normalized, "EOL_NORMALIZED"},
    {Verdict::legacy, "LEGACY"},
    {Verdict::incomplete, "INCOMPLETE"},
    {Verdict::unsealed, "UNSEALED"},
    {Verdict::open, "OPEN"},
    {Verdict::abandoned, "ABANDONED"},
    {Verdict::waived, "WAIVED"},
}};

}  // namespace

std::string_view verdict_name(Verdict verdict) noexcept {
  for (auto const& [value, name] : kVerdictNames) {
    if (value == verdict) return name;
  }
  return "";
}

std::optional<Verdict> parse_verdict(std::string_view name) noexcept {
  for (auto const& [value, known] : kVerdictNames) {
    if (known == name) return value;
  }
  return std::nullopt;
}

bool makes_binding(Verdict verdict) noexcept {
  return verdict == Verdict::valid || verdict == Verdict::eol_normalized ||
         verdict == Verdict::legacy;
}

std::string_view seal_style_name(SealStyle style) noexcept {
  switch (style) {
    case SealStyle::contract:
      return "contract";
    case SealStyle::path1:
      return "path1";
    case SealStyle::cartographer:
      return "cartographer";
    case SealStyle::evidence_pack:
      return "evidence_pack";
    case SealStyle::catalog:
      return "catalog";
  }
  return "";
}

std::string_view line_order_name(LineOrder order) noexcept {
  switch (order) {
    case LineOrder::a:
      return "A";
    case LineOrder::b:
      return "B";
    case LineOrder::c:
      return "C";
  }
  return "";
}

FolderVerdict make_error_verdict(Error const& error) {
  FolderVerdict verdict;
  verdict.error = error.what();
  verdict.compat.reason = "error";
  return verdict;
}

}  // namespace govseal
