#include "agent/api/exchange.h"

#include <poll.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

// g++ 12.2 copies temporaries bytewise in expressions that hold a co_await. So in such a statement
// every argument is a name, a std::move(name), a literal or a call, and no lambda captures.

namespace govseal {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

constexpr std::size_t kPoolJobsMax = 64;          // of the API at one time
constexpr std::chrono::seconds kGoneInterval{1};  // how often a waiting client is looked at
constexpr std::chrono::seconds kSyncMargin{1};    // the port keeps the time-out itself

/// Both directions are shut: nobody will read the answer. A client that only ended its sending
/// still waits for it.
bool is_gone(ApiSession& session) {
  pollfd entry{};
  entry.fd = session.socket.native_handle();
  return poll(&entry, 1, 0) > 0 && (entry.revents & (POLLHUP | POLLERR)) != 0;
}

/// The one place where a request meets a thrown Error.
ApiReply guarded(std::function<ApiReply()> const& work, std::uint64_t number) {
  try {
    return work();
  } catch (std::exception const& error) {
    ApiResponse response = Api::problem(
        {"internal", "the journal says more under the number of this request", {}}, number);
    response.error = error.what();
    return response;
  }
}

ApiResponse problem_of(ApiSession const& session, Problem const& problem) {
  return Api::problem(problem, session.request.number);
}

std::function<SessionOutcome()> as_outcome(std::function<ApiResponse()> work,
                                           std::uint64_t number) {
  return [number, work = std::move(work)] {
    SessionOutcome outcome;
    outcome.reply = guarded([&work]() -> ApiReply { return work(); }, number);
    return outcome;
  };
}

std::function<SessionOutcome()> look_at(Peer const& peer, std::vector<std::string> paths) {
  return [peer, paths = std::move(paths)] {
    SessionOutcome outcome;
    for (auto const& path : paths) outcome.access.emplace_back(path, check_access(peer, path));
    return outcome;
  };
}

}  // namespace

ApiExchange::ApiExchange(ApiServerParts const& parts, SessionTable& sessions)
    : parts_(parts), sessions_(sessions) {
  job_listener_ = parts_.jobs.on_change([this](std::string const& id) { job_changed(id); });
}

ApiExchange::~ApiExchange() {
  parts_.jobs.remove_listener(job_listener_);
}

void ApiExchange::stop() {
  stopping_ = true;
  for (auto const& [id, session] : sessions_.all()) session->wake.cancel();
}

asio::awaitable<std::optional<ApiResponse>> ApiExchange::answer(
    ApiSession& session, std::chrono::nanoseconds request_timeout) {
  Progress progress;
  ApiReply reply = dispatch(session, progress);
  while (!std::holds_alternative<ApiResponse>(reply)) {
    session.outcome.reset();
    bool in_time = false;
    if (start(session, reply)) {
      in_time = co_await wait(session, reply, request_timeout);
      if (is_gone(session)) co_return std::nullopt;
      reply = next(session, std::move(reply), progress, in_time);
    } else {
      Problem const busy{"busy", "the workers have no room at present", {{"retry_after_s", "1"}}};
      reply = problem_of(session, busy);
    }
  }
  co_return std::get<ApiResponse>(std::move(reply));
}

ApiReply ApiExchange::dispatch(ApiSession& session, Progress const& progress) {
  session.peer.role = role_of(session.peer, roles_);
  auto const ask = [this, &session, &progress]() -> ApiReply {
    switch (progress.stage) {
      case Progress::Stage::fresh:
        return parts_.api.handle(session.request, session.peer);
      case Progress::Stage::synchronised:
        return parts_.api.after_sync(session.request, session.peer, progress.sync_failure);
      case Progress::Stage::waited:
        return parts_.api.after_wait(session.request, session.peer, progress.wait);
    }
    return ApiResponse();
  };
  return guarded(ask, session.request.number);
}

/// False: the pool has no room.
bool ApiExchange::start(ApiSession& session, ApiReply& reply) {
  if (auto* work = std::get_if<OnPool>(&reply)) {
    return start_pool_job(session, as_outcome(std::move(work->work), session.request.number));
  }
  if (auto* access = std::get_if<AwaitAccess>(&reply)) {
    return start_pool_job(session, look_at(session.peer, std::move(access->paths)));
  }
  if (auto const* sync = std::get_if<AwaitSync>(&reply)) start_sync(session, sync->request);
  if (auto const* job = std::get_if<AwaitJob>(&reply)) session.awaited_job = job->id;
  return true;
}

