#include "reporting/finding_kinds.h"

#include <array>

#include "base/sha256.h"

namespace govseal {
namespace {

using enum Severity;
using enum SubjectType;

constexpr std::array kKinds = std::to_array<FindingKind>({
    {"sealed_write", critical, run, "sealed folder changed",
     "Compare with git and the backup; do not repair in place. Restored bytes close the finding."},
    {"seal_rewritten", critical, run, "seal rewritten",
     "The first seal stays bound. Restore the folder with its first seal from git or a backup."},
    {"seal_copied", critical, run, "sealed folder copied to another name",
     "Find out which folder is the original (the one bound first) and remove the copy."},
    {"run_missing", critical, run, "sealed folder is gone",
     "Restore the folder from git or a backup; the same bytes close the finding."},
    {"seal.refused", medium, run, "run folder cannot be sealed",
     "Remove what the codes name, then wait for the quiet period."},
    {"seal.invalid", high, run, "foreign seal does not hold",
     "Ask the producer of the seal; make a new run folder instead of repairing this one."},
    {"seal.incomplete", medium, run, "half a seal",
     "The producer stopped between manifest.json and MANIFEST.sha256; ask it to finish."},
    {"run.abandoned", low, run, "run folder was never finished",
     "Finish or remove the folder; it is not sealed as it is."},
    {"run_root.symlink", medium, root, "symbolic link where a run root or run folder should be",
     "Links are not followed; put a real directory there."},
    {"enforce.", medium, run, "enforcement level could not be kept",
     "See the reason; the seal itself stands."},
    {"git.", medium, run, "git would change sealed bytes",
     "Add `<run root>/** -text` to a .gitattributes outside the run folders."},
    {"coverage.blind", high, root, "not watched for more than a minute",
     "See the cause of the gap; verdicts are old until it is closed."},
    {"coverage.partial", medium, root, "part of a watched tree is not seen",
     "See the reason and the directory named."},
    {"coverage.missed", medium, root, "a change was not announced by the kernel",
     "The sweep found it; a recurring case moves the root to a lower rung."},
    {"repository.unreadable", high, repository, "repository cannot be read",
     "See the reason; run folders are still watched where they can be."},
    {"repository.missing", high, repository, "repository is gone",
     "Mount or restore it, or remove it from the configuration."},
    {"log.damaged", critical, ledger, "the ledger was damaged",
     "The damaged ledger is kept; compare it with an anchor or a bundle."},
    {"log.rolled_back", critical, ledger, "the ledger was rolled back",
     "Find the copy with the larger size; compare it with an anchor or a bundle."},
    {"config.invalid", high, config, "the configuration on disk is not valid",
     "Run `govseal config check`, mend the file and reload."},
    {"dispatch.undispatched", medium, commit, "commit was never dispatched",
     "Dispatch it, or backfill a dispatch record for it."},
    {"dispatch.plan_undispatched", medium, plan, "ripple plan was never dispatched",
     "Dispatch it, or complete the plan."},
    {"dispatch.record_", medium, record, "dispatch record does not count",
     "See the reason; write a record that names the commit."},
    {"dispatch.", medium, repository, "layer-down defect", "See the code and its detail."},
    {"workflow.", high, repository, "the dispatch workflow cannot run",
     "Mend the workflow file at the tip of the branch."},
    {"registry_file.", medium, repository, "defect in the consumer registry file",
     "Mend the entry named."},
    {"inventory.", medium, repository, "defect in the canon inventory", "Mend the entry named."},
    {"agent_index.", medium, repository, "agent contract differs from its index",
     "Compare the contract with the integrity index."},
    {"consumer.", medium, consumer, "consumer is not where it says", "See the files listed."},
    {"guard.", high, guard, "guarded path was changed against its rule",
     "Compare the commit named with the rule; acknowledge it or restore the path."},
    {"rules.", medium, repository, "rule id used twice", "Renumber one of them."},
    {"registry.", medium, registry, "registry defect", "See the code and its detail."},
    {"pointer.", high, registry, "pointer defect", "See the code and its detail."},
    {"catalog.", medium, registry, "catalog defect", "See the code and its detail."},
    {"", medium, repository, "something is wrong", "See the detail."},
});

}  // namespace

FindingKind const& find_finding_kind(std::string_view kind) noexcept {
  FindingKind const* best = &kKinds.back();
  for (FindingKind const& entry : kKinds) {
    bool const is_prefix =
        entry.kind.empty() || entry.kind.back() == '.' || entry.kind.back() == '_';
    bool const matches = is_prefix ? kind.starts_with(entry.kind) : kind == entry.kind;
    if (matches && entry.kind.size() >= best->kind.size()) best = &entry;
  }
  return *best;
}

std::string make_finding_id(std::string_view kind, std::string_view repository,
                            std::vector<std::string> const& parts) {
  Sha256 hash;
  hash.update("govseal-finding-v1\n").update(kind).update("\n").update(repository).update("\n");
  for (std::string const& part : parts) hash.update(part).update("\n");
  return "GS-" + hash.finish().hex().substr(0, 16);
}

Severity severity_of_write(std::string_view effect) noexcept {
  if (effect == "same_bytes" || effect == "transient") return Severity::medium;
  if (effect == "metadata") return Severity::low;
  return Severity::critical;
}

}  // namespace govseal
