#include "reporting/projection.h"

#include <algorithm>

#include "reporting/finding_kinds.h"
#include "reporting/record_fields.h"

// A fold: every record changes the picture by itself, in the order of the ledger. Nothing here
// decides anything; what the agent decided is what the records say.

namespace govseal {
namespace {

RunKey key_of(Record const& record) {
  return {text_field(record.body, "repo"), text_field(record.body, "run")};
}

/// Records that a report would not tell anything about (api.md 11.1).
bool is_news(Record const& record) {
  static std::set<std::string, std::less<>> const kQuiet = {"heartbeat",     "anchor.published",
                                                            "anchor.failed", "drift.reported",
                                                            "agent.start",   "agent.stop"};
  if (record.type == "agent.start") {
    bool const* clean = nullptr;
    if (JsonValue const* field = record.body.find("clean")) clean = field->as_bool();
    return clean == nullptr || !*clean;
  }
  if (record.type == "agent.stop") return text_field(record.body, "reason") == "error";
  if (record.type == "scrub.done") return number_field(record.body, "changed") > 0;
  return !kQuiet.contains(record.type);
}

/// The path below the run folder, for the subject of a finding.
std::optional<std::string> path_in_run(std::vector<std::string> const& paths,
                                       std::string const& run) {
  if (paths.empty()) return std::nullopt;
  std::string const& path = paths.front();
  if (path.size() > run.size() + 1 && path.starts_with(run) && path[run.size()] == '/') {
    return path.substr(run.size() + 1);
  }
  return path == run ? std::nullopt : std::optional(path);
}

Finding make_finding(std::string kind, Record const& record) {
  FindingKind const& known = find_finding_kind(kind);
  Finding finding;
  finding.kind = std::move(kind);
  finding.severity = known.severity;
  finding.repository = text_field(record.body, "repo");
  finding.subject.type = known.subject;
  finding.title = known.title;
  finding.next = known.next;
  finding.runbook = finding.kind;
  finding.opened_at = finding.first_seen = finding.last_seen = record.wall();
  finding.evidence.push_back({Evidence::Type::ledger, record.seq, {}});
  return finding;
}

}  // namespace

void Projection::apply(Record const& record) {
  size_ = record.seq + 1;
  last_wall_ = record.wall();
  if (record.type != "log.recovered") last_boot_ = record.boot;  // that one is of the next start
  if (!record.known_type) return;
  if (is_news(record)) news_ = true;
  if (auto const repository = maybe_text(record.body, "repo")) {
    changes_.repositories.insert(*repository);
    repositories_.insert(*repository);
  }
  std::string const& type = record.type;
  if (type == "finding") return apply_finding(record);
  if (type == "violation" || type == "seal.rewritten" || type == "seal.copied" ||
      type == "run.missing" || type == "seal.incomplete" || type == "coverage.missed" ||
      type == "log.damaged" || type == "log.rolled_back" || type == "commit.undispatched") {
    apply_violation(record);
  }
  if (type.starts_with("seal.") || type.starts_with("run.") || type == "violation") {
    return apply_seal(record);
  }
  if (type.starts_with("dispatch.")) return apply_dispatch(record);
  if (type.starts_with("coverage.")) return apply_coverage(record);
  apply_agent(record);
}

void Projection::apply_agent(Record const& record) {
  if (record.type == "root.baseline") {
    baselines_.try_emplace({text_field(record.body, "repo"), text_field(record.body, "path")},
                           record.wall());
  } else if (record.type == "agent.start" || record.type == "config.reloaded") {
    last_config_ = maybe_digest(record.body, "config");
  } else if (record.type == "drift.reported" && !maybe_text(record.body, "repo")) {
    report_ = ReportLedger{number_field(record.body, "upto"), text_field(record.body, "state"),
                           record.wall(), text_field(record.body, "report")};
    news_ = false;
  } else if (record.type == "genesis") {
    epoch_break_ = number_field(record.body, "epoch") > 1;
  }
}

void Projection::apply_binding(RunKey const& key, Record const& record, bool by_govseal) {
  RunLedger& run = runs_[key];
  run.intent.reset();
  bool const binds = by_govseal || maybe_text(record.body, "key").has_value();
  if (!binds) {
    run.observed_unbound = digest_field(record.body, "hashfile");
    return;
  }
  if (run.binding) return;
  RunBinding binding;
  binding.root = maybe_digest(record.body, "root");
  binding.hashfile = digest_field(record.body, "hashfile");
  binding.manifest = maybe_digest(record.body, "manifest");
  binding.by_govseal = by_govseal;
  binding.style = by_govseal ? "contract" : text_field(record.body, "style");
  binding.variant =
      by_govseal ? std::optional<std::string>("A") : maybe_text(record.body, "variant");
  if (!by_govseal) binding.verdict = text_field(record.body, "verdict");
  binding.dialect = maybe_text(record.body, "dialect");
  if (JsonValue const* settle = record.body.find("settle"); settle != nullptr && by_govseal) {
    binding.dialect = maybe_text(*settle, "dialect");
  }
  binding.seq = record.seq;
  binding.record_sha256 = sha256(record.line);
  binding.at = record.wall();
  binding.files = number_field(record.body, "files");
  binding.bytes = number_field(record.body, "bytes");
  if (binding.root) by_root_.emplace(*binding.root, key);
  run.binding = std::move(binding);
  run.observed_unbound.reset();
  ++bound_runs_;
}

void Projection::apply_seal(Record const& record) {
  auto const run_path = maybe_text(record.body, "run");
  if (!run_path) return;
  RunKey const key = key_of(record);
  RunLedger& run = runs_[key];
  run.history.push_back({record.seq, record.type, record.wall()});
  if (record.type == "seal.intent") {
    run.intent =
        OpenIntent{record.seq, digest_field(record.body, "root"),
                   digest_field(record.body, "hashfile"), digest_field(record.body, "manifest")};
  } else if (record.type == "seal.created") {
    apply_binding(key, record, true);
  } else if (record.type == "seal.observed") {
    apply_binding(key, record, false);
  } else if (record.type == "seal.withdrawn" || record.type == "seal.aborted") {
    run.intent.reset();
  } else if (record.type == "seal.failed") {
    run.failed.emplace(text_field(record.body, "verdict"), text_array(record.body, "codes"));
    note_failure_codes(key, record);
  } else if (record.type == "seal.verified") {
    run.failed.reset();
  } else if (record.type == "seal.unlocked") {
    run.unlock = record.seq;
  } else if (record.type == "violation") {
    JsonValue const* const paths = record.body.find("paths");
    run.violation = RunLedger::LastViolation{
        paths == nullptr ? Digest{} : digest_field(*paths, "sha256"),
        maybe_digest(record.body, "now"), text_field(record.body, "effect")};
  }
}

void Projection::note_failure_codes(RunKey const& key, Record const& record) {
  for (std::string const& id : findings_of_run_[key]) {
    FindingPtr& held = findings_[id];
    if (held->kind != "sealed_write" || held->state == FindingState::closed) continue;
    Finding finding = *held;
    finding.codes = text_array(record.body, "codes");
    finding.evidence.push_back({Evidence::Type::ledger, record.seq, {}});
    held = std::make_shared<Finding const>(std::move(finding));
  }
}

// Records that open a finding by themselves.
void Projection::apply_violation(Record const& record) {
  std::string kind = record.type;
  if (kind == "violation") kind = text_field(record.body, "name");
  if (kind == "seal.rewritten") kind = "seal_rewritten";
  if (kind == "seal.copied") kind = "seal_copied";
  if (kind == "run.missing") kind = "run_missing";
  if (kind == "commit.undispatched") kind = "dispatch.undispatched";
  Finding finding = make_finding(kind, record);
  std::string const run = text_field(record.body, "run");
  std::vector<std::string> parts;
  if (!run.empty()) {
    finding.subject.run = run;
    parts.push_back(run);
  }
  auto const* ledger = find_run({finding.repository, run});
  std::optional<Digest> const bound =
      ledger != nullptr && ledger->binding ? ledger->binding->root : std::nullopt;
  finding.actor = actor_field(record.body, "actor");
  finding.candidates = candidates_field(record.body);
  if (kind == "sealed_write") {
    finding.effect = maybe_text(record.body, "effect");
    finding.severity = severity_of_write(finding.effect.value_or("content"));
    finding.subject.path = path_in_run(list_items(record.body, "paths"), run);
    parts.push_back(bound ? bound->hex() : "");
    if (auto const was = maybe_digest(record.body, "was")) finding.expected = Content{was, {}, {}};
    if (auto const now = maybe_digest(record.body, "now")) finding.found = Content{now, {}, {}};
  } else if (kind == "seal_rewritten") {
    auto const root = maybe_digest(record.body, "root");
    parts.push_back(root ? root->hex() : "");
    finding.expected = Content{{}, {}, maybe_digest(record.body, "root_was")};
    finding.found = Content{{}, {}, root};
  } else if (kind == "seal_copied") {
    Digest const root = digest_field(record.body, "root");
    parts.push_back(root.hex());
    finding.found = Content{{}, {}, root};
    finding.evidence.push_back({Evidence::Type::seal, number_field(record.body, "of_seal"), {}});
    finding.subject.detail =
        text_field(record.body, "of_repo") + ":" + text_field(record.body, "of_run");
  } else if (kind == "run_missing") {
    parts.emplace_back();
    if (maybe_text(record.body, "git") == "ref") finding.severity = Severity::low;
    finding.expected = Content{{}, {}, maybe_digest(record.body, "root")};
  } else if (kind == "coverage.missed") {
    finding.subject.root = text_field(record.body, "root");
    finding.subject.path = text_field(record.body, "path");
    parts.push_back(*finding.subject.root);
  } else if (kind == "dispatch.undispatched") {
    finding.subject.commit = text_field(record.body, "commit");
    finding.subject.branch = text_field(record.body, "branch");
    std::string const priority = text_field(record.body, "priority");
    finding.severity = priority == "HIGH"  ? Severity::high
                       : priority == "LOW" ? Severity::low
                                           : Severity::medium;
    finding.evidence.push_back({Evidence::Type::commit, 0, *finding.subject.commit});
  }
  if (auto const seal = maybe_number(record.body, "seal")) {
    finding.evidence.push_back({Evidence::Type::seal, *seal, {}});
  }
  auto const given =
      record.type == "commit.undispatched" ? maybe_text(record.body, "id") : std::nullopt;
  finding.id = given ? *given : make_finding_id(kind, finding.repository, parts);
  open_finding(std::move(finding), record.seq);
}

void Projection::open_finding(Finding finding, std::uint64_t seq) {
  auto const found = findings_.find(finding.id);
  if (found != findings_.end() && found->second->state != FindingState::closed) {
    Finding const& before = *found->second;
    finding.opened_at = before.opened_at;
    finding.first_seen = before.first_seen;
    finding.severity = std::max(finding.severity, before.severity);
    if (finding.severity == before.severity && before.effect && finding.effect != before.effect &&
        severity_of_write(*before.effect) > severity_of_write(finding.effect.value_or(""))) {
      finding.effect = before.effect;
    }
    finding.evidence.insert(
        finding.evidence.begin(), before.evidence.begin(),
        before.evidence.begin() +
            static_cast<std::ptrdiff_t>(std::min<std::size_t>(before.evidence.size(), 16)));
  } else if (found != findings_.end()) {
    finding.first_seen = found->second->first_seen;
  }
  if (finding.subject.run) {
    findings_of_run_[{finding.repository, *finding.subject.run}].insert(finding.id);
  }
  opened_by_[finding.id] = seq;
  std::string const id = finding.id;
  findings_[id] = std::make_shared<Finding const>(std::move(finding));
}

void Projection::apply_finding(Record const& record) {
  std::string const id = text_field(record.body, "id");
  std::string const state = text_field(record.body, "state");
  if (state == "opened" || state == "reopened") {
    Finding finding = make_finding(text_field(record.body, "name"), record);
    finding.id = id;
    finding.severity =
        parse_severity(text_field(record.body, "severity")).value_or(finding.severity);
    finding.subject.run = maybe_text(record.body, "run");
    finding.subject.commit = maybe_text(record.body, "commit");
    auto const paths = list_items(record.body, "paths");
    if (!paths.empty()) {
      finding.subject.path = finding.subject.run ? path_in_run(paths, *finding.subject.run)
                                                 : std::optional(paths.front());
    }
    auto const subject = maybe_text(record.body, "subject");
    if (subject && finding.subject.type == SubjectType::root) finding.subject.root = subject;
    if (subject && finding.subject.type == SubjectType::consumer)
      finding.subject.consumer = subject;
    if (subject && finding.subject.type == SubjectType::plan) finding.subject.owner = subject;
    finding.subject.detail = maybe_text(record.body, "detail");
    if (!finding.subject.detail) finding.subject.detail = maybe_text(record.body, "reason");
    finding.codes = text_array(record.body, "codes");
    if (auto const sum = maybe_digest(record.body, "expected"))
      finding.expected = Content{sum, {}, {}};
    if (auto const sum = maybe_digest(record.body, "actual")) finding.found = Content{sum, {}, {}};
    finding.actor = actor_field(record.body, "actor");
    return open_finding(std::move(finding), record.seq);
  }
  auto const found = findings_.find(id);
  if (found == findings_.end()) return;
  Finding finding = *found->second;
  finding.evidence.push_back({Evidence::Type::ledger, record.seq, {}});
  if (state == "closed") {
    finding.state = FindingState::closed;
    finding.closed_at = record.wall();
    finding.closed_reason = maybe_text(record.body, "reason");
  } else if (state == "acknowledged") {
    finding.state = FindingState::acknowledged;
    finding.acknowledged =
        Acknowledgement{text_field(record.body, "detail"),
                        by_field(record.body, "by").value_or(By{}), record.wall()};
  }
  found->second = std::make_shared<Finding const>(std::move(finding));
}

void Projection::apply_dispatch(Record const& record) {
  DispatchLedger& ledger = dispatch_[text_field(record.body, "repo")];
  if (record.type == "dispatch.evaluated") {
    ledger.cursor = text_field(record.body, "new_tip");
    // The events of the very first evaluation arrived before it: their committer time counts.
    if (!maybe_text(record.body, "old_tip")) return;
    for (std::string const& commit : list_items(record.body, "events")) {
      ledger.arrivals.try_emplace(commit, record.wall());
    }
  } else if (record.type == "dispatch.recorded") {
    ledger.recorded[text_field(record.body, "file")] = {digest_field(record.body, "sha256"),
                                                        text_field(record.body, "verdict")};
  } else if (record.type == "dispatch.audit") {
    ledger.audited_at = record.wall();
  }
}

void Projection::apply_coverage(Record const& record) {
  if (record.type == "coverage.gap") {
    gaps_[record.seq] = OpenGap{text_field(record.body, "repo"), list_items(record.body, "roots"),
                                text_field(record.body, "cause"),
                                record.body.find_int("since_us").value_or(0), record.wall()};
  } else if (record.type == "coverage.closed") {
    gaps_.erase(number_field(record.body, "gap"));
  }
}

RunLedger const* Projection::find_run(RunKey const& key) const {
  auto const found = runs_.find(key);
  return found == runs_.end() ? nullptr : &found->second;
}

std::vector<RunKey> Projection::find_bound(Digest const& root) const {
  std::vector<RunKey> keys;
  auto const [first, last] = by_root_.equal_range(root);
  for (auto it = first; it != last; ++it) keys.push_back(it->second);
  auto const seq_of = [this](RunKey const& key) { return find_run(key)->binding->seq; };
  std::sort(keys.begin(), keys.end(),
            [&](RunKey const& a, RunKey const& b) { return seq_of(a) < seq_of(b); });
  return keys;
}

Finding const* Projection::find_finding(std::string const& id) const {
  auto const found = findings_.find(id);
  return found == findings_.end() ? nullptr : found->second.get();
}

Finding const* Projection::find_open(std::string const& id) const {
  Finding const* const finding = find_finding(id);
  return finding == nullptr || finding->state == FindingState::closed ? nullptr : finding;
}

std::vector<std::string> Projection::open_of_run(RunKey const& key) const {
  std::vector<std::string> ids;
  for (Finding const* const finding : findings_of_run(key)) {
    if (finding->state != FindingState::closed) ids.push_back(finding->id);
  }
  return ids;
}

std::vector<Finding const*> Projection::findings_of_run(RunKey const& key) const {
  std::vector<Finding const*> list;
  auto const found = findings_of_run_.find(key);
  if (found == findings_of_run_.end()) return list;
  for (std::string const& id : found->second) list.push_back(findings_.at(id).get());
  return list;
}

std::optional<std::uint64_t> Projection::opening_record(std::string const& id) const {
  auto const found = opened_by_.find(id);
  return found == opened_by_.end() ? std::nullopt : std::optional(found->second);
}

DispatchLedger const& Projection::dispatch(std::string const& repository) const {
  static DispatchLedger const kNothing;
  auto const found = dispatch_.find(repository);
  return found == dispatch_.end() ? kNothing : found->second;
}

std::optional<nanoseconds> Projection::baseline_of(std::string const& repository,
                                                   std::string const& path) const {
  auto const found = baselines_.find({repository, path});
  return found == baselines_.end() ? std::nullopt : std::optional(found->second);
}

Projection::Changes Projection::take_changes() {
  return std::exchange(changes_, {});
}

}  // namespace govseal
