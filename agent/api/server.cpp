#include "agent/api/server.h"

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "agent/api/exchange.h"
#include "agent/api/http.h"
#include "agent/api/session.h"

// Every connection is one coroutine: read a request, answer it, again. g++ 12.2 copies temporaries
// bytewise in expressions that hold a co_await. So in such a statement every argument is a name, a
// std::move(name), a literal or a call, and no lambda captures.

namespace govseal {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

constexpr std::size_t kWriteBytes = 65536;  // what write_timeout is for
constexpr std::size_t kDropBytes = 4096;
constexpr std::size_t kLingerBytesMax = 4 << 20;
constexpr std::chrono::seconds kLingerTime{1};
constexpr std::ptrdiff_t kRefusalsMax = 64;  // connections that are being refused at one time
constexpr std::chrono::milliseconds kAcceptPause{100};

Problem too_many_connections() {
  return {"busy",
          "api.connections_max or api.connections_per_uid_max: too many connections",
          {{"retry_after_s", "1"}}};
}

Problem read_timeout(ApiServerLimits const& limits) {
  return {"read-timeout",
          "api.read_timeout_ms: the request did not arrive within " +
              std::to_string(limits.read_timeout.count()) + " ms",
          {}};
}

}  // namespace

class ApiServer::Implementation {
 public:
  Implementation(ApiServerParts parts, UniqueFd listener, RoleRules roles, ApiServerLimits limits);

  void start();
  void stop();
  void set_roles(RoleRules roles) { exchange_.set_roles(std::move(roles)); }
  void set_limits(ApiServerLimits limits) { limits_ = limits; }
  [[nodiscard]] std::size_t connections() const noexcept { return sessions_.all().size(); }

 private:
  asio::awaitable<void> accept_loop();
  void admit(ApiSocket socket);
  [[nodiscard]] bool has_room_for(std::uint32_t uid) const;
  [[nodiscard]] bool has_room_to_refuse() const;

  asio::awaitable<void> serve(ApiSocket socket, Peer peer);
  asio::awaitable<void> refuse(ApiSocket socket, Peer peer);
  asio::awaitable<bool> serve_one(ApiSession& session);
  asio::awaitable<bool> wait_request(ApiSession& session);
  asio::awaitable<ReadRequest> read_request(ApiSession& session);
  asio::awaitable<bool> write(ApiSession& session, ApiResponse const& response);
  asio::awaitable<bool> write_all(ApiSession& session, std::string_view bytes);
  asio::awaitable<void> linger(ApiSession& session);
  void observe(ApiSession const& session, ApiResponse const& response, Instant began);

  ApiServerParts parts_;
  ApiServerLimits limits_;
  SessionTable sessions_;
  ApiExchange exchange_;
  asio::local::stream_protocol::acceptor acceptor_;
  asio::steady_timer accept_pause_;
  std::uint64_t next_request_ = 1;
  bool stopping_ = false;
};

ApiServer::Implementation::Implementation(ApiServerParts parts, UniqueFd listener, RoleRules roles,
                                          ApiServerLimits limits)
    : parts_(std::move(parts)),
      limits_(limits),
      sessions_(parts_.loop),
      exchange_(parts_, sessions_),
      acceptor_(parts_.loop),
      accept_pause_(parts_.loop) {
  exchange_.set_roles(std::move(roles));
  acceptor_.assign(asio::local::stream_protocol(), listener.get());
  (void)listener.release();
}

void ApiServer::Implementation::start() {
  asio::co_spawn(parts_.loop, accept_loop(), asio::detached);
}

void ApiServer::Implementation::stop() {
  stopping_ = true;
  ErrorCode ignored;
  acceptor_.close(ignored);
  accept_pause_.cancel();
  exchange_.stop();
  for (auto const& [id, session] : sessions_.all()) {
    if (session->idle) sessions_.arm(*session, std::chrono::nanoseconds(0));
  }
}

asio::awaitable<void> ApiServer::Implementation::accept_loop() {
  while (!stopping_) {
    ApiSocket socket(parts_.loop);
    ErrorCode error;
    co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (stopping_) break;
    if (error) {
      // No descriptor left (EMFILE, ENFILE): what is open has to end first.
      accept_pause_.expires_after(kAcceptPause);
      co_await accept_pause_.async_wait(asio::redirect_error(asio::use_awaitable, error));
    } else {
      admit(std::move(socket));
    }
  }
}

/// Whoever cannot be identified, or cannot even be refused, is closed without a word.
void ApiServer::Implementation::admit(ApiSocket socket) {
  auto peer = read_peer(socket.native_handle());
  if (!peer) return;
  if (has_room_for(peer->uid)) {
    asio::co_spawn(parts_.loop, serve(std::move(socket), std::move(*peer)), asio::detached);
  } else if (has_room_to_refuse()) {
    asio::co_spawn(parts_.loop, refuse(std::move(socket), std::move(*peer)), asio::detached);
  }
}

bool ApiServer::Implementation::has_room_for(std::uint32_t uid) const {
  std::size_t all = 0;
  std::size_t of_uid = 0;
  for (auto const& [id, session] : sessions_.all()) {
    if (session->refused) continue;
    ++all;
    if (session->peer.uid == uid) ++of_uid;
  }
  return all < limits_.connections_max && of_uid < limits_.connections_per_uid_max;
}

bool ApiServer::Implementation::has_room_to_refuse() const {
  auto const is_refused = [](auto const& entry) { return entry.second->refused; };
  auto const& all = sessions_.all();
  return std::count_if(all.begin(), all.end(), is_refused) < kRefusalsMax;
}

asio::awaitable<void> ApiServer::Implementation::serve(ApiSocket socket, Peer peer) {
  ApiSession session(sessions_, std::move(socket), std::move(peer));
  bool go_on = true;
  while (go_on && !stopping_) go_on = co_await serve_one(session);
}

