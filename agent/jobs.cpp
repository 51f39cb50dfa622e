#include "agent/jobs.h"

#include <algorithm>
#include <charconv>

#include "base/json.h"

namespace govseal {
namespace {

std::optional<std::uint64_t> number_of(std::string_view id) {
  if (id.size() < 3 || id.size() > 20 || id.substr(0, 2) != "j-" || id[2] == '0') return {};
  std::uint64_t number = 0;
  auto const [end, error] = std::from_chars(id.data() + 2, id.data() + id.size(), number);
  if (error != std::errc() || end != id.data() + id.size()) return {};
  return number;
}

std::optional<std::string> time_text(std::optional<Instant> const& instant) {
  if (!instant) return {};
  return format_utc_ms(instant->wall);
}

/// Rate over the whole run so far; the time left follows from it.
void write_progress(JsonWriter& writer, Job const& job, Instant now) {
  JobProgress const& progress = *job.progress;
  Instant const end = job.finished_at.value_or(now);
  Instant const start = job.started_at.value_or(job.created_at);
  double const seconds = std::chrono::duration<double>(end.mono - start.mono).count();
  std::optional<std::uint64_t> rate;
  if (seconds > 0) rate = static_cast<std::uint64_t>(double(progress.bytes_done) / seconds);
  std::optional<std::uint64_t> left;
  if (job.finished()) left = 0;
  if (!job.finished() && rate.value_or(0) > 0 && progress.bytes_total >= progress.bytes_done) {
    left = (progress.bytes_total - progress.bytes_done + *rate - 1) / *rate;
  }
  writer.begin_object();
  writer.member("files_done", progress.files_done).member("files_total", progress.files_total);
  writer.member("bytes_done", progress.bytes_done).member("bytes_total", progress.bytes_total);
  writer.member("bytes_per_s", rate).member("eta_s", left);
  writer.end_object();
}

}  // namespace

std::string_view to_text(JobState state) noexcept {
  switch (state) {
    case JobState::queued:
      return "queued";
    case JobState::running:
      return "running";
    case JobState::done:
      return "done";
    case JobState::failed:
      return "failed";
  }
  return "";
}

std::string Job::id() const {
  return "j-" + std::to_string(number);
}

bool Job::finished() const noexcept {
  return state == JobState::done || state == JobState::failed;
}

std::optional<unsigned> Job::percent() const noexcept {
  if (!progress) return {};
  auto const share = [](std::uint64_t part, std::uint64_t whole) {
    return static_cast<unsigned>(std::min(100.0, 100.0 * double(part) / double(whole)));
  };
  if (progress->bytes_total > 0) return share(progress->bytes_done, progress->bytes_total);
  if (progress->files_total > 0) return share(progress->files_done, progress->files_total);
  return 0;
}

JobTable::JobTable(JobLimits limits) : limits_(limits) {}

std::optional<std::string> JobTable::create(std::string verb, std::string request, By by,
                                            Instant now) {
  auto const same_uid = [&by](auto const& entry) {
    return !entry.second.finished() && entry.second.by.uid == by.uid;
  };
  auto const unfinished_of_uid = std::count_if(jobs_.begin(), jobs_.end(), same_uid);
  if (static_cast<std::size_t>(unfinished_of_uid) >= limits_.unfinished_per_uid_max) return {};
  expire(now);
  Job job;
  job.number = next_++;
  job.verb = std::move(verb);
  job.request = std::move(request);
  job.by = std::move(by);
  job.created_at = now;
  std::string id = job.id();
  jobs_.emplace(job.number, std::move(job));
  return id;
}

Job* JobTable::find_unfinished(std::string_view id) {
  auto const number = number_of(id);
  auto const found = number ? jobs_.find(*number) : jobs_.end();
  if (found == jobs_.end() || found->second.finished()) return nullptr;
  return &found->second;
}

void JobTable::changed(Job& job) {
  ++job.version;
  std::string const id = job.id();
  for (auto const& listener : listeners_) {
    if (listener) listener(id);
  }
}

void JobTable::start(std::string_view id, Instant now) {
  Job* job = find_unfinished(id);
  if (!job || job->state == JobState::running) return;
  job->state = JobState::running;
  job->started_at = now;
  changed(*job);
}

void JobTable::report_progress(std::string_view id, JobProgress progress, Instant now) {
  Job* job = find_unfinished(id);
  if (!job) return;
  start(id, now);
  auto const before = job->percent();
  job->progress = progress;
  if (job->percent() != before) changed(*job);
}

void JobTable::finish(std::string_view id, std::string result, Instant now) {
  Job* job = find_unfinished(id);
  if (!job) return;
  job->state = JobState::done;
  if (!job->started_at) job->started_at = now;
  job->finished_at = now;
  job->result = std::move(result);
  changed(*job);
}

void JobTable::fail(std::string_view id, Problem problem, Instant now) {
  Job* job = find_unfinished(id);
  if (!job) return;
  job->state = JobState::failed;
  job->finished_at = now;
  job->problem = std::move(problem);
  changed(*job);
}

Job const* JobTable::find(std::string_view id) const {
  auto const number = number_of(id);
  auto const found = number ? jobs_.find(*number) : jobs_.end();
  return found == jobs_.end() ? nullptr : &found->second;
}

std::vector<Job const*> JobTable::list() const {
  std::vector<Job const*> jobs;
  for (auto entry = jobs_.rbegin(); entry != jobs_.rend(); ++entry) jobs.push_back(&entry->second);
  return jobs;
}

std::size_t JobTable::unfinished() const noexcept {
  auto const count = std::count_if(jobs_.begin(), jobs_.end(),
                                   [](auto const& entry) { return !entry.second.finished(); });
  return static_cast<std::size_t>(count);
}

void JobTable::expire(Instant now) {
  auto const too_old = [this, now](auto const& entry) {
    return entry.second.finished_at && now.boot - entry.second.finished_at->boot > limits_.keep;
  };
  std::erase_if(jobs_, too_old);
  std::size_t finished = jobs_.size() - unfinished();
  for (auto entry = jobs_.begin(); entry != jobs_.end() && finished > limits_.jobs_max;) {
    bool const drop = entry->second.finished();
    finished -= drop ? 1 : 0;
    entry = drop ? jobs_.erase(entry) : std::next(entry);
  }
}

void JobTable::set_limits(JobLimits limits) {
  limits_ = limits;
}

std::size_t JobTable::on_change(std::function<void(std::string const&)> listener) {
  listeners_.push_back(std::move(listener));
  return listeners_.size() - 1;
}

void JobTable::remove_listener(std::size_t number) {
  listeners_.at(number) = nullptr;
}

std::string job_json(Job const& job, Instant now) {
  JsonWriter writer;
  writer.begin_object();
  writer.member("id", job.id()).member("verb", job.verb).member("state", to_text(job.state));
  writer.member("created_at", format_utc_ms(job.created_at.wall));
  writer.member("started_at", time_text(job.started_at));
  writer.member("finished_at", time_text(job.finished_at));
  writer.key("by").begin_object().member("uid", job.by.uid).member("pid", job.by.pid);
  writer.member("role", job.by.role).end_object();
  writer.key("request").raw(job.request.empty() ? "{}" : job.request);
  writer.key("progress");
  if (job.progress) {
    write_progress(writer, job, now);
  } else {
    writer.null();
  }
  writer.key("result").raw(job.result.empty() ? "null" : job.result);
  writer.key("problem").raw(job.problem ? problem_json(*job.problem, "") : "null");
  return writer.end_object().take();
}

}  // namespace govseal
