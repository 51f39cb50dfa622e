#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/api/server.h"
#include "agent/api/session.h"

namespace govseal {

/// The way from a request that was read to its answer: asks the Api, does on the pool what blocks,
/// waits for jobs and for synchronisation. Loop thread only.
class ApiExchange {
 public:
  /// `parts` and `sessions` outlive it.
  ApiExchange(ApiServerParts const& parts, SessionTable& sessions);
  ~ApiExchange();
  ApiExchange(ApiExchange const&) = delete;
  ApiExchange& operator=(ApiExchange const&) = delete;

  /// nullopt: the client is gone.
  [[nodiscard]] boost::asio::awaitable<std::optional<ApiResponse>> answer(
      ApiSession& session, std::chrono::nanoseconds request_timeout);
  /// Everything that is waited for ends with 503 `stopping`.
  void stop();
  void set_roles(RoleRules roles) { roles_ = std::move(roles); }

 private:
  /// How often the Api has been asked about one request, and with what.
  struct Progress {
    enum class Stage { fresh, synchronised, waited } stage = Stage::fresh;
    std::optional<SyncFailure> sync_failure;
    AwaitJob wait;
  };

  ApiReply dispatch(ApiSession& session, Progress const& progress);
  [[nodiscard]] bool start(ApiSession& session, ApiReply& reply);
  [[nodiscard]] bool start_pool_job(ApiSession& session, std::function<SessionOutcome()> work);
  void start_sync(ApiSession& session, SyncRequest const& request);
  [[nodiscard]] ApiReply next(ApiSession& session, ApiReply reply, Progress& progress,
                              bool in_time);
  boost::asio::awaitable<bool> wait(ApiSession& session, ApiReply const& reply,
                                    std::chrono::nanoseconds request_timeout);
  [[nodiscard]] bool is_ready(ApiSession const& session, ApiReply const& reply) const;
  void take_access(ApiSession& session);
  void job_changed(std::string const& id);

  ApiServerParts const& parts_;
  SessionTable& sessions_;
  RoleRules roles_;
  std::size_t pool_jobs_ = 0;
  std::size_t job_listener_ = 0;
  bool stopping_ = false;
};

}  // namespace govseal
