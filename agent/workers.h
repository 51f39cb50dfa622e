#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "agent/events.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/task_pool.h"
#include "reporting/layer_down/dispatch_facts.h"
#include "sealing/stat_index.h"
#include "watchers/git/git_reader.h"
#include "watchers/writer_probe.h"

namespace govseal {

/// What a binding leaves in the state directory (ledger.md 9.3). Called on pool threads; throws
/// Error.
class SealKeeper {
 public:
  virtual ~SealKeeper() = default;
  virtual void write_copy(RunKey const& key, std::string const& hashfile) = 0;
  /// Writes the tlog-proof of the binding record where it is missing.
  virtual void write_proof(RunKey const& key, std::uint64_t log_index) = 0;
};

/// Renders and stores the drift report; called on a pool thread; throws Error.
using ReportWriter = std::function<StoredReport(Snapshot const& snapshot, std::uint64_t upto)>;

/// The world the jobs work on; everything outlives the workers.
struct WorkerParts {
  FileSystem const& files;
  GitOpener const& git;
  WriterProbe const& probe;
  StatIndex& index;
  SealKeeper& keeper;
  TaskPool& pool;
  Clock const& clock;
  ReportWriter write_report;
  /// Takes an outcome to the engine; any thread.
  std::function<void(Event)> post;
};

/// Does the blocking work that the engine asks for: one job of the pool for each action, one event
/// for its outcome. Here and nowhere else in the agent's work an Error is caught.
class Workers {
 public:
  explicit Workers(WorkerParts parts) : parts_(std::move(parts)) {}

  /// 0: as many as the pool has threads, at most 16. Takes effect with the next job.
  void set_hash_width(unsigned width) { hash_width_ = width; }

  void run(InspectRepository action);
  void run(ListRunRoot action);
  void run(LookAtRun action);
  void run(PrepareSeal action);
  void run(PublishSeal action);
  void run(RecoverSeal action);
  void run(WriteSealCopy action);
  void run(FinishSeal action);
  void run(VerifyForeign action);
  void run(CheckBound action);
  void run(EvaluateDispatch action);
  void run(StoreReport action);

 private:
  [[nodiscard]] HashOptions hash_options() const;
  void submit(std::function<Event(std::stop_token const&)> work,
              std::function<Event(JobFailure)> failed);

  WorkerParts parts_;
  unsigned hash_width_ = 0;
  std::mutex facts_mutex_;  // of the map; each entry is used by one job at a time
  std::map<std::string, std::unique_ptr<DispatchFacts>> facts_;
};

}  // namespace govseal
