#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "agent/cli/http_client.h"
#include "tests/cli/cli_support.h"

namespace govseal {
namespace {

using Kind = TransportFailure::Kind;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

std::variant<HttpResponse, TransportFailure> ask(std::string const& socket,
                                                 milliseconds timeout = 5s) {
  return HttpClient(socket).exchange({.target = "/v1/status"}, timeout);
}

Kind failure_of(FakeAnswer answer, milliseconds timeout = 5s) {
  FakeAgent const agent([&](SeenRequest const&) { return answer; });
  auto const result = ask(agent.socket(), timeout);
  REQUIRE(std::holds_alternative<TransportFailure>(result));
  return std::get<TransportFailure>(result).kind;
}

TEST_CASE("an answer in single bytes arrives whole") {
  FakeAgent const agent([](SeenRequest const&) {
    auto answer = json_reply(R"({"a":1})");
    answer.way = FakeAnswer::Way::byte_by_byte;
    return answer;
  });
  auto const result = ask(agent.socket());
  REQUIRE(std::holds_alternative<HttpResponse>(result));
  CHECK(std::get<HttpResponse>(result).body == R"({"a":1})");
  CHECK(agent.seen().at(0).headers.at("host") == "govseal");
}

TEST_CASE("no socket and a socket without a listener are an agent that does not run") {
  TempDirectory const directory;
  auto result = ask(directory / "none.sock");
  CHECK(std::get<TransportFailure>(result).kind == Kind::not_running);
  std::string stale;
  {
    FakeAgent const agent([](SeenRequest const&) { return json_reply("{}"); });
    stale = directory / "stale.sock";
    REQUIRE(::link(agent.socket().c_str(), stale.c_str()) == 0);
  }
  result = ask(stale);
  CHECK(std::get<TransportFailure>(result).kind == Kind::not_running);
  result = ask("/" + std::string(200, 'x'));
  CHECK(std::get<TransportFailure>(result).kind == Kind::not_running);
}

TEST_CASE("an agent that never answers ends in a timeout") {
  CHECK(failure_of({"", FakeAnswer::Way::never}, 150ms) == Kind::timeout);
}

TEST_CASE("garbage and a connection that ends in the middle are broken") {
  CHECK(failure_of({"garbage\r\n\r\n"}) == Kind::broken);
  auto half = json_reply("{}");
  half.bytes.pop_back();
  half.way = FakeAnswer::Way::hang_up_after;
  CHECK(failure_of(half) == Kind::broken);
  CHECK(failure_of({"", FakeAnswer::Way::hang_up_after}) == Kind::broken);
}

TEST_CASE("one connection serves several requests") {
  FakeAgent const agent([](SeenRequest const&) { return json_reply("{}"); });
  HttpClient client(agent.socket());
  for (int i = 0; i < 3; ++i) {
    CHECK(std::holds_alternative<HttpResponse>(client.exchange({.target = "/"}, 5s)));
  }
  CHECK(agent.connections() == 1);
}

TEST_CASE("a connection that the agent closed meanwhile is made anew") {
  FakeAgent const agent([](SeenRequest const&) {
    auto answer = json_reply("{}");
    answer.close = true;
    return answer;
  });
  HttpClient client(agent.socket());
  for (int i = 0; i < 3; ++i) {
    CHECK(std::holds_alternative<HttpResponse>(client.exchange({.target = "/"}, 5s)));
  }
  CHECK(agent.connections() == 3);
}

TEST_CASE("a raised flag ends a wait") {
  FakeAgent const agent([](SeenRequest const&) { return FakeAnswer{"", FakeAnswer::Way::never}; });
  std::sig_atomic_t const volatile flag = 1;
  HttpClient client(agent.socket());
  client.set_interrupt_flag(&flag);
  auto const result = client.exchange({.target = "/"}, 20s);
  CHECK(std::get<TransportFailure>(result).kind == Kind::interrupted);
}

TEST_CASE("a socket that the caller may not open is not permitted") {
  if (::geteuid() == 0) {
    MESSAGE("SKIPPED: root may open every socket");
    return;
  }
  FakeAgent const agent([](SeenRequest const&) { return json_reply("{}"); });
  REQUIRE(::chmod(agent.socket().c_str(), 0) == 0);
  CHECK(std::get<TransportFailure>(ask(agent.socket())).kind == Kind::not_permitted);
}

}  // namespace
}  // namespace govseal
