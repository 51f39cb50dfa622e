#include "agent/engine/run_book.h"

#include <algorithm>

#include "base/error.h"
#include "reporting/finding_kinds.h"
#include "sealing/ledger/records.h"

namespace govseal {
namespace {

/// Folders whose job or records are under way at once; the rest waits in order.
constexpr std::size_t kFoldersAtOnce = 64;

/// A bound folder is compared this long after a hint, so that one write is one look.
constexpr auto kBoundPause = std::chrono::milliseconds(2);

/// After a violation the next one of the folder is recorded this much later (ledger.md 3.6).
constexpr auto kViolationPause = std::chrono::milliseconds(200);

constexpr auto kLookPause = std::chrono::milliseconds(20);

/// A look at a busy folder takes at most this share of the time: one part in ten.
constexpr int kLookShare = 10;

std::string run_path(RunRoot const& root, std::string const& name) {
  return (root.config.path / name).str();
}

}  // namespace

VerdictFacts make_facts(FolderVerdict const& verdict) {
  VerdictFacts facts;
  facts.verdict = verdict.verdict;
  facts.codes.assign(verdict.codes.begin(), verdict.codes.end());
  facts.warnings.assign(verdict.warnings.begin(), verdict.warnings.end());
  if (verdict.style) facts.style = seal_style_name(*verdict.style);
  if (verdict.dialect) facts.dialect = dialect_name(*verdict.dialect);
  if (verdict.variant) facts.variant = line_order_name(*verdict.variant);
  facts.root = verdict.root;
  facts.manifest = verdict.manifest_sha256;
  facts.hashfile = verdict.hashfile_sha256;
  facts.files = verdict.files;
  facts.bytes = verdict.bytes;
  return facts;
}

void RunBook::add_root(RunRoot root, Instant now) {
  RootId const id = root.id;
  root.baseline_due =
      !world_.projection().baseline_of(root.repository, root.config.path.str()).has_value();
  auto const [it, added] = roots_.insert_or_assign(id, std::move(root));
  RunRoot& here = it->second;
  std::string const prefix = here.config.path.str() + "/";
  for (auto const& [key, ledger] : world_.projection().runs()) {
    if (key.repository != here.repository || !key.run.starts_with(prefix)) continue;
    std::string const name = key.run.substr(prefix.size());
    if (name.empty() || name.find('/') != std::string::npos) continue;
    if (ledger.binding || ledger.intent) make_run(here, name);
  }
  for (auto& [key, run] : runs_) {
    if (run->place.key.repository == here.repository && key.run.starts_with(prefix)) {
      run->root = &here;
    }
  }
  (void)added;
  (void)now;
}

void RunBook::remove_root(RootId const& id) {
  for (auto it = runs_.begin(); it != runs_.end();) {
    RunState& run = *it->second;
    if (run.root == nullptr || run.root->id != id) {
      ++it;
      continue;
    }
    // Work under way finds no run when it ends and is dropped.
    if (run.work != Work::none) --working_;
    if (run.due != nanoseconds{}) due_.erase({run.due, it->first});
    changed_.insert(it->first.repository);
    it = runs_.erase(it);
  }
  std::erase_if(sweeps_, [&](Sweep const& sweep) { return sweep.root == id; });
  roots_.erase(id);
}

RunState& RunBook::make_run(RunRoot& root, std::string const& name) {
  RunKey const key{root.repository, run_path(root, name)};
  auto& held = runs_[key];
  if (!held) {
    held = std::make_unique<RunState>();
    held->place = {key, root.repository_path};
    held->root = &root;
    changed_.insert(key.repository);
  }
  return *held;
}

RunState* RunBook::find_mutable(RunKey const& key) {
  auto const found = runs_.find(key);
  return found == runs_.end() ? nullptr : found->second.get();
}

RunState const* RunBook::find(RunKey const& key) const {
  auto const found = runs_.find(key);
  return found == runs_.end() ? nullptr : found->second.get();
}

std::vector<RunState const*> RunBook::runs_of(std::string const& repository) const {
  std::vector<RunState const*> runs;
  for (auto const& [key, run] : runs_) {
    if (key.repository == repository) runs.push_back(run.get());
  }
  return runs;
}

RunLedger const* RunBook::ledger_of(RunState const& run) const {
  return world_.projection().find_run(run.place.key);
}

bool RunBook::is_bound(RunState const& run) const {
  RunLedger const* const ledger = ledger_of(run);
  return ledger != nullptr && ledger->binding.has_value();
}

// A folder without a binding that is gone leaves nothing but closed findings.
void RunBook::forget(RunKey const& key, Instant now) {
  auto const found = runs_.find(key);
  if (found == runs_.end()) return;
  RunState& run = *found->second;
  for (std::string const& id : world_.projection().open_of_run(key)) close_id(id, "gone");
  settle_seal_job(run, "seal.not_a_run_folder");
  if (run.work != Work::none) --working_;
  if (run.due != nanoseconds{}) due_.erase({run.due, key});
  changed_.insert(key.repository);
  runs_.erase(found);
  start_waiting(now);
}

void RunBook::schedule(RunState& run, nanoseconds due, bool urgent) {
  run.urgent = run.urgent || urgent;
  if (run.work != Work::none) {
    run.again = true;
    return;
  }
  if (run.queued) return;
  if (run.due != nanoseconds{}) due_.erase({run.due, run.place.key});
  run.due = std::max(due, nanoseconds{1});
  due_.insert({run.due, run.place.key});
}

void RunBook::enqueue(RunState& run) {
  if (run.queued || run.work != Work::none) return;
  if (run.due != nanoseconds{}) due_.erase({run.due, run.place.key});
  run.due = {};
  run.queued = true;
  (run.urgent ? urgent_ : normal_).push_back(run.place.key);
}

void RunBook::start_waiting(Instant now) {
  while (working_ < kFoldersAtOnce && !(urgent_.empty() && normal_.empty())) {
    auto& queue = urgent_.empty() ? normal_ : urgent_;
    RunKey const key = std::move(queue.front());
    queue.pop_front();
    RunState* const run = find_mutable(key);
    if (run == nullptr || !run->queued) continue;
    run->queued = false;
    run->urgent = false;
    ++working_;
    start(*run, now);
  }
}

void RunBook::start(RunState& run, Instant now) {
  run.again = false;
  if (is_bound(run)) return check(run, now);
  RunLedger const* const ledger = ledger_of(run);
  if (ledger != nullptr && ledger->intent && !run.intent_settled) {
    run.work = Work::recover;
    out_.act(RecoverSeal{run.place, SealIntent{.root = ledger->intent->root,
                                               .manifest = ledger->intent->manifest,
                                               .hashfile = ledger->intent->hashfile}});
    return;
  }
  look(run, now);
}

void RunBook::end_work(RunState& run, Instant now) {
  GOVSEAL_ASSERT(run.work != Work::none);
  run.work = Work::none;
  --working_;
  touch(run);
  if (run.again) {
    run.again = false;
    auto const pause =
        std::max<nanoseconds>(is_bound(run) ? kBoundPause : kLookPause, kLookShare * run.look_cost);
    schedule(run, now.mono + pause, run.urgent);
  }
  start_waiting(now);
}

bool RunBook::is_checking() const {
  return std::any_of(runs_.begin(), runs_.end(), [this](auto const& entry) {
    RunState const& run = *entry.second;
    bool const busy = run.work != Work::none || run.queued || (run.urgent && run.due.count() != 0);
    return busy && is_bound(run);
  });
}

std::optional<nanoseconds> RunBook::next_due() const {
  std::optional<nanoseconds> next;
  if (!due_.empty()) next = due_.begin()->first;
  for (auto const& [id, root] : roots_) {
    if (root.list_due != nanoseconds{} && (!next || root.list_due < *next)) next = root.list_due;
  }
  return next;
}

void RunBook::on_time(Instant now) {
  for (auto& [id, root] : roots_) {
    if (root.list_due != nanoseconds{} && root.list_due <= now.mono) list(root, now);
  }
  while (!due_.empty() && due_.begin()->first <= now.mono) {
    RunState* const run = find_mutable(due_.begin()->second);
    due_.erase(due_.begin());
    if (run == nullptr) continue;
    run->due = {};
    enqueue(*run);
  }
  start_waiting(now);
  write_baselines(now);
}

void RunBook::resume(Instant now) {
  for (auto& [key, run] : runs_) {
    if (!run->resting && !is_bound(*run)) schedule(*run, now.mono, false);
  }
}

void RunBook::on_hint(Hint const& hint, Instant now) {
  auto const found = roots_.find(hint.root);
  if (found == roots_.end()) return;
  RunRoot& root = found->second;
  std::string name = hint.name;
  bool const at_top = hint.directory.is_root();
  if (!at_top) name = std::string(hint.directory.elements().front());
  if (name.empty()) {
    if (root.list_due == nanoseconds{}) root.list_due = now.mono + kLookPause;
    return;
  }
  if (name.starts_with('.') || std::find(root.config.ignore.begin(), root.config.ignore.end(),
                                         name) != root.config.ignore.end()) {
    return;
  }
  RunState* run = find_mutable({root.repository, run_path(root, name)});
  if (run == nullptr) {
    // Something new at the top: the listing tells what it is.
    if (root.list_due == nanoseconds{}) root.list_due = now.mono + kLookPause;
    return;
  }
  bool const own = now.mono < run->own_until && !at_top && hint.directory.elements().size() == 1 &&
                   (hint.name == "manifest.json" || hint.name == "MANIFEST.sha256");
  if (is_bound(*run)) {
    if (hint.kinds.has(HintKind::content) && !own) run->content_hint = true;
    if (hint.other_end && at_top && hint.other_end->root) {
      auto const other = roots_.find(*hint.other_end->root);
      if (other != roots_.end() && other->second.repository == root.repository) {
        run->moved_to =
            (other->second.config.path / hint.other_end->directory / hint.other_end->name).str();
      }
    }
    auto const next = run->violation_at == nanoseconds{}
                          ? nanoseconds{}
                          : run->violation_at + nanoseconds(kViolationPause);
    schedule(*run, std::max<nanoseconds>(now.mono + kBoundPause, next), true);
    return;
  }
  run->quiet.reset();
  run->resting = false;
  touch(*run);
  auto const settle = nanoseconds(root.config.settle_ms);
  auto const pause = std::clamp<nanoseconds>(kLookShare * run->look_cost, kLookPause,
                                             std::max<nanoseconds>(settle / 2, kLookPause));
  schedule(*run, now.mono + pause, false);
}

void RunBook::on_gap(RootId const& root, Instant now) {
  for (auto& [key, run] : runs_) {
    if (run->root == nullptr || run->root->id != root || is_bound(*run)) continue;
    run->quiet.reset();
    run->resting = false;
    schedule(*run, now.mono + kLookPause, false);
  }
}

void RunBook::note_not_a_folder(RunRoot& root, std::string const& name, bool symlink, bool seen) {
  if (!symlink || !seen) return;
  std::string const path = run_path(root, name);
  std::string const id = make_finding_id("run_root.symlink", root.repository, {path});
  if (world_.projection().find_finding(id) != nullptr) return;  // reported once
  record::Finding finding{.repo = root.repository,
                          .id = id,
                          .name = "run_root.symlink",
                          .state = "opened",
                          .severity = "medium",
                          .subject = root.id.text,
                          .paths = {path}};
  out_.append(make_record(finding));
}

// Opens a finding about a run, or opens it again when its codes changed; nothing when it stands.
void RunBook::raise(RunState& run, std::string const& kind, std::set<std::string> const& codes,
                    std::string const& reason, std::string const& detail) {
  RunKey const& key = run.place.key;
  std::string const id = make_finding_id(kind, key.repository, {key.run});
  Finding const* const known = world_.projection().find_finding(id);
  std::vector<std::string> const list(codes.begin(), codes.end());
  bool const open = known != nullptr && known->state != FindingState::closed;
  if (open && known->codes == list) return;
  record::Finding finding{.repo = key.repository,
                          .id = id,
                          .name = kind,
                          .state = known == nullptr ? "opened" : "reopened",
                          .of = world_.projection().opening_record(id),
                          .severity = std::string(to_text(find_finding_kind(kind).severity)),
                          .run = key.run,
                          .codes = list};
  if (!reason.empty()) finding.reason = reason;
  if (!detail.empty()) finding.detail = detail;
  out_.append(make_record(finding));
}

void RunBook::close(RunKey const& key, std::string const& kind, std::string const& reason) {
  close_id(make_finding_id(kind, key.repository, {key.run}), reason);
}

void RunBook::close_id(std::string const& id, std::string const& reason) {
  Finding const* const finding = world_.projection().find_open(id);
  if (finding == nullptr) return;
  record::Finding closing{.repo = finding->repository,
                          .id = id,
                          .name = finding->kind,
                          .state = "closed",
                          .of = world_.projection().opening_record(id),
                          .severity = std::string(to_text(finding->severity)),
                          .run = finding->subject.run,
                          .reason = reason};
  out_.append(make_record(closing));
}

}  // namespace govseal
