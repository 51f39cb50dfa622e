#include "agent/service.h"

#include <grp.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <climits>
#include <cstdlib>
#include <iostream>
#include <random>
#include <thread>

#include "agent/api/api.h"
#include "agent/api/listener.h"
#include "agent/api/server.h"
#include "agent/engine/engine.h"
#include "agent/journal_line.h"
#include "agent/ledger_view.h"
#include "agent/ledger_writer.h"
#include "agent/process.h"
#include "agent/report_store.h"
#include "agent/version.h"
#include "agent/watch_driver.h"
#include "agent/workers.h"
#include "base/error.h"
#include "config/discovery.h"
#include "sealing/ledger/ssh_signature.h"
#include "watchers/git/lib_git2.h"

// The only place that knows everything. Order of life: configuration, state directory, ledger,
// replay, index, engine, pool, watchers, API; taken down in the opposite order.

namespace govseal {
namespace asio = boost::asio;

namespace {

constexpr int kExitConfig = 78;
constexpr int kExitBusy = 75;
constexpr int kExitLedger = 74;
/// The snapshot is made anew at most this late, so that times in it do not stand still.
constexpr auto kSnapshotAge = std::chrono::seconds(1);
constexpr auto kSettlePoll = std::chrono::milliseconds(2);

/// The absolute path of a directory that is there after this; its parents too.
std::unique_ptr<Directory> open_state_directory(std::string const& path) {
  DiskFileSystem const files;
  auto const whole = RelativePath::parse(path.substr(1));
  if (!whole) throw Error("open", path, "this is no absolute path without `..`");
  // What is there may lie on several filesystems (/var, /run); what is made lies on the last one.
  std::string present = path;
  for (;;) {
    auto opened = files.open_directory(present);
    if (auto* directory = std::get_if<std::unique_ptr<Directory>>(&opened)) {
      if (present == path) return std::move(*directory);
      std::size_t const begin = present == "/" ? 1 : present.size() + 1;
      return make_directories(**directory, RelativePath::of(path.substr(begin)), 0700);
    }
    auto const slash = present.rfind('/');
    if (present == "/") throw Error("open", path, "there is no root directory");
    present.resize(std::max<std::size_t>(slash, 1));
  }
}

bool is_repository(std::string const& path) {
  struct stat status {};
  if (stat((path + "/.git").c_str(), &status) == 0) return true;
  return stat((path + "/HEAD").c_str(), &status) == 0 &&
         stat((path + "/objects").c_str(), &status) == 0;
}

struct LoadedConfig {
  LoadOutcome outcome;
  std::set<std::string> discovered;
};

LoadedConfig load(ConfigSources const& sources) {
  LoadedConfig loaded;
  loaded.outcome = load_config(sources);
  if (!loaded.outcome.config) return loaded;
  DiscoveryOutcome found = discover_repositories(*loaded.outcome.config, is_repository);
  std::vector<RepositoryConfig> repositories;
  for (DiscoveredRepository& repository : found.repositories) {
    if (repository.discovered) loaded.discovered.insert(repository.config.name);
    repositories.push_back(std::move(repository.config));
  }
  bool bad = false;
  for (ConfigProblem& problem : found.problems) {
    bad = bad || problem.severity == ConfigProblem::Severity::error;
    loaded.outcome.problems.push_back(std::move(problem));
  }
  loaded.outcome.config->repositories = std::move(repositories);
  if (bad) loaded.outcome.config.reset();
  return loaded;
}

std::optional<std::uint32_t> group_id(std::string const& name) {
  if (name.empty()) return std::nullopt;
  group const* const entry = getgrnam(name.c_str());
  return entry == nullptr ? std::nullopt : std::optional<std::uint32_t>(entry->gr_gid);
}

ApiServerLimits server_limits(ApiConfig const& config) {
  return {.connections_max = config.connections_max,
          .connections_per_uid_max = config.connections_per_uid_max,
          .header_bytes_max = static_cast<std::uint32_t>(config.header_bytes_max),
          .body_bytes_max = config.body_bytes_max,
          .read_timeout = config.read_timeout_ms,
          .write_timeout = config.write_timeout_ms,
          .request_timeout = config.request_timeout_ms,
          .idle_timeout = config.idle_timeout_s};
}

ApiLimits api_limits(ApiConfig const& config) {
  return {.header_bytes_max = config.header_bytes_max,
          .body_bytes_max = config.body_bytes_max,
          .sync_timeout_max = config.sync_timeout_max_ms,
          .idempotency_keys_max = config.idempotency_keys_max,
          .idempotency_keep = config.idempotency_keep_s};
}

JobLimits job_limits(ApiConfig const& config) {
  return {.jobs_max = config.jobs_max,
          .keep = config.job_keep_s,
          .unfinished_per_uid_max = config.jobs_per_uid_max};
}

/// Probes of filesystems where a lease proved to be no proof are not believed.
std::vector<FilesystemId> distrusted_filesystems(Directory& state) {
  std::vector<FilesystemId> distrusted;
  auto const told = lease_tells_writers(state);
  auto const facts = read_filesystem_facts(state.native_handle());
  if (told == false && facts) distrusted.push_back(facts->id);
  return distrusted;
}

class Service final : private CommandPort, private SyncPort {
 public:
  Service(ServiceOptions options, LoadedConfig loaded)
      : options_(std::move(options)),
        loaded_(std::move(loaded)),
        loop_(1),
        timer_(loop_),
        watchdog_timer_(loop_),
        signals_(loop_),
        clock_steps_(loop_) {}

