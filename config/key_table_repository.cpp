// Rows of [[repository]], its run roots, consumers, guards and registry, api.md 9.7.

#include "config/key_rows.h"

namespace govseal::detail {
namespace {

constexpr KeyBounds kFewPaths{0, 64};

constexpr Rows repository{"repository"};
constexpr Rows run_root{"repository.run_root"};
constexpr Rows consumer{"repository.consumer"};
constexpr Rows guard{"repository.guard"};
constexpr Rows registry{"repository.registry"};

constexpr KeySpec kRows[] = {
    repository.key("path", KeyType::path, "",
                   "The repository, work tree or bare. Either this or glob.",
                   access_to<&RepositoryConfig::path>()),
    repository.key("glob", KeyType::absolute_glob, "",
                   "Every repository that matches; *, ? and [...] stay within one path element.",
                   access_to<&RepositoryConfig::glob>()),
    computed(repository.key("name", KeyType::repository_id, "",
                            "Repository id, part of finding ids; unique without regard to case. "
                            "Not with glob.",
                            access_to<&RepositoryConfig::name>(), {1, kRepositoryIdBytesMax}),
             "last element of the path without .git"),
    repository.key("exclude", KeyType::absolute_glob_list, "[]",
                   "Matches of glob to leave out, as globs on absolute paths.",
                   access_to<&RepositoryConfig::exclude>(), {0, 256}),
    repository.key("report_copy", KeyType::relative, "\"\"",
                   "File in the repository that a copy of its part of the drift report is written "
                   "to; \"\": none.",
                   access_to<&RepositoryConfig::report_copy>()),

    required(run_root.key("path", KeyType::relative, "",
                          "Directory whose child directories are run folders; not inside another "
                          "run root, no symbolic link in it.",
                          access_to<&RunRootConfig::path>())),
    run_root.choice("seal", "\"auto\"", "auto verify",
                    "auto: finished run folders are sealed; verify: seals are only checked.",
                    access_to<&RunRootConfig::seal>()),
    run_root.number("settle_ms", "5000", {100, 3'600'000}, "ms",
                    "Quiet time before a run folder is sealed.",
                    access_to<&RunRootConfig::settle_ms>()),
    run_root.number("incomplete_after", "\"10m\"", {}, "",
                    "Age from which an unfinished folder is INCOMPLETE; longer than settle_ms.",
                    access_to<&RunRootConfig::incomplete_after>(), KeyType::duration),
    run_root.number("abandoned_after", "\"24h\"", {}, "",
                    "Age from which it is ABANDONED; longer than incomplete_after.",
                    access_to<&RunRootConfig::abandoned_after>(), KeyType::duration),
    run_root.choice("enforce", "\"none\"", "none readonly immutable",
                    "What protects a sealed folder; none when seal = \"verify\".",
                    access_to<&RunRootConfig::enforce>()),
    run_root.key("ignore", KeyType::name_list, "[\"_quarantine\"]",
                 "Names that are no run folders, exactly.", access_to<&RunRootConfig::ignore>(),
                 {0, 256}),

    required(consumer.key("repository", KeyType::slug, "", "The consumer, owner/repo.",
                          access_to<&ConsumerConfig::repository>())),
    required(consumer.key("path", KeyType::path, "", "Local clone of it.",
                          access_to<&ConsumerConfig::path>())),
    consumer.key("branch", KeyType::reference, "\"refs/heads/main\"",
                 "Branch at whose tip it is compared.", access_to<&ConsumerConfig::branch>()),

    required(guard.key("name", KeyType::rule_name, "",
                       "Name of the rule; that of a default rule replaces it.",
                       access_to<&GuardConfig::name>(), {1, 64})),
    required([] {
      auto spec = guard.choice("kind", "", "immutable new_files_only rotate_to_archive append_only",
                               "What may happen to these paths.", access_to<&GuardConfig::kind>());
      return spec;
    }()),
    required(guard.key("paths", KeyType::glob_list, "", "The guarded paths.",
                       access_to<&GuardConfig::paths>(), {1, 256})),
    guard.key("exclude", KeyType::glob_list, "[]", "Paths that are not guarded after all.",
              access_to<&GuardConfig::exclude>(), {0, 256}),
    guard.key("archive", KeyType::file_name, "\".archive\"",
              "Directory beside a file that it may be moved to.",
              access_to<&GuardConfig::archive>()),
    guard.number("keep", "5", {1, 10'000}, "files",
                 "Live files of a directory before rotation is due.",
                 access_to<&GuardConfig::keep>()),
    guard.choice("unit", "\"bytes\"", "bytes lines rule_rows changelog_entries",
                 "What append_only counts in.", access_to<&GuardConfig::unit>()),
    guard.key("marker", KeyType::text, "\"\"",
              "The rule applies to files whose last line starts with this; \"\": to all.",
              access_to<&GuardConfig::marker>(), {0, 1'024}),
    guard.choice("severity", "\"high\"", "critical high medium low", "Severity of its findings.",
                 access_to<&GuardConfig::severity>()),
    guard.key("enabled", KeyType::boolean, "true", "false switches the rule off.",
              access_to<&GuardConfig::enabled>()),

    registry.key("auto", KeyType::boolean, "false", "Registries are rebuilt by the agent.",
                 access_to<&RegistryConfig::automatic>()),
    registry.key("schedule", KeyType::schedule, "\"daily 04:00\"",
                 "When, UTC: \"off\", \"daily HH:MM\", \"hourly\"; only with auto.",
                 access_to<&RegistryConfig::schedule>()),
    registry.number("debounce", "\"10m\"", {1, 86'400}, "",
                    "Quiet time after a run folder was sealed; only with auto.",
                    access_to<&RegistryConfig::debounce>(), KeyType::duration),
    registry.choice("pointer_policy", "\"propose\"", "propose auto",
                    "Whether pointers are only proposed or also changed.",
                    access_to<&RegistryConfig::pointer_policy>()),
    registry.key("runs_root", KeyType::relative, "\".codex/RUNS\"", "Where builds are written.",
                 access_to<&RegistryConfig::runs_root>()),
    registry.key("run_roots", KeyType::relative_list,
                 "[\".codex/RUNS\", \"reports/runs\", \"reports/path1/evidence/runs\"]",
                 "Where runs are looked for.", access_to<&RegistryConfig::run_roots>(), kFewPaths),
    registry.key("operations_catalog", KeyType::relative_list,
                 "[\"OVC_ALLOWED_OPERATIONS_CATALOG_v0.1.md\",\n"
                 "    \"docs/governance/OVC_ALLOWED_OPERATIONS_CATALOG_v0.1.md\"]",
                 "Operations catalog; the first that exists.",
                 access_to<&RegistryConfig::operations_catalog>(), kFewPaths),
    registry.key("coverage_matrix", KeyType::relative_list,
                 "[\"OVC_ENFORCEMENT_COVERAGE_MATRIX_v0.1.md\",\n"
                 "    \"docs/governance/OVC_ENFORCEMENT_COVERAGE_MATRIX_v0.1.md\"]",
                 "Coverage matrix; the first that exists.",
                 access_to<&RegistryConfig::coverage_matrix>(), kFewPaths),
    registry.key("expected_versions", KeyType::relative,
                 "\"docs/governance/EXPECTED_VERSIONS_v0_1.json\"", "Expected versions.",
                 access_to<&RegistryConfig::expected_versions>()),
    registry.key("envelope_standard", KeyType::relative,
                 "\"docs/governance/RUN_ENVELOPE_STANDARD_v0_1.md\"", "Standard of run.json.",
                 access_to<&RegistryConfig::envelope_standard>()),
    registry.key("pointer_file", KeyType::relative,
                 "\"docs/phase_2_2/ACTIVE_REGISTRY_POINTERS_v0_1.json\"",
                 "Pointers to the active registries.", access_to<&RegistryConfig::pointer_file>()),
    registry.key("catalog", KeyType::relative, "\"docs/phase_2_2/REGISTRY_CATALOG_v0_1.json\"",
                 "Catalog of registries.", access_to<&RegistryConfig::catalog>()),
    registry.key("catalog_addenda", KeyType::relative_list,
                 "[\"docs/phase_2_2/REGISTRY_CATALOG_ADDENDUM_v0_1__phase_2_2_3.json\"]",
                 "Additions to it.", access_to<&RegistryConfig::catalog_addenda>(), kFewPaths),
    registry.key("schema_dir", KeyType::relative, "\"docs/phase_2_2/schemas\"",
                 "Directory of the JSON schemas.", access_to<&RegistryConfig::schema_dir>()),
    registry.key("frozen_paths", KeyType::glob_list,
                 "[\"tools/run_registry/**\", \"docs/governance/RUN_ENVELOPE_STANDARD_v0_1.md\"]",
                 "Paths that must not change.", access_to<&RegistryConfig::frozen_paths>(),
                 {0, 256}),
    registry.key("health_accepted", KeyType::health_list, "[]",
                 "H1 conditions that do not count, such as \"H1-03\".",
                 access_to<&RegistryConfig::health_accepted>(), {0, 64}),
    registry.number("stale_days", "2", {0, 3'650}, "days",
                    "Age from which an observed operation is stale.",
                    access_to<&RegistryConfig::stale_days>()),
};

}  // namespace

std::span<KeySpec const> repository_rows() {
  return kRows;
}

}  // namespace govseal::detail
