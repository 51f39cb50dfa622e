#include "agent/api/server.h"

#include <sys/resource.h>
#include <sys/syscall.h>

#include <atomic>
#include <list>

#include "tests/agent/api_socket_world.h"

using namespace govseal;
using namespace govseal::api_test;

namespace {

std::string const kStatus = get_text("/v1/status");

/// Less than any time-out that another client could have made us wait for.
constexpr std::chrono::milliseconds kUndisturbed{900};

ApiServerLimits short_request() {
  auto limits = quick_limits();
  limits.request_timeout = std::chrono::milliseconds(500);
  return limits;
}

/// How long one status takes on a connection of its own.
std::chrono::milliseconds status_time(ServerWorld& server) {
  Client client(server.path);
  auto const began = std::chrono::steady_clock::now();
  REQUIRE(client.send(kStatus));
  CHECK(status_of_answer(client.receive()) == 200);
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               began);
}

/// Room for `count` connections with both ends in this process.
bool raise_descriptors(rlim_t count) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min(limit.rlim_max, std::max(limit.rlim_cur, 2 * count + 200));
  setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur >= 2 * count + 200;
}

/// This thread connects as another user: the raw call changes one thread only.
class AsUser {
 public:
  explicit AsUser(uid_t uid) { works_ = syscall(SYS_setresuid, -1, uid, -1) == 0; }
  ~AsUser() { syscall(SYS_setresuid, -1, 0, -1); }
  AsUser(AsUser const&) = delete;
  AsUser& operator=(AsUser const&) = delete;
  [[nodiscard]] bool works() const { return works_; }

 private:
  bool works_ = false;
};

}  // namespace

TEST_CASE("a connection is kept for the next request, until somebody wants it closed") {
  ServerWorld server;
  Client client(server.path);
  REQUIRE(client.send(kStatus));
  std::string const first = client.receive();
  CHECK(first.starts_with("HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"));
  CHECK(first.find("\r\nContent-Type: application/json\r\n") != std::string::npos);
  CHECK(first.find("\r\nX-Content-Type-Options: nosniff\r\n") != std::string::npos);
  CHECK(first.find("\r\nConnection: keep-alive\r\n") != std::string::npos);
  CHECK(first.ends_with("}\n"));
  REQUIRE(client.send(get_text("/healthz", "Connection: close\r\n")));
  std::string const last = client.drain();
  CHECK(last.ends_with("Connection: close\r\n\r\nok\n"));
  Client old(server.path);
  REQUIRE(old.send("GET /healthz HTTP/1.0\r\n\r\n"));
  CHECK(old.drain().ends_with("ok\n"));
}

TEST_CASE("HEAD gives the head that GET gives, and no body") {
  ServerWorld server;
  Client client(server.path);
  REQUIRE(client.send(kStatus));
  std::string const full = client.receive();
  REQUIRE(client.send("HEAD /v1/status HTTP/1.1\r\n\r\n"));
  std::string const head = client.receive(true);
  CHECK(full.starts_with(head));
  REQUIRE(client.send(get_text("/healthz")));
  CHECK(client.receive().ends_with("\r\n\r\nok\n"));
}

TEST_CASE("a 304 has neither body nor length") {
  ServerWorld server;
  Client client(server.path);
  REQUIRE(client.send(get_text("/v1/status", "If-None-Match: \"4-4\"\r\n")));
  std::string const answer = client.receive(true);
  CHECK(status_of_answer(answer) == 304);
  CHECK(answer.find("Content-Length") == std::string::npos);
  REQUIRE(client.send(get_text("/healthz")));
  CHECK(status_of_answer(client.receive()) == 200);
}

TEST_CASE("requests that come at once are answered in order, garbage behind them is the end") {
  ServerWorld server;
  Client client(server.path);
  REQUIRE(client.send(get_text("/healthz") + get_text("/v1/version") + "garbage\r\n\r\n" +
                      get_text("/healthz")));
  CHECK(client.receive().ends_with("ok\n"));
  CHECK(client.receive().find("\"product\"") != std::string::npos);
  std::string const rest = client.drain();
  CHECK(status_of_answer(rest) == 400);
  CHECK(rest.find("urn:govseal:problem:bad-request") != std::string::npos);
  CHECK(count_of(rest, "\r\nDate: ") == 1);
}

