#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "watchers/hint.h"

namespace govseal {

/// Keeps everything a watcher tells, in order.
class RecordingSink final : public HintSink {
 public:
  struct Appeared {
    RootId root;
  };
  using Told = std::variant<Hint, Gap, CookieId, PartialCoverage, Appeared>;

  void hint(Hint hint) override { told.emplace_back(std::move(hint)); }
  void gap(Gap gap) override { told.emplace_back(std::move(gap)); }
  void cookie_seen(CookieId cookie) override { told.emplace_back(cookie); }
  void partial(PartialCoverage partial) override { told.emplace_back(std::move(partial)); }
  void root_appeared(RootId root) override { told.emplace_back(Appeared{std::move(root)}); }

  template <typename Kind>
  [[nodiscard]] std::vector<Kind> all() const {
    std::vector<Kind> found;
    for (Told const& one : told) {
      if (auto const* const match = std::get_if<Kind>(&one)) found.push_back(*match);
    }
    return found;
  }
  template <typename Kind>
  [[nodiscard]] std::size_t count() const {
    return all<Kind>().size();
  }
  [[nodiscard]] bool has_gap(GapCause cause) const {
    auto const gaps = all<Gap>();
    return std::any_of(gaps.begin(), gaps.end(), [&](Gap const& g) { return g.cause == cause; });
  }
  [[nodiscard]] bool has_hint(std::string_view directory, std::string_view name) const {
    auto const hints = all<Hint>();
    return std::any_of(hints.begin(), hints.end(), [&](Hint const& hint) {
      return hint.directory.str() == directory && hint.name == name;
    });
  }
  void clear() { told.clear(); }

  std::vector<Told> told;
};

}  // namespace govseal