bool ApiExchange::start_pool_job(ApiSession& session, std::function<SessionOutcome()> work) {
  if (pool_jobs_ >= kPoolJobsMax) return false;
  std::uint64_t const id = session.id;
  std::uint64_t const ticket = ++session.ticket;
  auto job = [this, id, ticket, work = std::move(work)] {
    auto done = [this, id, ticket, outcome = work()]() mutable {
      --pool_jobs_;
      sessions_.deliver(id, ticket, std::move(outcome));
    };
    asio::post(sessions_.loop(), std::move(done));
  };
  if (!parts_.offload(std::move(job))) return false;
  ++pool_jobs_;
  return true;
}

void ApiExchange::start_sync(ApiSession& session, SyncRequest const& request) {
  std::uint64_t const id = session.id;
  std::uint64_t const ticket = ++session.ticket;
  parts_.api.synchronise(request, [this, id, ticket](std::optional<SyncFailure> failure) {
    SessionOutcome outcome;
    outcome.sync = std::move(failure);
    sessions_.deliver(id, ticket, std::move(outcome));
  });
}

/// False: the time is over, the client is gone or the server stops.
asio::awaitable<bool> ApiExchange::wait(ApiSession& session, ApiReply const& reply,
                                        std::chrono::nanoseconds request_timeout) {
  std::chrono::nanoseconds timeout = request_timeout;
  auto const* job = std::get_if<AwaitJob>(&reply);
  if (job && job->timeout.count() > 0) timeout = job->timeout;
  auto const* sync = std::get_if<AwaitSync>(&reply);
  if (sync) timeout = sync->request.timeout + kSyncMargin;
  SteadyTime const end = std::chrono::steady_clock::now() + timeout;
  while (!is_ready(session, reply) && !stopping_) {
    SteadyTime const now = std::chrono::steady_clock::now();
    if (now >= end || is_gone(session)) break;
    session.wake.expires_at(std::min(end, SteadyTime(now + kGoneInterval)));
    ErrorCode ignored;
    co_await session.wake.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  session.awaited_job.clear();
  ++session.ticket;  // what comes later comes too late
  co_return is_ready(session, reply);
}

bool ApiExchange::is_ready(ApiSession const& session, ApiReply const& reply) const {
  auto const* wanted = std::get_if<AwaitJob>(&reply);
  if (!wanted) return session.outcome.has_value();
  Job const* job = parts_.jobs.find(wanted->id);
  if (!job || job->finished()) return true;
  return !wanted->until_finished && job->version != wanted->version;
}

/// What the Api says now that the waiting is over. A job that took too long is not an error here:
/// the Api answers with what there is.
ApiReply ApiExchange::next(ApiSession& session, ApiReply reply, Progress& progress, bool in_time) {
  if (stopping_ && !in_time) {
    return problem_of(session,
                      {"stopping", "the agent is being stopped", {{"retry_after_s", "1"}}});
  }
  if (auto* job = std::get_if<AwaitJob>(&reply)) {
    progress.stage = Progress::Stage::waited;
    progress.wait = std::move(*job);
    return dispatch(session, progress);
  }
  if (std::holds_alternative<AwaitSync>(reply)) {
    progress.stage = Progress::Stage::synchronised;
    if (in_time) progress.sync_failure = std::move(session.outcome->sync);
    if (!in_time) progress.sync_failure.emplace().kind = SyncFailure::Kind::timeout;
    return dispatch(session, progress);
  }
  if (!in_time) {
    return problem_of(session, {"timeout", "api.request_timeout_ms: the work took too long", {}});
  }
  if (std::holds_alternative<OnPool>(reply)) return std::move(session.outcome->reply);
  take_access(session);
  return dispatch(session, progress);
}

void ApiExchange::take_access(ApiSession& session) {
  Instant const now = parts_.clock.now();
  for (auto const& [path, readable] : session.outcome->access) {
    parts_.access.store(session.peer, path, readable, now);
  }
}

void ApiExchange::job_changed(std::string const& id) {
  for (auto const& [number, session] : sessions_.all()) {
    if (session->awaited_job == id) session->wake.cancel();
  }
}

}  // namespace govseal
