#include "tests/world/sim_agent.h"

#include "base/error.h"
#include "sealing/ledger/seal_side_files.h"
#include "sealing/ledger/ssh_signature.h"

namespace govseal {
namespace {

/// Nobody has a file open: the simulation's producers write and close in one step.
class ClearProbe final : public WriterProbe {
 public:
  [[nodiscard]] ProbeAnswer probe(File const&) const override {
    return {Probe::clear, std::nullopt};
  }
};

Config make_config() {
  Config config;
  config.agent.state_dir = "/state";
  config.sealing.cycle_s = std::chrono::seconds(300);
  RepositoryConfig repository;
  repository.name = "demo";
  repository.path = "/repo";
  repository.dispatch.enabled = DispatchConfig::Enabled::no;
  RunRootConfig root;
  root.path = RelativePath::of(".codex/RUNS");
  root.settle_ms = std::chrono::milliseconds(500);
  repository.run_roots = {root};
  config.repositories = {repository};
  config.report.schedule.kind = ScheduleConfig::Kind::off;
  config.report.on_severity_change = false;
  return config;
}

}  // namespace

/// The real side files, on the fake file system.
class SimAgent::Keeper final : public SealKeeper {
 public:
  Keeper(Directory& state, Ledger& ledger) : state_(state), ledger_(ledger) {}
  void write_copy(RunKey const& key, std::string const& hashfile) override {
    write_seal_copy(state_, {key.repository, key.run}, hashfile, ledger_.seal_key());
  }
  void write_proof(RunKey const& key, std::uint64_t index) override {
    SealPlace const place{key.repository, key.run};
    if (!read_side_files(state_, place).proof) {
      write_seal_proof(state_, place, ledger_.tlog_proof(index));
    }
  }

