#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/sha256.h"
#include "sealing/ledger/record.h"

namespace govseal::record {

/// The record makers: one struct for each record type and one function
///
///     RecordDraft make_record(SealCreated const&);
///
/// They live in a namespace of their own because other layers have their own Finding, Actor and so
/// on: `make_record(record::SealCreated{.repo = "alpha", ...})`.
///
/// Rules for all of them. Paths, names of programs, messages and the like are raw bytes: the
/// functions encode and cut them. Lists are the raw items in any order, also double. `codes` and
/// other ascending arrays are sorted here. Words (`kind`, `rung`, ...) must be one of those the
/// comment names, names and ids must have their form: a wrong one is a programming error and aborts
/// when the record is written. An unset optional is written as null. `seal`, `gap`, `of` and the
/// like are the seq of the record they refer to. `repo` is the id of a repository.

/// Who did it, as far as the watcher knows. Unset: not known, never guessed.
struct Actor {
  std::optional<std::int64_t> pid{};
  std::optional<std::string> exe{};
  std::optional<std::int64_t> uid{};
  std::optional<std::string> comm{};
  std::optional<std::int64_t> gid{};
  std::optional<std::int64_t> loginuid{};
  std::optional<std::int64_t> start_ticks{};
  std::optional<std::string> cgroup{};
  std::string confidence = "unknown";      // exact live pid-only unknown
  std::optional<std::string> operation{};  // write create delete rename attribute
  nanoseconds observed_at{};               // wall clock
  /// Names of the fields above that could not be read, each once.
  std::vector<std::string> unreadable{};
};

/// The peer whose request led to a record.
struct By {
  std::int64_t uid = 0;
  std::int64_t pid = 0;
  std::string role{};
};

/// Why a folder counted as complete when it was sealed.
struct Settle {
  std::string dialect{};
  std::int64_t quiet_ms = 0;
  std::string probe{};  // clear unsound permission unsupported off
  std::int64_t epoch = 0;
};

}  // namespace govseal::record
