#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "agent/api/peer.h"
#include "agent/api/peer_access.h"
#include "agent/api/problem.h"
#include "agent/command.h"
#include "agent/jobs.h"
#include "base/clock.h"
#include "base/sha256.h"
#include "reporting/snapshot.h"

/// The socket API without a socket: a request and the newest snapshot go in, an answer comes out.
namespace govseal {

struct ApiRequest {
  std::string method;
  std::string target;                                        // as on the request line
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::uint64_t number = 0;  // of the request, the `instance` of problems

  /// The first value of a header; nullptr when absent. `name` in lower case.
  [[nodiscard]] std::string const* header(std::string_view name) const noexcept;
};

struct ApiResponse {
  unsigned status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string_view route;  // pattern of the route for logs and metrics, a literal; may be empty
  std::string error;       // of an internal failure, for the journal; never sent
};

struct ApiLimits {
  std::uint64_t header_bytes_max = 8192;
  std::uint64_t body_bytes_max = 65536;
  std::chrono::milliseconds sync_timeout_max{10000};
  std::size_t idempotency_keys_max = 1024;
  std::chrono::seconds idempotency_keep{86400};
};

/// Reading the ledger for ranges and proofs. Called on pool threads, several at once; throws Error.
class LedgerView {
 public:
  virtual ~LedgerView() = default;
  /// Records that are acknowledged; never shrinks.
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  /// The file `checkpoint`; empty before the first one.
  [[nodiscard]] virtual std::string checkpoint() const = 0;
  /// The signed checkpoint of exactly that size; nullopt when none was signed for it.
  [[nodiscard]] virtual std::optional<std::string> checkpoint_of(std::uint64_t size) const = 0;
  /// Lines from..to (exclusive) without LF, fewer when they exceed `bytes_max` (but at least one).
  [[nodiscard]] virtual std::vector<std::string> lines(std::uint64_t from, std::uint64_t to,
                                                       std::uint64_t bytes_max) const = 0;
  /// RFC 6962 2.1.1 and 2.1.2; arguments are within the ledger.
  [[nodiscard]] virtual std::vector<Digest> inclusion_proof(std::uint64_t index,
                                                            std::uint64_t size) const = 0;
  [[nodiscard]] virtual std::vector<Digest> consistency_proof(std::uint64_t first,
                                                              std::uint64_t second) const = 0;
};

enum class ReportFormat { json, text, markdown, html };

struct DriftRequest {
  ReportFormat format = ReportFormat::json;
  std::optional<std::string> repository;
  std::optional<std::uint64_t> since;  // ledger index
  SnapshotPtr snapshot;
  std::vector<std::string> visible;  // ids the peer may see, sorted
  bool filtered = false;             // `visible` is not everything
};

/// Everything the API asks of the agent beside snapshots.
class CommandPort {
 public:
  virtual ~CommandPort() = default;
  /// Hands a command to the engine; the job is already in the table as `queued`. The port then
  /// calls start, report_progress and finish or fail of the JobTable, on the loop thread. The
  /// result of a ReloadCommand is what `POST /v1/reload` answers, that of an AcknowledgeCommand is
  /// not shown: its job must end only when the newest snapshot has the finding as acknowledged. A
  /// problem refuses the command at once and the job fails with it.
  [[nodiscard]] virtual std::optional<Problem> submit(std::string const& job,
                                                      Command const& command, By const& by) = 0;
  /// The drift report, complete. Called on pool threads; throws Error.
  [[nodiscard]] virtual std::string render_drift(DriftRequest const& request) const = 0;
  /// The bytes of a bound seal file, `manifest.json` or `MANIFEST.sha256`; nullopt when they are
  /// not there any more or no longer the bound ones. Called on pool threads; throws Error.
  [[nodiscard]] virtual std::optional<std::string> seal_file(std::string const& repository,
                                                             std::string const& run,
                                                             bool hashfile) const = 0;
};

/// `?sync=`: one cookie round trip for each filesystem the answer concerns.
struct SyncRequest {
  std::optional<std::string> repository;  // empty: all
  std::chrono::milliseconds timeout{};
};
struct SyncFailure {
  enum class Kind { timeout, gap, unavailable };
  struct Root {
    std::string root;
    std::optional<std::chrono::nanoseconds> stale_since;  // wall
  };
  Kind kind = Kind::unavailable;
  std::vector<Root> roots;
};
class SyncPort {
 public:
  virtual ~SyncPort() = default;
  /// Calls `done` once on the loop thread: empty when the newest snapshot holds every change made
  /// before this call. Must honour the timeout itself.
  virtual void synchronise(SyncRequest const& request,
                           std::function<void(std::optional<SyncFailure>)> done) = 0;
};

/// What handling a request leads to. Everything but an ApiResponse asks the server to wait and then
/// to call back.
struct OnPool {
  std::function<ApiResponse()> work;  // any thread; owns all it needs; may throw Error
};
struct AwaitJob {
  std::string id;
  std::uint64_t version = 0;           // answer when the job's version is another one
  bool until_finished = false;         // answer only when the job is done or failed
  bool replayed = false;               // the answer repeats an earlier one
  std::chrono::nanoseconds timeout{};  // or after this long; zero: the request time-out
};
struct AwaitSync {
  SyncRequest request;
};
/// Whether the peer may read these repositories is not known: check_access, store the results in
/// the AccessCache, then handle the request again.
struct AwaitAccess {
  std::vector<std::string> paths;
};
using ApiReply = std::variant<ApiResponse, OnPool, AwaitJob, AwaitSync, AwaitAccess>;

/// What `/v1/version` tells (api.md 5.1).
struct BuildInfo {
  std::string version;
  std::string commit;  // of the sources, "unknown" when they were built outside git
};

struct ApiParts {
  std::function<SnapshotPtr()> newest;  // may give nullptr before the first snapshot
  LedgerView const& ledger;
  CommandPort& commands;
  JobTable& jobs;
  AccessPort& access;
  Clock const& clock;
  BuildInfo build;
  std::uint32_t agent_uid = 0;
  SyncPort* sync = nullptr;  // none: 504 sync-unavailable
};

/// All routes of api.md 5. Used on the loop thread only; no I/O of its own.
class Api {
 public:
  Api(ApiParts parts, ApiLimits limits);
  ~Api();
  Api(Api const&) = delete;
  Api& operator=(Api const&) = delete;

  [[nodiscard]] ApiReply handle(ApiRequest const& request, Peer const& peer);
  /// After AwaitJob: the job changed or the time is over.
  [[nodiscard]] ApiReply after_wait(ApiRequest const& request, Peer const& peer,
                                    AwaitJob const& wait);
  /// After AwaitSync; never gives AwaitSync again.
  [[nodiscard]] ApiReply after_sync(ApiRequest const& request, Peer const& peer,
                                    std::optional<SyncFailure> const& failure);
  /// Hands an AwaitSync to the SyncPort.
  void synchronise(SyncRequest const& request,
                   std::function<void(std::optional<SyncFailure>)> done);
  /// The answer to something that went wrong outside: limits, time-outs, a thrown Error.
  [[nodiscard]] static ApiResponse problem(Problem const& problem, std::uint64_t request_number);

  void set_limits(ApiLimits limits);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace govseal
