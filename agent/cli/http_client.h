#pragma once

#include <chrono>
#include <csignal>
#include <string>
#include <variant>

#include "agent/cli/http_message.h"
#include "base/unique_fd.h"

namespace govseal {

/// Why there is no answer.
struct TransportFailure {
  enum class Kind {
    not_running,    // no socket there, or nobody listens
    not_permitted,  // the socket's mode
    busy,           // the queue of the socket stayed full
    timeout,        // no complete answer in time
    broken,         // the agent hung up, or what it said is no HTTP
    interrupted,    // the flag of set_interrupt_flag() was raised
  };
  Kind kind = Kind::not_running;
  std::string detail;  // for people
};

/// Talks HTTP over a Unix stream socket; blocks; used by one thread. Keeps its connection between
/// requests and connects anew when the agent closed it. Never throws but for lack of memory.
class HttpClient {
 public:
  explicit HttpClient(std::string socket_path) : socket_path_(std::move(socket_path)) {}

  /// Sends and waits for the whole answer, at most `timeout`. A request on a connection that turns
  /// out to be closed before the first byte of an answer is sent once more on a new one: it was not
  /// read, or has an idempotency key.
  [[nodiscard]] std::variant<HttpResponse, TransportFailure> exchange(
      HttpRequest const& request, std::chrono::milliseconds timeout);

  /// Ends a wait early when a signal handler raises `flag`; nullptr: never. `flag` outlives the
  /// client.
  void set_interrupt_flag(std::sig_atomic_t const volatile* flag) noexcept { interrupt_ = flag; }
  [[nodiscard]] std::string const& socket_path() const noexcept { return socket_path_; }

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  using Failure = std::optional<TransportFailure>;

  [[nodiscard]] Failure connect(Deadline deadline);
  [[nodiscard]] Failure send(std::string_view bytes, Deadline deadline);
  [[nodiscard]] Failure receive(HttpResponseParser& parser, Deadline deadline);
  /// Waits until the socket is ready for `events` of poll(2).
  [[nodiscard]] Failure wait(short events, Deadline deadline);
  /// One try; `was_closed` tells that nothing of an answer came.
  [[nodiscard]] std::variant<HttpResponse, TransportFailure> attempt(std::string const& bytes,
                                                                     Deadline deadline,
                                                                     bool& was_closed);

  std::string socket_path_;
  UniqueFd socket_;
  std::sig_atomic_t const volatile* interrupt_ = nullptr;
};

}  // namespace govseal
