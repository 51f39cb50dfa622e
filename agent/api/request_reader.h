#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstdint>
#include <memory>
#include <optional>

#include "agent/api/api.h"

namespace govseal {

struct RequestLimits {
  std::uint32_t header_bytes_max = 8192;
  std::uint64_t body_bytes_max = 65536;
};

/// A request that was read, or why there is none.
struct ReadRequest {
  enum class Result { request, fault, closed };
  Result result = Result::closed;
  std::optional<Problem> fault;
  bool keep_alive = false;
};

/// Takes requests off one connection, one after the other. Beast (HTTP/1.1, RFC 9112) stands behind
/// this and nowhere else. Deadlines are the caller's: an operation that is cancelled gives
/// `closed`.
class RequestReader {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;

  RequestReader();
  ~RequestReader();

  /// Waits until there is something to read. False: the connection ended.
  [[nodiscard]] boost::asio::awaitable<bool> wait_first_byte(Socket& socket);
  /// Reads one request into `request`, whose number stays as it is.
  [[nodiscard]] boost::asio::awaitable<ReadRequest> read(Socket& socket, RequestLimits limits,
                                                         ApiRequest& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace govseal
