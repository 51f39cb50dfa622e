#pragma once

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/api/api.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/json.h"
#include "sealing/ledger/checkpoint.h"
#include "tests/support/manual_clock.h"

/// A hand-made agent behind the Api: snapshot, ledger, commands and access as values.
namespace govseal::api_test {

inline nanoseconds at(char const* text) {
  return *parse_utc(text);
}

inline Digest digest_of(std::string_view text) {
  return sha256(text);
}

class FakeLedger final : public LedgerView {
 public:
  std::vector<std::string> all;
  bool broken = false;
  std::function<void()> before_lines = [] {};

  [[nodiscard]] std::uint64_t size() const override { return all.size(); }
  [[nodiscard]] std::string checkpoint() const override {
    return all.empty() ? "" : note_of(all.size());
  }
  [[nodiscard]] std::optional<std::string> checkpoint_of(std::uint64_t size) const override {
    return size == all.size() ? std::optional(note_of(size)) : std::nullopt;
  }
  [[nodiscard]] std::vector<std::string> lines(std::uint64_t from, std::uint64_t to,
                                               std::uint64_t bytes_max) const override {
    before_lines();
    if (broken) throw Error("read", "/state/ledger/0.log", "the file is corrupt");
    std::vector<std::string> some;
    std::uint64_t bytes = 0;
    for (auto i = from; i < to && (bytes < bytes_max || some.empty()); ++i) {
      some.push_back(all.at(i));
      bytes += all[i].size();
    }
    return some;
  }
  [[nodiscard]] std::vector<Digest> inclusion_proof(std::uint64_t index,
                                                    std::uint64_t size) const override {
    auto const leaves = leaves_of(size);
    return make_inclusion_proof(index, size, hashes_of(leaves));
  }
  [[nodiscard]] std::vector<Digest> consistency_proof(std::uint64_t first,
                                                      std::uint64_t second) const override {
    auto const leaves = leaves_of(second);
    return make_consistency_proof(first, second, hashes_of(leaves));
  }
  [[nodiscard]] TreeHead head(std::uint64_t size) const {
    auto const leaves = leaves_of(size);
    return {size, tree_root(size, hashes_of(leaves))};
  }

 private:
  [[nodiscard]] std::vector<Digest> leaves_of(std::uint64_t size) const {
    std::vector<Digest> leaves;
    for (std::uint64_t i = 0; i < size; ++i) leaves.push_back(leaf_hash(all.at(i)));
    return leaves;
  }
  [[nodiscard]] std::string note_of(std::uint64_t size) const {
    auto const key = Ed25519PrivateKey::from_seed({});
    Ed25519PrivateKey const* const keys[] = {&key};
    return sign_checkpoint({"govseal/host1", head(size)}, keys);
  }
};

class FakeCommands final : public CommandPort {
 public:
  std::vector<std::pair<std::string, Command>> submitted;
  std::optional<Problem> refuse;
  std::map<std::string, std::string> files;  // by repository/run/name
  mutable std::optional<DriftRequest> drift;

