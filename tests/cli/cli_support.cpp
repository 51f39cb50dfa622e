#include "tests/cli/cli_support.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <stdexcept>

namespace govseal {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::pair<UniqueFd, UniqueFd> make_pipe() {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

/// False: the end of the pipe.
bool read_some(int fd, std::string& text) {
  std::array<char, 1 << 16> buffer;
  auto const got = ::read(fd, buffer.data(), buffer.size());
  if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

SeenRequest parse_request(std::string const& head) {
  SeenRequest request;
  auto const line_end = head.find("\r\n");
  auto const line = head.substr(0, line_end);
  auto const first = line.find(' ');
  auto const second = line.rfind(' ');
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, second - first - 1);
  for (auto at = line_end + 2; at < head.size();) {
    auto const end = head.find("\r\n", at);
    auto const field = head.substr(at, end - at);
    auto const colon = field.find(": ");
    if (colon != std::string::npos) {
      request.headers[lower(field.substr(0, colon))] = field.substr(colon + 2);
    }
    at = end + 2;
  }
  return request;
}

}  // namespace

Program::Program(std::vector<std::string> arguments, std::vector<std::string> settings) {
  arguments.insert(arguments.begin(), GOVSEAL_CLI);
  settings.insert(settings.end(), {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/nonexistent"});
  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::vector<char*> environment;
  for (auto& setting : settings) environment.push_back(setting.data());
  environment.push_back(nullptr);
  auto [out_read, out_write] = make_pipe();
  auto [err_read, err_write] = make_pipe();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out_write.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, err_write.get(), 2);
  int const failed =
      ::posix_spawn(&child_, GOVSEAL_CLI, &actions, nullptr, argv.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot start " GOVSEAL_CLI);
  out_ = std::move(out_read);
  err_ = std::move(err_read);
}

Program::~Program() {
  if (child_ > 0) (void)wait(std::chrono::seconds(0));
}

void Program::send_signal(int number) const {
  (void)::kill(child_, number);
}

ProgramEnd Program::wait(std::chrono::seconds limit) {
  ProgramEnd end;
  auto const deadline = steady_clock::now() + limit;
  bool out_open = out_.valid();
  bool err_open = err_.valid();
  while (out_open || err_open) {
    auto const left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
    if (left <= 0) {
      end.timed_out = true;
      send_signal(SIGKILL);
      break;
    }
    std::array<pollfd, 2> entries = {pollfd{out_open ? out_.get() : -1, POLLIN, 0},
                                     pollfd{err_open ? err_.get() : -1, POLLIN, 0}};
    if (::poll(entries.data(), entries.size(), static_cast<int>(left)) <= 0) continue;
    if (entries[0].revents != 0) out_open = read_some(out_.get(), end.out);
    if (entries[1].revents != 0) err_open = read_some(err_.get(), end.err);
  }
  int status = 0;
  while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
  }
  child_ = -1;
  end.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return end;
}

ProgramEnd run_govseal(std::vector<std::string> arguments, std::vector<std::string> settings) {
  return Program(std::move(arguments), std::move(settings)).wait();
}

FakeAgent::FakeAgent(Handler handler) : handler_(std::move(handler)) {
  listener_ = UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string const path = socket();
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("socket path too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  if (::bind(listener_.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0 ||
      ::listen(listener_.get(), 16) != 0) {
    throw std::runtime_error("cannot listen");
  }
  std::tie(stop_read_, stop_write_) = make_pipe();
  thread_ = std::thread([this] { serve(); });
}

FakeAgent::~FakeAgent() {
  stop_write_.reset();
  thread_.join();
}

std::vector<SeenRequest> FakeAgent::seen() const {
  std::lock_guard const lock(mutex_);
  return seen_;
}

std::size_t FakeAgent::connections() const {
  std::lock_guard const lock(mutex_);
  return connections_;
}

bool FakeAgent::wait_for_requests(std::size_t count) const {
  auto const deadline = steady_clock::now() + std::chrono::seconds(10);
  while (seen().size() < count) {
    if (steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return true;
}

/// False: the agent is to stop.
bool FakeAgent::readable(int fd) const {
  std::array<pollfd, 2> entries = {pollfd{fd, POLLIN, 0}, pollfd{stop_read_.get(), POLLIN, 0}};
  while (::poll(entries.data(), entries.size(), -1) < 0 && errno == EINTR) {
  }
  return entries[1].revents == 0;
}

void FakeAgent::serve() {
  while (readable(listener_.get())) {
    UniqueFd const fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!fd.valid()) return;
    {
      std::lock_guard const lock(mutex_);
      ++connections_;
    }
    talk(fd.get());
  }
}

void FakeAgent::talk(int fd) {
  std::string input;
  while (true) {
    auto const end = input.find("\r\n\r\n");
    if (end == std::string::npos) {
      if (!readable(fd) || !read_some(fd, input)) return;
      continue;
    }
    SeenRequest request = parse_request(input.substr(0, end + 2));
    auto const length = request.headers.find("content-length");
    std::size_t const size =
        length == request.headers.end() ? 0 : static_cast<std::size_t>(std::stoul(length->second));
    while (input.size() < end + 4 + size) {
      if (!readable(fd) || !read_some(fd, input)) return;
    }
    request.body = input.substr(end + 4, size);
    input.erase(0, end + 4 + size);
    FakeAnswer const answer = handler_(request);
    {
      std::lock_guard const lock(mutex_);
      seen_.push_back(std::move(request));
    }
    if (!send_answer(fd, answer)) return;
  }
}

bool FakeAgent::send_answer(int fd, FakeAnswer const& answer) const {
  if (answer.way == FakeAnswer::Way::never) {
    // Until the client gives up.
    char ignored = 0;
    return readable(fd) && ::recv(fd, &ignored, 1, 0) > 0;
  }
  std::size_t const step = answer.way == FakeAnswer::Way::byte_by_byte ? 1 : answer.bytes.size();
  for (std::size_t at = 0; at < answer.bytes.size(); at += step) {
    if (::send(fd, answer.bytes.data() + at, std::min(step, answer.bytes.size() - at),
               MSG_NOSIGNAL) < 0) {
      return false;
    }
  }
  return answer.way != FakeAnswer::Way::hang_up_after && !answer.close;
}

FakeAnswer json_reply(std::string const& body, int status, std::string const& type) {
  return {"HTTP/1.1 " + std::to_string(status) + " Word\r\nContent-Type: " + type +
          "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body};
}

FakeAnswer problem_reply(std::string const& name, int status, std::string const& more) {
  return json_reply(R"({"type":"urn:govseal:problem:)" + name + R"(","title":"T","status":)" +
                        std::to_string(status) + R"(,"detail":"the detail of it")" + more + "}\n",
                    status, "application/problem+json");
}

FakeAgent::Handler canned(std::map<std::string, std::string> bodies) {
  return [bodies = std::move(bodies)](SeenRequest const& request) {
    auto const found = bodies.find(request.target);
    if (found != bodies.end()) return json_reply(found->second);
    return problem_reply("no-such-route", 404);
  };
}

JsonValue json_of(std::string const& text) {
  auto parsed = parse_json(text);
  REQUIRE_MESSAGE(std::holds_alternative<JsonValue>(parsed), text);
  return std::get<JsonValue>(std::move(parsed));
}

}  // namespace govseal