  int run();

 private:
  [[nodiscard]] std::optional<int> open_ledger();
  [[nodiscard]] bool write_first(std::vector<RecordDraft> const& records);
  void build();
  [[nodiscard]] std::optional<int> listen();
  void execute(Actions actions);
  void deliver(Event event);
  void post_outcome(Event event);
  void ledger_told(LedgerOutcome outcome);
  void set_timer();
  void wait_for_signals();
  void watch_clock();
  void feed_watchdog();
  void begin_stop(std::string const& detail);
  void end_stop();
  SnapshotPtr newest();
  void read_config();
  void apply_limits();

  // CommandPort
  std::optional<Problem> submit(std::string const& job, Command const& command,
                                By const& by) override;
  std::string render_drift(DriftRequest const& request) const override;
  std::optional<std::string> seal_file(std::string const& repository, std::string const& run,
                                       bool hashfile) const override;
  // SyncPort
  void synchronise(SyncRequest const& request,
                   std::function<void(std::optional<SyncFailure>)> done) override;
  void settle(std::shared_ptr<asio::steady_timer> timer, nanoseconds deadline,
              std::function<void(std::optional<SyncFailure>)> done);

  ServiceOptions options_;
  LoadedConfig loaded_;
  SystemClock clock_;
  DiskFileSystem files_;
  LibGit2Opener git_;
  std::unique_ptr<Directory> state_;
  std::unique_ptr<Ledger> ledger_;
  EngineParts parts_;
  std::unique_ptr<StatIndex> index_;
  std::unique_ptr<WriterProbe> probe_;
  std::unique_ptr<StateSealKeeper> keeper_;
  asio::io_context loop_;
  std::unique_ptr<LedgerWriter> writer_;
  std::unique_ptr<ReportStore> reports_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<ThreadPool> pool_;
  std::unique_ptr<Workers> workers_;
  std::unique_ptr<WatchDriver> watch_;
  std::unique_ptr<WriterLedgerView> view_;
  std::unique_ptr<JobTable> jobs_;
  AccessCache access_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<ApiServer> server_;
  asio::steady_timer timer_;
  asio::steady_timer watchdog_timer_;
  asio::signal_set signals_;
  asio::posix::stream_descriptor clock_steps_;
  nanoseconds clock_offset_{};  // wall minus boot, to tell a step
  SnapshotPtr snapshot_;
  nanoseconds snapshot_at_{};
  mutable std::mutex snapshot_mutex_;  // seal_file() reads it on pool threads
  bool ready_ = false;
  bool stopping_ = false;
  int exit_code_ = 0;
};

int Service::run() {
  if (auto const code = open_ledger()) return *code;
  build();
  if (auto const code = listen()) return *code;
  wait_for_signals();
  watch_clock();
  server_->start();
  execute(engine_->start(clock_.now()));
  feed_watchdog();
  loop_.run();
  // Everything durable has been told; threads end before what they use.
  server_.reset();
  pool_.reset();
  writer_.reset();
  return exit_code_;
}

std::optional<int> Service::open_ledger() {
  Config const& config = *loaded_.outcome.config;
  state_ = open_state_directory(config.agent.state_dir);
  std::unique_ptr<Directory> credentials;
  if (char const* path = std::getenv("CREDENTIALS_DIRECTORY")) {
    auto opened = files_.open_directory(path);
    if (auto* directory = std::get_if<std::unique_ptr<Directory>>(&opened)) {
      credentials = std::move(*directory);
    }
  }
  ThreadPool checkers(config.agent.workers);
  LedgerOptions options{
      .origin = config.ledger.origin.empty() ? std::nullopt : std::optional(config.ledger.origin),
      .host_name = config.agent.host_name,
      .version = std::string(kVersion),
      .boot_id = clock_.boot_id(),
      .own_uid = geteuid(),
      .pool = &checkers};
  LedgerOpening opening = Ledger::open({*state_, credentials.get()}, options, clock_.now());
  if (std::holds_alternative<LedgerBusy>(opening)) {
    log_line(LOG_ERR, "another agent uses " + config.agent.state_dir);
    return kExitBusy;
  }
  if (auto const* refused = std::get_if<LedgerRefused>(&opening)) {
    log_line(LOG_ERR, refused->reason);
    return kExitConfig;
  }
  LedgerOpened& opened = std::get<LedgerOpened>(opening);
  for (std::string const& line : opened.first_start_lines) std::cerr << line << "\n";
  std::cerr << std::flush;
  ledger_ = std::move(opened.ledger);
  parts_.clean = opened.clean && opened.first_records.empty();
  if (!opened.first_records.empty() && !write_first(opened.first_records)) return kExitLedger;
  ledger_->for_each_record(0, ledger_->size(),
                           [this](Record const& record) { parts_.projection.apply(record); });
  (void)parts_.projection.take_changes();
  return std::nullopt;
}

// Lines that a crash left unsigned are signed with these records; only then is the ledger replayed,
// so nothing that was written is forgotten.
bool Service::write_first(std::vector<RecordDraft> const& records) {
  AppendResult result = ledger_->append(records, clock_.now());
  for (int tries = 0; std::holds_alternative<LedgerFull>(result) && tries < 30; ++tries) {
    log_line(LOG_ERR, "the ledger's filesystem is full");
    std::this_thread::sleep_for(std::chrono::seconds(1));
    result = ledger_->retry();
  }
  return std::holds_alternative<Appended>(result);
}

void Service::build() {
  Config const& config = *loaded_.outcome.config;
  index_ = StatIndex::open(*state_, config.agent.state_dir);
  if (config.watch.probe_open_writers) {
    probe_ = std::make_unique<LeaseProbe>(distrusted_filesystems(*state_));
  } else {
    probe_ = std::make_unique<NoProbe>();
  }
  parts_.index_rebuilt = index_->take_rebuild();
  if (parts_.projection.size() <= 1) parts_.index_rebuilt.reset();  // nothing was there to lose
  parts_.seal_key_fingerprint = ssh_key_of(ledger_->seal_key().public_key()).fingerprint();
  parts_.version = kVersion;
  parts_.ledger_origin = ledger_->origin();
  parts_.ledger_epoch = ledger_->epoch();
  parts_.ledger_root = ledger_->root();
  parts_.boot_id = clock_.boot_id();
  parts_.pid = getpid();
  parts_.uid = geteuid();
  parts_.discovered = loaded_.discovered;
  parts_.seed = std::random_device{}();
  auto seal_key = Ed25519PrivateKey::from_pem(ledger_->seal_key().to_pem());
  GOVSEAL_ASSERT(seal_key.has_value());
  keeper_ = std::make_unique<StateSealKeeper>(*state_, std::move(*seal_key));
  writer_ = std::make_unique<LedgerWriter>(
      std::move(ledger_), config.ledger.batch_ms, clock_, [this](LedgerOutcome outcome) {
        asio::post(loop_, [this, outcome = std::move(outcome)]() mutable {
          ledger_told(std::move(outcome));
        });
      });
  keeper_->set_writer(*writer_);
  reports_ = std::make_unique<ReportStore>(*state_, *writer_, config.agent.host_name);
  pool_ = std::make_unique<ThreadPool>(config.agent.workers, config.agent.work_queue_max);
  workers_ = std::make_unique<Workers>(
      WorkerParts{files_, git_, *probe_, *index_, *keeper_, *pool_, clock_,
                  [this](Snapshot const& snapshot, std::uint64_t upto) {
                    return reports_->store(snapshot, upto);
                  },
                  [this](Event event) { post_outcome(std::move(event)); }});
  workers_->set_hash_width(config.sealing.hash_threads);
  std::vector<std::string> cookies{config.agent.state_dir + "/cookies"};
  cookies.insert(cookies.end(), config.watch.cookie_directories.begin(),
                 config.watch.cookie_directories.end());
  watch_ = std::make_unique<WatchDriver>(
      WatchDriverParts{loop_, *pool_, files_, clock_,
                       [this](Event event) { deliver(std::move(event)); }, clock_.boot_id(),
                       std::move(cookies)},
      config.watch);
  view_ = std::make_unique<WriterLedgerView>(*writer_);
  jobs_ = std::make_unique<JobTable>(job_limits(config.api));
  parts_.config = std::move(*loaded_.outcome.config);
  engine_ = std::make_unique<Engine>(std::move(parts_), clock_.now());
  api_ = std::make_unique<Api>(
      ApiParts{[this] { return newest(); }, *view_, *this, *jobs_, access_, clock_,
               BuildInfo{std::string(kVersion), std::string(kCommit)}, geteuid(), this},
      api_limits(engine_->config().api));
}

std::optional<int> Service::listen() {
  Config const& config = engine_->config();
  UniqueFd listener;
  ListenerOptions const options{.path = config.api.socket,
                                .mode = config.api.socket_mode,
                                .group = group_id(config.api.socket_group)};
  if (auto handed = take_systemd_listener()) {
    if (auto const fault = listener_fault(handed->get())) {
      log_line(LOG_ERR, "the socket of the service manager: " + *fault);
      return kExitConfig;
    }
    for (std::string const& difference : listener_differences(handed->get(), options)) {
      log_line(LOG_WARNING, difference);
    }
    listener = std::move(*handed);
  } else {
    std::size_t const slash = config.api.socket.rfind('/');
    (void)open_state_directory(config.api.socket.substr(0, slash));
    auto made = make_listener(options);
    if (auto const* refused = std::get_if<CannotListen>(&made)) {
      log_line(LOG_ERR, refused->detail);
      return refused->exit_code;
    }
    listener = std::move(std::get<UniqueFd>(made));
  }
  bool const ordinary = !options_.sources.environment.service;
  server_ = std::make_unique<ApiServer>(
      ApiServerParts{loop_, *api_, *jobs_, access_, clock_,
                     [this](std::function<void()> job) {
                       if (pool_->depth() >= engine_->config().agent.work_queue_max) return false;
                       pool_->submit([job = std::move(job)](std::stop_token) { job(); });
                       return true;
                     },
                     [](AnswerLog const& answer) {
                       if (!answer.error.empty()) {
                         log_line(LOG_ERR,
                                  "request " + std::to_string(answer.number) + ": " + answer.error);
                       }
                     }},
      std::move(listener),
      make_role_rules(config.api.operators, config.api.viewers, geteuid(), ordinary),
      server_limits(config.api));
  return std::nullopt;
}

void Service::deliver(Event event) {
  execute(engine_->step(std::move(event), clock_.now()));
  set_timer();
}

// What the kernel queued before an outcome is heard before it.
void Service::post_outcome(Event event) {
  asio::post(loop_, [this, event = std::move(event)]() mutable {
    if (!stopping_) watch_->drain();
    deliver(std::move(event));
  });
}

void Service::ledger_told(LedgerOutcome outcome) {
  if (auto* appended = std::get_if<BatchAppended>(&outcome)) {
    for (AppendedRecord const& item : appended->records) {
      auto const line = journal_line(item.record);
      if (line) log_line(line->priority, line->text);
    }
    return deliver(RecordsAppended{std::move(*appended)});
  }
  if (auto const* space = std::get_if<LedgerSpaceChanged>(&outcome)) {
    log_line(LOG_ERR, space->full ? "the ledger's filesystem is full: nothing is sealed"
                                  : "the ledger has room again");
    return deliver(LedgerSpace{space->full});
  }
  LedgerPoisoned const& what = std::get<LedgerFailed>(outcome).what;
  log_line(LOG_CRIT, "the ledger cannot be written: " + what.operation + " " + what.file +
                         ": errno " + std::to_string(what.error_number));
  // Nothing after this may be claimed, so nothing is finished either.
  std::_Exit(kExitLedger);
}

void Service::execute(Actions actions) {
  Instant const now = clock_.now();
  for (Action& action : actions) {
    std::visit(
        [&](auto& what) {
          using What = std::decay_t<decltype(what)>;
          if constexpr (std::is_same_v<What, ArmRoot>) {
            watch_->arm(std::move(what));
          } else if constexpr (std::is_same_v<What, DisarmRoot>) {
            watch_->disarm(what);
          } else if constexpr (std::is_same_v<What, AppendRecord>) {
            writer_->append(std::move(what.draft), what.token);
          } else if constexpr (std::is_same_v<What, ReadConfig>) {
            read_config();
          } else if constexpr (std::is_same_v<What, DigestConfig>) {
            pool_->submit([this](std::stop_token) {
              post_outcome(ConfigDigested{digest_on_disk(options_.sources)});
            });
          } else if constexpr (std::is_same_v<What, ConfigApplied>) {
            apply_limits();
          } else if constexpr (std::is_same_v<What, StartJob>) {
            jobs_->start(what.job, now);
          } else if constexpr (std::is_same_v<What, FinishJob>) {
            jobs_->finish(what.job, std::move(what.result), now);
          } else if constexpr (std::is_same_v<What, FailJob>) {
            jobs_->fail(what.job, std::move(what.problem), now);
          } else if constexpr (std::is_same_v<What, ReportJobProgress>) {
            jobs_->report_progress(what.job, what.progress, now);
          } else if constexpr (std::is_same_v<What, StopProcess>) {
            exit_code_ = what.exit_code;
            end_stop();
          } else {
            workers_->run(std::move(what));
          }
        },
        action);
  }
}

void Service::set_timer() {
  if (stopping_) return;
  Instant const now = clock_.now();
  auto const due = engine_->next_due(now);
  if (!due) return;
  timer_.expires_after(std::max<nanoseconds>(*due - now.mono, nanoseconds{0}));
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error && !stopping_) deliver(TimeCame{});
  });
}