TEST_CASE("a client that sends a byte at a time is told that it is too slow") {
  ServerWorld server;
  Client slow(server.path);
  REQUIRE(slow.send("GET /v1/st"));
  std::jthread dribble([&slow] {
    pollfd entry{slow.fd(), POLLIN, 0};
    while (poll(&entry, 1, 20) == 0 && slow.send("a")) {
    }
  });
  CHECK(status_time(server) < kUndisturbed);
  dribble.join();
  std::string const answer = slow.drain();
  CHECK(status_of_answer(answer) == 408);
  CHECK(answer.find("urn:govseal:problem:read-timeout") != std::string::npos);
  CHECK(answer.find("Connection: close") != std::string::npos);
}

TEST_CASE("half a request that goes silent is timed out, in head and body") {
  ServerWorld server;
  Client head(server.path);
  Client body(server.path);
  REQUIRE(head.send("GET /v1/status HTTP/1.1\r\nHost: loc"));
  REQUIRE(body.send("POST /v1/scan HTTP/1.1\r\nContent-Length: 10\r\n\r\n{"));
  CHECK(status_of_answer(head.drain()) == 408);
  CHECK(status_of_answer(body.drain()) == 408);
  CHECK(server.submitted() == 0);
}

TEST_CASE("half a request that ends leaves nothing behind") {
  ServerWorld server;
  for (auto const* part : {"", "G", "GET /v1/status HTTP/1.1\r\nHost: loc",
                           "POST /v1/scan HTTP/1.1\r\nContent-Length: 10\r\n\r\n{",
                           "POST /v1/scan HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"}) {
    CAPTURE(part);
    Client client(server.path);
    REQUIRE(client.send(part));
    client.end_sending();
    CHECK(client.drain().empty());
  }
  CHECK(server.reaches(0));
  CHECK(server.submitted() == 0);
}

TEST_CASE("a client that stops sending after its request still gets the answer") {
  ServerWorld server;
  Client client(server.path);
  REQUIRE(client.send(get_text("/v1/ledger?from=0&limit=2")));
  client.end_sending();
  CHECK(status_of_answer(client.drain()) == 200);
}

TEST_CASE("an idle connection is closed without a word") {
  auto limits = quick_limits();
  limits.idle_timeout = std::chrono::seconds(1);
  ServerWorld server(limits);
  Client fresh(server.path);
  Client used(server.path);
  REQUIRE(used.send(get_text("/healthz")));
  CHECK(used.receive().ends_with("ok\n"));
  CHECK(fresh.drain().empty());
  CHECK(used.drain().empty());
}

TEST_CASE("too large bodies and headers are refused with the limit, whoever sends them") {
  ServerWorld server;
  std::string const mebibyte(1 << 20, 'x');
  struct Case {
    std::string bytes;
    int status;
    char const* problem;
  };
  std::vector<Case> const cases = {
      {"POST /v1/scan HTTP/1.1\r\nContent-Length: 1048576\r\n\r\n" + mebibyte, 413,
       "body-too-large"},
      {"POST /v1/scan HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n" + mebibyte, 413,
       "body-too-large"},
      {"POST /v1/scan HTTP/1.1\r\nContent-Length: 65537\r\n\r\n", 413, "body-too-large"},
      {"GET /" + mebibyte + " HTTP/1.1\r\n\r\n", 431, "header-too-large"},
      {"GET /healthz HTTP/1.1\r\nX-A: " + mebibyte, 431, "header-too-large"},
      {"GET /healthz HTTP/1.1\r\nX-A: " + std::string(8192, 'x') + "\r\n\r\n", 431,
       "header-too-large"}};
  for (auto const& one : cases) {
    CAPTURE(one.bytes.substr(0, 60));
    Client client(server.path);
    client.send(one.bytes);
    std::string const answer = client.drain();
    CHECK(status_of_answer(answer) == one.status);
    CHECK(answer.find(one.problem) != std::string::npos);
    CHECK(answer.find("\"limit\":") != std::string::npos);
    CHECK(answer.find("Connection: close") != std::string::npos);
  }
  CHECK(status_time(server) < kUndisturbed);
}

TEST_CASE("a body of exactly the limit is read, also in chunks") {
  ServerWorld server;
  std::string body = R"({"root":")";
  body += std::string(65536 - body.size() - 2, 'r') + "\"}";
  std::string const head = "POST /v1/scan HTTP/1.1\r\nContent-Type: application/json\r\n";
  Client client(server.path);
  REQUIRE(client.send(head + "Content-Length: 65536\r\n\r\n" + body));
  CHECK(status_of_answer(client.receive()) == 422);
  REQUIRE(client.send(head + "Transfer-Encoding: chunked\r\n\r\n8000\r\n" + body.substr(0, 32768) +
                      "\r\n8000;ext=1\r\n" + body.substr(32768) + "\r\n0\r\n\r\n"));
  CHECK(status_of_answer(client.receive()) == 422);
}

