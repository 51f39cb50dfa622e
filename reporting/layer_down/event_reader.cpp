#include "reporting/layer_down/event_reader.h"

#include <algorithm>
#include <utility>

#include "reporting/layer_down/glob.h"
#include "reporting/layer_down/inventory.h"

namespace govseal {
namespace {

constexpr std::uint64_t kInventoryBytesMax = 16U << 20U;

/// The file at a path of a commit: its blob id, nothing, or not to be told.
std::variant<std::optional<ObjectId>, Undecidable> blob_at(GitReader& git, CommitInfo const& commit,
                                                           std::string const& path) {
  auto found = find_path(git, commit.tree, path);
  if (auto const* reason = std::get_if<Undecidable>(&found)) return *reason;
  auto const& entry = std::get<std::optional<TreeEntry>>(found);
  bool is_file =
      entry && (entry->kind == EntryKind::regular || entry->kind == EntryKind::executable);
  return is_file ? std::optional(entry->id) : std::nullopt;
}

}  // namespace

bool is_plan_path(DispatchRules const& rules, std::string_view path) {
  return (any_glob_matches(rules.plan_globs, path) ||
          any_glob_matches(rules.plan_globs_extra, path)) &&
         !glob_matches(rules.report_glob, path);
}

Priority priority_of(std::vector<std::string> const& trigger_paths, DispatchRules const& rules,
                     std::map<std::string, std::string> const* statuses) {
  bool touches_agents =
      std::any_of(trigger_paths.begin(), trigger_paths.end(),
                  [&](auto const& path) { return glob_matches(rules.agents_glob, path); });
  if (touches_agents) return Priority::high;
  if (statuses == nullptr) return Priority::medium;
  bool listed = false;
  for (auto const& path : trigger_paths) {
    auto status = statuses->find(path);
    if (status == statuses->end()) continue;
    if (status->second != "OPTIONAL" && status->second != "INTERNAL") return Priority::medium;
    listed = true;
  }
  return listed ? Priority::low : Priority::medium;
}

EventReader::EventReader(GitReader& git, DispatchRules const& rules)
    : git_(git),
      rules_(rules),
      lists_(trigger_lists(rules)),
      triggers_(effective_triggers(rules)) {}

CommitFacts EventReader::read(CommitId const& id, CommitInfo const& commit,
                              std::uint32_t position) {
  DispatchEvent event;
  event.position = position;
  event.commit = id;
  event.committed_s = commit.committed_s;
  event.merge = commit.parents.size() > 1;
  event.subject = commit.subject;

  CommitFacts facts;
  auto result = diff_from_first_parent(git_, commit);
  if (auto const* reason = std::get_if<Undecidable>(&result)) {
    event.unknown = *reason;
    facts.event = std::move(event);
    return facts;
  }
  auto const& diff = std::get<TreeDiff>(result);
  std::vector<std::string> touched;
  for (auto const& change : diff.changes) {
    if (trigger_matches(triggers_, change.path)) touched.push_back(change.path);
    if (change.kind == ChangeKind::added && is_plan_path(rules_, change.path)) {
      facts.added_plans.push_back(change.path);
    }
  }
  bool undecidable = std::any_of(
      diff.unknown_below.begin(), diff.unknown_below.end(),
      [&](std::string const& directory) { return trigger_possible_below(triggers_, directory); });
  if (!touched.empty()) {
    fill_event(event, commit, diff, std::move(touched));
    facts.event = std::move(event);
  } else if (undecidable) {
    event.unknown = Undecidable::object_missing;
    facts.event = std::move(event);
  }
  return facts;
}

void EventReader::fill_event(DispatchEvent& event, CommitInfo const& commit, TreeDiff const& diff,
                             std::vector<std::string> touched) {
  event.lists = lists_of(diff);
  event.priority = priority_of(touched, rules_, inventory_at(commit));
  event.workflow = workflow_at(commit, diff);
  event.paths_total = touched.size();
  if (touched.size() > kEventPathsMax) touched.resize(kEventPathsMax);
  event.paths = std::move(touched);
}

std::vector<std::string> EventReader::lists_of(TreeDiff const& diff) const {
  std::vector<std::string> names;
  for (auto const& list : lists_) {
    bool hit = std::any_of(diff.changes.begin(), diff.changes.end(), [&](auto const& change) {
      return trigger_matches(list.entries, change.path);
    });
    if (hit) names.push_back(list.name);
  }
  return names;
}

WorkflowValue EventReader::workflow_at(CommitInfo const& commit, TreeDiff const& diff) {
  auto found = blob_at(git_, commit, rules_.workflow);
  auto const* blob = std::get_if<std::optional<ObjectId>>(&found);
  if (blob == nullptr) return WorkflowValue::unknown;
  if (!*blob) return WorkflowValue::absent;
  if (**blob != workflow_blob_) {
    auto content = git_.read_blob(**blob, kWorkflowBytesMax);
    if (!content) return WorkflowValue::unknown;
    workflow_ = WorkflowFile();
    if (auto const* text = std::get_if<std::string>(&*content)) {
      workflow_ = parse_workflow(*text);
    } else {
      workflow_.defect = WorkflowDefect::too_large;
    }
    workflow_blob_ = **blob;
  }
  std::vector<std::string> changed;
  changed.reserve(diff.changes.size());
  for (auto const& change : diff.changes) changed.push_back(change.path);
  return workflow_value(workflow_, short_branch(rules_.branch), changed,
                        diff.unknown_below.empty());
}

EventReader::Statuses const* EventReader::inventory_at(CommitInfo const& commit) {
  auto found = blob_at(git_, commit, rules_.inventory);
  auto const* blob = std::get_if<std::optional<ObjectId>>(&found);
  if (blob == nullptr || !*blob) return nullptr;
  if (**blob != inventory_blob_) {
    inventory_.reset();
    inventory_blob_ = ObjectId();
    auto content = git_.read_blob(**blob, kInventoryBytesMax);
    auto const* text = content ? std::get_if<std::string>(&*content) : nullptr;
    auto inventory = text != nullptr ? parse_inventory(*text) : std::nullopt;
    if (inventory) {
      inventory_.emplace();
      // The first entry of a path counts.
      for (auto& entry : inventory->entries) {
        inventory_->emplace(std::move(entry.path), std::move(entry.layer_down_status));
      }
    }
    inventory_blob_ = **blob;
  }
  return inventory_ ? &*inventory_ : nullptr;
}

}  // namespace govseal
