#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "agent/worker_places.h"
#include "agent/workers.h"
#include "base/error.h"
#include "base/unique_fd.h"

// The jobs that ask git.

namespace govseal {
namespace {

using DirectoryPtr = std::unique_ptr<Directory>;

/// The dry probe of api.md 5.3: an unnamed file made in the run root and dropped, a read lease on
/// it taken and released.
RunRootProbe probe_run_root(Directory const& repository, RelativePath const& run_root) {
  RunRootProbe probe{run_root, std::nullopt, std::nullopt};
  auto opened = repository.open_directory(run_root);
  auto const* const root = std::get_if<DirectoryPtr>(&opened);
  if (root == nullptr || (*root)->native_handle() < 0) return probe;
  UniqueFd file(openat((*root)->native_handle(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file.valid()) {
    if (errno == EACCES || errno == EPERM || errno == EROFS) probe.writable = false;
    return probe;  // EOPNOTSUPP: no unnamed files there, nothing is known
  }
  probe.writable = true;
  // A lease for reading needs a descriptor that cannot write, and no other one that can.
  std::string const again = "/proc/self/fd/" + std::to_string(file.get());
  UniqueFd const reader(open(again.c_str(), O_RDONLY | O_CLOEXEC));
  file.reset();
  if (!reader.valid()) return probe;
  probe.lease = fcntl(reader.get(), F_SETLEASE, F_RDLCK) == 0;
  if (*probe.lease) (void)fcntl(reader.get(), F_SETLEASE, F_UNLCK);
  return probe;
}

}  // namespace

void Workers::run(InspectRepository action) {
  std::string const id = action.repository;
  submit(
      [this, action, id](std::stop_token const&) -> Event {
        RepositoryInspected event{id, RepositoryGone{}};
        auto top = parts_.files.open_directory(action.path);
        auto const* const directory = std::get_if<DirectoryPtr>(&top);
        if (directory == nullptr) return Event(std::move(event));
        auto opened = parts_.git.open(action.path);
        if (auto* unreadable = std::get_if<Unreadable>(&opened)) {
          event.outcome = std::move(*unreadable);
          return Event(std::move(event));
        }
        GitReader& git = *std::get<std::unique_ptr<GitReader>>(opened);
        RepositoryFacts facts;
        facts.layout = git.layout();
        GitHead const head = git.head();
        facts.branch = head.branch;
        if (head.commit) facts.head = head.commit->hex();
        for (RelativePath const& root : action.probe) {
          facts.probes.push_back(probe_run_root(**directory, root));
        }
        event.outcome = std::move(facts);
        return Event(std::move(event));
      },
      [id](JobFailure failure) {
        return Event(RepositoryInspected{id, Unreadable{Unreadable::Kind::failed, failure.text}});
      });
}

void Workers::run(EvaluateDispatch action) {
  std::string const id = action.repository;
  submit(
      [this, action, id](std::stop_token const& stop) -> Event {
        DispatchEvaluated event{id, BranchMissing{}};
        auto opened = parts_.git.open(action.path);
        if (auto* unreadable = std::get_if<Unreadable>(&opened)) {
          event.outcome = std::move(*unreadable);
          return Event(std::move(event));
        }
        GitReader& git = *std::get<std::unique_ptr<GitReader>>(opened);
        if (action.only_if_registry_file && !has_registry_file(git, action.rules)) {
          event.outcome = DispatchDisabled{};
          return Event(std::move(event));
        }
        DispatchFacts* facts = nullptr;
        {
          std::lock_guard const lock(facts_mutex_);
          auto& held = facts_[id];
          if (!held) held = std::make_unique<DispatchFacts>();
          facts = held.get();
        }
        auto top = parts_.files.open_directory(action.path);
        auto const* const directory = std::get_if<DirectoryPtr>(&top);
        RecordSources sources;
        if (!git.layout().is_bare && directory != nullptr) sources.work_tree = directory->get();
        switch (read_dispatch_facts(git, sources, action.rules, *facts, stop)) {
          case FactsOutcome::ready:
            break;
          case FactsOutcome::branch_missing:
            return Event(std::move(event));
          case FactsOutcome::branch_unreadable:
            event.outcome = JobFailure{0, "the governed branch names an object that is not there"};
            return Event(std::move(event));
          case FactsOutcome::stopped:
            event.outcome = JobFailure{0, "stopped"};
            return Event(std::move(event));
        }
        auto result = std::make_unique<DispatchResult>();
        DispatchHistory const& history = facts->history;
        nanoseconds const now = parts_.clock.now().wall;
        Arrivals arrivals;
        for (auto const& [commit, time] : action.arrivals) {
          if (auto const known = CommitId::from_hex(commit)) arrivals[*known] = time;
        }
        auto const cursor = action.cursor ? CommitId::from_hex(*action.cursor) : std::nullopt;
        if (cursor) {
          CursorPlace const place = history.place_of(*cursor);
          if (place != CursorPlace::on_line) result->cursor_place = place;
          for (CommitId const& commit : history.commits_after(*cursor)) {
            result->new_commits.push_back(commit.hex());
            // What the line already had when it was rewritten did not arrive now.
            if (place == CursorPlace::on_line) arrivals.try_emplace(commit, now);
          }
        } else {
          for (CommitId const& commit : history.line()) result->new_commits.push_back(commit.hex());
        }
        for (DispatchEvent const& found : history.events()) {
          result->line_events.insert(found.commit.hex());
        }
        result->audit = judge_dispatch(*facts, action.rules, arrivals, now);
        event.outcome = std::move(result);
        return Event(std::move(event));
      },
      [id](JobFailure failure) {
        return Event(DispatchEvaluated{id, std::move(failure)});
      });
}

}  // namespace govseal