  std::optional<Problem> submit(std::string const& job, Command const& command,
                                By const&) override {
    if (refuse) return refuse;
    submitted.emplace_back(job, command);
    return {};
  }
  [[nodiscard]] std::string render_drift(DriftRequest const& request) const override {
    drift = request;
    return request.format == ReportFormat::json ? R"({"schema":"govseal.drift-report"})"
                                                  "\n"
                                                : "<p>report</p>\n";
  }
  [[nodiscard]] std::optional<std::string> seal_file(std::string const& repository,
                                                     std::string const& run,
                                                     bool hashfile) const override {
    auto const found = files.find(repository + "/" + run + (hashfile ? "/h" : "/m"));
    return found == files.end() ? std::nullopt : std::optional(found->second);
  }
};

class FakeAccess final : public AccessPort {
 public:
  std::set<std::string> hidden;  // paths nobody but root may read
  bool known = true;
  AccessPort* real = nullptr;
  std::optional<bool> find(Peer const& who, std::string const& path, Instant now) override {
    if (real) return real->find(who, path, now);
    if (!known) return {};
    return !hidden.contains(path);
  }
};

class FakeSync final : public SyncPort {
 public:
  std::vector<SyncRequest> requests;
  std::optional<SyncFailure> result;
  void synchronise(SyncRequest const& request,
                   std::function<void(std::optional<SyncFailure>)> done) override {
    requests.push_back(request);
    done(result);
  }
};

inline Peer peer(std::uint32_t uid, Role role) {
  Peer result;
  result.uid = uid;
  result.gid = uid;
  result.pid = 5001;
  result.role = role;
  return result;
}

inline RunView sealed_run(std::string path) {
  RunView run;
  run.run = std::move(path);
  run.run_root = run.run.substr(0, run.run.rfind('/'));
  run.verdict = "VALID";
  run.style = "contract";
  run.dialect = "envelope";
  run.variant = "A";
  run.root = digest_of("root of " + run.run);
  run.manifest_sha256 = digest_of("manifest");
  run.hashfile_sha256 = digest_of("hashfile");
  run.files = 5;
  run.bytes = 912;
  run.origin = "sealed";
  run.sealed_at = at("2026-08-08T12:00:07.310Z");
  run.verified.hashed_at = at("2026-11-14T02:11:00Z");
  run.verified.basis = "event";
  run.verified.verified_at = at("2026-11-20T16:00:00Z");
  run.verified.covered = true;
  run.ledger = LedgerReference{1, digest_of("record")};
  run.history = {{1, "seal.created", at("2026-08-08T12:00:07.310Z")}};
  return run;
}

inline RunView open_run(std::string path) {
  RunView run;
  run.run = std::move(path);
  run.run_root = ".codex/RUNS";
  run.verdict = "OPEN";
  run.settling = Settling{3100, 5000, 1, "open", "run.writer_open"};
  return run;
}

inline Finding violation(std::string id, std::string run, std::string path) {
  Finding finding;
  finding.id = std::move(id);
  finding.kind = "sealed_write";
  finding.severity = Severity::critical;
  finding.repository = "alpha";
  finding.subject.type = SubjectType::run;
  finding.subject.run = std::move(run);
  finding.subject.path = std::move(path);
  finding.title = "sealed file changed";
  finding.effect = "content";
  finding.codes = {"content.hash"};
  finding.expected = Content{digest_of("old"), 6, {}};
  finding.found = Content{digest_of("new"), 9, {}};
  finding.actor.emplace();
  finding.actor->pid = 4711;
  finding.actor->uid = 1000;
  finding.actor->comm = "sh";
  finding.actor->confidence = "live";
  finding.actor->operation = "write";
  finding.actor->observed_at = at("2026-11-20T10:11:12.131Z");
  finding.actor->unreadable = {"exe"};
  finding.opened_at = at("2026-11-20T10:11:12.131Z");
  finding.first_seen = finding.opened_at;
  finding.last_seen = finding.opened_at;
  finding.evidence = {{Evidence::Type::ledger, 2, ""}, {Evidence::Type::seal, 1, ""}};
  finding.runbook = "sealed_write";
  finding.next = "Compare with git and the backup; do not repair in place.";
  return finding;
}

inline WatchRootView run_root(std::string const& repository, std::string path) {
  WatchRootView root;
  root.id = repository + "/runs/" + path;
  root.kind = "runs";
  root.path = std::move(path);
  root.rung = 'A';
  root.best_rung = 'A';
  root.state = "live";
  root.since = at("2026-11-20T08:00:02Z");
  root.epoch = 7;
  root.writable = true;
  root.lease = true;
  root.intervals = {
      {"live", at("2026-11-20T08:00:02Z"), at("2026-11-20T10:02:11Z"), {}, {}, {}, {}},
      {"scanned", at("2026-11-20T10:02:11Z"), at("2026-11-20T10:02:14Z"), "kernel-overflow", "stat",
       17211, 17214},
      {"live", at("2026-11-20T10:02:14Z"), {}, {}, {}, {}, {}}};
  return root;
}

constexpr char const* kDemo = ".codex/RUNS/2026-08-08__120000__demo";

/// A repository with a sealed, an open and an oddly named run.
inline RepositorySnapshot alpha() {
  RepositorySnapshot repository;
  repository.id = "alpha";
  repository.path = "/srv/git/alpha";
  repository.branch = "refs/heads/main";
  repository.reader = "libgit2";
  repository.head = "9631c0a0";
  repository.roots = {run_root("alpha", ".codex/RUNS"), run_root("alpha", "reports/runs")};
  repository.runs = {std::make_shared<RunView const>(sealed_run(kDemo)),
                     std::make_shared<RunView const>(open_run(".codex/RUNS/new")),
                     std::make_shared<RunView const>(sealed_run("reports/runs/new")),
                     std::make_shared<RunView const>(sealed_run(".codex/RUNS/b\xff"))};
  repository.guards = {{"canon", "immutable", {"governance/canon/**"}, {}}};
  return repository;
}

inline DispatchView dispatches() {
  DispatchView dispatch;
  dispatch.branch = "refs/heads/main";
  dispatch.tip = "9631c0a0";
  dispatch.audited_tip = "9631c0a0";
  dispatch.complete = true;
  DispatchEventView event;
  event.commit = "48c98b89";
  event.committed = at("2026-03-04T08:22:15Z");
  event.merge = true;
  event.subject = "Canon: x";
  event.lists = {"runbook", "workflow"};
  event.paths = {"governance/canon/X.md"};
  event.paths_total = 3;
  event.priority = "MEDIUM";
  event.workflow = "fires";
  event.state = "undispatched";
  event.finding_id = "LD-aa720150492d76f8";
  DispatchEventView pending = event;
  pending.commit = "99999999";
  pending.committed = at("2026-03-05T08:22:15Z");
  pending.state = "pending";
  pending.finding_id.reset();
  DispatchEventView older = event;
  older.commit = "11111111";
  older.committed = at("2026-01-04T08:22:15Z");
  older.priority = "HIGH";
  dispatch.events = {older, event, pending};
  DispatchPlanView plan;
  plan.path = "governance/ripple/P.md";
  plan.family = "ripple";
  plan.status = "pending";
  plan.owner = "9f00";
  plan.state = "undispatched";
  plan.finding_id = "LD-0000000000000001";
  DispatchPlanView extra = plan;
  extra.path = "governance/layer-down/Q.md";
  extra.family = "extra";
  dispatch.plans = {extra, plan};
  return dispatch;
}

inline RepositorySnapshot gov() {
  RepositorySnapshot repository;
  repository.id = "gov";
  repository.path = "/srv/git/gov";
  repository.reader = "plumbing";
  repository.dispatch = dispatches();
  repository.roots = {run_root("gov", ".codex/RUNS")};
  repository.runs = {std::make_shared<RunView const>(sealed_run(".codex/RUNS/g1"))};
  return repository;
}

class ApiWorld {
 public:
  ManualClock clock;
  JobTable jobs{JobLimits()};
  FakeLedger ledger;
  FakeCommands commands;
  FakeAccess access;
  FakeSync sync;
  Snapshot snapshot;
  unsigned asked = 0;  // requests that came as far as the snapshot
  Peer root = peer(0, Role::op);
  Peer viewer = peer(1000, Role::viewer);
  Peer stranger = peer(1001, Role::none);