TEST_CASE("requests that two programs could read in two ways are refused and the connection ends") {
  ServerWorld server;
  std::string const inner = get_text("/v1/version");
  std::string const post = "POST /v1/scan HTTP/1.1\r\n";
  std::vector<std::string> const attempts = {
      post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
      post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n" + inner,
      post + "Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}" + inner,
      post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}" + inner,
      post + "Content-Length: 2, 2\r\n\r\n{}" + inner,
      post + "Content-Length: +2\r\n\r\n{}" + inner,
      post + "Content-Length: -1\r\n\r\n{}" + inner,
      post + "Content-Length: 0x2\r\n\r\n{}" + inner,
      post + "Content-Length: 99999999999999999999\r\n\r\n{}" + inner,
      post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + inner,
      post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + inner,
      post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + inner,
      post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
      post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n" + inner,
      post + "Transfer-Encoding: chunked\r\n\r\n-1\r\n" + inner,
      post + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n" + inner,
      post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}XX0\r\n\r\n" + inner,
      post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + inner,
      post + " Content-Length: 2\r\n\r\n{}" + inner,
      "POST /v1/scan HTTP/1.1\nContent-Length: 2\n\n{}" + inner,
      "GET /v1/status HTTP/1.1\r\nA\0: b\r\n\r\n" + inner,
      "GET /v1/status HTTP/1.1\r\nA: b\rC: d\r\n\r\n" + inner,
      "GET  /v1/status HTTP/1.1\r\n\r\n" + inner,
      "GET /v1/status HTTP/2.0\r\n\r\n" + inner,
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + inner,
      "GET /v1/status\r\n" + inner,
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + inner};
  for (auto const& attempt : attempts) {
    CAPTURE(attempt);
    Client client(server.path);
    client.send(attempt);
    std::string const answer = client.drain();
    CHECK((status_of_answer(answer) == 400 || status_of_answer(answer) == 413));
    CHECK(count_of(answer, "\r\nDate: ") == 1);
    CHECK(answer.find("\"product\"") == std::string::npos);
  }
  CHECK(server.submitted() == 0);
}

