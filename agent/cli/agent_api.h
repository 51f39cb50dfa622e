#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "agent/cli/failure.h"
#include "agent/cli/http_client.h"
#include "base/json.h"

namespace govseal {

/// An answer that is no success: the transport, or a problem document of the agent (api.md 4).
struct ApiFailure {
  std::optional<TransportFailure> transport;
  unsigned status = 0;
  std::string name;  // of the problem, "no-such-run"; empty when it is none
  std::string detail;
  JsonValue problem;

  [[nodiscard]] bool is(std::string_view problem_name) const noexcept {
    return !transport && name == problem_name;
  }
};

/// A body and, when it is one, its JSON.
struct ApiAnswer {
  std::string text;
  JsonValue json;
};

using ApiResult = std::variant<ApiAnswer, ApiFailure>;

struct ApiOptions {
  std::chrono::milliseconds timeout{30'000};
  std::optional<std::chrono::milliseconds> sync;  // added to every GET that is not about jobs
  std::string start_hint = "start it with: systemctl start govseald";
};

/// The agent's API as verbs use it. The methods without `try_` throw CommandFailure with the
/// message and the exit code of api.md 4 and 8. Used by one thread.
class AgentApi {
 public:
  AgentApi(std::string socket_path, ApiOptions options);

  [[nodiscard]] ApiResult try_get(std::string const& target, QueryText query = {});
  [[nodiscard]] ApiAnswer get(std::string const& target, QueryText query = {});
  /// The bytes in another form than JSON.
  [[nodiscard]] std::string get_text(std::string const& target, std::string_view media,
                                     QueryText query = {});
  /// Every item of a list, page after page; `visit` must not use the api. A list that changes its
  /// pages while it is read is the agent's business: a cursor stays valid.
  /// Returns the first page, for what it says beside its items.
  JsonValue get_list(std::string const& target, QueryText const& query,
                     std::function<void(JsonValue const&)> const& visit);
  /// The state of a job when it changed, at the latest after `wait`.
  [[nodiscard]] ApiAnswer get_job(std::string const& id, std::chrono::seconds wait);
  /// With a fresh idempotency key.
  [[nodiscard]] ApiResult try_post(std::string const& target, std::string body);
  [[nodiscard]] ApiAnswer post(std::string const& target, std::string body);

  void set_interrupt_flag(std::sig_atomic_t const volatile* flag) noexcept {
    client_.set_interrupt_flag(flag);
  }
  [[nodiscard]] CommandFailure failure_of(ApiFailure const& failure) const;

 private:
  [[nodiscard]] ApiResult exchange(HttpRequest const& request,
                                   std::chrono::milliseconds extra_time = {});
  [[nodiscard]] ApiAnswer expect(ApiResult result) const;
  [[nodiscard]] QueryText with_sync(QueryText query) const;

  HttpClient client_;
  ApiOptions options_;
};

/// Raised by exchanges that a signal ended.
struct Interrupted {};

}  // namespace govseal