void Service::wait_for_signals() {
  if (!ready_) {
    for (int const number : {SIGTERM, SIGINT, SIGHUP}) signals_.add(number);
    ready_ = true;
    notify_ready("watching " + std::to_string(engine_->config().repositories.size()) +
                 " repositories");
    if (options_.print_ready) {
      std::cout << "govseald: answering on " << engine_->config().api.socket << std::endl;
    }
  }
  signals_.async_wait([this](boost::system::error_code error, int number) {
    if (error) return;
    if (number == SIGHUP) {
      deliver(ReloadRequested{});
    } else {
      begin_stop(number == SIGTERM ? "SIGTERM" : "SIGINT");
    }
    wait_for_signals();
  });
}

// timerfd_create(2): a timer on CLOCK_REALTIME with TFD_TIMER_CANCEL_ON_SET ends with ECANCELED
// whenever the clock is set.
void Service::watch_clock() {
  if (!clock_steps_.is_open()) {
    int const fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (fd < 0) return;
    clock_steps_.assign(fd);
  }
  itimerspec never{};
  never.it_value.tv_sec = std::numeric_limits<std::int32_t>::max();
  (void)timerfd_settime(clock_steps_.native_handle(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
                        &never, nullptr);
  Instant const now = clock_.now();
  clock_offset_ = now.wall - now.boot;
  clock_steps_.async_wait(asio::posix::stream_descriptor::wait_read,
                          [this](boost::system::error_code error) {
                            if (error || stopping_) return;
                            Instant const then = clock_.now();
                            deliver(ClockStepped{then.boot + clock_offset_, then.wall});
                            watch_clock();
                          });
}

void Service::feed_watchdog() {
  auto const period = watchdog_period();
  if (!period || stopping_) return;
  notify_watchdog();
  watchdog_timer_.expires_after(*period);
  watchdog_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) feed_watchdog();
  });
}

