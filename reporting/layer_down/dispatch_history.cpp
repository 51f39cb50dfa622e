#include "reporting/layer_down/dispatch_history.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "reporting/layer_down/event_reader.h"

// Owners (R3): walking the line from the root, each commit X owns what is reachable from X and has
// no owner yet. Everything its first parent reaches has one, so only the other parents are
// followed, down to commits that are owned: each commit is visited once. Owners of a beginning of
// the line do not depend on what follows, so a branch that moved back or was rewritten keeps the
// common part.

namespace govseal {
namespace {

/// The rules without what commits are not judged by.
DispatchRules commit_rules(DispatchRules const& rules) {
  DispatchRules relevant = rules;
  DispatchRules const defaults;
  relevant.repo = defaults.repo;
  relevant.grace = defaults.grace;
  relevant.baseline = defaults.baseline;
  relevant.records_dir = defaults.records_dir;
  relevant.registry_file = defaults.registry_file;
  relevant.canon_dirs = defaults.canon_dirs;
  relevant.audit_log = defaults.audit_log;
  relevant.aliases = defaults.aliases;
  return relevant;
}

}  // namespace

char const* name_of(Priority priority) noexcept {
  switch (priority) {
    case Priority::high:
      return "HIGH";
    case Priority::medium:
      return "MEDIUM";
    case Priority::low:
      return "LOW";
  }
  return "";
}

char const* name_of(Undecidable reason) noexcept {
  switch (reason) {
    case Undecidable::object_missing:
      return "object_missing";
    case Undecidable::parent_missing:
      return "parent_missing";
  }
  return "";
}

bool DispatchHistory::advance(GitReader& git, DispatchRules const& rules, CommitId const& tip,
                              std::stop_token stop) {
  commits_read_ = 0;
  forget_stale(git, rules);
  NoticingReader noticing(git, missing_);
  auto ahead = look_ahead(noticing, tip, stop);
  if (!ahead) return false;
  truncate(ahead->keep);
  if (ahead->keep == 0) starts_at_boundary_ = ahead->starts_at_boundary;
  EventReader reader(noticing, *rules_);
  for (auto id = ahead->commits.rbegin(); id != ahead->commits.rend(); ++id) {
    if (stop.stop_requested()) return false;
    noticing.set_position(static_cast<std::uint32_t>(line_.size()));
    append(noticing, reader, *id);
  }
  return true;
}

void DispatchHistory::forget_stale(GitReader& git, DispatchRules const& rules) {
  auto relevant = commit_rules(rules);
  auto const& shallow = git.layout().shallow;
  if (rules_ != relevant || shallow_ != shallow) truncate(0);
  rules_ = std::move(relevant);
  shallow_ = shallow;

  if (auto returned = missing_.find_returned(git)) truncate(*returned);
  // An exception in the middle of a commit leaves owners without their commit.
  if (appending_) owners_.truncate(static_cast<std::uint32_t>(line_.size()));
  appending_ = false;
}

std::optional<DispatchHistory::Ahead> DispatchHistory::look_ahead(GitReader& git,
                                                                  CommitId const& tip,
                                                                  std::stop_token stop) {
  Ahead ahead;
  CommitId at = tip;
  for (;;) {
    if (stop.stop_requested()) return std::nullopt;
    if (auto position = position_on_line(at)) {
      ahead.keep = *position + 1;
      return ahead;
    }
    auto commit = git.read_commit(at);
    if (!commit) {  // the parent that the commit before names
      ahead.starts_at_boundary = true;
      return ahead;
    }
    ahead.commits.push_back(at);
    if (commit->parents.empty()) return ahead;
    if (commit->at_shallow_boundary) {
      ahead.starts_at_boundary = true;
      return ahead;
    }
    at = commit->parents.front();
  }
}

void DispatchHistory::truncate(std::uint32_t length) {
  missing_.truncate(length);
  if (length >= line_.size()) return;
  line_.resize(length);
  committed_s_.resize(length);
  std::erase_if(events_, [&](DispatchEvent const& event) { return event.position >= length; });
  std::erase_if(additions_, [&](Addition const& addition) { return addition.position >= length; });
  if (length == 0) {
    owners_.clear();
  } else {
    owners_.truncate(length);
  }
}

void DispatchHistory::append(GitReader& git, EventReader& reader, CommitId const& id) {
  auto position = static_cast<std::uint32_t>(line_.size());
  auto commit = git.read_commit(id);
  // It was there a moment ago; gone means that the repository is being pruned under us.
  if (!commit) throw Error("read commit", git.layout().git_dir, id.hex() + " vanished");
  ++commits_read_;
  appending_ = true;
  owners_.add(id, position);
  own_side_commits(git, *commit, position);
  auto facts = reader.read(id, *commit, position);
  line_.push_back(id);
  committed_s_.push_back(commit->committed_s);
  if (facts.event) events_.push_back(std::move(*facts.event));
  for (auto& path : facts.added_plans) additions_.push_back({position, std::move(path)});
  appending_ = false;
}

void DispatchHistory::own_side_commits(GitReader& git, CommitInfo const& commit,
                                       std::uint32_t position) {
  std::vector<CommitId> work;
  auto visit = [&](CommitInfo const& info) {
    if (info.at_shallow_boundary) return;
    work.insert(work.end(), info.parents.begin(), info.parents.end());
  };
  visit(commit);
  while (!work.empty()) {
    auto id = work.back();
    work.pop_back();
    if (owners_.find(id)) continue;
    auto info = git.read_commit(id);
    if (!info) continue;
    ++commits_read_;
    owners_.add(id, position);
    visit(*info);
  }
}

DispatchEvent const* DispatchHistory::find_event(std::uint32_t position) const noexcept {
  auto found = std::lower_bound(
      events_.begin(), events_.end(), position,
      [](DispatchEvent const& event, std::uint32_t wanted) { return event.position < wanted; });
  return found != events_.end() && found->position == position ? &*found : nullptr;
}

std::optional<std::uint32_t> DispatchHistory::owner_of(CommitId const& commit) const noexcept {
  return owners_.find(commit);
}

std::optional<std::uint32_t> DispatchHistory::position_on_line(
    CommitId const& commit) const noexcept {
  auto owner = owners_.find(commit);
  return owner && line_[*owner] == commit ? owner : std::nullopt;
}

std::optional<std::uint32_t> DispatchHistory::added_at(std::string const& plan_path) const {
  auto found = std::find_if(additions_.rbegin(), additions_.rend(),
                            [&](Addition const& addition) { return addition.path == plan_path; });
  return found != additions_.rend() ? std::optional(found->position) : std::nullopt;
}

CursorPlace DispatchHistory::place_of(CommitId const& cursor) const noexcept {
  auto owner = owners_.find(cursor);
  if (!owner) return CursorPlace::rewritten;
  return line_[*owner] == cursor ? CursorPlace::on_line : CursorPlace::other_line;
}

std::vector<CommitId> DispatchHistory::commits_after(CommitId const& cursor) const {
  auto position = position_on_line(cursor);
  auto first = position ? line_.begin() + *position + 1 : line_.begin();
  return {first, line_.end()};
}

}  // namespace govseal
