#include "reporting/layer_down/dispatch_facts.h"

#include <algorithm>
#include <utility>

#include "reporting/layer_down/event_reader.h"
#include "reporting/layer_down/glob.h"
#include "reporting/layer_down/inventory.h"
#include "reporting/layer_down/record_files.h"

namespace govseal {
namespace {

// Larger files are not hashed for the inventory; they count as unknown.
constexpr std::uint64_t kCanonBytesMax = 256U << 20U;
constexpr char const* kAgentIndex = "governance/quality/agent-integrity/INTEGRITY_INDEX.md";

bool is_file(TreeEntry const& entry) {
  return entry.kind == EntryKind::regular || entry.kind == EntryKind::executable;
}

std::string without_final_slash(std::string_view directory) {
  while (directory.ends_with('/')) directory.remove_suffix(1);
  return std::string(directory);
}

/// Reads the files of one tree that an audit needs.
class TipFiles {
 public:
  TipFiles(GitReader& git, ObjectId tree, DispatchFacts& facts)
      : git_(git), tree_(std::move(tree)), facts_(facts) {}

  /// none: no such file. A file below a missing tree is there without text.
  std::optional<TextFile> text_at(std::string const& path) {
    auto found = find_path(git_, tree_, path);
    if (std::holds_alternative<Undecidable>(found)) return TextFile{path, std::nullopt};
    auto const& entry = std::get<std::optional<TreeEntry>>(found);
    if (!entry || !is_file(*entry)) return std::nullopt;
    return text_of(path, entry->id);
  }

  void read_plans(DispatchRules const& rules) {
    facts_.plans.clear();
    facts_.reports.clear();
    std::map<std::string, ObjectId> found;
    auto collect = [&](std::string const& glob) {
      auto directory = without_final_slash(glob_fixed_directory(glob));
      for (auto const& item : list_files(git_, tree_, directory).items) {
        if (is_file(item.entry) && glob_matches(glob, item.path)) {
          found.emplace(item.path, item.entry.id);
        }
      }
    };
    for (auto const& glob : rules.plan_globs) collect(glob);
    for (auto const& glob : rules.plan_globs_extra) collect(glob);
    collect(rules.report_glob);
    for (auto const& [path, blob] : found) {
      bool is_plan = is_plan_path(rules, path);
      (is_plan ? facts_.plans : facts_.reports).push_back(text_of(path, blob));
    }
  }

  void read_canon(DispatchRules const& rules) {
    facts_.canon_files.clear();
    for (auto const& directory : rules.canon_dirs) {
      for (auto const& item : list_files(git_, tree_, without_final_slash(directory)).items) {
        if (item.entry.kind != EntryKind::submodule) facts_.canon_files.push_back(item.path);
      }
    }
    std::sort(facts_.canon_files.begin(), facts_.canon_files.end());
    auto end = std::unique(facts_.canon_files.begin(), facts_.canon_files.end());
    facts_.canon_files.erase(end, facts_.canon_files.end());
  }

  void read_digests() {
    facts_.file_sha256.clear();
    if (facts_.inventory && facts_.inventory->text) {
      auto inventory = parse_inventory(*facts_.inventory->text);
      for (auto const& entry : inventory ? inventory->entries : std::vector<InventoryEntry>()) {
        add_digest(entry.path);
      }
    }
    if (facts_.agent_index && facts_.agent_index->text) {
      for (auto const& row : parse_agent_index(*facts_.agent_index->text)) add_digest(row.path);
    }
    facts_.cache.sha256 = std::move(used_);
  }

 private:
  TextFile text_of(std::string const& path, ObjectId const& blob) {
    auto content = git_.read_blob(blob, kTextBytesMax);
    auto* text = content ? std::get_if<std::string>(&*content) : nullptr;
    return {path, text != nullptr ? std::optional(std::move(*text)) : std::nullopt};
  }

  void add_digest(std::string const& path) {
    if (!is_inventory_path(path) || facts_.file_sha256.contains(path)) return;
    auto found = find_path(git_, tree_, path);
    if (std::holds_alternative<Undecidable>(found)) {
      facts_.file_sha256[path] = std::nullopt;
      return;
    }
    auto const& entry = std::get<std::optional<TreeEntry>>(found);
    if (entry && is_file(*entry)) facts_.file_sha256[path] = digest_of(entry->id);
  }

  std::optional<Digest> digest_of(ObjectId const& blob) {
    auto known = facts_.cache.sha256.find(blob);
    if (known != facts_.cache.sha256.end()) return used_[blob] = known->second;
    auto content = git_.read_blob(blob, kCanonBytesMax);
    auto const* text = content ? std::get_if<std::string>(&*content) : nullptr;
    if (text == nullptr) return std::nullopt;
    return used_[blob] = sha256(*text);
  }