// SIGTERM: no more events, every job asked to stop, outcomes taken in, then the last record.
void Service::begin_stop(std::string const& detail) {
  if (std::exchange(stopping_, true)) return;
  notify_stopping();
  watch_->stop();
  timer_.cancel();
  watchdog_timer_.cancel();
  server_->stop();
  pool_->request_stop();
  auto const wait = std::make_shared<asio::steady_timer>(loop_);
  // Jobs look at their token once per MiB; their outcomes are posted before the pool is idle.
  auto const poll = std::make_shared<std::function<void()>>();
  *poll = [this, wait, poll, detail] {
    if (pool_->depth() == 0) {
      asio::post(loop_, [this, detail] { deliver(StopRequested{"signal", detail}); });
      *poll = {};
      return;
    }
    wait->expires_after(std::chrono::milliseconds(5));
    wait->async_wait([poll](boost::system::error_code) {
      if (auto const again = *poll) again();
    });
  };
  auto const first = *poll;
  first();
}

void Service::end_stop() {
  boost::system::error_code ignored;
  clock_steps_.cancel(ignored);
  signals_.cancel(ignored);
  loop_.stop();
}

SnapshotPtr Service::newest() {
  Instant const now = clock_.now();
  bool const old = now.mono - snapshot_at_ > nanoseconds(kSnapshotAge);
  if (!snapshot_ || engine_->changed() || old) {
    SnapshotPtr fresh = engine_->make_snapshot(now);
    std::lock_guard const lock(snapshot_mutex_);
    snapshot_ = std::move(fresh);
    snapshot_at_ = now.mono;
  }
  return snapshot_;
}

