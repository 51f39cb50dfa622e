// Each key of api.md 9.1 to 9.7, written down here once more from the specification: that it is
// read, its default, both bounds, and just outside of them.

#include <doctest/doctest.h>

#include <set>

#include "config/key_table.h"
#include "tests/config/config_support.h"

namespace govseal {
namespace {

using test::effective;
using test::parse;

struct NumberRow {
  std::string_view section, key, standard;
  std::int64_t min, max;
  std::string_view besides = "";  // other keys of the section, for bounds that need them
};

constexpr NumberRow kNumbers[] = {
    {"agent", "workers", "0", 0, 256},
    {"agent", "work_queue_max", "4096", 64, 65'536},
    {"agent", "stop_timeout_s", "30", 1, 600},
    {"agent", "discovery_interval_s", "300", 10, 86'400},
    {"agent", "repositories_max", "1000", 1, 100'000},
    {"api", "connections_max", "256", 1, 4'096},
    {"api", "connections_per_uid_max", "32", 1, 4'096},
    {"api", "jobs_per_uid_max", "16", 1, 4'096},
    {"api", "header_bytes_max", "8192", 1'024, 1'048'576},
    {"api", "body_bytes_max", "65536", 1'024, 1'048'576},
    {"api", "read_timeout_ms", "5000", 100, 600'000},
    {"api", "write_timeout_ms", "10000", 100, 600'000},
    {"api", "request_timeout_ms", "10000", 100, 600'000},
    {"api", "idle_timeout_s", "60", 1, 3'600},
    {"api", "sync_timeout_max_ms", "10000", 100, 60'000},
    {"api", "event_clients_max", "200", 1, 65'536},
    {"api", "event_ring_max", "1024", 1, 65'536},
    {"api", "event_replay_max", "10000", 1, 1'000'000},
    {"api", "event_heartbeat_s", "15", 1, 300},
    {"api", "jobs_max", "1000", 1, 100'000},
    {"api", "job_keep_s", "86400", 60, 2'592'000},
    {"api", "idempotency_keys_max", "1024", 1, 100'000},
    {"api", "idempotency_keep_s", "86400", 60, 2'592'000},
    {"api", "metrics_repositories_max", "1000", 0, 100'000},
    {"watch", "coalesce_us", "1000", 0, 100'000},
    {"watch", "event_buffer_bytes", "262144", 4'096, 16'777'216},
    {"watch", "drain_reads_max", "16", 1, 1'024},
    {"watch", "actors_per_drain_max", "256", 0, 65'536},
    {"watch", "ring_entries_max", "262144", 1'024, 16'777'216},
    {"watch", "directories_max", "4000000", 1'000, 100'000'000},
    {"watch", "tree_depth_max", "200", 8, 1'000},
    {"watch", "entries_per_directory_max", "1000000", 1'000, 100'000'000},
    {"watch", "rename_pair_ms", "1000", 10, 60'000},
    {"watch", "attribution_marks_max", "100000", 0, 10'000'000},
    {"watch", "opener_entries_max", "65536", 0, 10'000'000},
    {"watch", "opener_keep_s", "3600", 1, 604'800},
    {"watch", "cookie_timeout_ms", "1000", 10, 60'000},
    {"watch", "canary_interval_s", "30", 1, 3'600},
    {"watch", "coverage_intervals_max", "4096", 16, 1'000'000},
    {"watch", "recovery_slice_entries", "4096", 64, 1'000'000},
    {"watch", "recovery_interval_min_ms", "10000", 100, 3'600'000,
     "recovery_interval_max_ms = 3600000"},
    {"watch", "recovery_interval_max_ms", "60000", 100, 3'600'000,
     "recovery_interval_min_ms = 100"},
    {"watch", "rung_retry_s", "600", 10, 86'400},
    {"watch", "scan_interval_s", "60", 1, 86'400},
    {"watch", "reference_poll_s", "10", 1, 86'400},
    {"watch", "reference_quiet_ms", "500", 0, 5'000},
    {"watch", "settle_quiet_scan_ms", "60000", 1'000, 3'600'000},
    {"watch", "git_timeout_s", "120", 1, 3'600},
    {"watch", "git_output_bytes_max", "268435456", 1'048'576, 4'294'967'296},
    {"sealing", "hash_threads", "0", 0, 64},
    {"sealing", "cycle_s", "900", 60, 86'400},
    {"sealing", "rehash_percent", "1", 0, 100},
    {"sealing", "scrub_days", "7", 0, 90},
    {"sealing", "scrub_mib_per_s", "32", 1, 10'000},
    {"ledger", "batch_ms", "20", 0, 50},
    {"ledger", "heartbeat_s", "900", 60, 3'600},
    {"ledger", "waiver_quorum", "1", 1, 8},
    {"ledger", "stale_h", "24", 1, 720},
    {"anchor.git", "urgent_s", "60", 1, 900},
    {"report", "keep_days", "400", 1, 36'500},
    {"report", "min_interval_s", "300", 10, 86'400},
    {"repository.run_root", "settle_ms", "5000", 100, 3'600'000,
     "path = \"r\"\nincomplete_after = \"2h\""},
    {"repository.registry", "stale_days", "2", 0, 3'650},
    {"repository.guard", "keep", "5", 1, 10'000,
     "name = \"g\"\nkind = \"immutable\"\npaths = [\"a\"]"},
};

/// Keys whose values are no plain numbers: a value other than the default, and the default.
struct TextRow {
  std::string_view section, key, standard, other;
  std::string_view besides = "";
};

constexpr std::string_view kConsumer = "repository = \"o/r\"\npath = \"/c\"";
constexpr std::string_view kGuard = "name = \"g\"\nkind = \"immutable\"\npaths = [\"a\"]";
constexpr std::string_view kRoot = "path = \"r\"";

constexpr TextRow kTexts[] = {
    {"agent", "state_dir", "\"/var/lib/govseal\"", "\"/srv/state\""},
    {"agent", "runtime_dir", "\"/run/govseal\"", "\"/run/other\""},
    {"agent", "host_name", "\"host1\"", "\"Host-2.example.org\""},
    {"agent", "log_level", "\"notice\"", "\"debug\""},
    {"api", "socket", "\"/run/govseal/govseal.sock\"", "\"/run/s.sock\""},
    {"api", "socket_mode", "\"0660\"", "\"0600\""},
    {"api", "socket_group", "\"govseal-users\"", "\"staff\""},
    {"api", "operators", "[]", "[\"alice\", \"1000\", \"@admins\", \"@10\"]"},
    {"api", "viewers", "[\"@govseal-users\"]", "[\"bob\"]"},
    {"watch", "rung", "\"auto\"", "\"C\""},
    {"watch", "attribution", "\"live\"", "\"exact\""},
    {"watch", "opener_socket", "\"/run/govseal/opener.sock\"", "\"/run/o.sock\""},
    {"watch", "cookie_directories", "[]", "[\"/srv/cookies\"]"},
    {"watch", "probe_open_writers", "true", "false"},
    {"ledger", "origin", "\"govseal/host1\"", "\"example.org/log\""},
    {"ledger", "root_key", "", "\"/f/root.pub\""},
    {"ledger", "policy", "", "\"/f/policy\""},
    {"ledger", "waiver_signers", "", "\"/f/signers\""},
    {"anchor", "directory", "\"/var/lib/govseal-anchor\"", "\"/srv/anchor\""},
    {"anchor.git", "remote", "", "\"ssh://git@example.org/a.git\""},
    {"anchor.git", "branch", "\"audit/host1\"", "\"audit/other\""},
    {"anchor.git", "mode", "\"checkpoint\"", "\"full\""},
    {"report", "schedule", "\"daily 02:00\"", "\"hourly\""},
    {"report", "on_severity_change", "true", "false"},
    {"report", "formats", "[\"json\", \"markdown\", \"html\", \"text\"]", "[\"text\", \"json\"]"},
    {"repository", "path", "", "\"/srv/git/b\""},
    {"repository", "name", "\"a\"", "\"alpha\"", "path = \"/srv/git/a\""},
    {"repository", "glob", "", "\"/srv/git/*\""},
    {"repository", "exclude", "[]", "[\"/srv/git/old-*\"]", "glob = \"/srv/git/*\""},
    {"repository", "report_copy", "\"\"", "\"docs/drift.md\"", "path = \"/srv/git/a\""},
    {"repository.run_root", "path", "", "\"runs\""},
    {"repository.run_root", "seal", "\"auto\"", "\"verify\"", kRoot},
    {"repository.run_root", "incomplete_after", "\"10m\"", "\"90s\"", kRoot},
    {"repository.run_root", "abandoned_after", "\"1d\"", "\"7d\"", kRoot},
    {"repository.run_root", "enforce", "\"none\"", "\"immutable\"", kRoot},
    {"repository.run_root", "ignore", "[\"_quarantine\"]", "[\"tmp\", \"_old\"]", kRoot},
    {"repository.dispatch", "enabled", "\"auto\"", "true"},
    {"repository.dispatch", "branch", "\"refs/heads/main\"", "\"refs/heads/release/1\""},
    {"repository.dispatch", "grace", "\"1h\"", "\"0s\""},
    {"repository.dispatch", "baseline", "\"root\"", "\"48c98b89\""},
    {"repository.dispatch", "trigger_paths", "[]", "[\"governance/canon/\", \"A.md\"]"},
    {"repository.dispatch", "records_dir", "\".agent-admin/ripple\"", "\"x/y\""},
    {"repository.dispatch", "workflow", "\".github/workflows/governance-layer-down-dispatch.yml\"",
     "\"w.yml\""},
    {"repository.dispatch", "registry_file", "\"governance/CONSUMER_REPO_REGISTRY.json\"",
     "\"c.json\""},
    {"repository.dispatch", "inventory", "\"governance/CANON_INVENTORY.json\"", "\"i.json\""},
    {"repository.dispatch", "canon_dirs", "[\"governance/canon/\"]", "[\"canon/\", \"more/\"]"},
    {"repository.dispatch", "plan_globs", "[\"governance/ripple/*.md\"]", "[\"p/**/*.md\"]"},
    {"repository.dispatch", "plan_globs_extra",
     "[\"governance/layer-down/*.md\", \".agent-admin/governance/ripple-logs/ripple-*.md\"]", "[]"},
    {"repository.dispatch", "report_glob",
     "\"governance/layer-down/LAYER_DOWN_INVESTIGATION_REPORT_*.md\"", "\"r/*.md\""},
    {"repository.dispatch", "agents_glob", "\".github/agents/**.md\"", "\"agents/*.md\""},
    {"repository.dispatch", "slug", "\"\"", "\"example-org/gov\""},
    {"repository.dispatch", "backfill_argv",
     "[\"gh\", \"workflow\", \"run\", \"governance-layer-down-dispatch.yml\", \"--repo\", "
     "\"{slug}\", \"-f\", \"reason={reason}\", \"-f\", \"commit_sha={commit}\"]",
     "[\"send\", \"{covers}\", \"{branch}\"]"},
    {"repository.dispatch", "backfill_timeout", "\"2m\"", "\"30s\""},
    {"repository.dispatch", "audit_log", "\".agent-admin/governance/layer-down-audit.log\"",
     "\"a.log\""},
    {"repository.dispatch", "full_audit", "\"monthly\"", "\"off\""},
    {"repository.dispatch", "full_audit_at", "\"06:00\"", "\"23:59\""},
    {"repository.dispatch", "mandatory_statuses", "[\"PUBLIC_API\", \"LAYER_DOWN\"]", "[\"X\"]"},
    {"repository.dispatch", "stale_secrets", "[\"RIPPLE_DISPATCH_TOKEN\"]", "[]"},
    {"repository.dispatch", "expected_secret", "\"MATURION_BOT_TOKEN\"", "\"OTHER\""},
    {"repository.dispatch", "rules_file",
     "\".agent-workspace/governance-repo-administrator/knowledge/FAIL-ONLY-ONCE.md\"",
     "\"rules.md\""},
    {"repository.dispatch", "changelog", "\"governance/CHANGELOG.md\"", "\"C.md\""},
    {"repository.dispatch", "sync_state_paths",
     "[\".agent-admin/governance/sync_state.json\", "
     "\".agent-admin/governance/sync-state.json\", \"governance/sync_state.json\"]",
     "[\"s.json\"]"},
    {"repository.dispatch", "sync_workflow", "\".github/workflows/governance-ripple-sync.yml\"",
     "\"s.yml\""},
    {"repository.dispatch", "integration_workflow", "\".github/workflows/ripple-integration.yml\"",
     "\"i.yml\""},
    {"repository.dispatch", "aliases", "{}", "{ \"office-app\" = \"example-org/office\" }"},
    {"repository.consumer", "repository", "", "\"example-org/alpha\"", "path = \"/c\""},
    {"repository.consumer", "path", "", "\"/srv/git/alpha\"", "repository = \"o/r\""},
    {"repository.consumer", "branch", "\"refs/heads/main\"", "\"refs/heads/x\"", kConsumer},
    {"repository.guard", "name", "", "\"changelog\"", "kind = \"immutable\"\npaths = [\"a\"]"},
    {"repository.guard", "kind", "", "\"append_only\"", "name = \"g\"\npaths = [\"a\"]"},
    {"repository.guard", "paths", "", "[\"a/**\", \"b\"]", "name = \"g\"\nkind = \"immutable\""},
    {"repository.guard", "exclude", "[]", "[\"a/b\"]", kGuard},
    {"repository.guard", "archive", "\".archive\"", "\"old\"", kGuard},
    {"repository.guard", "unit", "\"bytes\"", "\"changelog_entries\"", kGuard},
    {"repository.guard", "marker", "\"\"", "\"**Immutable Record**\"", kGuard},
    {"repository.guard", "severity", "\"high\"", "\"critical\"", kGuard},
    {"repository.guard", "enabled", "true", "false", kGuard},
    {"repository.registry", "auto", "false", "true"},
    {"repository.registry", "schedule", "\"daily 04:00\"", "\"off\""},
    {"repository.registry", "debounce", "\"10m\"", "\"1s\""},
    {"repository.registry", "pointer_policy", "\"propose\"", "\"auto\""},
    {"repository.registry", "runs_root", "\".codex/RUNS\"", "\"runs\""},
    {"repository.registry", "run_roots",
     "[\".codex/RUNS\", \"reports/runs\", \"reports/path1/evidence/runs\"]", "[\"runs\"]"},
    {"repository.registry", "operations_catalog",
     "[\"OVC_ALLOWED_OPERATIONS_CATALOG_v0.1.md\", "
     "\"docs/governance/OVC_ALLOWED_OPERATIONS_CATALOG_v0.1.md\"]",
     "[\"o.md\"]"},
    {"repository.registry", "coverage_matrix",
     "[\"OVC_ENFORCEMENT_COVERAGE_MATRIX_v0.1.md\", "
     "\"docs/governance/OVC_ENFORCEMENT_COVERAGE_MATRIX_v0.1.md\"]",
     "[\"c.md\"]"},
    {"repository.registry", "expected_versions", "\"docs/governance/EXPECTED_VERSIONS_v0_1.json\"",
     "\"e.json\""},
    {"repository.registry", "envelope_standard",
     "\"docs/governance/RUN_ENVELOPE_STANDARD_v0_1.md\"", "\"s.md\""},
    {"repository.registry", "pointer_file", "\"docs/phase_2_2/ACTIVE_REGISTRY_POINTERS_v0_1.json\"",
     "\"p.json\""},
    {"repository.registry", "catalog", "\"docs/phase_2_2/REGISTRY_CATALOG_v0_1.json\"",
     "\"r.json\""},
    {"repository.registry", "catalog_addenda",
     "[\"docs/phase_2_2/REGISTRY_CATALOG_ADDENDUM_v0_1__phase_2_2_3.json\"]", "[]"},
    {"repository.registry", "schema_dir", "\"docs/phase_2_2/schemas\"", "\"schemas\""},
    {"repository.registry", "frozen_paths",
     "[\"tools/run_registry/**\", \"docs/governance/RUN_ENVELOPE_STANDARD_v0_1.md\"]",
     "[\"f/**\"]"},
    {"repository.registry", "health_accepted", "[]", "[\"H1-03\", \"H1-04\"]"},
};

bool is_array(std::string_view section) {
  return section == "repository" || section == "repository.run_root" ||
         section == "repository.consumer" || section == "repository.guard";
}

std::string header(std::string_view section) {
  if (section.empty()) return {};
  return (is_array(section) ? "[[" : "[") + std::string(section) + (is_array(section) ? "]]" : "]");
}

/// A file with the lines in that section, and the repository around it that they may need.
std::string file_with(std::string_view section, std::string const& lines) {
  bool const is_below = section.starts_with("repository.");
  std::string const outer = is_below ? "[[repository]]\npath = \"/srv/git/a\"\n" : "";
  return outer + header(section) + "\n" + lines + "\n";
}

std::string assignment(std::string_view key, std::string_view value) {
  return std::string(key) + " = " + std::string(value);
}

test::FakeHost host_with_files() {
  test::FakeHost host;
  host.files = {"/f/root.pub", "/f/policy", "/f/signers"};
  return host;
}

/// The one that was configured, where several tables have this header.
EffectiveValue configured(Config const& config, std::string_view section, std::string_view key) {
  for (auto const& value : effective_values(config)) {
    bool const here = value.table == header(section) && value.key == key;
    if (here && value.source != "default") return value;
  }
  return {};
}

void check_is_read(std::string_view section, std::string_view key, std::string_view value,
                   std::string_view besides) {
  auto const text = file_with(section, std::string(besides) + "\n" + assignment(key, value));
  CAPTURE(text);
  auto const outcome = parse(text, host_with_files());
  for (auto const& problem : outcome.problems) {
    INFO(to_text(problem));
    CHECK(problem.severity == ConfigProblem::Severity::warning);
  }
  REQUIRE(outcome.config);
  CHECK(configured(*outcome.config, section, key).value == value);
}

void check_is_out_of_bounds(NumberRow const& row, std::int64_t value) {
  auto const text = file_with(
      row.section, std::string(row.besides) + "\n" + assignment(row.key, std::to_string(value)));
  CAPTURE(text);
  auto const outcome = parse(text);
  CHECK_FALSE(outcome.config);
  REQUIRE(outcome.problems.size() == 1);
  auto const& problem = outcome.problems[0];
  CHECK(problem.key == std::string(row.section) + "." + std::string(row.key));
  CHECK(problem.message.find(std::to_string(row.min)) != std::string::npos);
  CHECK(problem.message.find(std::to_string(row.max)) != std::string::npos);
}

TEST_CASE("every number is read at both of its bounds and refused just outside of them") {
  for (auto const& row : kNumbers) {
    check_is_read(row.section, row.key, std::to_string(row.min), row.besides);
    check_is_read(row.section, row.key, std::to_string(row.max), row.besides);
    check_is_out_of_bounds(row, row.min - 1);
    check_is_out_of_bounds(row, row.max + 1);
  }
}

TEST_CASE("the responder's ping and deadline have the bounds that they leave each other") {
  constexpr NumberRow kDeadline{"watch", "responder_deadline_ms", "100", 10, 1'000};
  check_is_read("watch", "responder_deadline_ms", "20", "responder_ping_ms = 10");
  check_is_read("watch", "responder_deadline_ms", "1000", "");
  check_is_out_of_bounds(kDeadline, 9);
  check_is_out_of_bounds(kDeadline, 1'001);
  check_is_read("watch", "responder_ping_ms", "10", "");
  check_is_read("watch", "responder_ping_ms", "500", "responder_deadline_ms = 1000");
  check_is_out_of_bounds({"watch", "responder_ping_ms", "50", 10, 1'000}, 9);
  check_is_out_of_bounds({"watch", "responder_ping_ms", "50", 10, 1'000}, 1'001);
}

TEST_CASE("every other key is read") {
  for (auto const& row : kTexts) check_is_read(row.section, row.key, row.other, row.besides);
  check_is_read("", "include", "\"/etc/fragments\"", "");
}

/// A file in which each kind of table is there with nothing in it that is not required.
constexpr std::string_view kBareTables = R"([[repository]]
path = "/srv/git/a"
[[repository.run_root]]
path = "r"
[[repository.consumer]]
repository = "o/r"
path = "/c"
)";

TEST_CASE("every key has the default of the specification") {
  auto const outcome = parse(kBareTables);
  REQUIRE(outcome.config);
  for (auto const& row : kNumbers) {
    CAPTURE(row.key);
    CHECK(effective(*outcome.config, header(row.section), row.key).value == row.standard);
  }
  for (auto const& row : kTexts) {
    bool const is_given = row.standard.empty() && row.section.starts_with("repository");
    if (is_given || row.key == "name") continue;
    CAPTURE(row.key);
    CHECK(effective(*outcome.config, header(row.section), row.key).value == row.standard);
  }
  CHECK(effective(*outcome.config, "[[repository]]", "name").value == "\"a\"");
  CHECK(effective(*outcome.config, "[watch]", "responder_ping_ms").value == "50");
  CHECK(effective(*outcome.config, "[watch]", "responder_deadline_ms").value == "100");
  CHECK(effective(*outcome.config, "", "include").value == "\"/etc/govseal/govseal.d\"");
}

TEST_CASE("the structs of the model have the same defaults as the key table says") {
  Config const config;
  auto const outcome = parse("");
  REQUIRE(outcome.config);
  CHECK(config.watch.rung == outcome.config->watch.rung);
  CHECK(config.sealing == outcome.config->sealing);
  CHECK(config.report == outcome.config->report);
  CHECK(RunRootConfig().settle_ms == std::chrono::seconds(5));
  CHECK(DispatchConfig().grace == std::chrono::minutes(60));
}

TEST_CASE("no key of the table is missing here, and none here is missing in the table") {
  std::set<std::string> tested = {"include", "watch.responder_ping_ms",
                                  "watch.responder_deadline_ms"};
  for (auto const& row : kNumbers)
    tested.insert(std::string(row.section) + "." + std::string(row.key));
  for (auto const& row : kTexts)
    tested.insert(std::string(row.section) + "." + std::string(row.key));
  std::set<std::string> known;
  for (auto const& key : key_table()) known.insert(dotted_name(key));
  CHECK(tested == known);
}

TEST_CASE("the keys of one section stand together and belong to a known section") {
  std::size_t count = 0;
  for (auto const& section : section_table()) count += keys_of(section.name).size();
  CHECK(count == key_table().size());
}

}  // namespace
}  // namespace govseal
