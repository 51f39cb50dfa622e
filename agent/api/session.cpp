#include "agent/api/session.h"

// A deadline does not race with the operation it ends: when it has passed, the socket is cancelled
// again and again until the coroutine has noticed, because a cancel() that falls between two steps
// of a composed operation is lost.

namespace govseal {
namespace {

using ErrorCode = boost::system::error_code;

constexpr std::chrono::milliseconds kCancelAgain{20};

}  // namespace

ApiSession::ApiSession(SessionTable& sessions, ApiSocket connection, Peer of)
    : table(&sessions),
      id(sessions.next_++),
      socket(std::move(connection)),
      peer(std::move(of)),
      deadline_timer(sessions.loop()),
      wake(sessions.loop()) {
  table->sessions_.emplace(id, this);
}

ApiSession::~ApiSession() {
  if (table) table->sessions_.erase(id);
}

SessionTable::~SessionTable() {
  for (auto const& [id, session] : sessions_) session->table = nullptr;
}

ApiSession* SessionTable::find(std::uint64_t id) {
  auto const found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : found->second;
}

void SessionTable::arm(ApiSession& session, std::chrono::nanoseconds after) {
  session.timed_out = false;
  session.deadline = std::chrono::steady_clock::now() + after;
  session.deadline_timer.expires_at(*session.deadline);
  watch_deadline(session);
}

void SessionTable::disarm(ApiSession& session) {
  session.deadline.reset();
  session.deadline_timer.cancel();
}

void SessionTable::watch_deadline(ApiSession& session) {
  session.deadline_timer.async_wait([this, id = session.id](ErrorCode const& error) {
    if (!error) deadline_passed(id);
  });
}

void SessionTable::deadline_passed(std::uint64_t id) {
  ApiSession* session = find(id);
  if (!session || !session->deadline) return;
  if (std::chrono::steady_clock::now() < *session->deadline) return;
  session->timed_out = true;
  ErrorCode ignored;
  session->socket.cancel(ignored);
  session->deadline_timer.expires_after(kCancelAgain);
  watch_deadline(*session);
}

void SessionTable::deliver(std::uint64_t id, std::uint64_t ticket, SessionOutcome outcome) {
  ApiSession* session = find(id);
  if (!session || session->ticket != ticket) return;
  session->outcome = std::move(outcome);
  session->wake.cancel();
}

}  // namespace govseal