std::optional<Problem> Service::submit(std::string const& job, Command const& command,
                                       By const& by) {
  if (stopping_) return Problem{"stopping", "the agent is stopping", {}};
  asio::post(loop_, [this, job, command, by] { deliver(CommandReceived{job, command, by}); });
  return std::nullopt;
}

std::string Service::render_drift(DriftRequest const& request) const {
  return reports_->render(request);
}

std::optional<std::string> Service::seal_file(std::string const& repository, std::string const& run,
                                              bool hashfile) const {
  SnapshotPtr snapshot;
  {
    std::lock_guard const lock(snapshot_mutex_);
    snapshot = snapshot_;
  }
  RepositorySnapshot const* const held = find_repository(*snapshot, repository);
  RunView const* const view = held == nullptr ? nullptr : find_run(*held, run);
  auto const path = RelativePath::parse(run + (hashfile ? "/MANIFEST.sha256" : "/manifest.json"));
  if (view == nullptr || !path) return std::nullopt;
  auto top = files_.open_directory(held->path);
  auto const* const directory = std::get_if<std::unique_ptr<Directory>>(&top);
  if (directory == nullptr) return std::nullopt;
  auto opened = (*directory)->open_file(*path);
  auto const* const file = std::get_if<std::unique_ptr<File>>(&opened);
  if (file == nullptr) return std::nullopt;
  auto bytes = read_all(**file, 64ULL << 20);
  auto const& wanted = hashfile ? view->hashfile_sha256 : view->manifest_sha256;
  if (!bytes || !wanted || sha256(*bytes) != *wanted) return std::nullopt;
  return bytes;
}

