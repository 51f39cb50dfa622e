#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/engine/outbox.h"
#include "agent/engine/run_book.h"
#include "config/config.h"
#include "reporting/projection.h"
#include "sealing/ledger/records.h"

namespace govseal {

/// When repositories are audited for lost dispatches, and what an audit changes on the ledger
/// (layer-down.md 7). Part of the engine.
///
/// After an audit the open findings of the repository are made equal to what the audit found; an
/// audit that finds nothing new writes nothing. `dispatch.evaluated`, the cursor, is appended only
/// when everything that led to it is durable.
class DispatchBook {
 public:
  struct Repository {
    RepositoryConfig const* config = nullptr;  // of the configuration in force
    bool evaluating = false;
    bool again = false;
    bool writing = false;
    std::size_t open_records = 0;          // of the decision that is being written
    std::optional<RecordDraft> evaluated;  // the cursor, written after them
    nanoseconds due{};                     // mono; zero: none
    nanoseconds latest{};                  // mono; reference hints move `due` no further than this
    nanoseconds deadline_wall{};           // end of the oldest grace period
    std::map<std::string, nanoseconds> arrivals;  // of events first seen by this process
    std::unique_ptr<DispatchResult> result;
    bool disabled = false;
    bool branch_missing = false;
    std::string unreadable;
    std::optional<nanoseconds> audited_at;
    std::vector<std::function<void(bool, Instant)>> waiting;  // for the end of an evaluation
  };

  DispatchBook(RunWorld& world, Outbox& out) : world_(world), out_(out) {}

  void set_repository(RepositoryConfig const& config);
  void remove_repository(std::string const& id);

  /// Something may have changed; evaluated after a quiet time. `done(true)` after the evaluation
  /// that began later than this call.
  void request(std::string const& id, nanoseconds quiet, Instant now,
               std::function<void(bool, Instant)> done = {});
  void on_evaluated(DispatchEvaluated event, Instant now);
  void on_time(Instant now);
  [[nodiscard]] std::optional<nanoseconds> next_due(Instant now) const;

  [[nodiscard]] Repository const* find(std::string const& id) const;
  [[nodiscard]] std::size_t running() const noexcept;
  [[nodiscard]] std::set<std::string> take_changed() { return std::exchange(changed_, {}); }

 private:
  void start(std::string const& id, Repository& repository, Instant now);
  void finish(std::string const& id, Repository& repository, bool good, Instant now);
  void record_files(std::string const& id, DispatchAudit const& audit,
                    std::vector<RecordDraft>& drafts) const;
  void judge_events(std::string const& id, Repository const& repository, DispatchAudit const& audit,
                    std::vector<RecordDraft>& drafts) const;
  void judge_findings(std::string const& id, DispatchAudit const& audit,
                      std::vector<RecordDraft>& drafts) const;
  void judge_branch(std::string const& id, Repository const& repository,
                    std::vector<RecordDraft>& drafts) const;
  [[nodiscard]] RecordDraft evaluated_record(std::string const& id,
                                             DispatchResult const& fresh) const;
  /// Opens what is wanted and not open, closes what is open and not wanted.
  void tell_findings(std::string const& id, std::map<std::string, record::Finding> const& wanted,
                     std::vector<RecordDraft>& drafts) const;
  void write(std::string const& id, Repository& repository, std::vector<RecordDraft> drafts,
             std::optional<RecordDraft> evaluated, Instant now);

  RunWorld& world_;
  Outbox& out_;
  std::map<std::string, Repository> repositories_;
  std::set<std::string> changed_;
};

}  // namespace govseal
