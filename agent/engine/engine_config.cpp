#include <algorithm>

#include "agent/engine/engine.h"
#include "base/json.h"
#include "config/show.h"
#include "sealing/ledger/records.h"

// Reload: read and validate everything, then swap in one step, or keep the old one entirely
// (api.md 10).

namespace govseal {
namespace {

Problem bad_configuration(std::vector<ConfigProblem> const& problems, std::string detail) {
  JsonWriter json;
  json.begin_array();
  for (ConfigProblem const& problem : problems) {
    if (problem.severity != ConfigProblem::Severity::error) continue;
    json.begin_object();
    json.member("file", problem.file).member("line", static_cast<std::uint64_t>(problem.line));
    json.member("column", static_cast<std::uint64_t>(problem.column)).member("key", problem.key);
    json.member("message", problem.message);
    json.key("nearest");
    if (problem.nearest.empty()) {
      json.null();
    } else {
      json.value(problem.nearest);
    }
    json.end_object();
  }
  json.end_array();
  return {"bad-configuration", std::move(detail), {{"errors", json.take()}}};
}

}  // namespace

void Engine::handle(ReloadRequested const&, Instant now) {
  (void)now;
  if (reading_config_) {
    read_config_again_ = true;
    return;
  }
  reading_config_ = true;
  out_.act(ReadConfig{});
}

void Engine::handle(ConfigRead& event, Instant now) {
  reading_config_ = false;
  if (std::exchange(read_config_again_, false)) return handle(ReloadRequested{}, now);
  if (stopping_) return;
  LoadOutcome& outcome = *event.outcome;
  if (!outcome.config) {
    auto const first = std::find_if(outcome.problems.begin(), outcome.problems.end(),
                                    [](ConfigProblem const& problem) {
                                      return problem.severity == ConfigProblem::Severity::error;
                                    });
    std::string const text = first == outcome.problems.end() ? "" : to_text(*first);
    refuse_config(outcome.error_count(), std::nullopt, text, now);
    return end_reload(bad_configuration(outcome.problems, std::to_string(outcome.error_count()) +
                                                              " problem(s); the old "
                                                              "configuration stays in force"));
  }
  std::vector<ConfigProblem> restart;
  for (ChangedKey const& changed : changed_keys(config_, *outcome.config)) {
    if (!changed.needs_restart) continue;
    ConfigProblem problem;
    problem.file = outcome.config->files.empty() ? "" : outcome.config->files.front();
    problem.key = changed.name;
    problem.message = "needs a restart of the agent";
    restart.push_back(std::move(problem));
  }
  if (!restart.empty()) {
    refuse_config(restart.size(), outcome.config->digest, to_text(restart.front()), now);
    return end_reload(bad_configuration(restart, restart.front().key + " needs a restart"));
  }
  apply_config(std::move(*outcome.config), now);
  end_reload(std::nullopt);
}

void Engine::refuse_config(std::size_t problems, std::optional<Digest> digest,
                           std::string const& first, Instant now) {
  (void)now;
  changed_ = true;
  config_error_ = first;
  record::ConfigReloaded record{.config = digest.value_or(config_.digest),
                                .previous = config_.digest,
                                .applied = false,
                                .problems = static_cast<std::int64_t>(problems)};
  if (!reload_jobs_.empty()) {
    By const& by = reload_jobs_.front().second;
    record.by = record::By{.uid = by.uid, .pid = by.pid, .role = by.role};
  }
  out_.append(make_record(record));
  set_finding("config.invalid", "", {}, true, "", first);
}

void Engine::end_reload(std::optional<Problem> const& problem) {
  for (auto const& [job, by] : std::exchange(reload_jobs_, {})) {
    if (problem) {
      out_.act(FailJob{job, *problem});
    } else {
      out_.act(FinishJob{job, "{\"applied\":true}"});
    }
  }
}

void Engine::apply_config(Config config, Instant now) {
  changed_ = true;
  record::ConfigReloaded record{
      .config = config.digest, .previous = config_.digest, .applied = true};
  for (ChangedKey const& changed : changed_keys(config_, config)) {
    record.changed.push_back(changed.name);
  }
  if (!reload_jobs_.empty()) {
    By const& by = reload_jobs_.front().second;
    record.by = record::By{.uid = by.uid, .pid = by.pid, .role = by.role};
  }
  out_.append(make_record(record));
  Config const before = std::exchange(config_, std::move(config));
  config_loaded_at_ = now.wall;
  config_differs_ = false;
  config_error_.reset();
  set_finding("config.invalid", "", {}, false, "reloaded");

  std::set<std::string> kept;
  for (RepositoryConfig const& repository : config_.repositories) kept.insert(repository.name);
  for (auto it = repositories_.begin(); it != repositories_.end();) {
    if (kept.contains(it->first)) {
      ++it;
      continue;
    }
    std::string const id = it->first;
    drop_repository(id, now);
    it = repositories_.erase(it);
  }
  for (RepositoryConfig const& repository : config_.repositories) {
    configure_repository(repository, before, now);
  }
  schedule_report(now);
  watch_config(now);
  out_.act(ConfigApplied{});
}

void Engine::drop_repository(std::string const& id, Instant now) {
  std::vector<RootId> roots;
  for (auto const& [root_id, root] : runs_.roots()) {
    if (root.repository == id) roots.push_back(root_id);
  }
  for (RootId const& root_id : roots) runs_.remove_root(root_id);
  roots_.set_roots(id, {}, false, now);
  dispatch_.remove_repository(id);
  for (auto const& [finding_id, finding] : projection_.findings()) {
    if (finding->repository != id || finding->state == FindingState::closed) continue;
    out_.append(make_record(record::Finding{.repo = id,
                                            .id = finding_id,
                                            .name = finding->kind,
                                            .state = "closed",
                                            .of = projection_.opening_record(finding_id),
                                            .severity = std::string(to_text(finding->severity)),
                                            .run = finding->subject.run,
                                            .reason = "not-configured"}));
  }
  mark(id);
}

void Engine::configure_repository(RepositoryConfig const& repository, Config const& before,
                                  Instant now) {
  auto const held = repositories_.find(repository.name);
  auto const old =
      std::find_if(before.repositories.begin(), before.repositories.end(),
                   [&](RepositoryConfig const& other) { return other.name == repository.name; });
  if (held == repositories_.end()) {
    start_repository(repository, now);
    return;
  }
  held->second.config = &repository;
  dispatch_.set_repository(repository);
  bool const same = old != before.repositories.end() && *old == repository;
  if (same) return;
  mark(repository.name);
  std::vector<RootId> gone;
  for (auto const& [root_id, root] : runs_.roots()) {
    if (root.repository != repository.name) continue;
    bool const stays = root.repository_path == repository.path &&
                       std::find(repository.run_roots.begin(), repository.run_roots.end(),
                                 root.config) != repository.run_roots.end();
    if (!stays) gone.push_back(root_id);
  }
  for (RootId const& root_id : gone) runs_.remove_root(root_id);
  if (old != before.repositories.end() && old->path != repository.path) {
    held->second.facts.reset();
    roots_.set_roots(repository.name, {}, false, now);
  }
  bool const known = held->second.facts.has_value();
  if (known) watch_repository(held->second, false, now);
  inspect(repository.name, {}, now);
  dispatch_.request(repository.name, {}, now);
}

void Engine::handle(ConfigDigested const& event, Instant now) {
  (void)now;
  bool const differs = event.digest != config_.digest;
  if (differs == config_differs_ && (!differs || event.digest == config_on_disk_)) return;
  config_differs_ = differs;
  config_on_disk_ = event.digest;
  changed_ = true;
  if (differs) out_.append(make_record(record::ConfigChangedOnDisk{.config = event.digest}));
}

}  // namespace govseal
