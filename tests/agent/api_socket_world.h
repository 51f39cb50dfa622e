#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cstring>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

#include "agent/api/listener.h"
#include "agent/api/server.h"
#include "base/task_pool.h"
#include "tests/agent/api_world.h"
#include "tests/support/temp_directory.h"

/// The real server on a real socket in a temporary directory, its loop on a thread of its own, and
/// clients that send exactly the bytes they are told to.
namespace govseal::api_test {

constexpr std::chrono::seconds kPatience{20};

/// One connection. Every wait has a deadline; a server that does not answer fails the test.
class Client {
 public:
  explicit Client(std::string const& path) : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, path.data(), path.size());
    REQUIRE(fd_.valid());
    REQUIRE(connect(fd_.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0);
  }
  [[nodiscard]] int fd() const { return fd_.get(); }
  void close() { fd_.reset(); }
  void end_sending() { shutdown(fd_.get(), SHUT_WR); }

  /// False when the server does not take them any more.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t const sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  /// One answer: head and as much body as Content-Length says. `head_only`: of a HEAD or a 304.
  std::string receive(bool head_only = false) {
    auto end = std::string::npos;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos && fill()) {
    }
    if (end == std::string::npos) return "";
    std::size_t size = end + 4;
    auto const length = received_.find("Content-Length: ");
    if (!head_only && length < end) size += std::stoul(received_.substr(length + 16));
    while (received_.size() < size && fill()) {
    }
    std::string answer = received_.substr(0, size);
    received_.erase(0, answer.size());
    return answer;
  }
  /// Everything until the server closes.
  std::string drain() {
    while (fill()) {
    }
    return std::exchange(received_, "");
  }
  [[nodiscard]] bool has_bytes() const { return !received_.empty(); }

 private:
  bool fill() {
    pollfd entry{fd_.get(), POLLIN, 0};
    REQUIRE_MESSAGE(poll(&entry, 1, std::chrono::milliseconds(kPatience).count()) > 0,
                    "the server neither answers nor closes");
    char buffer[65536];
    ssize_t const got = recv(fd_.get(), buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    received_.append(buffer, static_cast<std::size_t>(got));
    return true;
  }
  UniqueFd fd_;
  std::string received_;
};

inline std::string get_text(std::string const& target, std::string const& headers = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
}

inline int status_of_answer(std::string const& answer) {
  if (!answer.starts_with("HTTP/1.1 ")) return 0;
  return std::stoi(answer.substr(9, 3));
}

inline std::size_t count_of(std::string const& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

/// Short where a test waits for the time to be over, long where it would only lose a race with a
/// busy machine.
inline ApiServerLimits quick_limits() {
  ApiServerLimits limits;
  limits.connections_per_uid_max = 256;
  limits.read_timeout = std::chrono::milliseconds(1000);
  limits.write_timeout = std::chrono::milliseconds(1000);
  limits.request_timeout = kPatience;
  return limits;
}

class ServerWorld {
 public:
  ApiWorld world;
  TempDirectory directory;
  std::string path = directory / "govseal.sock";
  std::atomic<bool> pool_has_room = true;

  explicit ServerWorld(ApiServerLimits limits = quick_limits()) {
    ListenerOptions options;
    options.path = path;
    options.mode = 0666;
    auto made = make_listener(options);
    REQUIRE(std::holds_alternative<UniqueFd>(made));
    REQUIRE(chmod(directory.path().c_str(), 0711) == 0);
    RoleRules rules;
    rules.agent_uid = geteuid();
    rules.viewer_uids = {4242};
    ApiServerParts parts{loop_,       world.api(), world.jobs, access_,
                         world.clock, offload(),   observer()};
    server_ = std::make_unique<ApiServer>(std::move(parts), std::get<UniqueFd>(std::move(made)),
                                          std::move(rules), limits);
    server_->start();
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~ServerWorld();
  ServerWorld(ServerWorld const&) = delete;
  ServerWorld& operator=(ServerWorld const&) = delete;

  /// Runs something on the loop and waits for it.
  template <typename Work>
  auto on_loop(Work work) {
    std::packaged_task<decltype(work())()> task(std::move(work));
    auto result = task.get_future();
    boost::asio::post(loop_, [&task] { task(); });
    return result.get();
  }
  void use_real_access() {
    on_loop([this] { world.access.real = &access_; });
  }
  [[nodiscard]] ApiServer& server() { return *server_; }
  std::size_t connections() {
    return on_loop([this] { return server_->connections(); });
  }
  /// Waits until the server has that many connections; false when it never does.
  bool reaches(std::size_t count) {
    auto const end = std::chrono::steady_clock::now() + kPatience;
    while (connections() != count) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }
  /// Waits until so many requests have reached the Api.
  bool has_asked(unsigned count) {
    auto const end = std::chrono::steady_clock::now() + kPatience;
    while (on_loop([this] { return world.asked; }) < count) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }
  std::size_t submitted() {
    return on_loop([this] { return world.commands.submitted.size(); });
  }
  std::vector<AnswerLog> log() {
    return on_loop([this] { return log_; });
  }

 private:
  std::function<bool(std::function<void()>)> offload() {
    return [this](std::function<void()> job) {
      if (!pool_has_room) return false;
      pool_.submit([job = std::move(job)](std::stop_token) { job(); });
      return true;
    };
  }
  std::function<void(AnswerLog const&)> observer() {
    return [this](AnswerLog const& entry) { log_.push_back(entry); };
  }

  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{
      loop_.get_executor()};
  AccessCache access_;
  std::vector<AnswerLog> log_;
  std::unique_ptr<ApiServer> server_;
  ThreadPool pool_{2};
  std::thread thread_;
};

inline ServerWorld::~ServerWorld() {
  on_loop([this] { server_->stop(); });
  guard_.reset();
  pool_.request_stop();
  thread_.join();
  CHECK(server_->connections() == 0);
}

}  // namespace govseal::api_test
