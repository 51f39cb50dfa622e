#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/relative_path.h"
#include "base/sha256.h"

// The configuration model (api.md 9): one member for each key, named like the key, with the default
// of an agent that runs as the service. What depends on the host, the user or other keys is empty
// here and filled in by load_config(). Plain values: copy them, compare them, share them const.

namespace govseal {

inline constexpr std::uint64_t kConfigFileBytesMax = 1 << 20;  // of one file
inline constexpr std::size_t kSocketPathBytesMax = 107;        // sun_path without its NUL, unix(7)
inline constexpr std::size_t kRepositoryIdBytesMax = 64;
inline constexpr std::size_t kOriginBytesMax = 200;  // ledger.md 7

struct AgentConfig {
  enum class LogLevel { error, warning, notice, info, debug };

  std::string state_dir = "/var/lib/govseal";
  std::string runtime_dir = "/run/govseal";
  std::string host_name;      // default: the host's name
  std::uint32_t workers = 0;  // 0: number of processors
  std::uint32_t work_queue_max = 4'096;
  std::chrono::seconds stop_timeout_s{30};
  LogLevel log_level = LogLevel::notice;
  std::chrono::seconds discovery_interval_s{300};
  std::uint32_t repositories_max = 1'000;
  friend bool operator==(AgentConfig const&, AgentConfig const&) = default;
};

struct ApiConfig {
  std::string socket;  // default: <runtime_dir>/govseal.sock
  std::uint32_t socket_mode = 0660;
  std::string socket_group = "govseal-users";  // empty for an ordinary user: its own group
  std::vector<std::string> operators;          // "name", "1000", "@group", "@1000"
  std::vector<std::string> viewers = {"@govseal-users"};
  std::uint32_t connections_max = 256;
  std::uint32_t connections_per_uid_max = 32;
  std::uint32_t jobs_per_uid_max = 16;
  std::uint64_t header_bytes_max = 8'192;
  std::uint64_t body_bytes_max = 65'536;
  std::chrono::milliseconds read_timeout_ms{5'000};
  std::chrono::milliseconds write_timeout_ms{10'000};
  std::chrono::milliseconds request_timeout_ms{10'000};
  std::chrono::seconds idle_timeout_s{60};
  std::chrono::milliseconds sync_timeout_max_ms{10'000};
  std::uint32_t event_clients_max = 200;
  std::uint32_t event_ring_max = 1'024;
  std::uint32_t event_replay_max = 10'000;
  std::chrono::seconds event_heartbeat_s{15};
  std::uint32_t jobs_max = 1'000;
  std::chrono::seconds job_keep_s{86'400};
  std::uint32_t idempotency_keys_max = 1'024;
  std::chrono::seconds idempotency_keep_s{86'400};
  std::uint32_t metrics_repositories_max = 1'000;
  friend bool operator==(ApiConfig const&, ApiConfig const&) = default;
};

struct WatchConfig {
  enum class Rung { automatic, a, c, d };  // upper bound for all roots (watching.md 4.2)
  enum class Attribution { off, live, exact };

  Rung rung = Rung::automatic;
  Attribution attribution = Attribution::live;
  std::string opener_socket;  // default: <runtime_dir>/opener.sock
  std::vector<std::string> cookie_directories;
  bool probe_open_writers = true;
  std::chrono::microseconds coalesce_us{1'000};
  std::uint64_t event_buffer_bytes = 262'144;
  std::uint32_t drain_reads_max = 16;
  std::uint32_t actors_per_drain_max = 256;
  std::uint32_t ring_entries_max = 262'144;
  std::uint32_t directories_max = 4'000'000;
  std::uint32_t tree_depth_max = 200;
  std::uint32_t entries_per_directory_max = 1'000'000;
  std::chrono::milliseconds rename_pair_ms{1'000};
  std::uint32_t attribution_marks_max = 100'000;
  std::uint32_t opener_entries_max = 65'536;
  std::chrono::seconds opener_keep_s{3'600};
  std::chrono::milliseconds responder_ping_ms{50};
  std::chrono::milliseconds responder_deadline_ms{100};
  std::chrono::milliseconds cookie_timeout_ms{1'000};
  std::chrono::seconds canary_interval_s{30};
  std::uint32_t coverage_intervals_max = 4'096;
  std::uint32_t recovery_slice_entries = 4'096;
  std::chrono::milliseconds recovery_interval_min_ms{10'000};
  std::chrono::milliseconds recovery_interval_max_ms{60'000};
  std::chrono::seconds rung_retry_s{600};
  std::chrono::seconds scan_interval_s{60};
  std::chrono::seconds reference_poll_s{10};
  std::chrono::milliseconds reference_quiet_ms{500};
  std::chrono::milliseconds settle_quiet_scan_ms{60'000};
  std::chrono::seconds git_timeout_s{120};
  std::uint64_t git_output_bytes_max = 268'435'456;
  friend bool operator==(WatchConfig const&, WatchConfig const&) = default;
};

struct SealingConfig {
  std::uint32_t hash_threads = 0;  // 0: processors, at most 16
  std::chrono::seconds cycle_s{900};
  std::uint32_t rehash_percent = 1;
  std::uint32_t scrub_days = 7;  // 0: never
  std::uint32_t scrub_mib_per_s = 32;
  friend bool operator==(SealingConfig const&, SealingConfig const&) = default;
};

struct LedgerConfig {
  std::string origin;  // default: govseal/<host>
  std::chrono::milliseconds batch_ms{20};
  std::chrono::seconds heartbeat_s{900};
  std::optional<std::string> root_key;        // path of the root key's public line
  std::optional<std::string> policy;          // path of a tlog-policy file
  std::optional<std::string> waiver_signers;  // path of an allowed_signers file
  std::uint32_t waiver_quorum = 1;
  std::chrono::hours stale_h{24};
  friend bool operator==(LedgerConfig const&, LedgerConfig const&) = default;
};

struct AnchorConfig {
  enum class Mode { checkpoint, full };
  struct Git {
    std::optional<std::string> remote;  // unset: no git anchor
    std::string branch;                 // without refs/heads/; default: audit/<host>
    Mode mode = Mode::checkpoint;
    std::chrono::seconds urgent_s{60};
    friend bool operator==(Git const&, Git const&) = default;
  };

  Git git;
  std::string directory = "/var/lib/govseal-anchor";
  friend bool operator==(AnchorConfig const&, AnchorConfig const&) = default;
};

/// When something is done regularly, in UTC.
struct ScheduleConfig {
  enum class Kind { off, hourly, daily };
  Kind kind = Kind::off;
  std::chrono::minutes at{};  // since midnight, for `daily`
  friend bool operator==(ScheduleConfig const&, ScheduleConfig const&) = default;
};

struct ReportConfig {
  enum class Format { json, markdown, html, text };

  ScheduleConfig schedule{ScheduleConfig::Kind::daily, std::chrono::minutes{120}};
  bool on_severity_change = true;
  std::vector<Format> formats = {Format::json, Format::markdown, Format::html, Format::text};
  std::uint32_t keep_days = 400;
  std::chrono::seconds min_interval_s{300};
  friend bool operator==(ReportConfig const&, ReportConfig const&) = default;
};

struct RunRootConfig {
  enum class Seal { automatic, verify };
  enum class Enforce { none, readonly, immutable };

  RelativePath path;
  Seal seal = Seal::automatic;
  std::chrono::milliseconds settle_ms{5'000};
  std::chrono::seconds incomplete_after{600};
  std::chrono::seconds abandoned_after{86'400};
  Enforce enforce = Enforce::none;
  std::vector<std::string> ignore = {"_quarantine"};  // exact names
  friend bool operator==(RunRootConfig const&, RunRootConfig const&) = default;
};

/// Layer-down keys of a repository (layer-down.md 1).
struct DispatchConfig {
  enum class Enabled { automatic, yes, no };  // automatic: the registry file exists at the tip
  enum class FullAudit { off, monthly };
  struct Baseline {
    enum class Kind { root, commit, date };
    Kind kind = Kind::root;
    std::string commit;            // 7 to 40 hex digits, for `commit`
    std::chrono::seconds since{};  // wall time since 1970, for `date`
    friend bool operator==(Baseline const&, Baseline const&) = default;
  };

  Enabled enabled = Enabled::automatic;
  std::string branch = "refs/heads/main";
  std::chrono::seconds grace{3'600};
  Baseline baseline;
  std::vector<std::string> trigger_paths;  // empty: the built-in union; `/` at the end: all below
  RelativePath records_dir = RelativePath::of(".agent-admin/ripple");
  RelativePath workflow = RelativePath::of(".github/workflows/governance-layer-down-dispatch.yml");
  RelativePath registry_file = RelativePath::of("governance/CONSUMER_REPO_REGISTRY.json");
  RelativePath inventory = RelativePath::of("governance/CANON_INVENTORY.json");
  std::vector<std::string> canon_dirs = {"governance/canon/"};
  std::vector<std::string> plan_globs = {"governance/ripple/*.md"};
  std::vector<std::string> plan_globs_extra = {"governance/layer-down/*.md",
                                               ".agent-admin/governance/ripple-logs/ripple-*.md"};
  std::string report_glob = "governance/layer-down/LAYER_DOWN_INVESTIGATION_REPORT_*.md";
  std::string agents_glob = ".github/agents/**.md";
  std::string slug;  // owner/repo; empty: from a GitHub URL of remote "origin"
  std::vector<std::string> backfill_argv = {"gh",     "workflow",
                                            "run",    "governance-layer-down-dispatch.yml",
                                            "--repo", "{slug}",
                                            "-f",     "reason={reason}",
                                            "-f",     "commit_sha={commit}"};
  std::chrono::seconds backfill_timeout{120};
  RelativePath audit_log = RelativePath::of(".agent-admin/governance/layer-down-audit.log");
  FullAudit full_audit = FullAudit::monthly;
  std::chrono::minutes full_audit_at{360};  // since midnight UTC
  std::vector<std::string> mandatory_statuses = {"PUBLIC_API", "LAYER_DOWN"};
  std::vector<std::string> stale_secrets = {"RIPPLE_DISPATCH_TOKEN"};
  std::string expected_secret = "MATURION_BOT_TOKEN";
  RelativePath rules_file = RelativePath::of(
      ".agent-workspace/governance-repo-administrator/knowledge/FAIL-ONLY-ONCE.md");
  RelativePath changelog = RelativePath::of("governance/CHANGELOG.md");
  std::vector<RelativePath> sync_state_paths = {
      RelativePath::of(".agent-admin/governance/sync_state.json"),
      RelativePath::of(".agent-admin/governance/sync-state.json"),
      RelativePath::of("governance/sync_state.json")};
  RelativePath sync_workflow = RelativePath::of(".github/workflows/governance-ripple-sync.yml");
  RelativePath integration_workflow = RelativePath::of(".github/workflows/ripple-integration.yml");
  std::map<std::string, std::string> aliases;  // short name in plans -> owner/repo
  friend bool operator==(DispatchConfig const&, DispatchConfig const&) = default;
};

/// A local clone of a consumer (layer-down.md 10).
struct ConsumerConfig {
  std::string repository;  // owner/repo
  std::string path;        // absolute
  std::string branch = "refs/heads/main";
  friend bool operator==(ConsumerConfig const&, ConsumerConfig const&) = default;
};

/// A rule for guarded paths (layer-down.md 12).
struct GuardConfig {
  enum class Kind { immutable, new_files_only, rotate_to_archive, append_only };
  enum class Unit { bytes, lines, rule_rows, changelog_entries };
  enum class Severity { critical, high, medium, low };

  std::string name;
  Kind kind = Kind::immutable;
  std::vector<std::string> paths;  // globs of layer-down.md 1.1
  std::vector<std::string> exclude;
  std::string archive = ".archive";
  std::uint32_t keep = 5;
  Unit unit = Unit::bytes;
  std::string marker;  // empty: none
  Severity severity = Severity::high;
  bool enabled = true;
  friend bool operator==(GuardConfig const&, GuardConfig const&) = default;
};

/// Registry keys of a repository (registry.md 1).
struct RegistryConfig {
  enum class PointerPolicy { propose, automatic };

  bool automatic = false;  // key `auto`
  ScheduleConfig schedule{ScheduleConfig::Kind::daily, std::chrono::minutes{240}};
  std::chrono::seconds debounce{600};
  PointerPolicy pointer_policy = PointerPolicy::propose;
  RelativePath runs_root = RelativePath::of(".codex/RUNS");
  std::vector<RelativePath> run_roots = {RelativePath::of(".codex/RUNS"),
                                         RelativePath::of("reports/runs"),
                                         RelativePath::of("reports/path1/evidence/runs")};
  std::vector<RelativePath> operations_catalog = {
      RelativePath::of("OVC_ALLOWED_OPERATIONS_CATALOG_v0.1.md"),
      RelativePath::of("docs/governance/OVC_ALLOWED_OPERATIONS_CATALOG_v0.1.md")};
  std::vector<RelativePath> coverage_matrix = {
      RelativePath::of("OVC_ENFORCEMENT_COVERAGE_MATRIX_v0.1.md"),
      RelativePath::of("docs/governance/OVC_ENFORCEMENT_COVERAGE_MATRIX_v0.1.md")};
  RelativePath expected_versions = RelativePath::of("docs/governance/EXPECTED_VERSIONS_v0_1.json");
  RelativePath envelope_standard =
      RelativePath::of("docs/governance/RUN_ENVELOPE_STANDARD_v0_1.md");
  RelativePath pointer_file = RelativePath::of("docs/phase_2_2/ACTIVE_REGISTRY_POINTERS_v0_1.json");
  RelativePath catalog = RelativePath::of("docs/phase_2_2/REGISTRY_CATALOG_v0_1.json");
  std::vector<RelativePath> catalog_addenda = {
      RelativePath::of("docs/phase_2_2/REGISTRY_CATALOG_ADDENDUM_v0_1__phase_2_2_3.json")};
  RelativePath schema_dir = RelativePath::of("docs/phase_2_2/schemas");
  std::vector<std::string> frozen_paths = {"tools/run_registry/**",
                                           "docs/governance/RUN_ENVELOPE_STANDARD_v0_1.md"};
  std::vector<std::string> health_accepted;  // H1 condition ids
  std::uint32_t stale_days = 2;
  friend bool operator==(RegistryConfig const&, RegistryConfig const&) = default;
};

/// One `[[repository]]`: either `path` and `name` are set, or `glob` is, which expand_globs() in
/// config/discovery.h turns into one RepositoryConfig for each match.
struct RepositoryConfig {
  std::string path;                      // absolute; empty with `glob`
  std::string glob;                      // absolute; empty with `path`
  std::string name;                      // repository id; empty with `glob`
  std::vector<std::string> exclude;      // globs on absolute paths, only with `glob`
  RelativePath report_copy;              // the root: none
  std::vector<RunRootConfig> run_roots;  // never empty after loading: three defaults
  DispatchConfig dispatch;
  std::vector<ConsumerConfig> consumers;
  /// The default rules with those of the same name replaced, then the others as configured. They
  /// apply when `dispatch.enabled` resolves to true, and when they are `enabled`.
  std::vector<GuardConfig> guards;
  RegistryConfig registry;
  friend bool operator==(RepositoryConfig const&, RepositoryConfig const&) = default;
};

/// Where a value comes from. A key without one has its default.
struct ConfigLocation {
  std::string file;
  std::uint32_t line = 0;    // from 1
  std::uint32_t column = 0;  // from 1, in characters
  friend bool operator==(ConfigLocation const&, ConfigLocation const&) = default;
};

struct Config {
  std::string include;  // directory of the fragments, absolute
  AgentConfig agent;
  ApiConfig api;
  WatchConfig watch;
  SealingConfig sealing;
  LedgerConfig ledger;
  AnchorConfig anchor;
  ReportConfig report;
  std::vector<RepositoryConfig> repositories;  // as configured: main file, then fragments by name

  Digest digest;                   // configuration digest, ledger.md 3.5
  std::vector<std::string> files;  // absolute, in load order, main file first
  /// By key path: `agent.workers`, `repository[0].run_root[1].settle_ms`; indices count from 0 in
  /// the vectors above.
  std::map<std::string, ConfigLocation> locations;
};

/// `[A-Za-z0-9][A-Za-z0-9._-]{0,63}` (api.md 3).
[[nodiscard]] bool is_repository_id(std::string_view text) noexcept;
/// Last element without `.git`, other characters as `-`; not always a valid id (api.md 9.7).
[[nodiscard]] std::string repository_id_from_path(std::string_view absolute_path);

/// The run roots of a repository that configures none (sealing.md 9.1).
[[nodiscard]] std::vector<RunRootConfig> default_run_roots();
/// The rules of layer-down.md 12.2, in that order.
[[nodiscard]] std::vector<GuardConfig> default_guards();

}  // namespace govseal
