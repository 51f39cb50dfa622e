#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/sha256.h"
#include "reporting/actor.h"

namespace govseal {

/// In rising order, so that the worst is the largest.
enum class Severity { low, medium, high, critical };
enum class FindingState { open, acknowledged, closed };
enum class SubjectType {
  run,
  guard,
  commit,
  plan,
  record,
  consumer,
  registry,
  repository,
  root,
  ledger,
  config
};

[[nodiscard]] std::string_view to_text(Severity severity) noexcept;
[[nodiscard]] std::string_view to_text(FindingState state) noexcept;
[[nodiscard]] std::string_view to_text(SubjectType type) noexcept;
[[nodiscard]] std::optional<Severity> parse_severity(std::string_view text) noexcept;

/// What a finding is about (api.md 5.6). Only the members that belong to the type are set, and only
/// those are shown. Paths are raw bytes: `run` from the repository's top, `path` relative to the
/// run folder when `run` is set, else from the repository's top.
struct Subject {
  SubjectType type = SubjectType::repository;
  std::optional<std::string> run;
  std::optional<std::string> path;
  std::optional<std::string> root;  // id of a watch root
  std::optional<std::string> branch;
  std::optional<std::string> commit;
  std::optional<std::string> rule;   // of a guard
  std::optional<std::string> owner;  // commit that owns a plan
  std::optional<std::string> consumer;
  std::optional<std::string> registry;
  std::optional<std::string> detail;
  friend bool operator==(Subject const&, Subject const&) = default;
};

/// What was expected or found: the content of one file, or the root hash of a seal.
struct Content {
  std::optional<Digest> sha256;
  std::optional<std::uint64_t> bytes;
  std::optional<Digest> root;
  friend bool operator==(Content const&, Content const&) = default;
};

struct Evidence {
  enum class Type { ledger, seal, commit, finding };
  Type type = Type::ledger;
  std::uint64_t index = 0;  // ledger, seal: index of the record
  std::string id;           // commit, finding
  friend bool operator==(Evidence const&, Evidence const&) = default;
};

struct Acknowledgement {
  std::string reason;
  By by;
  std::chrono::nanoseconds time{};  // wall
  friend bool operator==(Acknowledgement const&, Acknowledgement const&) = default;
};

/// Something wrong with a kind and a stable id (api.md 5.6). A plain value; times are wall clock.
struct Finding {
  std::string id;
  std::string kind;
  Severity severity = Severity::medium;
  FindingState state = FindingState::open;
  std::string repository;  // id; empty for findings of the whole agent
  Subject subject;
  std::string title;
  std::optional<std::string> effect;  // of sealed_write
  std::vector<std::string> codes;
  std::optional<Content> expected;
  std::optional<Content> found;
  std::optional<Actor> actor;
  std::vector<Candidate> candidates;
  std::optional<std::string> waiver;  // id of the waiver that covers it
  std::chrono::nanoseconds opened_at{};
  std::optional<std::chrono::nanoseconds> closed_at;
  std::optional<std::string> closed_reason;
  std::optional<Acknowledgement> acknowledged;
  std::chrono::nanoseconds first_seen{};
  std::chrono::nanoseconds last_seen{};
  std::vector<Evidence> evidence;
  std::string runbook;
  std::string next;  // what a person should do, one sentence
  friend bool operator==(Finding const&, Finding const&) = default;
};

using FindingPtr = std::shared_ptr<Finding const>;

/// Order of every list of findings: worst severity first, then oldest, then id (api.md 5.6).
[[nodiscard]] bool finding_before(Finding const& a, Finding const& b) noexcept;

}  // namespace govseal
