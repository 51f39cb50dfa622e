#include "agent/cli/http_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>
#include <thread>

namespace govseal {
namespace {

using Kind = TransportFailure::Kind;
using std::chrono::milliseconds;

constexpr milliseconds kConnectRetry{10};

TransportFailure system_failure(Kind kind, int error_number) {
  return {kind, std::system_category().message(error_number)};
}

Kind kind_of_connect(int error_number) {
  if (error_number == EACCES || error_number == EPERM) return Kind::not_permitted;
  return Kind::not_running;
}

}  // namespace

std::variant<HttpResponse, TransportFailure> HttpClient::exchange(HttpRequest const& request,
                                                                  milliseconds timeout) {
  auto const deadline = std::chrono::steady_clock::now() + timeout;
  std::string const bytes = http_text(request);
  bool const reused = socket_.valid();
  bool was_closed = false;
  auto answer = attempt(bytes, deadline, was_closed);
  if (reused && was_closed) answer = attempt(bytes, deadline, was_closed);
  return answer;
}

std::variant<HttpResponse, TransportFailure> HttpClient::attempt(std::string const& bytes,
                                                                 Deadline deadline,
                                                                 bool& was_closed) {
  HttpResponseParser parser;
  Failure failure;
  if (!socket_.valid()) failure = connect(deadline);
  if (!failure) failure = send(bytes, deadline);
  // An agent that is full answers 503 and closes without reading the request.
  bool const unsent = failure && failure->kind == Kind::broken && socket_.valid();
  if (!failure || unsent) failure = receive(parser, deadline);
  was_closed = failure && failure->kind == Kind::broken && parser.untouched();
  if (failure) {
    socket_.reset();
    return *failure;
  }
  HttpResponse response = parser.take();
  if (!response.keeps_connection) socket_.reset();
  return response;
}

HttpClient::Failure HttpClient::connect(Deadline deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path_.size() >= sizeof address.sun_path) {
    return TransportFailure{Kind::not_running, "longer than a socket path can be"};
  }
  std::memcpy(address.sun_path, socket_path_.data(), socket_path_.size());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return system_failure(Kind::broken, errno);
  while (::connect(fd.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0) {
    // A Unix socket whose queue is full says EAGAIN at once and gives nothing to poll for.
    if (errno != EAGAIN && errno != EINTR) return system_failure(kind_of_connect(errno), errno);
    if (interrupt_ && *interrupt_) return TransportFailure{Kind::interrupted, "interrupted"};
    if (std::chrono::steady_clock::now() >= deadline) {
      return TransportFailure{Kind::busy, "too many clients wait"};
    }
    std::this_thread::sleep_for(kConnectRetry);
  }
  socket_ = std::move(fd);
  return {};
}

HttpClient::Failure HttpClient::wait(short events, Deadline deadline) {
  while (true) {
    if (interrupt_ && *interrupt_) return TransportFailure{Kind::interrupted, "interrupted"};
    auto const left =
        std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) return TransportFailure{Kind::timeout, "no answer in time"};
    // In slices, so that a signal between the look at the flag and the wait is not missed for long.
    pollfd entry{socket_.get(), events, 0};
    int const slice = static_cast<int>(std::min<std::int64_t>(left, 200));
    int const ready = ::poll(&entry, 1, slice);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return system_failure(Kind::broken, errno);
  }
}

HttpClient::Failure HttpClient::send(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    auto const sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return system_failure(Kind::broken, errno);
    if (auto failure = wait(POLLOUT, deadline)) return failure;
  }
  return {};
}

HttpClient::Failure HttpClient::receive(HttpResponseParser& parser, Deadline deadline) {
  std::array<char, 64 << 10> buffer;
  while (!parser.done()) {
    if (auto failure = wait(POLLIN, deadline)) return failure;
    auto const got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got < 0 && parser.untouched()) return system_failure(Kind::broken, errno);
    if (got <= 0) {
      bool const untouched = parser.untouched();
      if (!untouched) parser.finish();
      if (parser.done()) break;
      return TransportFailure{Kind::broken, "the agent closed the connection"};
    }
    parser.feed({buffer.data(), static_cast<std::size_t>(got)});
    if (parser.broken()) return TransportFailure{Kind::broken, "what it answers is no HTTP"};
  }
  return {};
}

}  // namespace govseal