  GitReader& git_;
  ObjectId tree_;
  DispatchFacts& facts_;
  std::unordered_map<ObjectId, Digest> used_;
};

/// Looks up the commits that records name, each name once.
class Resolver {
 public:
  explicit Resolver(GitReader& git) : git_(git) {}

  void run(RecordFile& file) {
    auto const* record = std::get_if<DispatchRecord>(&file.content);
    if (record == nullptr) return;
    file.commit = resolve(record->commit.digits);
    for (auto const& cover : record->covers) {
      auto const* text = cover.as_string();
      file.covers.push_back(text != nullptr ? std::optional(resolve_text(*text)) : std::nullopt);
    }
  }

 private:
  Resolution resolve_text(std::string const& text) {
    auto parsed = parse_commit_text(text);
    if (auto const* defect = std::get_if<RecordDefect>(&parsed)) return *defect;
    return resolve(std::get<CommitText>(parsed).digits);
  }

  Resolution const& resolve(std::string const& digits) {
    auto known = known_.find(digits);
    if (known == known_.end()) known = known_.emplace(digits, look_up(digits)).first;
    return known->second;
  }

  Resolution look_up(std::string const& digits) {
    auto found = git_.find_object(digits);
    if (auto const* none = std::get_if<NotFound>(&found)) {
      return *none == NotFound::ambiguous ? RecordDefect::ambiguous : RecordDefect::unresolvable;
    }
    auto const& object = std::get<FoundObject>(found);
    if (object.kind != ObjectKind::commit) return RecordDefect::not_a_commit;
    auto commit = git_.read_commit(object.id);
    if (!commit) return RecordDefect::unresolvable;
    return ResolvedCommit{object.id, commit->committed_s};
  }

  GitReader& git_;
  std::map<std::string, Resolution> known_;
};

AuditWindow read_baseline(GitReader& git, DispatchHistory const& history,
                          DispatchRules const& rules) {
  if (rules.baseline.empty() || rules.baseline == "root") return {};
  auto window = make_window(git, history, rules.baseline);
  // A baseline that is not there leaves nothing out.
  auto const* found = std::get_if<AuditWindow>(&window);
  return found != nullptr ? *found : AuditWindow();
}

}  // namespace

char const* name_of(RecordSource source) noexcept {
  switch (source) {
    case RecordSource::tree:
      return "tree";
    case RecordSource::worktree:
      return "worktree";
    case RecordSource::store:
      return "store";
  }
  return "";
}

FactsOutcome read_dispatch_facts(GitReader& git, RecordSources const& sources,
                                 DispatchRules const& rules, DispatchFacts& facts,
                                 std::stop_token stop) {
  auto target = git.resolve_reference(rules.branch);
  if (auto const* none = std::get_if<NoReference>(&target)) {
    return *none == NoReference::broken ? FactsOutcome::branch_unreadable
                                        : FactsOutcome::branch_missing;
  }
  auto const& tip_id = std::get<CommitId>(target);
  auto tip = git.read_commit(tip_id);
  if (!tip) return FactsOutcome::branch_unreadable;
  if (!facts.history.advance(git, rules, tip_id, stop)) return FactsOutcome::stopped;

  facts.branch = rules.branch;
  facts.baseline = read_baseline(git, facts.history, rules);
  bool bare = git.layout().is_bare;
  facts.head_branch = bare ? std::nullopt : git.head().branch;
  read_record_files(git, *tip, sources, facts.head_branch == rules.branch, rules, facts);
  Resolver resolver(git);
  for (auto& record : facts.records) resolver.run(record);
  if (stop.stop_requested()) return FactsOutcome::stopped;

  TipFiles files(git, tip->tree, facts);
  files.read_plans(rules);
  facts.registry_file = files.text_at(rules.registry_file);
  facts.inventory = files.text_at(rules.inventory);
  facts.workflow = files.text_at(rules.workflow);
  facts.agent_index = files.text_at(kAgentIndex);
  files.read_canon(rules);
  files.read_digests();
  facts.audit_log_ignored = !bare && git.is_ignored(rules.audit_log);
  return FactsOutcome::ready;
}

bool has_registry_file(GitReader& git, DispatchRules const& rules) {
  auto target = git.resolve_reference(rules.branch);
  auto const* tip = std::get_if<CommitId>(&target);
  auto commit = tip != nullptr ? git.read_commit(*tip) : std::nullopt;
  if (!commit) return false;
  auto found = find_path(git, commit->tree, rules.registry_file);
  auto const* entry = std::get_if<std::optional<TreeEntry>>(&found);
  return entry != nullptr && *entry && (*entry)->kind != EntryKind::tree;
}

}  // namespace govseal
