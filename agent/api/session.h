#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/api/api.h"
#include "agent/api/peer.h"
#include "agent/api/request_reader.h"

/// What the parts of the server share: connections and their deadlines. Loop thread only.
namespace govseal {

using ApiSocket = boost::asio::local::stream_protocol::socket;
using SteadyTime = std::chrono::steady_clock::time_point;

class SessionTable;

/// What a session waited for.
struct SessionOutcome {
  ApiReply reply;
  std::vector<std::pair<std::string, bool>> access;
  std::optional<SyncFailure> sync;
};

/// One connection. Lives in the frame of its coroutine; everyone else knows it by its number,
/// because a frame can end while a handler of its is queued.
struct ApiSession {
  ApiSession(SessionTable& sessions, ApiSocket connection, Peer of);
  ~ApiSession();
  ApiSession(ApiSession const&) = delete;
  ApiSession& operator=(ApiSession const&) = delete;

  SessionTable* table;  // nullptr when the server is gone
  std::uint64_t id;
  ApiSocket socket;
  Peer peer;
  bool refused = false;  // only there to be told that there is no room
  bool idle = false;     // between two requests

  boost::asio::steady_timer deadline_timer;
  std::optional<SteadyTime> deadline;
  bool timed_out = false;

  RequestReader reader;
  ApiRequest request;
  bool keep_alive = false;

  boost::asio::steady_timer wake;  // cancelled when `outcome` is there or a job changed
  std::uint64_t ticket = 0;        // of what is waited for; an old one is not delivered
  std::optional<SessionOutcome> outcome;
  std::string awaited_job;
};

/// All connections by number.
class SessionTable {
 public:
  explicit SessionTable(boost::asio::io_context& loop) : loop_(loop) {}
  ~SessionTable();

  [[nodiscard]] boost::asio::io_context& loop() noexcept { return loop_; }
  [[nodiscard]] std::map<std::uint64_t, ApiSession*> const& all() const noexcept {
    return sessions_;
  }
  [[nodiscard]] ApiSession* find(std::uint64_t id);

  /// From `after` on everything the session does on its socket fails, and `timed_out` is set, until
  /// disarm() or the next arm().
  void arm(ApiSession& session, std::chrono::nanoseconds after);
  void disarm(ApiSession& session);
  /// Gives a session what it waits for.
  void deliver(std::uint64_t id, std::uint64_t ticket, SessionOutcome outcome);

 private:
  friend struct ApiSession;
  void watch_deadline(ApiSession& session);
  void deadline_passed(std::uint64_t id);

  boost::asio::io_context& loop_;
  std::map<std::uint64_t, ApiSession*> sessions_;
  std::uint64_t next_ = 1;
};

}  // namespace govseal
