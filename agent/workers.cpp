#include "agent/workers.h"

#include <algorithm>

#include "agent/worker_places.h"
#include "base/error.h"
#include "sealing/seal_files.h"

namespace govseal {
namespace {

using DirectoryPtr = std::unique_ptr<Directory>;

std::vector<RelativePath> regular_files(TreeScan const& scan) {
  std::vector<RelativePath> files;
  for (ScanEntry const& entry : scan.entries) {
    if (entry.stat.kind == FileKind::regular) files.push_back(entry.path);
  }
  return files;
}

WriterAnswer to_writer_answer(FolderProbe probe) {
  WriterAnswer answer;
  switch (probe.answer.probe) {
    case Probe::clear:
      answer.state = WriterAnswer::State::clear;
      break;
    case Probe::open:
      answer.state = WriterAnswer::State::open;
      break;
    case Probe::unknown:
      answer.state = WriterAnswer::State::unknown;
      break;
  }
  if (probe.answer.reason) answer.reason = name_of(*probe.answer.reason);
  answer.open_files = std::move(probe.open_files);
  return answer;
}

/// Tree id of HEAD:<path> and HEAD; none where git cannot answer.
struct GitPlace {
  std::optional<std::string> tree, head;
};

std::optional<ObjectId> tree_at(GitReader& git, ObjectId tree, RelativePath const& path) {
  for (std::string_view const element : path.elements()) {
    auto const entries = git.read_tree(tree);
    if (!entries) return std::nullopt;
    auto const found = std::find_if(entries->begin(), entries->end(), [&](TreeEntry const& entry) {
      return entry.name == element && entry.kind == EntryKind::tree;
    });
    if (found == entries->end()) return std::nullopt;
    tree = found->id;
  }
  return tree;
}

GitPlace git_place(GitOpener const& opener, RunPlace const& place) {
  GitPlace result;
  auto opened = opener.open(place.repository_path);
  auto* const git = std::get_if<std::unique_ptr<GitReader>>(&opened);
  if (git == nullptr) return result;
  auto const head = (*git)->head();
  if (!head.commit) return result;
  result.head = head.commit->hex();
  auto const commit = (*git)->read_commit(*head.commit);
  if (!commit) return result;
  auto const tree = tree_at(**git, commit->tree, RelativePath::of(place.key.run));
  if (tree) result.tree = tree->hex();
  return result;
}

/// Where git still has a run folder that is gone (sealing.md 10).
std::optional<std::string> where_git_has(GitOpener const& opener, RunPlace const& place) {
  auto opened = opener.open(place.repository_path);
  auto* const git = std::get_if<std::unique_ptr<GitReader>>(&opened);
  if (git == nullptr) return std::nullopt;
  RelativePath const path = RelativePath::of(place.key.run);
  auto const has = [&](CommitId const& id) {
    auto const commit = (*git)->read_commit(id);
    return commit && tree_at(**git, commit->tree, path).has_value();
  };
  auto const head = (*git)->head();
  if (head.commit && has(*head.commit)) return "head";
  for (auto const& [name, commit] : (*git)->references()) {
    if (has(commit)) return "ref";
  }
  return "none";
}

/// `h1` of ledger.md 3.5 over the lines of a hash file.
std::string h1_of(std::string_view hashfile) {
  std::vector<std::pair<std::string, std::string>> lines;  // by path
  while (!hashfile.empty()) {
    std::size_t const end = std::min(hashfile.find('\n'), hashfile.size());
    std::string_view line = hashfile.substr(0, end);
    hashfile.remove_prefix(std::min(end + 1, hashfile.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() < 67 || line.starts_with("ROOT_SHA256")) continue;
    lines.emplace_back(line.substr(66), line.substr(0, 64));
  }
  std::sort(lines.begin(), lines.end());
  Sha256 hash;
  for (auto const& [path, digest] : lines) {
    hash.update(digest).update("  ").update(path).update("\n");
  }
  return "h1:" + to_base64(hash.finish().span());
}

}  // namespace

HashOptions Workers::hash_options() const {
  HashOptions options;
  options.width = hash_width_;
  return options;
}

void Workers::submit(std::function<Event(std::stop_token const&)> work,
                     std::function<Event(JobFailure)> failed) {
  // std::function must be copyable; actions are not.
  parts_.pool.submit(
      [this, work = std::move(work), failed = std::move(failed)](std::stop_token stop) {
        try {
          parts_.post(work(stop));
        } catch (Error const& error) {
          parts_.post(failed(failure_of(error)));
        }
      });
}

void Workers::run(ListRunRoot action) {
  auto const outcome = [action](auto what) {
    return Event(RunRootListed{action.repository, action.run_root, std::move(what)});
  };
  submit(
      [this, action, outcome](std::stop_token const&) -> Event {
        auto root = open_run_root(parts_.files, action.path, action.run_root);
        if (std::holds_alternative<RunRootMissing>(root)) return outcome(RunRootMissing{});
        if (auto* failure = std::get_if<Unreachable>(&root)) return outcome(*failure);
        Directory const& directory = *std::get<DirectoryPtr>(root);
        RunRootListing listing;
        for (DirectoryEntry const& entry : directory.list()) {
          auto const stat = directory.find(entry.name);
          if (stat) listing.names.push_back({entry.name, stat->kind});
        }
        std::sort(listing.names.begin(), listing.names.end(),
                  [](ListedName const& a, ListedName const& b) { return a.name < b.name; });
        return outcome(std::move(listing));
      },
      [outcome](JobFailure failure) { return outcome(Unreachable{std::move(failure)}); });
}

void Workers::run(LookAtRun action) {
  Instant const started = parts_.clock.now();
  RunKey const key = action.place.key;
  auto const outcome = [this, key, started](auto what) {
    return Event(RunLooked{key, started, parts_.clock.now(), std::move(what)});
  };
  submit(
      [this, action, key](std::stop_token const& stop) -> Event {
        Instant const begun = parts_.clock.now();
        auto const answer = [&](auto what) {
          return Event(RunLooked{key, begun, parts_.clock.now(), std::move(what)});
        };
        auto opened = open_run(parts_.files, action.place);
        if (std::holds_alternative<RunGone>(opened)) return answer(RunGone{});
        if (auto* other = std::get_if<NotAFolder>(&opened)) return answer(*other);
        if (auto* failure = std::get_if<Unreachable>(&opened)) return answer(*failure);
        OpenRun const& run = std::get<OpenRun>(opened);
        VerifyOptions options;
        options.folder_name = folder_name_of(key);
        options.age_limits = action.ages;
        options.now_wall = begun.wall;
        auto looked = look_at_folder(*run.folder, options, stop);
        if (std::holds_alternative<Stopped>(looked)) {
          return answer(Unreachable{{0, "stopped"}});
        }
        FolderLook const& look = std::get<FolderLook>(looked);
        LookFacts facts;
        facts.fingerprint = look.fingerprint;
        facts.has_manifest = look.has_manifest;
        facts.has_hashfile = look.has_hashfile;
        facts.has_run_json = look.scan.find("run.json") != nullptr;
        facts.sealed_style = !look.state.has_value();
        facts.state = look.state;
        facts.dialect = look.dialect;
        facts.codes = look.codes;
        facts.warnings = look.warnings;
        facts.newest_ctime_ns = look.newest_ctime_ns;
        bool const matters = look.dialect || look.has_manifest || look.has_hashfile;
        if (!action.probe_writers) {
          facts.writers = {Probe::unknown, ProbeReason::off};
        } else if (matters) {
          FolderProbe probe =
              probe_open_writers(parts_.probe, *run.folder, regular_files(look.scan));
          facts.writers = probe.answer;
          facts.open_files = probe.open_files.size();
        } else {
          facts.writers = {Probe::clear, std::nullopt};
        }
        return answer(std::move(facts));
      },
      [outcome](JobFailure failure) { return outcome(Unreachable{std::move(failure)}); });
}

void Workers::run(PrepareSeal action) {
  RunKey const key = action.place.key;
  Instant const started = parts_.clock.now();
  submit(
      [this, action, key](std::stop_token const& stop) -> Event {
        SealPrepared event{key, parts_.clock.now(), RunGone{}, {}, {}};
        auto opened = open_run(parts_.files, action.place);
        auto* const run = std::get_if<OpenRun>(&opened);
        if (run == nullptr) {
          if (auto* failure = std::get_if<Unreachable>(&opened)) {
            event.outcome =
                PrepareFailed{{SealStep::s1_look, failure->why.error_number, failure->why.text}};
          }
          return Event(std::move(event));
        }
        GitPlace const git = git_place(parts_.git, action.place);
        event.tree = git.tree;
        event.head = git.head;
        PrepareOptions options;
        options.folder_name = folder_name_of(key);
        options.now_wall = event.started.wall;
        options.quiet_fingerprint = action.fingerprint;
        options.accept_unknown_writers = action.accept_unknown_writers;
        options.ask_writers = [this](Directory const& folder,
                                     std::vector<RelativePath> const& files) {
          return to_writer_answer(probe_open_writers(parts_.probe, folder, files));
        };
        if (action.write_envelope) {
          options.write_envelope = EnvelopeFacts{event.started.wall, git.head, std::nullopt};
        }
        options.run_root = run->run_root.get();
        options.hash = hash_options();
        PrepareOutcome outcome = prepare_seal(*run->folder, options, parts_.pool, stop);
        std::visit(
            [&](auto& what) {
              using What = std::decay_t<decltype(what)>;
              if constexpr (std::is_same_v<What, SealPlan>) {
                event.outcome = std::make_unique<SealPlan>(std::move(what));
              } else {
                event.outcome = std::move(what);
              }
            },
            outcome);
        return Event(std::move(event));
      },
      [key, started](JobFailure failure) {
        return Event(
            SealPrepared{key,
                         started,
                         PrepareFailed{{SealStep::s1_look, failure.error_number, failure.text}},
                         {},
                         {}});
      });
}

void Workers::run(PublishSeal action) {
  // The plan travels with the job and back to the engine.
  auto const plan = std::make_shared<std::unique_ptr<SealPlan>>(std::move(action.plan));
  RunPlace const place = action.place;
  submit(
      [this, place, plan](std::stop_token const&) -> Event {
        auto opened = open_run(parts_.files, place);
        auto* const run = std::get_if<OpenRun>(&opened);
        PublishOutcome outcome = Withdrawn{{""}, {}};
        if (run != nullptr) outcome = publish_seal(*run->folder, **plan);
        return Event(SealPublished{place.key, std::move(*plan), std::move(outcome)});
      },
      [place, plan](JobFailure failure) {
        return Event(SealPublished{
            place.key, std::move(*plan),
            Aborted{{SealStep::s6_manifest, failure.error_number, failure.text}, false}});
      });
}

void Workers::run(RecoverSeal action) {
  RunKey const key = action.place.key;
  submit(
      [this, action, key](std::stop_token const& stop) -> Event {
        auto opened = open_run(parts_.files, action.place);
        if (auto* failure = std::get_if<Unreachable>(&opened)) {
          return Event(SealRecovered{key, *failure});
        }
        auto* const run = std::get_if<OpenRun>(&opened);
        if (run == nullptr) return Event(SealRecovered{key, RunGone{}});
        RecoverOptions options;
        options.folder_name = folder_name_of(key);
        options.now_wall = parts_.clock.now().wall;
        options.hash = hash_options();
        return Event(SealRecovered{
            key, recover_intent(*run->folder, action.intent, options, parts_.pool, stop)});
      },
      [key](JobFailure failure) {
        return Event(SealRecovered{key, Unreachable{std::move(failure)}});
      });
}

void Workers::run(WriteSealCopy action) {
  RunKey const key = action.place.key;
  submit(
      [this, action, key](std::stop_token const&) -> Event {
        parts_.keeper.write_copy(key, action.hashfile);
        return Event(SealCopyWritten{key, std::nullopt});
      },
      [key](JobFailure failure) {
        return Event(SealCopyWritten{key, std::move(failure)});
      });
}

void Workers::run(FinishSeal action) {
  RunKey const key = action.place.key;
  submit(
      [this, action, key](std::stop_token const&) -> Event {
        if (action.row) {
          parts_.index.put(*action.row);
          parts_.keeper.write_proof(key, action.row->log_index);
        } else {
          parts_.index.remove(key.repository, key.run);
        }
        return Event(SealFinished{key, std::nullopt});
      },
      [key](JobFailure failure) {
        return Event(SealFinished{key, std::move(failure)});
      });
}

void Workers::run(VerifyForeign action) {
  RunKey const key = action.place.key;
  Instant const started = parts_.clock.now();
  submit(
      [this, action, key](std::stop_token const& stop) -> Event {
        Instant const begun = parts_.clock.now();
        auto const answer = [&](auto what) {
          return Event(ForeignVerified{key, begun, parts_.clock.now(), std::move(what)});
        };
        auto opened = open_run(parts_.files, action.place);
        if (auto* failure = std::get_if<Unreachable>(&opened)) return answer(*failure);
        auto* const run = std::get_if<OpenRun>(&opened);
        if (run == nullptr) return answer(RunGone{});
        VerifyOptions options;
        options.folder_name = folder_name_of(key);
        options.age_limits = action.ages;
        options.now_wall = begun.wall;
        options.compat = false;
        options.hash = hash_options();
        auto verified = verify_folder(parts_.files, *run->folder, options, parts_.pool, stop);
        if (std::holds_alternative<Stopped>(verified)) return answer(Stopped{});
        auto facts = std::make_unique<ForeignFacts>();
        facts->verdict = std::get<FolderVerdict>(std::move(verified));
        facts->hashed = begun.wall;
        bool const pack = facts->verdict.style == SealStyle::evidence_pack;
        auto const file = read_seal_file(*run->folder, pack ? "manifest.json" : "MANIFEST.sha256");
        facts->hashfile = file.bytes.value_or("");
        auto const verdict = facts->verdict.verdict;
        if (verdict && makes_binding(*verdict)) {
          if (facts->verdict.style == SealStyle::contract) facts->h1 = h1_of(facts->hashfile);
          GitPlace const git = git_place(parts_.git, action.place);
          facts->tree = git.tree;
          facts->head = git.head;
        }
        std::vector<RelativePath> files;
        for (SealedFile const& sealed : facts->verdict.sealed_files) {
          if (auto path = RelativePath::parse(sealed.path)) files.push_back(std::move(*path));
        }
        facts->writers = probe_open_writers(parts_.probe, *run->folder, files).answer;
        return answer(std::move(facts));
      },
      [key, started](JobFailure failure) {
        return Event(ForeignVerified{key, started, started, Unreachable{std::move(failure)}});
      });
}

void Workers::run(CheckBound action) {
  RunKey const key = action.place.key;
  Instant const started = parts_.clock.now();
  submit(
      [this, action, key](std::stop_token const& stop) -> Event {
        BoundChecked event{key, parts_.clock.now(), {}, Stopped{}, {}};
        RelativePath const path = RelativePath::of(key.run);
        auto root = open_run_root(parts_.files, action.place.repository_path, path.parent());
        if (auto* failure = std::get_if<Unreachable>(&root)) {
          event.outcome = *failure;
        } else if (std::holds_alternative<RunRootMissing>(root)) {
          auto look = std::make_unique<BoundLook>();
          look->missing = true;
          event.outcome = std::move(look);
          event.git_place = where_git_has(parts_.git, action.place);
        } else {
          auto const row = parts_.index.get(key.repository, key.run);
          BoundLookRequest request{.repo = key.repository,
                                   .run_path = path,
                                   .log_index = action.log_index,
                                   .row = row ? &*row : nullptr,
                                   .full_hash = action.full_hash,
                                   .now_wall = event.started.wall,
                                   .hash = hash_options()};
          auto looked = look_at_bound(parts_.files, *std::get<DirectoryPtr>(root), request,
                                      parts_.pool, stop);
          if (auto* look = std::get_if<BoundLook>(&looked)) {
            if (look->missing) event.git_place = where_git_has(parts_.git, action.place);
            event.outcome = std::make_unique<BoundLook>(std::move(*look));
          }
        }
        event.finished = parts_.clock.now();
        return Event(std::move(event));
      },
      [key, started](JobFailure failure) {
        return Event(
            BoundChecked{key, started, started, Unreachable{std::move(failure)}, std::nullopt});
      });
}

void Workers::run(StoreReport action) {
  std::uint64_t const upto = action.upto;
  submit(
      [this, action](std::stop_token const&) -> Event {
        return Event(ReportStored{action.upto, parts_.write_report(*action.snapshot, action.upto)});
      },
      [upto](JobFailure failure) {
        return Event(ReportStored{upto, std::move(failure)});
      });
}

}  // namespace govseal
