#pragma once

#include <chrono>
#include <csignal>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/json.h"
#include "base/unique_fd.h"
#include "tests/support/temp_directory.h"

namespace govseal {

/// What a finished program left.
struct ProgramEnd {
  int code = -1;  // exit status; 128 + signal when one ended it
  bool timed_out = false;
  std::string out;
  std::string err;
};

/// A running `govseal` of this build, with both outputs in pipes.
class Program {
 public:
  /// `settings` are added to a bare environment.
  explicit Program(std::vector<std::string> arguments, std::vector<std::string> settings = {});
  Program(Program const&) = delete;
  Program& operator=(Program const&) = delete;
  ~Program();
  void send_signal(int number) const;
  /// Kills it when the time is over.
  [[nodiscard]] ProgramEnd wait(std::chrono::seconds limit = std::chrono::seconds(30));

 private:
  pid_t child_ = -1;
  UniqueFd out_;
  UniqueFd err_;
};

[[nodiscard]] ProgramEnd run_govseal(std::vector<std::string> arguments,
                                     std::vector<std::string> settings = {});

/// A request as an agent reads it.
struct SeenRequest {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

/// How the bytes of an answer go out.
struct FakeAnswer {
  enum class Way { whole, byte_by_byte, hang_up_after, never };
  std::string bytes;
  Way way = Way::whole;
  bool close = false;  // after the answer
};

/// Answers on a Unix socket in a directory of its own, on a thread of its own, one connection after
/// the other.
class FakeAgent {
 public:
  using Handler = std::function<FakeAnswer(SeenRequest const&)>;
  explicit FakeAgent(Handler handler);
  FakeAgent(FakeAgent const&) = delete;
  FakeAgent& operator=(FakeAgent const&) = delete;
  ~FakeAgent();

  [[nodiscard]] std::string socket() const { return directory_ / "agent.sock"; }
  [[nodiscard]] std::vector<SeenRequest> seen() const;
  /// True when `count` requests came within ten seconds.
  [[nodiscard]] bool wait_for_requests(std::size_t count) const;
  [[nodiscard]] std::size_t connections() const;

 private:
  void serve();
  void talk(int fd);
  [[nodiscard]] bool readable(int fd) const;
  [[nodiscard]] bool send_answer(int fd, FakeAnswer const& answer) const;

  TempDirectory directory_;
  Handler handler_;
  UniqueFd listener_;
  UniqueFd stop_read_;
  UniqueFd stop_write_;
  mutable std::mutex mutex_;
  std::vector<SeenRequest> seen_;
  std::size_t connections_ = 0;
  std::thread thread_;
};

[[nodiscard]] FakeAnswer json_reply(std::string const& body, int status = 200,
                                    std::string const& type = "application/json");
[[nodiscard]] FakeAnswer problem_reply(std::string const& name, int status,
                                       std::string const& more = "");
/// An agent that has the answers of `bodies` by target (with the query), and 404 for all others.
[[nodiscard]] FakeAgent::Handler canned(std::map<std::string, std::string> bodies);

[[nodiscard]] JsonValue json_of(std::string const& text);

}  // namespace govseal
