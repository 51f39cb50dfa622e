#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "agent/api/api.h"
#include "agent/api/peer.h"
#include "agent/api/peer_access.h"
#include "base/unique_fd.h"

namespace boost::asio {
class io_context;
}

namespace govseal {

/// The limits of api.md 1; names are the keys of `[api]`.
struct ApiServerLimits {
  std::size_t connections_max = 256;
  std::size_t connections_per_uid_max = 32;
  std::uint32_t header_bytes_max = 8192;
  std::uint64_t body_bytes_max = 65536;
  std::chrono::milliseconds read_timeout{5000};
  std::chrono::milliseconds write_timeout{10000};  // for each 64 KiB
  std::chrono::milliseconds request_timeout{10000};
  std::chrono::seconds idle_timeout{60};
};

/// One answered request, for the journal and for metrics.
struct AnswerLog {
  std::uint64_t number = 0;  // the `instance` of problems
  std::string_view route;    // pattern; empty when no route matched
  std::string method;
  unsigned status = 0;
  Peer peer;
  std::chrono::nanoseconds took{};
  std::string error;  // of an internal failure
};

struct ApiServerParts {
  boost::asio::io_context& loop;
  Api& api;
  JobTable& jobs;
  AccessCache& access;
  Clock const& clock;
  /// Runs a job on the pool; false when it has no room now. Must not block.
  std::function<bool(std::function<void()>)> offload;
  std::function<void(AnswerLog const&)> observer;  // may be empty
};

/// HTTP/1.1 over a listening unix stream socket. Everything runs on the loop; what blocks goes
/// through `offload` and is posted back. No client can delay another one: every connection has its
/// own coroutine, deadline and bounded buffers.
///
/// To end: stop(), run the loop until connections() is 0, join the pool, then destroy. When the
/// server is destroyed earlier, the loop must not run again.
class ApiServer {
 public:
  /// `listener` is a listening socket (api_listener.h); the server owns it.
  ApiServer(ApiServerParts parts, UniqueFd listener, RoleRules roles, ApiServerLimits limits);
  ~ApiServer();
  ApiServer(ApiServer const&) = delete;
  ApiServer& operator=(ApiServer const&) = delete;

  void start();
  /// Accepts no more, ends idle connections, answers 503 `stopping` to those who wait.
  void stop();
  /// Also for open connections, from their next request on.
  void set_roles(RoleRules roles);
  void set_limits(ApiServerLimits limits);
  [[nodiscard]] std::size_t connections() const noexcept;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace govseal