TEST_CASE("trailers add no fields, and an announced body is invited") {
  ServerWorld server;
  Client client(server.path);
  std::string const head = "POST /v1/scan HTTP/1.1\r\nContent-Type: application/json\r\n";
  REQUIRE(client.send(head + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
                             "Origin: http://x\r\nIdempotency-Key: k\r\n\r\n"));
  CHECK(status_of_answer(client.receive()) == 202);
  REQUIRE(client.send(head + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
  CHECK(client.receive(true) == "HTTP/1.1 100 Continue\r\n\r\n");
  REQUIRE(client.send("{}"));
  CHECK(status_of_answer(client.receive()) == 202);
  REQUIRE(client.send(head + "Expect: 100-continue\r\nContent-Length: 1048576\r\n\r\n"));
  CHECK(status_of_answer(client.drain()) == 413);
}

TEST_CASE("the connection after the last one is told to come back, and can when one has ended") {
  ServerWorld server;
  std::list<Client> clients;
  for (int i = 0; i < 256; ++i) clients.emplace_back(server.path);
  REQUIRE(clients.back().send(get_text("/healthz")));
  CHECK(clients.back().receive().ends_with("ok\n"));
  Client late(server.path);
  std::string const answer = late.drain();
  CHECK(status_of_answer(answer) == 503);
  CHECK(answer.find("\r\nRetry-After: 1\r\n") != std::string::npos);
  CHECK(answer.find("urn:govseal:problem:busy") != std::string::npos);
  CHECK(answer.find("\"retry_after_s\":1") != std::string::npos);
  late.close();
  clients.pop_front();
  REQUIRE(server.reaches(255));
  CHECK(status_time(server) < kUndisturbed);
}

TEST_CASE("one user cannot take the connections of the others") {
  auto limits = quick_limits();
  limits.connections_per_uid_max = 32;
  ServerWorld server(limits);
  std::list<Client> clients;
  for (int i = 0; i < 32; ++i) clients.emplace_back(server.path);
  Client late(server.path);
  CHECK(status_of_answer(late.drain()) == 503);
  AsUser const other(4242);
  if (!other.works()) {
    MESSAGE("skipped: another user needs root");
    return;
  }
  Client viewer(server.path);
  REQUIRE(viewer.send(get_text("/healthz")));
  CHECK(status_of_answer(viewer.receive()) == 200);
}

TEST_CASE("a thousand idle connections disturb nobody") {
  constexpr std::size_t kMany = 1000;
  if (!raise_descriptors(kMany)) {
    MESSAGE("skipped: the limit of open files is too low");
    return;
  }
  auto limits = quick_limits();
  limits.connections_max = kMany + 1;
  limits.connections_per_uid_max = kMany + 1;
  ServerWorld server(limits);
  std::list<Client> clients;
  for (std::size_t i = 0; i < kMany; ++i) clients.emplace_back(server.path);
  REQUIRE(server.reaches(kMany));
  CHECK(status_time(server) < kUndisturbed);
  for (auto& client : clients) {
    REQUIRE(client.send(get_text("/healthz")));
    REQUIRE(status_of_answer(client.receive()) == 200);
  }
  clients.clear();
  CHECK(server.reaches(0));
}

TEST_CASE("a thousand connections over the limit leave those inside alone") {
  constexpr std::size_t kMany = 1000;
  if (!raise_descriptors(kMany)) {
    MESSAGE("skipped: the limit of open files is too low");
    return;
  }
  ServerWorld server;
  Client inside(server.path);
  REQUIRE(inside.send(get_text("/healthz")));
  CHECK(status_of_answer(inside.receive()) == 200);
  std::list<Client> flood;
  for (std::size_t i = 0; i < kMany; ++i) flood.emplace_back(server.path);
  REQUIRE(inside.send(kStatus));
  CHECK(status_of_answer(inside.receive()) == 200);
  flood.clear();
  CHECK(server.reaches(1));
}

TEST_CASE("a client that does not take its answer is closed, and others wait for nothing") {
  ServerWorld server;
  server.on_loop([&server] {
    for (int i = 0; i < 200; ++i) {
      server.world.add_record(R"({"v":1,"text":")" + std::string(50'000, 'x') + "\"}");
    }
  });
  Client greedy(server.path);
  std::string const all = get_text("/v1/ledger?from=0&to=204");
  REQUIRE(greedy.send(all));
  CHECK(status_time(server) < kUndisturbed);
  CHECK(server.reaches(0));
  CHECK(greedy.drain().size() < 5'000'000);
  Client good(server.path);
  REQUIRE(good.send(all));
  CHECK(good.receive().size() > 10'000'000);
}

TEST_CASE("work on the pool that takes too long is 503, and its late result goes nowhere") {
  ServerWorld server(short_request());
  std::promise<void> release;
  auto const released = release.get_future().share();
  server.world.ledger.before_lines = [released] { released.wait(); };
  Client client(server.path);
  REQUIRE(client.send(get_text("/v1/ledger")));
  std::string const answer = client.receive();
  CHECK(status_of_answer(answer) == 503);
  CHECK(answer.find("urn:govseal:problem:timeout") != std::string::npos);
  release.set_value();
  REQUIRE(client.send(get_text("/v1/version")));
  CHECK(client.receive().find("\"product\"") != std::string::npos);
}

TEST_CASE("a pool without room is busy, a failing one internal with the reason in the log only") {
  ServerWorld server;
  Client client(server.path);
  server.pool_has_room = false;
  REQUIRE(client.send(get_text("/v1/ledger")));
  CHECK(client.receive().find("urn:govseal:problem:busy") != std::string::npos);
  server.pool_has_room = true;
  server.on_loop([&server] { server.world.ledger.broken = true; });
  REQUIRE(client.send(get_text("/v1/ledger")));
  std::string const answer = client.receive();
  CHECK(status_of_answer(answer) == 500);
  CHECK(answer.find("0.log") == std::string::npos);
  auto const last = server.log().back();
  CHECK(last.status == 500);
  CHECK(last.error.find("0.log") != std::string::npos);
  CHECK(answer.find("urn:govseal:request:" + std::to_string(last.number)) != std::string::npos);
}

TEST_CASE("waiting for a job ends when it changes, or when the time is over") {
  ServerWorld server;
  server.on_loop([&server] {
    By by;
    return *server.world.jobs.create("scan", "{}", by, server.world.clock.now());
  });
  Client waiting(server.path);
  REQUIRE(waiting.send(get_text("/v1/jobs/j-1?wait=60s")));
  REQUIRE(server.has_asked(1));
  Client impatient(server.path);
  REQUIRE(impatient.send(get_text("/v1/jobs/j-1?wait=100ms")));
  CHECK(impatient.receive().find("\"state\":\"queued\"") != std::string::npos);
  server.on_loop([&server] { server.world.jobs.start("j-1", server.world.clock.now()); });
  CHECK(waiting.receive().find("\"state\":\"running\"") != std::string::npos);
}

TEST_CASE("a client that goes away while it waits gives its connection back") {
  ServerWorld server;
  server.on_loop([&server] {
    By by;
    return *server.world.jobs.create("scan", "{}", by, server.world.clock.now());
  });
  Client waiting(server.path);
  REQUIRE(waiting.send(get_text("/v1/jobs/j-1?wait=60s")));
  REQUIRE(server.has_asked(1));
  waiting.close();
  CHECK(server.reaches(0));
}

TEST_CASE("a POST that is answered by its outcome waits for its job") {
  ServerWorld server(short_request());
  Client client(server.path);
  std::string const reload =
      "POST /v1/reload HTTP/1.1\r\nIdempotency-Key: k\r\nContent-Length: 0\r\n\r\n";
  REQUIRE(client.send(reload));
  CHECK(client.receive().find("urn:govseal:problem:timeout") != std::string::npos);
  REQUIRE(client.send(reload));
  REQUIRE(server.has_asked(3));
  server.on_loop([&server] {
    server.world.jobs.finish("j-1", R"({"changed":[]})", server.world.clock.now());
  });
  std::string const answer = client.receive();
  CHECK(answer.ends_with("{\"changed\":[]}\n"));
  CHECK(answer.find("\r\nIdempotency-Replayed: true\r\n") != std::string::npos);
  CHECK(server.submitted() == 1);
}

TEST_CASE("a synchronised request goes through the port") {
  ServerWorld server;
  Client client(server.path);
  REQUIRE(client.send(get_text("/v1/status?sync=1s")));
  CHECK(status_of_answer(client.receive()) == 200);
  server.on_loop([&server] { server.world.sync.result.emplace(); });
  REQUIRE(client.send(get_text("/v1/status?sync=1s")));
  CHECK(client.receive().find("sync-unavailable") != std::string::npos);
}

TEST_CASE("roles and the view of a repository follow the peer of the connection") {
  ServerWorld server;
  AsUser const other(4242);
  if (!other.works()) {
    MESSAGE("skipped: another user needs root");
    return;
  }
  server.on_loop([&server] { server.world.access.known = true; });
  Client viewer(server.path);
  REQUIRE(viewer.send(kStatus));
  CHECK(status_of_answer(viewer.receive()) == 200);
  REQUIRE(viewer.send("POST /v1/scan HTTP/1.1\r\n\r\n"));
  CHECK(viewer.receive().find("not-permitted") != std::string::npos);
  server.on_loop([&server] { server.server().set_roles(RoleRules()); });
  REQUIRE(viewer.send(kStatus));
  CHECK(status_of_answer(viewer.receive()) == 403);
  REQUIRE(viewer.send(get_text("/healthz")));
  CHECK(status_of_answer(viewer.receive()) == 200);
}

TEST_CASE("access that is not known is looked up on the pool and kept") {
  ServerWorld server;
  AsUser const other(4242);
  if (!other.works()) {
    MESSAGE("skipped: another user needs root");
    return;
  }
  server.use_real_access();
  Client viewer(server.path);
  REQUIRE(viewer.send(get_text("/v1/repositories")));
  std::string const answer = viewer.receive();
  CHECK(answer.find(R"({"items":[],"next_cursor":null,"filtered":true})") != std::string::npos);
  server.pool_has_room = false;
  REQUIRE(viewer.send(get_text("/v1/repositories")));
  CHECK(status_of_answer(viewer.receive()) == 200);
}

TEST_CASE("stopping ends idle connections and tells those who wait") {
  ServerWorld server;
  server.on_loop([&server] {
    By by;
    return *server.world.jobs.create("scan", "{}", by, server.world.clock.now());
  });
  Client idle(server.path);
  Client waiting(server.path);
  REQUIRE(waiting.send(get_text("/v1/jobs/j-1?wait=60s")));
  REQUIRE(server.reaches(2));
  REQUIRE(server.has_asked(1));
  server.on_loop([&server] { server.server().stop(); });
  CHECK(idle.drain().empty());
  std::string const answer = waiting.drain();
  CHECK(status_of_answer(answer) == 503);
  CHECK(answer.find("urn:govseal:problem:stopping") != std::string::npos);
  CHECK(server.reaches(0));
}