  explicit ApiWorld(bool with_sync = true) {
    snapshot.number = 4;
    snapshot.as_of = at("2026-11-20T16:09:00.120Z");
    snapshot.agent.pid = 812;
    snapshot.agent.uid = 997;
    snapshot.agent.started_at = at("2026-11-20T08:00:01.004Z");
    snapshot.agent.boot_id = "5e1b";
    snapshot.agent.configuration.loaded_at = at("2026-11-20T08:00:01.010Z");
    snapshot.ledger.origin = "govseal/host1";
    set({alpha(), gov()});
    add_record(R"({"v":1,"type":"genesis"})");
    add_record(R"({"v":1,"type":"seal.created","repo":"alpha"})");
    add_record(R"({"v":1,"type":"violation","repo":"gov"})");
    add_record(R"({"v":1,"type":"seal.copied","repo":"alpha","of_repo":"gov"})");
    snapshot.ledger.size = ledger.size();
    ApiParts parts{[this] {
                     ++asked;
                     return published_;
                   },
                   ledger,
                   commands,
                   jobs,
                   access,
                   clock,
                   {"1.0.0", "9c1e"},
                   997,
                   with_sync ? &sync : nullptr};
    api_ = std::make_unique<Api>(std::move(parts), ApiLimits());
    publish();
  }