 private:
  Directory& state_;
  Ledger& ledger_;
};

SimAgent::SimAgent(std::uint64_t seed)
    : random_(seed), config_(make_config()), probe_(std::make_unique<ClearProbe>()) {
  files_.make_directory("/state", 0700);
  files_.make_directory(kRunRoot);
  files_.sync_all();
  (void)git_.add("/repo");
  index_ = StatIndex::open_in_memory();
}

SimAgent::~SimAgent() = default;

void SimAgent::start() {
  GOVSEAL_ASSERT(!running());
  stopped_ = false;
  state_ = files_.open("/state");
  LedgerOptions options;
  options.host_name = "sim";
  options.version = "0.0.0";
  options.boot_id = clock_.boot_id();
  LedgerOpening opening = Ledger::open({*state_}, options, clock_.now());
  GOVSEAL_ASSERT(std::holds_alternative<LedgerOpened>(opening));
  LedgerOpened& opened = std::get<LedgerOpened>(opening);
  ledger_ = std::move(opened.ledger);
  EngineParts parts;
  parts.clean = opened.clean && opened.first_records.empty();
  if (!opened.first_records.empty()) {
    AppendResult const first = ledger_->append(opened.first_records, clock_.now());
    GOVSEAL_ASSERT(std::holds_alternative<Appended>(first));
  }
  ledger_->for_each_record(0, ledger_->size(),
                           [&](Record const& record) { parts.projection.apply(record); });
  keeper_ = std::make_unique<Keeper>(*state_, *ledger_);
  pool_ = std::make_unique<InlinePool>(random_());
  queue_ = std::make_unique<BatchQueue>(std::chrono::milliseconds(20));
  parts.config = config_;
  parts.version = "0.0.0";
  parts.seal_key_fingerprint = ssh_key_of(ledger_->seal_key().public_key()).fingerprint();
  parts.ledger_origin = ledger_->origin();
  parts.ledger_root = ledger_->root();
  parts.boot_id = clock_.boot_id();
  parts.seed = random_();
  engine_ = std::make_unique<Engine>(std::move(parts), clock_.now());
  workers_ = std::make_unique<Workers>(
      WorkerParts{files_, git_, *probe_, *index_, *keeper_, *pool_, clock_,
                  [](Snapshot const&, std::uint64_t) { return StoredReport{}; },
                  [this](Event event) { events_.push_back(std::move(event)); }});
  execute(engine_->start(clock_.now()));
}

void SimAgent::begin_life() {
  workers_.reset();
  engine_.reset();
  pool_.reset();
  queue_.reset();
  keeper_.reset();
  ledger_.reset();
  state_.reset();
  events_.clear();
  hints_.clear();
  files_.set_fault_hook({});
}

void SimAgent::kill() {
  begin_life();
}

void SimAgent::power_cut() {
  files_.crash(random_());
  begin_life();
  clock_.reboot("22222222-2222-3333-4444-" + std::to_string(100'000'000'000 + draw(899'999'999)));
  // The index is a cache over a database of its own: it survives or it does not.
  if (draw(2) == 0) index_ = StatIndex::open_in_memory();
}

void SimAgent::stop() {
  pool_->run_all();
  while (!events_.empty()) deliver_an_event();
  step(StopRequested{"signal", "SIGTERM"});
  while (!stopped_) commit_a_batch();
  begin_life();
}

void SimAgent::arm_power_cut(std::size_t operations) {
  files_.set_fault_hook(fault_at(operations, Fault::crash_now()));
}

// ------------------------------------------------------------------------------ small steps

void SimAgent::step(Event event) {
  execute(engine_->step(std::move(event), clock_.now()));
}

void SimAgent::execute(Actions actions) {
  for (Action& action : actions) {
    std::visit(
        [&](auto& what) {
          using What = std::decay_t<decltype(what)>;
          if constexpr (std::is_same_v<What, ArmRoot>) {
            bool const there = files_.exists(what.root.base + "/" + what.root.path.str());
            RootArmed armed;
            armed.root = what.root.id;
            armed.rung = Rung::inotify;
            armed.presence = there ? RootPresence::directory : RootPresence::missing;
            if (there) armed.identity = DirectoryIdentity{1, 1, {}};
            events_.push_back(std::move(armed));
          } else if constexpr (std::is_same_v<What, AppendRecord>) {
            if (what.draft.wall == nanoseconds{}) what.draft.wall = clock_.now().wall;
            GOVSEAL_ASSERT(queue_->push(std::move(what.draft), what.token, clock_.now()));
          } else if constexpr (std::is_same_v<What, StopProcess>) {
            stopped_ = true;
          } else if constexpr (requires(Workers & workers) { workers.run(std::move(what)); }) {
            workers_->run(std::move(what));
          }
        },
        action);
  }
}

void SimAgent::run_a_job() {
  (void)pool_->run_one();
}

void SimAgent::commit_a_batch() {
  BatchQueue::Batch batch = queue_->take_now();
  if (batch.records.empty()) return;
  AppendResult const result = ledger_->append(batch.records, clock_.now());
  GOVSEAL_ASSERT(std::holds_alternative<Appended>(result));
  Appended const& appended = std::get<Appended>(result);
  RecordsAppended event;
  event.batch.size = ledger_->size();
  event.batch.root = ledger_->root();
  for (std::size_t i = 0; i < appended.lines.size(); ++i) {
    event.batch.records.push_back(
        {batch.tokens[i], std::get<Record>(parse_record(appended.lines[i]))});
  }
  step(std::move(event));
}

void SimAgent::deliver_an_event() {
  if (events_.empty()) return;
  // As in the service: what the kernel queued before an outcome is heard before it.
  while (!hints_.empty()) deliver_a_hint();
  Event event = std::move(events_.front());
  events_.pop_front();
  step(std::move(event));
}

void SimAgent::deliver_a_hint() {
  if (hints_.empty()) return;
  Hint hint = std::move(hints_.front());
  hints_.pop_front();
  if (draw(10) == 0) step(HintSeen{hint});  // hints come twice
  step(HintSeen{std::move(hint)});
}

void SimAgent::overflow() {
  if (hints_.empty()) return;
  hints_.clear();
  step(GapSeen{Gap{.roots = {RootId{kRootId}}, .cause = GapCause::kernel_overflow}});
}

void SimAgent::pass_time(nanoseconds by) {
  clock_.advance(by);
  files_.advance_ns(by.count());
  if (!running()) return;
  auto const due = engine_->next_due(clock_.now());
  if (due && *due <= clock_.now().mono) step(TimeCame{});
}

void SimAgent::settle(nanoseconds period) {
  nanoseconds const end = clock_.now().mono + period;
  while (clock_.now().mono < end) {
    while (!events_.empty() || !hints_.empty() || pool_->waiting() > 0 || !queue_->empty()) {
      deliver_a_hint();
      deliver_an_event();
      run_a_job();
      commit_a_batch();
    }
    auto const due = engine_->next_due(clock_.now());
    nanoseconds const next = due ? std::max(*due, clock_.now().mono + nanoseconds(1)) : end;
    pass_time(std::min(next, end) - clock_.now().mono);
  }
}

void SimAgent::hint(std::string const& path, HintKinds kinds) {
  if (!running()) return;  // rung C hears nothing while the agent is down
  RelativePath const full = RelativePath::of(path);
  Hint hint;
  hint.root = RootId{kRootId};
  hint.directory = full.parent();
  hint.name = full.name();
  hint.kinds = kinds;
  // Reordered now and then.
  if (draw(4) == 0) {
    hints_.push_front(std::move(hint));
  } else {
    hints_.push_back(std::move(hint));
  }
}

std::vector<Record> SimAgent::records() const {
  std::vector<Record> records;
  ledger_->for_each_record(0, ledger_->size(),
                           [&](Record const& record) { records.push_back(record); });
  return records;
}

}  // namespace govseal
