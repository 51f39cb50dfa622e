#include "agent/api/context.h"
#include "agent/api/json.h"

namespace govseal {
namespace {

constexpr std::size_t kRootsMax = 1000;

void write_agent(JsonWriter& writer, AgentView const& agent) {
  writer.key("agent").begin_object().member("pid", agent.pid).member("uid", agent.uid);
  write_time(writer, "started_at", agent.started_at);
  writer.member("boot_id", agent.boot_id).member("attribution", agent.attribution);
  writer.member("helper", agent.helper).key("configuration").begin_object();
  writer.member("sha256", agent.configuration.sha256.hex());
  write_time(writer, "loaded_at", agent.configuration.loaded_at);
  writer.member("differs_on_disk", agent.configuration.differs_on_disk);
  writer.member("last_error", agent.configuration.last_error).end_object().end_object();
}

void write_ledger(JsonWriter& writer, LedgerStatus const& ledger) {
  writer.key("ledger").begin_object().member("origin", ledger.origin);
  writer.member("size", ledger.size).member("root", ledger.root.hex());
  write_time(writer, "checkpoint_at", ledger.checkpoint_at);
  writer.member("anchored_size", ledger.anchored_size);
  write_time(writer, "anchored_at", ledger.anchored_at);
  write_strings(writer, "flags", ledger.flags);
  writer.end_object();
}

void write_repositories(JsonWriter& writer, ApiContext const& context) {
  std::uint64_t readable = 0;
  for (auto const* repository : context.visible) readable += repository->readable ? 1 : 0;
  std::uint64_t const total = context.visible.size();
  writer.key("repositories").begin_object().member("total", total);
  writer.member("readable", readable).member("unreadable", total - readable).end_object();
}

void write_counts(JsonWriter& writer, RepositoryCounts const& counts) {
  writer.key("runs").begin_object();
  for (std::size_t i = 0; i < kVerdictWords.size(); ++i) {
    writer.member(kVerdictWords[i], counts.runs[i]);
  }
  writer.end_object().key("findings");
  begin_severities(writer, counts);
  writer.member("acknowledged", counts.acknowledged).member("waived", counts.waived).end_object();
  writer.key("undispatched").begin_object().member("commits", counts.undispatched_commits);
  writer.member("plans", counts.undispatched_plans).end_object();
}

void write_root(JsonWriter& writer, WatchRootView const& root) {
  writer.begin_object();
  write_path(writer, "root", root.id);
  writer.member("state", root.state);
  write_time(writer, "since", root.since);
  writer.member("rung", std::string(1, root.rung));
  writer.member("best_rung", std::string(1, root.best_rung)).member("reason", root.reason);
  write_strings(writer, "lost", root.lost);
  write_time(writer, "synchronised_at", root.synchronised_at);
  writer.end_object();
}

/// Those in a gap first: they are what somebody has to see when the list is cut.
std::vector<WatchRootView const*> roots_of(ApiContext const& context) {
  std::vector<WatchRootView const*> roots;
  for (auto const& root : context.snapshot->roots) roots.push_back(&root);
  for (auto const* repository : context.visible) {
    for (auto const& root : repository->roots) roots.push_back(&root);
  }
  std::stable_partition(roots.begin(), roots.end(),
                        [](WatchRootView const* root) { return root->state == "gap"; });
  if (roots.size() > kRootsMax) roots.resize(kRootsMax);
  return roots;
}

void write_coverage(JsonWriter& writer, ApiContext const& context, RepositoryCounts const& counts) {
  writer.key("coverage").begin_object().member("live", counts.roots_live);
  writer.member("scanned", counts.roots_scanned).member("gap", counts.roots_gap);
  writer.key("roots").begin_array();
  for (auto const* root : roots_of(context)) write_root(writer, *root);
  writer.end_array().end_object();
}

void write_work(JsonWriter& writer, Snapshot const& snapshot, RepositoryCounts const& counts) {
  writer.key("verification").begin_object();
  write_time(writer, "oldest_full_hash", counts.oldest_full_hash);
  writer.key("scrub").begin_object().member("state", snapshot.scrub.state);
  writer.member("percent", snapshot.scrub.percent).end_object().end_object();
  writer.key("queue").begin_object().member("hints", snapshot.queue.hints);
  writer.member("jobs", snapshot.queue.jobs);
  writer.member("ring_percent", snapshot.queue.ring_percent).end_object();
  writer.key("report").begin_object();
  write_time(writer, "last_written_at", snapshot.report.last_written_at);
  write_time(writer, "last_checked_at", snapshot.report.last_checked_at);
  writer.end_object();
}

}  // namespace

ApiReply handle_status(ApiContext const& context) {
  Snapshot const& snapshot = *context.snapshot;
  RepositoryCounts const counts = sum_counts(snapshot, context.visible);
  JsonWriter writer;
  writer.begin_object().member("state", to_text(state_of(counts, snapshot.ledger)));
  write_time(writer, "as_of", snapshot.as_of);
  writer.member("filtered", context.filtered);
  write_agent(writer, snapshot.agent);
  write_ledger(writer, snapshot.ledger);
  write_repositories(writer, context);
  write_counts(writer, counts);
  write_coverage(writer, context, counts);
  write_work(writer, snapshot, counts);
  writer.end_object();
  return json_answer(context.style, writer.take());
}

}  // namespace govseal
