#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace govseal {

/// Who did something to a file, as far as the watcher knows (ledger.md 3.4, watching.md 7.1). Text
/// is raw bytes; what is not known is empty, never guessed.
struct Actor {
  std::optional<std::int64_t> pid;
  std::optional<std::string> exe;
  std::optional<std::int64_t> uid;
  std::optional<std::string> comm;
  std::optional<std::int64_t> gid;
  std::optional<std::int64_t> loginuid;
  std::optional<std::int64_t> start_ticks;
  std::optional<std::string> cgroup;
  std::string confidence = "unknown";      // exact, live, pid-only, unknown
  std::optional<std::string> operation;    // write, create, delete, rename, attribute
  std::chrono::nanoseconds observed_at{};  // wall
  std::vector<std::string> unreadable;     // names of the fields that could not be read
  friend bool operator==(Actor const&, Actor const&) = default;
};

/// A process that had the file open when it changed, where no single actor is certain.
struct Candidate {
  std::int64_t pid = 0;
  std::optional<std::int64_t> uid;
  std::optional<std::string> comm;
  friend bool operator==(Candidate const&, Candidate const&) = default;
};

/// The peer whose request led to a job or a record (ledger.md 3.4, `by`).
struct By {
  std::int64_t uid = 0;
  std::int64_t pid = 0;
  std::string role;  // operator, viewer
  friend bool operator==(By const&, By const&) = default;
};

}  // namespace govseal
