#include "agent/engine/run_book.h"

#include <algorithm>

#include "base/error.h"
#include "reporting/finding_kinds.h"
#include "sealing/ledger/records.h"

namespace govseal {
namespace {

std::string const& run_name(std::string const& run, std::string& storage) {
  std::size_t const slash = run.rfind('/');
  storage = slash == std::string::npos ? run : run.substr(slash + 1);
  return storage;
}

}  // namespace

void RunBook::list(RunRoot& root, Instant now) {
  root.list_due = {};
  if (root.listing) {
    root.list_again = true;
    return;
  }
  root.listing = true;
  root.list_again = false;
  (void)now;
  out_.act(ListRunRoot{root.repository, root.repository_path, root.config.path});
}

void RunBook::sweep(RootId const& root, bool full_hash,
                    std::function<void(Sweep const&, Instant)> done, Instant now) {
  auto const found = roots_.find(root);
  if (found == roots_.end()) return;
  Sweep sweep;
  sweep.root = root;
  sweep.full_hash = full_hash;
  sweep.done = std::move(done);
  sweeps_.push_back(std::move(sweep));
  list(found->second, now);
}

void RunBook::on_listed(RunRootListed event, Instant now) {
  auto const found = std::find_if(roots_.begin(), roots_.end(), [&](auto const& entry) {
    return entry.second.repository == event.repository &&
           entry.second.config.path == event.run_root;
  });
  if (found == roots_.end()) return;
  RunRoot& root = found->second;
  root.listing = false;
  bool const reached = !std::holds_alternative<Unreachable>(event.outcome);
  std::set<std::string> names;
  if (auto const* listing = std::get_if<RunRootListing>(&event.outcome)) {
    for (ListedName const& entry : listing->names) {
      if (entry.name.starts_with('.') ||
          std::find(root.config.ignore.begin(), root.config.ignore.end(), entry.name) !=
              root.config.ignore.end()) {
        continue;
      }
      if (entry.kind == FileKind::symlink) note_not_a_folder(root, entry.name, true, true);
      if (entry.kind == FileKind::directory) names.insert(entry.name);
    }
  }
  if (reached) {
    for (std::string const& name : names) {
      RunState& run = make_run(root, name);
      if (!is_bound(run)) schedule(run, now.mono, false);
    }
    std::vector<RunKey> gone;
    for (auto const& [key, run] : runs_) {
      if (run->root != &root || is_bound(*run)) continue;
      std::string storage;
      if (!names.contains(run_name(key.run, storage))) gone.push_back(key);
    }
    for (RunKey const& key : gone) forget(key, now);
    root.names = std::move(names);
  }
  for (std::size_t i = 0; i < sweeps_.size(); ++i) {
    Sweep& sweep = sweeps_[i];
    if (sweep.root != root.id || sweep.listed) continue;
    sweep.listed = true;
    sweep.complete = reached;
    for (auto& [key, run] : runs_) {
      if (run->root != &root || !is_bound(*run)) continue;
      if (!reached) {
        run->error = std::get<Unreachable>(event.outcome).why.text;
        touch(*run);
        continue;
      }
      // Of a folder with open findings the row may be older than what was last seen and told:
      // the first look after a start reads its bytes.
      bool const told = !run->facts && !world_.projection().open_of_run(key).empty();
      run->full_hash = run->full_hash || sweep.full_hash || told;
      sweep.open.insert(key);
      if (run->work != Work::none) {
        run->again = true;
      } else {
        enqueue(*run);
      }
    }
  }
  if (root.list_again) list(root, now);
  start_waiting(now);
  for (std::size_t i = sweeps_.size(); i-- > 0;) finish_sweep_if_done(i, now);
}

void RunBook::sweep_saw(RunState const& run, bool changed, bool reached, Instant now) {
  for (std::size_t i = sweeps_.size(); i-- > 0;) {
    Sweep& sweep = sweeps_[i];
    if (sweep.open.erase(run.place.key) == 0) continue;
    ++sweep.entries;
    if (changed) ++sweep.changed;
    if (!reached) sweep.complete = false;
    finish_sweep_if_done(i, now);
  }
}

void RunBook::finish_sweep_if_done(std::size_t index, Instant now) {
  if (!sweeps_[index].listed || !sweeps_[index].open.empty()) return;
  Sweep const sweep = std::move(sweeps_[index]);
  sweeps_.erase(sweeps_.begin() + static_cast<std::ptrdiff_t>(index));
  if (sweep.done) sweep.done(sweep, now);
}

// The first scan of a root ends when every folder found has come to rest.
void RunBook::write_baselines(Instant now) {
  (void)now;
  for (auto& [id, root] : roots_) {
    if (!root.baseline_due || root.listing) continue;
    record::RootBaseline baseline{.repo = root.repository, .path = root.config.path.str()};
    bool ready = world_.sight(id).live;
    for (auto const& [key, run] : runs_) {
      if (!ready) break;
      if (run->root != &root) continue;
      bool const settled = run->facts.has_value() || run->resting;
      ready = settled && run->work == Work::none && !run->queued;
      auto const verdict = run->facts  ? run->facts->verdict
                           : run->look ? run->look->state
                                       : std::optional<Verdict>(Verdict::open);
      if (!verdict) continue;
      switch (*verdict) {
        case Verdict::valid:
          ++baseline.valid;
          break;
        case Verdict::invalid:
          ++baseline.invalid;
          break;
        case Verdict::eol_normalized:
          ++baseline.eol_normalized;
          break;
        case Verdict::legacy:
          ++baseline.legacy;
          break;
        case Verdict::incomplete:
          ++baseline.incomplete;
          break;
        case Verdict::unsealed:
          ++baseline.unsealed;
          break;
        case Verdict::open:
          ++baseline.open;
          break;
        case Verdict::abandoned:
          ++baseline.abandoned;
          break;
        case Verdict::waived:
          break;
      }
    }
    if (!ready) continue;
    root.baseline_due = false;
    out_.append(make_record(baseline));
  }
}

void RunBook::rehash(std::size_t count, std::function<std::size_t(std::size_t)> const& draw,
                     Instant now) {
  std::vector<RunState*> bound;
  for (auto& [key, run] : runs_) {
    if (is_bound(*run)) bound.push_back(run.get());
  }
  // Map order depends on memory; sorted, the same seed draws the same folders.
  std::sort(bound.begin(), bound.end(),
            [](RunState const* a, RunState const* b) { return a->place.key < b->place.key; });
  for (std::size_t i = 0; i < count && !bound.empty(); ++i) {
    RunState& run = *bound[draw(bound.size())];
    run.full_hash = true;
    schedule(run, now.mono, false);
  }
}

}  // namespace govseal