void Service::synchronise(SyncRequest const& request,
                          std::function<void(std::optional<SyncFailure>)> done) {
  nanoseconds const deadline = clock_.now().mono + nanoseconds(request.timeout);
  auto timer = std::make_shared<asio::steady_timer>(loop_);
  watch_->synchronise(
      request, [this, timer, deadline, done = std::move(done)](std::optional<SyncFailure> failure) {
        if (failure) return done(std::move(failure));
        settle(timer, deadline, done);
      });
}

// The hints are in; the answer waits until what they led to is on the ledger.
void Service::settle(std::shared_ptr<asio::steady_timer> timer, nanoseconds deadline,
                     std::function<void(std::optional<SyncFailure>)> done) {
  Instant const now = clock_.now();
  if (engine_->has_acted(now)) return done(std::nullopt);
  if (now.mono >= deadline) return done(SyncFailure{SyncFailure::Kind::timeout, {}});
  timer->expires_after(kSettlePoll);
  timer->async_wait([this, timer, deadline, done = std::move(done)](boost::system::error_code) {
    settle(timer, deadline, done);
  });
}

void Service::read_config() {
  notify_reloading();
  pool_->submit([this](std::stop_token) {
    LoadedConfig loaded = load(options_.sources);
    post_outcome(ConfigRead{std::make_unique<LoadOutcome>(std::move(loaded.outcome))});
    notify_ready("configuration read");
  });
}

void Service::apply_limits() {
  Config const& config = engine_->config();
  server_->set_limits(server_limits(config.api));
  api_->set_limits(api_limits(config.api));
  jobs_->set_limits(job_limits(config.api));
  bool const ordinary = !options_.sources.environment.service;
  server_->set_roles(
      make_role_rules(config.api.operators, config.api.viewers, geteuid(), ordinary));
  workers_->set_hash_width(config.sealing.hash_threads);
  watch_->set_config(config.watch);
}

}  // namespace

int run_service(ServiceOptions const& options) {
  LoadedConfig loaded = load(options.sources);
  for (ConfigProblem const& problem : loaded.outcome.problems) {
    bool const error = problem.severity == ConfigProblem::Severity::error;
    if (error) {
      std::cerr << to_text(problem) << "\n";
    } else {
      log_line(LOG_WARNING, to_text(problem));
    }
  }
  if (!loaded.outcome.config) return kExitConfig;
  Service service(options, std::move(loaded));
  return service.run();
}

}  // namespace govseal
