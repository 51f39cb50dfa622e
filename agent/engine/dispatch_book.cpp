#include "agent/engine/dispatch_book.h"

#include <algorithm>

#include "reporting/layer_down/configured_rules.h"
#include "reporting/layer_down/finding_id.h"

namespace govseal {
namespace {

/// Reference hints put an evaluation off by the quiet time, but no further than this.
constexpr auto kLatest = std::chrono::seconds(5);

constexpr auto kFailedRetry = std::chrono::seconds(60);

std::size_t count_changes(DispatchResult const* before, DispatchAudit const& audit) {
  if (before == nullptr) return 0;
  std::map<std::string, EventState> states;
  for (JudgedEvent const& event : before->audit.events) {
    states[event.event.commit.hex()] = event.state;
  }
  std::size_t changes = 0;
  for (JudgedEvent const& event : audit.events) {
    auto const found = states.find(event.event.commit.hex());
    if (found == states.end() || found->second != event.state) ++changes;
  }
  return changes;
}

}  // namespace

void DispatchBook::set_repository(RepositoryConfig const& config) {
  repositories_[config.name].config = &config;
}

void DispatchBook::remove_repository(std::string const& id) {
  repositories_.erase(id);
}

DispatchBook::Repository const* DispatchBook::find(std::string const& id) const {
  auto const found = repositories_.find(id);
  return found == repositories_.end() ? nullptr : &found->second;
}

std::size_t DispatchBook::running() const noexcept {
  return static_cast<std::size_t>(
      std::count_if(repositories_.begin(), repositories_.end(),
                    [](auto const& entry) { return entry.second.evaluating; }));
}

void DispatchBook::request(std::string const& id, nanoseconds quiet, Instant now,
                           std::function<void(bool, Instant)> done) {
  auto const found = repositories_.find(id);
  if (found == repositories_.end() ||
      found->second.config->dispatch.enabled == DispatchConfig::Enabled::no) {
    if (done) done(true, now);
    return;
  }
  Repository& repository = found->second;
  if (done) repository.waiting.push_back(std::move(done));
  if (repository.evaluating || repository.writing) {
    repository.again = true;
    return;
  }
  if (repository.due == nanoseconds{}) repository.latest = now.mono + kLatest;
  repository.due = std::max(nanoseconds{1}, std::min(now.mono + quiet, repository.latest));
}

void DispatchBook::start(std::string const& id, Repository& repository, Instant now) {
  repository.due = {};
  repository.deadline_wall = {};
  repository.evaluating = true;
  repository.again = false;
  DispatchLedger const& ledger = world_.projection().dispatch(id);
  std::map<std::string, nanoseconds> arrivals = ledger.arrivals;
  for (auto const& [commit, time] : repository.arrivals) arrivals.try_emplace(commit, time);
  (void)now;
  out_.act(
      EvaluateDispatch{id, repository.config->path, make_dispatch_rules(*repository.config),
                       repository.config->dispatch.enabled == DispatchConfig::Enabled::automatic,
                       std::move(arrivals), ledger.cursor});
}

void DispatchBook::on_time(Instant now) {
  for (auto& [id, repository] : repositories_) {
    if (repository.evaluating || repository.writing) continue;
    bool const grace_over =
        repository.deadline_wall != nanoseconds{} && repository.deadline_wall <= now.wall;
    if ((repository.due != nanoseconds{} && repository.due <= now.mono) || grace_over) {
      start(id, repository, now);
    }
  }
}

std::optional<nanoseconds> DispatchBook::next_due(Instant now) const {
  std::optional<nanoseconds> next;
  auto const consider = [&](nanoseconds due) {
    if (!next || due < *next) next = due;
  };
  for (auto const& [id, repository] : repositories_) {
    if (repository.evaluating || repository.writing) continue;
    if (repository.due != nanoseconds{}) consider(repository.due);
    if (repository.deadline_wall != nanoseconds{}) {
      consider(now.mono + std::max<nanoseconds>(repository.deadline_wall - now.wall,
                                                std::chrono::milliseconds(1)));
    }
  }
  return next;
}

void DispatchBook::on_evaluated(DispatchEvaluated event, Instant now) {
  auto const found = repositories_.find(event.repository);
  if (found == repositories_.end()) return;
  std::string const& id = found->first;
  Repository& repository = found->second;
  repository.evaluating = false;
  repository.disabled = std::holds_alternative<DispatchDisabled>(event.outcome);
  repository.branch_missing = std::holds_alternative<BranchMissing>(event.outcome);
  repository.unreadable.clear();
  std::vector<RecordDraft> drafts;
  judge_branch(id, repository, drafts);
  if (auto* failure = std::get_if<JobFailure>(&event.outcome)) {
    repository.unreadable = failure->text;
  } else if (auto* unreadable = std::get_if<Unreadable>(&event.outcome)) {
    repository.unreadable = unreadable->reason;
  }
  if (!repository.unreadable.empty()) {
    finish(id, repository, false, now);
    repository.due = now.mono + kFailedRetry;
    repository.latest = repository.due;
    return;
  }
  auto* const result = std::get_if<std::unique_ptr<DispatchResult>>(&event.outcome);
  if (result == nullptr) {
    repository.result.reset();
    return write(id, repository, std::move(drafts), std::nullopt, now);
  }
  DispatchResult& fresh = **result;
  DispatchAudit const& audit = fresh.audit;
  DispatchLedger const& ledger = world_.projection().dispatch(id);
  if (fresh.cursor_place && *fresh.cursor_place != CursorPlace::on_line && ledger.cursor) {
    drafts.push_back(make_record(record::DispatchLineChanged{
        .repo = id,
        .old_tip = *ledger.cursor,
        .new_tip = audit.tip.hex(),
        .kind = *fresh.cursor_place == CursorPlace::rewritten ? "rewritten" : "other_line"}));
  }
  for (JudgedEvent const& judged : audit.events) {
    if (judged.arrived) repository.arrivals.try_emplace(judged.event.commit.hex(), *judged.arrived);
  }
  record_files(id, audit, drafts);
  judge_events(id, repository, audit, drafts);
  judge_findings(id, audit, drafts);
  std::size_t const changes = count_changes(repository.result.get(), audit);
  bool const moved = ledger.cursor != audit.tip.hex();
  std::optional<RecordDraft> evaluated;
  if (moved || changes > 0 || !drafts.empty()) evaluated = evaluated_record(id, fresh);
  repository.deadline_wall = audit.next_deadline.value_or(nanoseconds{});
  repository.result = std::move(*result);
  write(id, repository, std::move(drafts), std::move(evaluated), now);
}

void DispatchBook::write(std::string const& id, Repository& repository,
                         std::vector<RecordDraft> drafts, std::optional<RecordDraft> evaluated,
                         Instant now) {
  changed_.insert(id);
  repository.audited_at = now.wall;
  if (drafts.empty() && !evaluated) return finish(id, repository, true, now);
  repository.writing = true;
  auto const end = [this, id](Record const&, Instant then) {
    auto const found = repositories_.find(id);
    if (found != repositories_.end()) finish(found->first, found->second, true, then);
  };
  if (drafts.empty()) return out_.append(std::move(*evaluated), end);
  repository.open_records = drafts.size();
  repository.evaluated = std::move(evaluated);
  for (RecordDraft& draft : drafts) {
    out_.append(std::move(draft), [this, id, end](Record const& record, Instant then) {
      auto const found = repositories_.find(id);
      if (found == repositories_.end() || --found->second.open_records > 0) return;
      auto last = std::exchange(found->second.evaluated, std::nullopt);
      if (!last) return end(record, then);
      out_.append(std::move(*last), end);
    });
  }
}

void DispatchBook::finish(std::string const& id, Repository& repository, bool good, Instant now) {
  changed_.insert(id);
  repository.writing = false;
  bool const again = std::exchange(repository.again, false);
  if (again) {
    // Whoever asked while it ran waits for the next one.
    repository.due = std::max(nanoseconds{1}, now.mono);
    repository.latest = repository.due;
    return;
  }
  for (auto& done : std::exchange(repository.waiting, {})) done(good, now);
}

}  // namespace govseal
