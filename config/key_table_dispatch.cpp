// Rows of [repository.dispatch], layer-down.md 1.

#include "config/key_rows.h"

namespace govseal::detail {
namespace {

constexpr KeyBounds kFew{0, 64};

constexpr Rows dispatch{"repository.dispatch"};

constexpr KeySpec kRows[] = {
    dispatch.key("enabled", KeyType::toggle, "\"auto\"",
                 "\"auto\": when the registry file exists at the tip; or true, false.",
                 access_to<&DispatchConfig::enabled>(), {}, "auto true false"),
    dispatch.key("branch", KeyType::reference, "\"refs/heads/main\"", "The governed branch.",
                 access_to<&DispatchConfig::branch>()),
    dispatch.number("grace", "\"60m\"", {0, 31'536'000}, "",
                    "Age from which a commit without a dispatch is a finding.",
                    access_to<&DispatchConfig::grace>(), KeyType::duration),
    dispatch.key(
        "baseline", KeyType::baseline, "\"root\"",
        "\"root\", a commit (7 to 40 hex digits) or a date; older commits are not audited.",
        access_to<&DispatchConfig::baseline>()),
    dispatch.key(
        "trigger_paths", KeyType::prefix_list, "[]",
        "Paths whose change has to be dispatched, everything below for one that ends in /; "
        "[]: the built-in union.",
        access_to<&DispatchConfig::trigger_paths>(), {0, 1'024}),
    dispatch.key("records_dir", KeyType::relative, "\".agent-admin/ripple\"", "Dispatch records.",
                 access_to<&DispatchConfig::records_dir>()),
    dispatch.key("workflow", KeyType::relative,
                 "\".github/workflows/governance-layer-down-dispatch.yml\"",
                 "The dispatch workflow.", access_to<&DispatchConfig::workflow>()),
    dispatch.key("registry_file", KeyType::relative, "\"governance/CONSUMER_REPO_REGISTRY.json\"",
                 "The registry of consumers.", access_to<&DispatchConfig::registry_file>()),
    dispatch.key("inventory", KeyType::relative, "\"governance/CANON_INVENTORY.json\"",
                 "The canon inventory.", access_to<&DispatchConfig::inventory>()),
    dispatch.key("canon_dirs", KeyType::prefix_list, "[\"governance/canon/\"]",
                 "Directories whose files the inventory has to name.",
                 access_to<&DispatchConfig::canon_dirs>(), kFew),
    dispatch.key("plan_globs", KeyType::glob_list, "[\"governance/ripple/*.md\"]", "Ripple plans.",
                 access_to<&DispatchConfig::plan_globs>(), kFew),
    dispatch.key("plan_globs_extra", KeyType::glob_list,
                 "[\"governance/layer-down/*.md\",\n"
                 "    \".agent-admin/governance/ripple-logs/ripple-*.md\"]",
                 "Further files with plans.", access_to<&DispatchConfig::plan_globs_extra>(), kFew),
    dispatch.key("report_glob", KeyType::glob,
                 "\"governance/layer-down/LAYER_DOWN_INVESTIGATION_REPORT_*.md\"",
                 "Investigation reports.", access_to<&DispatchConfig::report_glob>()),
    dispatch.key("agents_glob", KeyType::glob, "\".github/agents/**.md\"", "Agent contracts.",
                 access_to<&DispatchConfig::agents_glob>()),
    dispatch.key("slug", KeyType::slug, "\"\"",
                 "owner/repo; \"\": from a GitHub URL of the remote origin.",
                 access_to<&DispatchConfig::slug>()),
    dispatch.key("backfill_argv", KeyType::argv,
                 "[\"gh\", \"workflow\", \"run\", \"governance-layer-down-dispatch.yml\", "
                 "\"--repo\", \"{slug}\",\n"
                 "    \"-f\", \"reason={reason}\", \"-f\", \"commit_sha={commit}\"]",
                 "Command of a backfill, started by the client without a shell. Placeholders, not "
                 "in the first element: {slug} {reason} {commit} {covers} {branch}.",
                 access_to<&DispatchConfig::backfill_argv>(), {1, 64}),
    dispatch.number("backfill_timeout", "\"120s\"", {1, 3'600}, "", "Time for that command.",
                    access_to<&DispatchConfig::backfill_timeout>(), KeyType::duration),
    dispatch.key("audit_log", KeyType::relative, "\".agent-admin/governance/layer-down-audit.log\"",
                 "Log of backfills.", access_to<&DispatchConfig::audit_log>()),
    dispatch.choice("full_audit", "\"monthly\"", "off monthly", "Regular full audit.",
                    access_to<&DispatchConfig::full_audit>()),
    dispatch.key("full_audit_at", KeyType::time_of_day, "\"06:00\"", "Its time, UTC.",
                 access_to<&DispatchConfig::full_audit_at>()),
    dispatch.key("mandatory_statuses", KeyType::text_list, "[\"PUBLIC_API\", \"LAYER_DOWN\"]",
                 "Inventory statuses that every consumer has to carry.",
                 access_to<&DispatchConfig::mandatory_statuses>(), kFew),
    dispatch.key("stale_secrets", KeyType::text_list, "[\"RIPPLE_DISPATCH_TOKEN\"]",
                 "Secrets that workflows must no longer name.",
                 access_to<&DispatchConfig::stale_secrets>(), kFew),
    dispatch.key("expected_secret", KeyType::text, "\"MATURION_BOT_TOKEN\"",
                 "Secret that they have to name.", access_to<&DispatchConfig::expected_secret>(),
                 {0, 256}),
    dispatch.key("rules_file", KeyType::relative,
                 "\".agent-workspace/governance-repo-administrator/knowledge/FAIL-ONLY-ONCE.md\"",
                 "Rules learnt from failures.", access_to<&DispatchConfig::rules_file>()),
    dispatch.key("changelog", KeyType::relative, "\"governance/CHANGELOG.md\"", "The changelog.",
                 access_to<&DispatchConfig::changelog>()),
    dispatch.key("sync_state_paths", KeyType::relative_list,
                 "[\".agent-admin/governance/sync_state.json\",\n"
                 "    \".agent-admin/governance/sync-state.json\", "
                 "\"governance/sync_state.json\"]",
                 "Where consumers say what they have.",
                 access_to<&DispatchConfig::sync_state_paths>(), kFew),
    dispatch.key("sync_workflow", KeyType::relative,
                 "\".github/workflows/governance-ripple-sync.yml\"", "Sync workflow of consumers.",
                 access_to<&DispatchConfig::sync_workflow>()),
    dispatch.key(
        "integration_workflow", KeyType::relative, "\".github/workflows/ripple-integration.yml\"",
        "Integration workflow of consumers.", access_to<&DispatchConfig::integration_workflow>()),
    dispatch.key("aliases", KeyType::slug_map, "{}",
                 "Short names used in plans: name = \"owner/repo\".",
                 access_to<&DispatchConfig::aliases>(), {0, 256}),
};

}  // namespace

std::span<KeySpec const> dispatch_rows() {
  return kRows;
}

}  // namespace govseal::detail