  void add_record(std::string line) { ledger.all.push_back(std::move(line)); }
  void set(std::vector<RepositorySnapshot> repositories) {
    snapshot.repositories.clear();
    for (auto& one : repositories) {
      snapshot.repositories.push_back(make_repository(std::move(one)));
    }
  }
  void publish() { published_ = std::make_shared<Snapshot const>(snapshot); }
  void unpublish() { published_.reset(); }
  Api& api() { return *api_; }

  [[nodiscard]] ApiRequest request(std::string method, std::string target) const {
    ApiRequest made;
    made.method = std::move(method);
    made.target = std::move(target);
    made.number = 77;
    return made;
  }
  /// Runs a request to its end: pool work at once, synchronisation by the fake.
  ApiResponse send(ApiRequest const& sent, Peer const& by) {
    ApiReply reply = api_->handle(sent, by);
    if (auto* await = std::get_if<AwaitSync>(&reply)) {
      std::optional<SyncFailure> failure;
      api_->synchronise(await->request, [&failure](auto result) { failure = result; });
      reply = api_->after_sync(sent, by, failure);
    }
    if (auto* work = std::get_if<OnPool>(&reply)) return work->work();
    REQUIRE(std::holds_alternative<ApiResponse>(reply));
    return std::get<ApiResponse>(reply);
  }
  ApiResponse get(std::string target) { return send(request("GET", std::move(target)), root); }
  ApiResponse get(std::string target, Peer const& by) {
    return send(request("GET", std::move(target)), by);
  }
  [[nodiscard]] ApiRequest post_request(std::string target, std::string body) const {
    ApiRequest made = request("POST", std::move(target));
    made.headers.emplace_back("content-type", "application/json");
    made.body = std::move(body);
    return made;
  }
  ApiResponse post(std::string target, std::string body) {
    return send(post_request(std::move(target), std::move(body)), root);
  }

 private:
  SnapshotPtr published_;
  std::unique_ptr<Api> api_;
};

inline std::string header_of(ApiResponse const& response, std::string_view name) {
  for (auto const& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

inline JsonValue json_of(ApiResponse const& response) {
  auto parsed = parse_json(response.body);
  INFO(response.body);
  REQUIRE(std::holds_alternative<JsonValue>(parsed));
  return std::get<JsonValue>(std::move(parsed));
}

/// "sealed_write" of urn:govseal:problem:sealed_write; also checks that the status agrees.
inline std::string problem_of(ApiResponse const& response) {
  static constexpr std::string_view kPrefix = "urn:govseal:problem:";
  JsonValue const body = json_of(response);
  INFO(response.body);
  CHECK(header_of(response, "Content-Type") == "application/problem+json");
  REQUIRE(body.find_string("type"));
  REQUIRE(body.find_string("type")->starts_with(kPrefix));
  CHECK(body.find_int("status") == response.status);
  return body.find_string("type")->substr(kPrefix.size());
}

/// A member of each item of a list, as text.
inline std::vector<std::string> items_of(ApiResponse const& response, std::string_view key) {
  JsonValue const body = json_of(response);
  std::vector<std::string> values;
  REQUIRE(body.find("items"));
  REQUIRE(body.find("items")->as_array());
  for (auto const& item : *body.find("items")->as_array()) {
    auto const* text = item.find_string(key);
    values.push_back(text ? *text : "");
  }
  return values;
}

using Texts = std::vector<std::string>;

}  // namespace govseal::api_test
