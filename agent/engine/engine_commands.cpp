#include <algorithm>

#include "agent/engine/engine.h"
#include "base/json.h"
#include "reporting/finding_kinds.h"
#include "sealing/ledger/records.h"

// What clients ask for, and the drift report, which the agent also writes by itself.

namespace govseal {
namespace {

constexpr std::size_t kResultItemsMax = 1000;
constexpr auto kDay = std::chrono::hours(24);

Problem no_such_repository(std::string const& id) {
  return {"no-such-repository", "there is no repository " + id, {}};
}

}  // namespace

void Engine::handle(CommandReceived& event, Instant now) {
  if (stopping_) {
    return out_.act(FailJob{event.job, {"stopping", "the agent is stopping", {}}});
  }
  std::visit([&](auto const& command) { run_command(event.job, command, event.by, now); },
             event.command);
}

void Engine::run_command(std::string const& job, ScanCommand const& command, By const& by,
                         Instant now) {
  (void)by;
  SweepJob sweep{.job = job, .repository = command.repository};
  if (command.repository && !repositories_.contains(*command.repository)) {
    return out_.act(FailJob{job, no_such_repository(*command.repository)});
  }
  for (auto const& [id, root] : roots_.roots()) {
    if (root.spec.repository.empty()) continue;
    if (command.repository && root.spec.repository != *command.repository) continue;
    if (command.root && id.text != *command.root) continue;
    if (root.spec.kind == RootKind::runs) {
      sweep.open.insert(id);
    } else {
      dispatch_.request(root.spec.repository, {}, now);
    }
  }
  sweep_for(std::move(sweep), false, now);
}

void Engine::run_command(std::string const& job, VerifyCommand const& command, By const& by,
                         Instant now) {
  (void)by;
  if (command.repository && !repositories_.contains(*command.repository)) {
    return out_.act(FailJob{job, no_such_repository(*command.repository)});
  }
  bool const full_hash = command.basis == VerifyBasis::full_hash;
  if (command.repository && command.run) {
    RunKey const key{*command.repository, *command.run};
    if (runs_.verify_by_hand(key, full_hash, job, now)) return;
    return out_.act(FailJob{job, {"no-such-run", "there is no run " + *command.run, {}}});
  }
  SweepJob sweep{.job = job, .verify = true, .repository = command.repository};
  for (auto const& [id, root] : roots_.roots()) {
    if (root.spec.kind != RootKind::runs) continue;
    if (command.repository && root.spec.repository != *command.repository) continue;
    sweep.open.insert(id);
  }
  sweep_for(std::move(sweep), full_hash, now);
}

void Engine::sweep_for(SweepJob job, bool full_hash, Instant now) {
  out_.act(StartJob{job.job});
  if (job.open.empty()) return finish_sweep_job(job);
  std::string const name = job.job;
  std::set<RootId> const roots = job.open;
  sweep_jobs_.push_back(std::move(job));
  for (RootId const& id : roots) {
    runs_.sweep(
        id, full_hash,
        [this, name](Sweep const& sweep, Instant then) {
          (void)then;
          sweep_ended(name, sweep, then);
        },
        now);
  }
}

void Engine::sweep_ended(std::string const& name, Sweep const& sweep, Instant now) {
  (void)now;
  auto const found = std::find_if(sweep_jobs_.begin(), sweep_jobs_.end(),
                                  [&](SweepJob const& job) { return job.job == name; });
  if (found == sweep_jobs_.end()) return;
  found->open.erase(sweep.root);
  found->entries += sweep.entries;
  found->changed += sweep.changed;
  if (!found->open.empty()) return;
  SweepJob const job = std::move(*found);
  sweep_jobs_.erase(found);
  finish_sweep_job(job);
}

void Engine::finish_sweep_job(SweepJob const& job) {
  JsonWriter json;
  json.begin_object();
  json.member("compared", job.entries).member("changed", job.changed);
  if (job.verify) {
    std::size_t items = 0;
    json.key("items").begin_array();
    for (auto const& [id, repository] : repositories_) {
      if (job.repository && id != *job.repository) continue;
      for (RunState const* const run : runs_.runs_of(id)) {
        bool const good = run->facts && run->facts->verdict == Verdict::valid;
        bool const bound = run->facts.has_value() || !run->error.empty();
        if (good || !bound || items++ >= kResultItemsMax) continue;
        json.begin_object();
        json.member("repository", id).member("run", run->place.key.run);
        json.key("verdict");
        if (run->facts && run->facts->verdict) {
          json.value(verdict_name(*run->facts->verdict));
        } else {
          json.null();
        }
        json.key("codes").begin_array();
        if (run->facts) {
          for (std::string const& code : run->facts->codes) json.value(code);
        }
        json.end_array();
        if (!run->error.empty()) json.member("error", run->error);
        json.end_object();
      }
    }
    json.end_array();
  }
  json.end_object();
  out_.act(FinishJob{job.job, json.take()});
}

void Engine::run_command(std::string const& job, SealCommand const& command, By const& by,
                         Instant now) {
  if (!repositories_.contains(command.repository)) {
    return out_.act(FailJob{job, no_such_repository(command.repository)});
  }
  runs_.seal_by_hand({command.repository, command.run}, command.write_envelope, job, by, now);
}

void Engine::run_command(std::string const& job, AcknowledgeCommand const& command, By const& by,
                         Instant now) {
  (void)now;
  Finding const* const finding = projection_.find_open(command.finding);
  if (finding == nullptr) {
    return out_.act(
        FailJob{job, {"no-such-finding", "there is no open finding " + command.finding, {}}});
  }
  out_.act(StartJob{job});
  record::Finding record{.id = finding->id,
                         .name = finding->kind,
                         .state = "acknowledged",
                         .of = projection_.opening_record(finding->id),
                         .severity = std::string(to_text(finding->severity)),
                         .run = finding->subject.run,
                         .commit = finding->subject.commit,
                         .detail = command.reason,
                         .by = record::By{.uid = by.uid, .pid = by.pid, .role = by.role}};
  if (!finding->repository.empty()) record.repo = finding->repository;
  out_.append(make_record(record), [this, job](Record const&, Instant) {
    out_.act(FinishJob{job, "{}"});
  });
}

void Engine::run_command(std::string const& job, ReloadCommand const&, By const& by, Instant now) {
  out_.act(StartJob{job});
  reload_jobs_.emplace_back(job, by);
  handle(ReloadRequested{}, now);
}

void Engine::run_command(std::string const& job, ReportCommand const&, By const& by, Instant now) {
  out_.act(StartJob{job});
  report_jobs_.emplace_back(job, by);
  if (!report_running_) store_report(now);
}

void Engine::schedule_report(Instant now) {
  report_due_wall_ = {};
  ScheduleConfig const& schedule = config_.report.schedule;
  if (schedule.kind == ScheduleConfig::Kind::off) return;
  if (schedule.kind == ScheduleConfig::Kind::hourly) {
    auto const hour = std::chrono::duration_cast<std::chrono::hours>(now.wall);
    report_due_wall_ = hour + std::chrono::hours(1);
    return;
  }
  nanoseconds const day = now.wall - now.wall % nanoseconds(kDay);
  report_due_wall_ = day + nanoseconds(schedule.at);
  if (report_due_wall_ <= now.wall) report_due_wall_ += kDay;
}

std::string Engine::state_word(Instant now) {
  SnapshotPtr const snapshot = make_snapshot(now);
  std::vector<RepositorySnapshot const*> all;
  for (auto const& repository : snapshot->repositories) all.push_back(repository.get());
  return std::string(to_text(state_of(sum_counts(*snapshot, all), snapshot->ledger)));
}

void Engine::check_report(Instant now) {
  bool const due = report_due_wall_ != nanoseconds{} && report_due_wall_ <= now.wall;
  if (due) {
    schedule_report(now);
    if (!report_running_) store_report(now);
    return;
  }
  if (!config_.report.on_severity_change || report_running_ || !projection_.has_news()) return;
  bool const soon = report_written_mono_ != nanoseconds{} &&
                    now.mono - report_written_mono_ < nanoseconds(config_.report.min_interval_s);
  if (soon || started_.mono == now.mono) return;
  // Only what can change the one word is worth working it out: an open finding more or less.
  std::size_t open = 0;
  for (auto const& [id, finding] : projection_.findings()) {
    if (finding->state == FindingState::open) ++open;
  }
  if (open == reported_open_) return;
  reported_open_ = open;
  if (state_word(now) != reported_state_) store_report(now);
}

void Engine::store_report(Instant now) {
  report_checked_at_ = now.wall;
  changed_ = true;
  std::string const state = state_word(now);
  bool const same = projection_.last_report() && !projection_.has_news() &&
                    projection_.last_report()->state == state;
  if (same) {
    for (auto const& [job, by] : std::exchange(report_jobs_, {})) {
      JsonWriter json;
      json.begin_object().member("written", false);
      json.member("report", projection_.last_report()->name).end_object();
      out_.act(FinishJob{job, json.take()});
    }
    return;
  }
  report_running_ = true;
  report_written_mono_ = now.mono;
  reported_state_ = state;
  out_.act(StoreReport{make_snapshot(now), projection_.size() == 0 ? 0 : projection_.size() - 1});
}

void Engine::handle(ReportStored& event, Instant now) {
  (void)now;
  changed_ = true;
  auto jobs = std::exchange(report_jobs_, {});
  if (auto const* failure = std::get_if<JobFailure>(&event.outcome)) {
    report_running_ = false;
    reported_state_.clear();
    for (auto const& [job, by] : jobs) {
      out_.act(FailJob{job, {"cannot-write", failure->text, {}}});
    }
    return;
  }
  StoredReport const& stored = std::get<StoredReport>(event.outcome);
  record::DriftReported record{.report = stored.name,
                               .upto = static_cast<std::int64_t>(event.upto),
                               .json = stored.json,
                               .markdown = stored.markdown,
                               .html = stored.html,
                               .text = stored.text,
                               .state = stored.state,
                               .findings = stored.findings};
  if (!jobs.empty()) {
    By const& by = jobs.front().second;
    record.by = record::By{.uid = by.uid, .pid = by.pid, .role = by.role};
  }
  for (auto const& [id, finding] : projection_.findings()) {
    auto const since = projection_.last_report() ? projection_.last_report()->at : nanoseconds{};
    if (finding->opened_at > since) ++record.opened;
    if (finding->closed_at && *finding->closed_at > since) ++record.closed;
  }
  std::string const name = stored.name;
  out_.append(make_record(record), [this, jobs, name](Record const&, Instant then) {
    report_running_ = false;
    changed_ = true;
    for (auto const& [job, by] : jobs) {
      JsonWriter json;
      json.begin_object().member("written", true).member("report", name).end_object();
      out_.act(FinishJob{job, json.take()});
    }
    if (!report_jobs_.empty()) store_report(then);
  });
}

}  // namespace govseal
