#include "tests/reporting/drift_world.h"

#include <memory>
#include <utility>
#include <variant>

#include "base/error.h"
#include "sealing/ledger/merkle.h"
#include "sealing/ledger/records.h"

namespace govseal::drift_test {
namespace {

constexpr char const* kBoot = "0badcafe-0000-4000-8000-000000000000";
constexpr char const* kRunRoot = "alpha/runs/.codex/RUNS";
constexpr char const* kSealed = ".codex/RUNS/2026-08-08__120000__demo";
constexpr char const* kTampered = ".codex/RUNS/2026-08-08__130000__demo";
/// A name that would split a line, end a cell, open a tag and is no UTF-8.
std::string const kHostile = ".codex/RUNS/a|b`<b>\n\x1B[31m\xFF&amp;";
std::string const kCommit = std::string(39, 'a') + "1";
std::string const kTip = std::string(39, 'b') + "2";

record::Actor shell() {
  record::Actor actor;
  actor.pid = 4711;
  actor.uid = 1000;
  actor.comm = "sh";
  actor.confidence = "live";
  actor.operation = "write";
  actor.observed_at = minute(3);
  actor.unreadable = {"exe"};
  return actor;
}

record::SealCreated sealed(std::string const& run) {
  record::SealCreated seal;
  seal.repo = "alpha";
  seal.run = run;
  seal.root = digest_of("root of " + run);
  seal.hashfile = digest_of("hash file of " + run);
  seal.manifest = digest_of("manifest of " + run);
  seal.h1 = "h1:VVKhpBFmiaq230plUIC3tZzVK/5rK7DLu+PdwC/pc6Y=";
  seal.files = 3;
  seal.bytes = 912;
  seal.key = "SHA256:" + std::string(43, 'A');
  seal.settle = record::Settle{"envelope", 5000, "clear", 1};
  return seal;
}

record::Finding undispatched(std::string const& state, std::optional<std::string> reason) {
  record::Finding finding;
  finding.repo = "alpha";
  finding.id = "LD-0123456789abcdef";
  finding.name = "dispatch.undispatched";
  finding.state = state;
  finding.severity = "high";
  finding.commit = kCommit;
  finding.paths = {"governance/dispatches/2026-08-08.md"};
  finding.reason = std::move(reason);
  return finding;
}

RunViewPtr run_of(Book const& book, std::string const& run, std::optional<std::string> verdict,
                  std::vector<std::string> codes) {
  RunView view;
  view.run = run;
  view.run_root = ".codex/RUNS";
  view.verdict = std::move(verdict);
  view.codes = std::move(codes);
  if (!view.verdict) view.error = "open \"x\": Permission denied";
  RunLedger const* const known = book.projection().find_run({"alpha", run});
  if (known != nullptr && known->binding) {
    view.root = view.bound_root = known->binding->root;
    view.hashfile_sha256 = known->binding->hashfile;
    view.ledger = LedgerReference{known->binding->seq, known->binding->record_sha256};
    view.history = known->history;
  }
  return std::make_shared<RunView const>(std::move(view));
}

WatchRootView root_of(std::string id, std::string kind, std::string path) {
  WatchRootView root;
  root.id = std::move(id);
  root.kind = std::move(kind);
  root.path = std::move(path);
  root.rung = root.best_rung = 'C';
  root.lost = {"actor", "writes-through-outside-links"};
  root.state = "live";
  root.since = minute(6);
  return root;
}

DispatchView dispatch_view() {
  DispatchView dispatch;
  dispatch.branch = "refs/heads/main";
  dispatch.tip = kTip;
  dispatch.audited_tip = kTip;
  dispatch.complete = true;
  DispatchEventView event;
  event.commit = kTip;
  event.committed = minute(2);
  event.arrived = minute(3);
  event.subject = "canon: tighten | the `rule`";
  event.lists = {"canon"};
  event.paths = {"governance/canon/rule.md"};
  event.paths_total = 1;
  event.priority = "HIGH";
  event.workflow = "present";
  event.state = "undispatched";
  event.finding_id = "LD-fedcba9876543210";
  dispatch.events = {event};
  DispatchPlanView plan;
  plan.path = "plans/RIPPLE_7.md";
  plan.family = "ripple";
  plan.status = "ACTIVE";
  plan.owner = kCommit;
  plan.state = "undispatched";
  dispatch.plans = {plan};
  return dispatch;
}

std::vector<FindingPtr> findings_of(Book const& book, std::string const& repository) {
  std::vector<FindingPtr> found;
  for (auto const& [id, finding] : book.projection().findings()) {
    if (finding->repository == repository) found.push_back(finding);
  }
  return found;
}

void fill_ledger(Snapshot& snapshot, Book const& book) {
  std::vector<Digest> leaves;
  for (Record const& record : book.records()) leaves.push_back(leaf_hash(record.line));
  snapshot.ledger.origin = "govseal/host1";
  snapshot.ledger.size = book.records().size();
  snapshot.ledger.root = tree_root(leaves.size(), hashes_of(leaves));
}

}  // namespace

nanoseconds minute(std::uint64_t number) {
  return *parse_utc(kStart) + std::chrono::minutes(number);
}

Digest digest_of(std::string_view text) {
  return sha256(text);
}

std::uint64_t Book::add(RecordDraft const& draft) {
  std::uint64_t const seq = records_.size();
  Digest const prev = records_.empty() ? Digest{} : leaf_hash(records_.back().line);
  auto parsed = parse_record(write_record_line(draft, seq, minute(seq), kBoot, prev));
  GOVSEAL_ASSERT(std::holds_alternative<Record>(parsed));
  records_.push_back(std::get<Record>(std::move(parsed)));
  projection_.apply(records_.back());
  return seq;
}

World::World() {
  using namespace record;
  book.add(make_record(AgentStart{.version = "0.1.0",
                                  .pid = 17,
                                  .uid = 990,
                                  .config = digest_of("one"),
                                  .repos = {"alpha", "beta"},
                                  .clean = false}));
  book.add(make_record(RepositoryAdded{.repo = "alpha", .path = "/srv/git/alpha"}));
  book.add(make_record(sealed(kSealed)));
  book.add(make_record(sealed(kTampered)));
  book.add(make_record(undispatched("opened", std::nullopt)));
  first_period = book.records().size();

  std::uint64_t const gap = book.add(make_record(CoverageGap{.repo = "alpha",
                                                             .roots = {kRunRoot},
                                                             .cause = "kernel-overflow",
                                                             .since_us = 300'000'000,
                                                             .epoch = 2,
                                                             .rung = "C",
                                                             .lost = 40}));
  book.add(make_record(CoverageClosed{.repo = "alpha",
                                      .roots = {kRunRoot},
                                      .gap = static_cast<std::int64_t>(gap),
                                      .how = "stat",
                                      .entries = 812,
                                      .changed = 1,
                                      .until_us = 345'000'000,
                                      .epoch = 2}));
  book.add(make_record(Violation{.repo = "alpha",
                                 .effect = "content",
                                 .kind = "write",
                                 .run = kTampered,
                                 .seal = 3,
                                 .paths = {std::string(kTampered) + "/alpha.txt"},
                                 .was = digest_of("old"),
                                 .now = digest_of("new"),
                                 .basis = "full-hash",
                                 .actor = shell()}));
  book.add(make_record(SealFailed{.repo = "alpha",
                                  .run = kTampered,
                                  .root = digest_of(std::string("root of ") + kTampered),
                                  .seal = 3,
                                  .verdict = "INVALID",
                                  .source = "worktree",
                                  .codes = {"content.hash"},
                                  .paths = {std::string(kTampered) + "/alpha.txt"}}));
  book.add(make_record(SealIncomplete{
      .repo = "alpha", .run = kHostile, .have = {"manifest.json"}, .since = minute(8)}));
  book.add(make_record(undispatched("closed", "dispatched")));
  book.add(make_record(DispatchRecorded{.repo = "alpha",
                                        .file = "2026-08-08_dispatch|1.md",
                                        .sha256 = digest_of("dispatch"),
                                        .verdict = "orphan",
                                        .reason = "names no commit"}));
  book.add(make_record(DispatchEvaluated{.repo = "alpha",
                                         .old_tip = kCommit,
                                         .new_tip = kTip,
                                         .new_commits = 1,
                                         .events = {kTip},
                                         .undispatched = 1}));
  book.add(make_record(GovernanceChanged{.repo = "alpha",
                                         .source = "commit",
                                         .branch = "refs/heads/main",
                                         .from = kCommit,
                                         .to = kTip,
                                         .paths = {"governance/canon/rule.md"}}));
  book.add(make_record(CoverageRung{.repo = "alpha",
                                    .roots = {"alpha/records/governance/dispatches"},
                                    .from = "C",
                                    .to = "D",
                                    .reason = "watch-limit"}));
  book.add(make_record(ScrubDone{.repo = "alpha",
                                 .scope = "scheduled",
                                 .runs = {kSealed, kTampered},
                                 .files = 6,
                                 .bytes = 1824,
                                 .changed = 1,
                                 .started = minute(14),
                                 .finished = minute(15)}));
  book.add(make_record(ConfigReloaded{.config = digest_of("two"),
                                      .previous = digest_of("one"),
                                      .applied = true,
                                      .changed = {"watch.rung"}}));
  book.add(make_record(CoverageGap{.repo = "beta",
                                   .roots = {"beta/runs/runs"},
                                   .cause = "root-missing",
                                   .since_us = 1'020'000'000,
                                   .rung = "D"}));
}

Snapshot World::snapshot() const {
  RepositorySnapshot alpha;
  alpha.id = "alpha";
  alpha.path = "/srv/git/alpha";
  alpha.runs = {run_of(book, kSealed, "VALID", {}),
                run_of(book, kTampered, "INVALID", {"content.hash"}),
                run_of(book, kHostile, "INCOMPLETE", {"seal.incomplete"}),
                run_of(book, ".codex/RUNS/unreadable", std::nullopt, {})};
  alpha.findings = findings_of(book, "alpha");
  WatchRootView records =
      root_of("alpha/records/governance/dispatches", "records", "governance/dispatches");
  records.rung = 'D';
  records.reason = "watch-limit";
  records.state = "scanned";
  alpha.roots = {root_of(kRunRoot, "runs", ".codex/RUNS"), records};
  alpha.dispatch = dispatch_view();
  alpha.guards = {{"canon", "immutable", {"governance/canon/**"}, {"governance/canon/draft/**"}}};
  RepositorySnapshot beta;
  beta.id = "beta";
  beta.path = "/srv/git/beta";
  beta.findings = findings_of(book, "beta");
  WatchRootView lost = root_of("beta/runs/runs", "runs", "runs");
  lost.state = "gap";
  lost.cause = "root-missing";
  lost.intervals = {{"gap", minute(17), {}, "root-missing", {}, 17, {}}};
  beta.roots = {lost};
  Snapshot snapshot;
  snapshot.repositories = {make_repository(std::move(alpha)), make_repository(std::move(beta))};
  snapshot.roots = {root_of("agent/config", "config", "/etc/govseal")};
  snapshot.findings = findings_of(book, "");
  fill_ledger(snapshot, book);
  snapshot.ledger.anchored_size = 5;
  return snapshot;
}

DriftInput World::input(Snapshot const& snapshot) const {
  return input_of(snapshot, book, first_period);
}

Book quiet_book() {
  Book book;
  book.add(make_record(record::AgentStart{.version = "0.1.0",
                                          .pid = 17,
                                          .uid = 990,
                                          .config = digest_of("one"),
                                          .repos = {"alpha"},
                                          .clean = true}));
  book.add(make_record(record::Heartbeat{.interval_s = 60, .repos = 1}));
  return book;
}

Snapshot quiet_snapshot(Book const& book) {
  RepositorySnapshot alpha;
  alpha.id = "alpha";
  alpha.path = "/srv/git/alpha";
  alpha.roots = {root_of(kRunRoot, "runs", ".codex/RUNS")};
  Snapshot snapshot;
  snapshot.repositories = {make_repository(std::move(alpha))};
  fill_ledger(snapshot, book);
  return snapshot;
}

DriftInput input_of(Snapshot const& snapshot, Book const& book, std::uint64_t from) {
  return {.snapshot = snapshot,
          .host = "host1",
          .from_index = from,
          .to_index = book.records().size() - 1,
          .read_records =
              [&book](std::uint64_t first, std::uint64_t end,
                      std::function<void(Record const&)> const& visit) {
                for (auto i = first; i < end && i < book.records().size(); ++i) {
                  visit(book.records()[i]);
                }
              },
          .repository = {},
          .visible = {}};
}

}  // namespace govseal::drift_test
