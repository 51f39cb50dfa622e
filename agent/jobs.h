#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/api/problem.h"
#include "base/clock.h"
#include "reporting/actor.h"

namespace govseal {

enum class JobState { queued, running, done, failed };
[[nodiscard]] std::string_view to_text(JobState state) noexcept;

struct JobProgress {
  std::uint64_t files_done = 0;
  std::uint64_t files_total = 0;
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;
};

/// Something a client asked for and can follow (api.md 5.11).
struct Job {
  std::uint64_t number = 0;  // the id is "j-<number>"
  std::string verb;          // scan, verify, seal, report, reload, acknowledge
  JobState state = JobState::queued;
  Instant created_at;
  std::optional<Instant> started_at;
  std::optional<Instant> finished_at;
  By by;
  std::string request;  // JSON object
  std::optional<JobProgress> progress;
  std::string result;  // JSON, empty: none
  std::optional<Problem> problem;
  std::uint64_t version = 0;  // grows when the state or the percentage changes

  [[nodiscard]] std::string id() const;
  [[nodiscard]] bool finished() const noexcept;
  /// Of bytes, or of files where no bytes are known; empty without progress.
  [[nodiscard]] std::optional<unsigned> percent() const noexcept;
};

struct JobLimits {
  std::size_t jobs_max = 1000;       // finished jobs that are kept
  std::chrono::seconds keep{86400};  // for how long
  std::size_t unfinished_per_uid_max = 16;
};

/// All jobs, in memory. Used on the loop thread only; pure: reads no clock.
class JobTable {
 public:
  explicit JobTable(JobLimits limits);

  /// A queued job, or nullopt when this uid has too many unfinished ones.
  [[nodiscard]] std::optional<std::string> create(std::string verb, std::string request, By by,
                                                  Instant now);
  /// These do nothing for an unknown or finished job: it may have been forgotten.
  void start(std::string_view id, Instant now);
  void report_progress(std::string_view id, JobProgress progress, Instant now);
  /// `result` is JSON text, at most what the caller wants to keep in memory.
  void finish(std::string_view id, std::string result, Instant now);
  void fail(std::string_view id, Problem problem, Instant now);

  /// Valid until the next call of a non-const member.
  [[nodiscard]] Job const* find(std::string_view id) const;
  /// Newest first.
  [[nodiscard]] std::vector<Job const*> list() const;
  [[nodiscard]] std::size_t unfinished() const noexcept;
  /// Drops finished jobs that are too old or too many.
  void expire(Instant now);
  /// Takes over the limits of a reloaded configuration.
  void set_limits(JobLimits limits);

  /// `listener` is called with the id after every change of state or percentage. It must not call
  /// back into the table. The number is for remove_listener.
  std::size_t on_change(std::function<void(std::string const&)> listener);
  void remove_listener(std::size_t number);

 private:
  Job* find_unfinished(std::string_view id);
  void changed(Job& job);

  JobLimits limits_;
  std::map<std::uint64_t, Job> jobs_;
  std::uint64_t next_ = 1;
  std::vector<std::function<void(std::string const&)>> listeners_;
};

/// The object of api.md 5.11. `now` is for the rate and the time left.
[[nodiscard]] std::string job_json(Job const& job, Instant now);

}  // namespace govseal
