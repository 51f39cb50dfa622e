// The socket API on any request line, fields and body: target, query, negotiation and body are
// taken apart, and whatever passes goes through the handlers over a small snapshot. The input is a
// request as it looks on the wire.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <variant>

#include "agent/api/api.h"
#include "agent/api/target.h"
#include "base/error.h"
#include "base/json.h"

namespace {

using namespace govseal;

class EmptyLedger final : public LedgerView {
 public:
  [[nodiscard]] std::uint64_t size() const override { return 2; }
  [[nodiscard]] std::string checkpoint() const override { return ""; }
  [[nodiscard]] std::optional<std::string> checkpoint_of(std::uint64_t) const override {
    return {};
  }
  [[nodiscard]] std::vector<std::string> lines(std::uint64_t from, std::uint64_t to,
                                               std::uint64_t) const override {
    GOVSEAL_ASSERT(from <= to && to <= size());
    return std::vector<std::string>(to - from, R"({"type":"seal.created","repo":"alpha"})");
  }
  [[nodiscard]] std::vector<Digest> inclusion_proof(std::uint64_t index,
                                                    std::uint64_t tree) const override {
    GOVSEAL_ASSERT(index < tree && tree <= size());
    return {};
  }
  [[nodiscard]] std::vector<Digest> consistency_proof(std::uint64_t first,
                                                      std::uint64_t second) const override {
    GOVSEAL_ASSERT(first <= second && second <= size());
    return {};
  }
};

class NoCommands final : public CommandPort {
 public:
  std::optional<Problem> submit(std::string const&, Command const&, By const&) override {
    return refused("fuzz.refused", "nothing is done here");
  }
  [[nodiscard]] std::string render_drift(DriftRequest const&) const override { return "{}"; }
  [[nodiscard]] std::optional<std::string> seal_file(std::string const&, std::string const&,
                                                     bool) const override {
    return "{}";
  }
};

class AllVisible final : public AccessPort {
 public:
  std::optional<bool> find(Peer const&, std::string const& path, Instant) override {
    return path != "/srv/hidden";
  }
};

class StillClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return {}; }
  [[nodiscard]] std::string boot_id() const override { return "boot"; }
};

RepositorySnapshotPtr repository(std::string id) {
  RepositorySnapshot made;
  made.path = "/srv/" + id;
  made.id = std::move(id);
  WatchRootView root;
  root.id = made.id + "/runs/runs";
  root.kind = "runs";
  root.path = "runs";
  made.roots = {root};
  RunView run;
  run.run = "runs/a";
  run.run_root = "runs";
  run.ledger.emplace();
  made.runs = {std::make_shared<RunView const>(run)};
  Finding finding;
  finding.id = "GS-1";
  finding.repository = made.id;
  finding.subject.run = "runs/a";
  made.findings = {std::make_shared<Finding const>(finding)};
  made.dispatch.emplace();
  return make_repository(std::move(made));
}

SnapshotPtr snapshot() {
  Snapshot made;
  made.repositories = {repository("alpha"), repository("hidden")};
  return std::make_shared<Snapshot const>(made);
}

std::string_view take_line(std::string_view& text) {
  auto const end = std::min(text.find('\n'), text.size());
  auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

ApiRequest parse_request(std::string_view text) {
  ApiRequest request;
  auto const line = take_line(text);
  auto const space = std::min(line.find(' '), line.size());
  request.method = line.substr(0, space);
  auto target = line.substr(std::min(space + 1, line.size()));
  request.target = target.substr(0, target.find(' '));
  for (auto field = take_line(text); !field.empty(); field = take_line(text)) {
    auto const colon = std::min(field.find(':'), field.size());
    auto value = field.substr(std::min(colon + 1, field.size()));
    while (value.starts_with(' ')) value.remove_prefix(1);
    request.headers.emplace_back(field.substr(0, colon), value);
  }
  request.body = text;
  return request;
}

void check_target(std::string const& text) {
  auto const parsed = parse_target(text);
  auto const* target = std::get_if<ApiTarget>(&parsed);
  if (!target) return;
  for (auto const& segment : target->segments) {
    GOVSEAL_ASSERT(!segment.empty() && segment.find('\0') == std::string::npos);
    GOVSEAL_ASSERT(percent_decode(percent_encode(segment)) == segment);
  }
}

void check_response(ApiResponse const& response) {
  GOVSEAL_ASSERT(response.status >= 200 && response.status < 600);
  for (auto const& [name, value] : response.headers) {
    GOVSEAL_ASSERT(value.find_first_of("\r\n") == std::string::npos);
    bool const is_json = name == "Content-Type" && value.find("json") != std::string::npos &&
                         value.find("ndjson") == std::string::npos;
    if (is_json) GOVSEAL_ASSERT(std::holds_alternative<JsonValue>(parse_json(response.body)));
  }
  GOVSEAL_ASSERT(response.body.find("/srv/hidden") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  ApiRequest const request = parse_request({reinterpret_cast<char const*>(data), size});
  check_target(request.target);
  EmptyLedger ledger;
  NoCommands commands;
  AllVisible access;
  StillClock clock;
  JobTable jobs{JobLimits()};
  SnapshotPtr const shown = snapshot();
  ApiParts parts{
      [&shown] { return shown; }, ledger, commands, jobs, access, clock, {}, 997, nullptr};
  Api api(std::move(parts), ApiLimits());
  Peer peer;
  peer.uid = 1000;
  peer.role = Role::op;
  ApiReply reply = api.handle(request, peer);
  if (auto const* job = std::get_if<OnPool>(&reply)) reply = job->work();
  if (auto const* response = std::get_if<ApiResponse>(&reply)) check_response(*response);
  return 0;
}