asio::awaitable<void> ApiServer::Implementation::refuse(ApiSocket socket, Peer peer) {
  ApiSession session(sessions_, std::move(socket), std::move(peer));
  session.refused = true;
  session.request.number = next_request_++;
  ApiResponse const response = Api::problem(too_many_connections(), session.request.number);
  observe(session, response, parts_.clock.now());
  bool const written = co_await write(session, response);
  if (written) co_await linger(session);
}

/// False: the connection is over.
asio::awaitable<bool> ApiServer::Implementation::serve_one(ApiSession& session) {
  session.keep_alive = false;
  session.request = ApiRequest();
  bool const has_bytes = co_await wait_request(session);
  if (!has_bytes || stopping_) co_return false;
  session.request.number = next_request_++;
  Instant const began = parts_.clock.now();
  ReadRequest const read = co_await read_request(session);
  if (read.result == ReadRequest::Result::closed) co_return false;
  std::optional<ApiResponse> response;
  if (read.fault) {
    response = Api::problem(*read.fault, session.request.number);
  } else {
    response = co_await exchange_.answer(session, limits_.request_timeout);
  }
  if (!response) co_return false;
  session.keep_alive = read.keep_alive && !stopping_;
  observe(session, *response, began);
  bool const written = co_await write(session, *response);
  if (written && read.fault) co_await linger(session);
  co_return written&& session.keep_alive;
}

/// The clock of a request starts with its first byte; before that the connection is idle.
asio::awaitable<bool> ApiServer::Implementation::wait_request(ApiSession& session) {
  session.idle = true;
  sessions_.arm(session, limits_.idle_timeout);
  bool const has_bytes = co_await session.reader.wait_first_byte(session.socket);
  sessions_.disarm(session);
  session.idle = false;
  co_return has_bytes;
}

asio::awaitable<ReadRequest> ApiServer::Implementation::read_request(ApiSession& session) {
  RequestLimits limits;
  limits.header_bytes_max = limits_.header_bytes_max;
  limits.body_bytes_max = limits_.body_bytes_max;
  sessions_.arm(session, limits_.read_timeout);
  ReadRequest read = co_await session.reader.read(session.socket, limits, session.request);
  bool const late = session.timed_out && read.result != ReadRequest::Result::request;
  sessions_.disarm(session);
  if (late) {
    read.result = ReadRequest::Result::fault;
    read.fault = read_timeout(limits_);
  }
  co_return read;
}

/// Small answers leave in one piece. A HEAD gets the head that a GET would get.
asio::awaitable<bool> ApiServer::Implementation::write(ApiSession& session,
                                                       ApiResponse const& response) {
  HttpFraming framing;
  framing.keep_alive = session.keep_alive;
  framing.now = parts_.clock.now().wall;
  std::string first = http_head(response, framing);
  std::string_view rest;
  if (session.request.method != "HEAD") rest = response.body;
  if (first.size() + rest.size() <= kWriteBytes) {
    first += rest;
    rest = {};
  }
  bool written = co_await write_all(session, first);
  if (written) written = co_await write_all(session, rest);
  co_return written;
}

asio::awaitable<bool> ApiServer::Implementation::write_all(ApiSession& session,
                                                           std::string_view bytes) {
  ErrorCode error;
  while (!bytes.empty() && !error) {
    asio::const_buffer const piece(bytes.data(), std::min(bytes.size(), kWriteBytes));
    bytes.remove_prefix(piece.size());
    sessions_.arm(session, limits_.write_timeout);
    co_await asio::async_write(session.socket, piece,
                               asio::redirect_error(asio::use_awaitable, error));
    sessions_.disarm(session);
  }
  co_return !error;
}

/// Closing a unix socket with unread bytes resets the connection, and the client may lose the
/// answer that says why. So what it still sends is taken and dropped for a moment.
asio::awaitable<void> ApiServer::Implementation::linger(ApiSession& session) {
  ErrorCode error;
  session.socket.shutdown(ApiSocket::shutdown_send, error);
  std::vector<char> dropped(kDropBytes);
  asio::mutable_buffer const space(dropped.data(), dropped.size());
  std::size_t taken = 0;
  sessions_.arm(session, kLingerTime);
  while (!error && !session.timed_out && !stopping_ && taken < kLingerBytesMax) {
    taken += co_await session.socket.async_read_some(
        space, asio::redirect_error(asio::use_awaitable, error));
  }
  sessions_.disarm(session);
}

void ApiServer::Implementation::observe(ApiSession const& session, ApiResponse const& response,
                                        Instant began) {
  if (!parts_.observer) return;
  AnswerLog log;
  log.number = session.request.number;
  log.route = response.route;
  log.method = session.request.method;
  log.status = response.status;
  log.peer = session.peer;
  log.took = parts_.clock.now().mono - began.mono;
  log.error = response.error;
  parts_.observer(log);
}

ApiServer::ApiServer(ApiServerParts parts, UniqueFd listener, RoleRules roles,
                     ApiServerLimits limits)
    : implementation_(std::make_unique<Implementation>(std::move(parts), std::move(listener),
                                                       std::move(roles), limits)) {}

ApiServer::~ApiServer() = default;

void ApiServer::start() {
  implementation_->start();
}

void ApiServer::stop() {
  implementation_->stop();
}

void ApiServer::set_roles(RoleRules roles) {
  implementation_->set_roles(std::move(roles));
}

void ApiServer::set_limits(ApiServerLimits limits) {
  implementation_->set_limits(limits);
}

std::size_t ApiServer::connections() const noexcept {
  return implementation_->connections();
}

}  // namespace govseal
