#include <algorithm>

#include "agent/api/explain.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "reporting/layer_down/glob.h"

namespace govseal {
namespace {

bool is_within(std::string_view path, std::string_view ancestor) {
  if (ancestor.empty()) return true;
  if (!path.starts_with(ancestor)) return false;
  return path.size() == ancestor.size() || path[ancestor.size()] == '/';
}

std::string shown(std::string_view bytes) {
  return escape_for_display(bytes);
}

RunView const* run_around(RepositorySnapshot const& repository, std::string_view path) {
  for (auto const& run : repository.runs) {
    if (is_within(path, run->run)) return run.get();
  }
  return nullptr;
}

/// The watch root with the longest path that reaches `path`.
WatchRootView const* root_around(RepositorySnapshot const& repository, std::string_view path) {
  WatchRootView const* deepest = nullptr;
  for (auto const& root : repository.roots) {
    if (root.kind == "references" || root.kind == "config" || !is_within(path, root.path)) continue;
    auto const below = path.size() > root.path.size()
                           ? path.substr(root.path.empty() ? 0 : root.path.size() + 1)
                           : std::string_view();
    if (!root.recursive && below.find('/') != std::string_view::npos) continue;
    if (!deepest || root.path.size() > deepest->path.size()) deepest = &root;
  }
  return deepest;
}

std::vector<GuardView const*> guards_of(RepositorySnapshot const& repository,
                                        std::string_view path) {
  std::vector<GuardView const*> guards;
  for (auto const& guard : repository.guards) {
    if (!any_glob_matches(guard.paths, path) || any_glob_matches(guard.exclude, path)) continue;
    guards.push_back(&guard);
  }
  return guards;
}

/// An open finding about this run folder, or about exactly this path.
bool concerns(Finding const& finding, RunView const* run, std::string_view path) {
  if (finding.state != FindingState::open || finding.waiver) return false;
  if (finding.subject.run) return run && *finding.subject.run == run->run;
  return finding.subject.path && !finding.subject.path->empty() &&
         (*finding.subject.path == path || is_within(*finding.subject.path, path)) && !path.empty();
}

std::vector<Finding const*> findings_of(RepositorySnapshot const& repository, RunView const* run,
                                        std::string_view path) {
  std::vector<Finding const*> findings;
  for (auto const& finding : repository.findings) {
    if (concerns(*finding, run, path)) findings.push_back(finding.get());
  }
  return findings;
}

void add_reason(Explanation& explanation, std::string text,
                std::optional<Evidence> evidence = std::nullopt) {
  explanation.reasons.push_back({std::move(text), std::move(evidence), std::nullopt});
}

Evidence ledger_evidence(std::uint64_t index) {
  Evidence evidence;
  evidence.index = index;
  return evidence;
}

Evidence finding_evidence(Finding const& finding) {
  Evidence evidence;
  evidence.type = Evidence::Type::finding;
  evidence.id = finding.id;
  return evidence;
}

std::string describe(Content const& content) {
  if (content.sha256) return content.sha256->hex();
  if (content.root) return "ROOT " + content.root->hex();
  return content.bytes ? std::to_string(*content.bytes) + " bytes" : "nothing";
}

void add_binding(Explanation& explanation, RunView const& run, std::string const& what) {
  std::string text = "sealed with " + what;
  if (run.sealed_at) text += " on " + format_utc_s(*run.sealed_at);
  add_reason(explanation, std::move(text), ledger_evidence(run.ledger->index));
}

void add_actor(Explanation& explanation, Actor const& actor) {
  if (!actor.pid) return;
  std::string text = "written by pid " + std::to_string(*actor.pid);
  if (actor.comm && actor.confidence != "pid-only") text += " (" + shown(*actor.comm) + ")";
  if (actor.uid) text += ", uid " + std::to_string(*actor.uid);
  explanation.reasons.push_back({std::move(text), std::nullopt, actor.confidence});
}

void add_finding(Explanation& explanation, Finding const& finding) {
  auto const* run = explanation.run;
  bool const bound = run && run->ledger;
  if (bound && finding.expected) add_binding(explanation, *run, describe(*finding.expected));
  std::string text = finding.title;
  if (finding.found) {
    text = "now " + describe(*finding.found) + ", seen at " + format_utc_s(finding.last_seen);
    if (run && run->verified.basis) text += " by " + *run->verified.basis;
  }
  if (finding.subject.run && finding.subject.path) text += ": " + shown(*finding.subject.path);
  add_reason(explanation, std::move(text), finding_evidence(finding));
  if (finding.actor) add_actor(explanation, *finding.actor);
  if (!finding.next.empty()) explanation.next.push_back(finding.next);
}

void explain_red(Explanation& explanation, std::vector<Finding const*> const& findings,
                 std::string_view path) {
  explanation.answer = "red";
  Finding const& worst = *findings[0];
  std::string_view const below = explanation.run && path.size() > explanation.run->run.size()
                                     ? path.substr(explanation.run->run.size() + 1)
                                     : std::string_view();
  bool const this_file = worst.subject.path && !below.empty() && *worst.subject.path == below;
  explanation.summary = "An open finding concerns this path: " + worst.title + ".";
  if (worst.subject.run) {
    explanation.summary = "An open finding concerns this run folder: " + worst.title + ".";
  }
  if (worst.kind == "sealed_write" && this_file) {
    explanation.summary = "This file is part of a sealed run and its bytes differ from the seal.";
  }
  for (auto const* finding : findings) add_finding(explanation, *finding);
  if (explanation.run && explanation.run->ledger) {
    explanation.next.emplace_back(
        "Restore the bytes from git or a backup; govseal closes the finding by itself.");
    explanation.next.emplace_back(
        "Keep the folder as it is if it is evidence; make a new run instead.");
  }
}

void explain_gap(Explanation& explanation) {
  WatchRootView const& root = *explanation.watched;
  explanation.answer = "unknown";
  explanation.summary = "The folder is not seen at present, so nothing can be said for sure.";
  std::string text = "in a gap since " + format_utc_s(root.since);
  if (root.cause) text += ": " + *root.cause;
  add_reason(explanation, std::move(text));
  explanation.next.emplace_back("Ask again when the recovery is done: govseal repos --coverage.");
}

void explain_waiting(Explanation& explanation) {
  explanation.answer = "waiting";
  explanation.summary = "This run folder is not complete or not quiet yet.";
  RunView const& run = *explanation.run;
  if (run.settling) {
    add_reason(explanation, run.settling->reason + ": quiet for " +
                                std::to_string(run.settling->quiet_ms) + " of " +
                                std::to_string(run.settling->needs_ms) + " ms");
    if (run.settling->writers.value_or(0) > 0) {
      add_reason(explanation,
                 std::to_string(*run.settling->writers) + " open for writing in the folder");
    }
  }
  for (auto const& code : run.codes) add_reason(explanation, code);
  explanation.next.emplace_back("Finish the run; it is sealed when it is complete and quiet.");
}

void explain_sealed(Explanation& explanation) {
  RunView const& run = *explanation.run;
  bool const legacy = run.verdict == "LEGACY";
  explanation.answer = "sealed";
  explanation.summary = legacy ? "A seal of another style lists files of this folder; all match."
                               : "This run folder is sealed and matches its seal.";
  add_binding(explanation, run, run.root ? "ROOT " + run.root->hex() : "another style of seal");
  if (run.verified.verified_at) {
    add_reason(explanation, "confirmed at " + format_utc_s(*run.verified.verified_at) + " by " +
                                run.verified.basis.value_or("unknown"));
  }
}

void explain_run(Explanation& explanation) {
  RunView const& run = *explanation.run;
  std::string const verdict = run.verdict.value_or("unknown");
  if (!run.verdict) {
    explanation.answer = "unknown";
    explanation.summary = "The folder could not be judged.";
    add_reason(explanation, run.error);
  } else if (verdict == "OPEN") {
    explain_waiting(explanation);
  } else if (run.ledger && (verdict == "VALID" || verdict == "LEGACY")) {
    explain_sealed(explanation);
  } else if (verdict == "VALID") {
    explanation.answer = "waiting";
    explanation.summary = "The seal is valid; its record is not on the ledger yet.";
  } else if (verdict == "INVALID" || verdict == "EOL_NORMALIZED") {
    explanation.answer = "red";
    explanation.summary = "The folder does not match its seal: " + verdict + ".";
    for (auto const& code : run.codes) add_reason(explanation, code);
  } else {
    explanation.answer = "unsealed";
    explanation.summary = "This run folder has no seal: " + verdict + ".";
    for (auto const& code : run.codes) add_reason(explanation, code);
    explanation.next.emplace_back("govseal seal seals it when it is complete.");
  }
}

/// The run root or guard that shares the longest beginning with `path`.
WatchRootView const* nearest_root(RepositorySnapshot const& repository, std::string_view path) {
  WatchRootView const* nearest = nullptr;
  std::ptrdiff_t longest = -1;
  for (auto const& root : repository.roots) {
    if (root.kind != "runs" && root.kind != "guards") continue;
    auto const end = std::mismatch(path.begin(), path.end(), root.path.begin(), root.path.end());
    if (end.first - path.begin() <= longest) continue;
    longest = end.first - path.begin();
    nearest = &root;
  }
  return nearest;
}

void explain_other(Explanation& explanation, RepositorySnapshot const& repository,
                   std::string_view path) {
  if (!explanation.guards.empty()) {
    explanation.answer = "guarded";
    explanation.summary = "This path is guarded and no rule is broken.";
    for (auto const* guard : explanation.guards) {
      add_reason(explanation, "rule " + guard->name + " (" + guard->kind + ")");
    }
  } else if (explanation.watched) {
    explanation.answer = "unsealed";
    explanation.summary = "This path is watched (" + explanation.watched->kind +
                          ") and belongs to no run folder that is known.";
  } else {
    explanation.answer = "not-watched";
    explanation.summary = "This path lies in no run root and no guard of the repository.";
    if (auto const* root = nearest_root(repository, path)) {
      add_reason(explanation, "the nearest watched root is " + shown(root->id));
    }
    explanation.next.emplace_back(
        "To have it watched, add [[repository.run_root]] with its path (key "
        "repository.run_root.path), or a [[repository.guard]] (key repository.guard.paths).");
  }
}

}  // namespace

Explanation explain(InRepository const& place, std::vector<RepositorySnapshot const*> const& some) {
  Explanation explanation;
  if (!place.repository) {
    explanation.answer = "outside";
    explanation.summary = "The path lies in no configured repository that you can see.";
    add_reason(explanation, std::to_string(some.size()) + " repositories are known");
    explanation.next.emplace_back("To have it watched: govseal enroll (key repository.path).");
    return explanation;
  }
  RepositorySnapshot const& repository = *place.repository;
  explanation.run = run_around(repository, place.relative);
  explanation.guards = guards_of(repository, place.relative);
  explanation.watched = root_around(repository, place.relative);
  auto const findings = findings_of(repository, explanation.run, place.relative);
  if (!findings.empty()) {
    explain_red(explanation, findings, place.relative);
  } else if (explanation.watched && explanation.watched->state == "gap") {
    explain_gap(explanation);
  } else if (explanation.run) {
    explain_run(explanation);
  } else {
    explain_other(explanation, repository, place.relative);
  }
  return explanation;
}

}  // namespace govseal
