#include "tests/watchers/follower.h"

#include <doctest/doctest.h>
#include <poll.h>

#include <algorithm>
#include <memory>
#include <set>
#include <variant>

#include "tests/watchers/bench.h"

namespace govseal {

void Follower::arm(WatchRoot const& root) {
  std::erase_if(roots_, [&](WatchRoot const& known) { return known.id == root.id; });
  roots_.push_back(root);
  ArmOutcome outcome = watcher_.begin_arm(root);
  REQUIRE(std::holds_alternative<std::unique_ptr<Crawl>>(outcome));
  RecordingSink sink;
  watcher_.finish_arm(std::get<std::unique_ptr<Crawl>>(outcome)->run({}), sink);
  take(sink);
}

bool Follower::step() {
  RecordingSink sink;
  DrainOutcome const outcome = watcher_.drain(sink, {.now = present()});
  bool const something = outcome.more || !sink.told.empty();
  take(sink);
  return something;
}

void Follower::take(RecordingSink& sink) {
  std::set<RootId> again;
  for (auto& one : sink.told) {
    if (auto* const hint = std::get_if<Hint>(&one)) {
      mirror.apply(*hint);
      ++hint_count;
      if (keep_hints) hints.push_back(std::move(*hint));
    } else if (auto* const gap = std::get_if<Gap>(&one)) {
      if (!gap->disarmed) again.insert(gap->roots.begin(), gap->roots.end());
      gaps.push_back(std::move(*gap));
    } else if (auto* const partial = std::get_if<PartialCoverage>(&one)) {
      partials.push_back(std::move(*partial));
    } else if (auto* const appeared = std::get_if<RecordingSink::Appeared>(&one)) {
      again.insert(appeared->root);
    }
  }
  for (RootId const& id : again) {
    auto const known = std::find_if(roots_.begin(), roots_.end(),
                                    [&](WatchRoot const& root) { return root.id == id; });
    if (known == roots_.end()) continue;
    mirror.apply(Hint{.kinds = HintKind::subtree});
    arm(WatchRoot(*known));
  }
}

void Follower::follow_until(std::function<bool()> const& done, std::chrono::seconds limit) {
  auto const deadline = std::chrono::steady_clock::now() + limit;
  while (true) {
    bool const finished = done();
    bool const something = step();
    if (finished && !something) return;
    REQUIRE_MESSAGE(std::chrono::steady_clock::now() < deadline,
                    "the watcher does not come to rest");
    if (something) continue;
    struct pollfd waiting {
      watcher_.fd(), POLLIN, 0
    };
    ::poll(&waiting, 1, 10);
  }
}

}  // namespace govseal
