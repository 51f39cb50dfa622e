#include "reporting/snapshot.h"

#include <algorithm>

namespace govseal {
namespace {

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::size_t verdict_index(RunView const& run) {
  std::string_view const word = run.verdict ? std::string_view(*run.verdict) : "unknown";
  auto const* found = std::find(kVerdictWords.begin(), kVerdictWords.end(), word);
  auto const index = static_cast<std::size_t>(found - kVerdictWords.begin());
  return std::min(index, kVerdictWords.size() - 1);
}

void take_older(std::optional<std::chrono::nanoseconds>& oldest,
                std::optional<std::chrono::nanoseconds> const& other) {
  if (other && (!oldest || *other < *oldest)) oldest = other;
}

void count_run(RepositoryCounts& counts, RunView const& run) {
  ++counts.runs[verdict_index(run)];
  if (run.ledger) take_older(counts.oldest_full_hash, run.verified.hashed_at);
}

/// The three kinds that make the agent blind never count by their severity (api.md 5.2).
bool is_blind_kind(std::string_view kind) {
  return is_one_of(kind, {"repository.unreadable", "repository.missing", "coverage.blind"});
}

void count_finding(RepositoryCounts& counts, Finding const& finding) {
  if (finding.state == FindingState::closed) return;
  if (finding.state == FindingState::acknowledged) {
    ++counts.acknowledged;
  } else if (finding.waiver) {
    ++counts.waived;
  } else {
    ++counts.open[static_cast<std::size_t>(finding.severity)];
    if (is_blind_kind(finding.kind)) {
      ++counts.open_blind[static_cast<std::size_t>(finding.severity)];
    }
  }
}

void count_root(RepositoryCounts& counts, WatchRootView const& root) {
  if (root.state == "live") ++counts.roots_live;
  if (root.state == "scanned") ++counts.roots_scanned;
  if (root.state == "gap") ++counts.roots_gap;
}

void count_dispatch(RepositoryCounts& counts, DispatchView const& dispatch) {
  for (auto const& event : dispatch.events) {
    if (event.state == "undispatched") ++counts.undispatched_commits;
  }
  for (auto const& plan : dispatch.plans) {
    if (plan.family == "ripple") ++counts.undispatched_plans;
  }
}

template <typename Array>
void add_each(Array& sum, Array const& other) {
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += other[i];
}

void add(RepositoryCounts& sum, RepositoryCounts const& other) {
  add_each(sum.runs, other.runs);
  add_each(sum.open, other.open);
  add_each(sum.open_blind, other.open_blind);
  sum.acknowledged += other.acknowledged;
  sum.waived += other.waived;
  sum.undispatched_commits += other.undispatched_commits;
  sum.undispatched_plans += other.undispatched_plans;
  sum.roots_live += other.roots_live;
  sum.roots_scanned += other.roots_scanned;
  sum.roots_gap += other.roots_gap;
  take_older(sum.oldest_full_hash, other.oldest_full_hash);
}

bool has_alarm(LedgerStatus const& ledger) {
  return std::any_of(ledger.flags.begin(), ledger.flags.end(), [](std::string const& flag) {
    return is_one_of(flag, {"STALE", "conflict", "invalid", "rejected"});
  });
}

}  // namespace

RepositorySnapshotPtr make_repository(RepositorySnapshot repository) {
  std::sort(repository.roots.begin(), repository.roots.end(),
            [](auto const& a, auto const& b) { return a.id < b.id; });
  std::sort(repository.runs.begin(), repository.runs.end(),
            [](auto const& a, auto const& b) { return a->run < b->run; });
  std::sort(repository.findings.begin(), repository.findings.end(),
            [](auto const& a, auto const& b) { return finding_before(*a, *b); });
  RepositoryCounts counts;
  for (auto const& run : repository.runs) count_run(counts, *run);
  for (auto const& finding : repository.findings) count_finding(counts, *finding);
  for (auto const& root : repository.roots) count_root(counts, root);
  if (repository.dispatch) count_dispatch(counts, *repository.dispatch);
  repository.counts = counts;
  return std::make_shared<RepositorySnapshot const>(std::move(repository));
}

RunView const* find_run(RepositorySnapshot const& repository, std::string_view run) {
  auto const found = std::lower_bound(
      repository.runs.begin(), repository.runs.end(), run,
      [](RunViewPtr const& view, std::string_view path) { return view->run < path; });
  if (found == repository.runs.end() || (*found)->run != run) return nullptr;
  return found->get();
}

RepositorySnapshot const* find_repository(Snapshot const& snapshot, std::string_view id) {
  for (auto const& repository : snapshot.repositories) {
    if (repository->id == id) return repository.get();
  }
  return nullptr;
}

std::string_view to_text(AgentState state) noexcept {
  switch (state) {
    case AgentState::critical:
      return "critical";
    case AgentState::findings:
      return "findings";
    case AgentState::blind:
      return "blind";
    case AgentState::clean:
      return "clean";
  }
  return "";
}

RepositoryCounts sum_counts(Snapshot const& snapshot,
                            std::vector<RepositorySnapshot const*> const& some) {
  RepositoryCounts sum;
  for (auto const* repository : some) add(sum, repository->counts);
  for (auto const& finding : snapshot.findings) count_finding(sum, *finding);
  for (auto const& root : snapshot.roots) count_root(sum, root);
  return sum;
}

AgentState state_of(RepositoryCounts const& counts, LedgerStatus const& ledger) {
  auto const open = [&counts](Severity severity) {
    auto const index = static_cast<std::size_t>(severity);
    return counts.open[index] > counts.open_blind[index];
  };
  if (open(Severity::critical)) return AgentState::critical;
  if (open(Severity::high) || open(Severity::medium) || has_alarm(ledger)) {
    return AgentState::findings;
  }
  bool const any_blind = std::any_of(counts.open_blind.begin(), counts.open_blind.end(),
                                     [](std::uint64_t count) { return count > 0; });
  bool const unknown = counts.runs.back() > 0;
  return any_blind || unknown || counts.roots_gap > 0 ? AgentState::blind : AgentState::clean;
}

}  // namespace govseal
