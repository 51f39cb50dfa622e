#include "reporting/layer_down/workflow_file.h"

#include <algorithm>
#include <array>

#include "base/utf8.h"
#include "reporting/layer_down/glob.h"
#include "reporting/layer_down/yaml_document.h"

namespace govseal {
namespace {

using Kind = YamlDocument::Kind;
using Node = YamlDocument::Node;

constexpr std::array<std::string_view, 8> kTopLevelKeys = {
    "name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs"};

bool has_unknown_key(YamlDocument const& document) {
  auto const& members = document.root().members;
  return std::any_of(members.begin(), members.end(), [&](auto const& member) {
    auto const& key = document.at(member.first);
    return key.kind != Kind::scalar ||
           std::find(kTopLevelKeys.begin(), kTopLevelKeys.end(), key.text) == kTopLevelKeys.end();
  });
}

std::optional<WorkflowDefect> lint(YamlDocument const& document) {
  if (document.nodes().empty() || document.root().kind != Kind::map) {
    return WorkflowDefect::not_a_map;
  }
  if (document.repeats_a_key()) return WorkflowDefect::duplicate_key;
  if (has_unknown_key(document)) return WorkflowDefect::unknown_key;
  if (document.find(document.root(), "on") == nullptr) return WorkflowDefect::no_trigger;
  auto const* jobs = document.find(document.root(), "jobs");
  if (jobs == nullptr || jobs->kind != Kind::map || jobs->members.empty()) {
    return WorkflowDefect::no_jobs;
  }
  return std::nullopt;
}

std::optional<PushFilter> read_filter(YamlDocument const& document, Node const& push,
                                      std::string_view key) {
  auto const* node = document.find(push, key);
  if (node == nullptr || node->kind == Kind::null) return std::nullopt;
  PushFilter filter;
  if (node->kind == Kind::scalar) filter.patterns.push_back(node->text);
  for (auto item : node->items) {
    filter.undecidable = filter.undecidable || document.at(item).kind != Kind::scalar;
    filter.patterns.push_back(document.at(item).text);
  }
  filter.undecidable = filter.undecidable || node->kind == Kind::map;
  return filter;
}

void read_triggers(YamlDocument const& document, WorkflowFile& workflow) {
  auto const& on = *document.find(document.root(), "on");
  if (on.kind == Kind::scalar) workflow.triggers.push_back(on.text);
  for (auto item : on.items) workflow.triggers.push_back(document.at(item).text);
  for (auto const& member : on.members) {
    workflow.triggers.push_back(document.at(member.first).text);
  }
  workflow.on_push = std::find(workflow.triggers.begin(), workflow.triggers.end(), "push") !=
                     workflow.triggers.end();
  if (auto const* push = document.find(on, "push")) {
    workflow.branches = read_filter(document, *push, "branches");
    workflow.paths = read_filter(document, *push, "paths");
  }
}

enum class Answer { no, yes, unknown };

/// Can a pattern with characters that are not interpreted here match? Its beginning must.
bool special_could_match(std::string_view pattern, std::string_view text) {
  auto end = pattern.find_first_of("*?+[]");
  auto fixed = pattern.substr(0, end);
  // `x?` also stands for no x.
  if (end < pattern.size() && pattern[end] == '?' && !fixed.empty()) fixed.remove_suffix(1);
  return text.substr(0, fixed.size()) == fixed;
}

/// The last matching pattern decides; without one the text does not pass.
Answer passes(PushFilter const& filter, std::string_view text) {
  if (filter.undecidable) return Answer::unknown;
  bool could_be_yes = false;
  bool could_be_no = false;
  auto result = [&](bool yes) {
    could_be_yes = could_be_yes || yes;
    could_be_no = could_be_no || !yes;
    if (could_be_yes && could_be_no) return Answer::unknown;
    return could_be_yes ? Answer::yes : Answer::no;
  };
  for (auto at = filter.patterns.rbegin(); at != filter.patterns.rend(); ++at) {
    std::string_view pattern = *at;
    bool negated = pattern.starts_with('!');
    if (negated) pattern.remove_prefix(1);
    if (pattern.find_first_of("?+[]") != std::string_view::npos) {
      if (special_could_match(pattern, text)) (negated ? could_be_no : could_be_yes) = true;
    } else if (glob_matches(pattern, text)) {
      return result(!negated);
    }
  }
  return result(false);
}

Answer any_passes(PushFilter const& filter, std::vector<std::string> const& paths, bool complete) {
  auto answer = complete ? Answer::no : Answer::unknown;
  for (auto const& path : paths) {
    auto one = passes(filter, path);
    if (one == Answer::yes) return one;
    if (one == Answer::unknown) answer = one;
  }
  return answer;
}

}  // namespace

char const* name_of(WorkflowDefect defect) noexcept {
  switch (defect) {
    case WorkflowDefect::too_large:
      return "too_large";
    case WorkflowDefect::yaml:
      return "yaml";
    case WorkflowDefect::not_utf8:
      return "not_utf8";
    case WorkflowDefect::documents:
      return "documents";
    case WorkflowDefect::not_a_map:
      return "not_a_map";
    case WorkflowDefect::duplicate_key:
      return "duplicate_key";
    case WorkflowDefect::unknown_key:
      return "unknown_key";
    case WorkflowDefect::no_trigger:
      return "no_trigger";
    case WorkflowDefect::no_jobs:
      return "no_jobs";
  }
  return "";
}

char const* name_of(WorkflowValue value) noexcept {
  switch (value) {
    case WorkflowValue::absent:
      return "absent";
    case WorkflowValue::unparsable:
      return "unparsable";
    case WorkflowValue::filtered:
      return "filtered";
    case WorkflowValue::fires:
      return "fires";
    case WorkflowValue::unknown:
      return "unknown";
  }
  return "";
}

WorkflowFile parse_workflow(std::string_view text) {
  WorkflowFile workflow;
  if (text.size() > kWorkflowBytesMax) {
    workflow.defect = WorkflowDefect::too_large;
    return workflow;
  }
  auto documents = parse_yaml(text);
  if (!documents) {
    workflow.defect = WorkflowDefect::yaml;
  } else if (!is_utf8(text)) {
    workflow.defect = WorkflowDefect::not_utf8;
  } else if (documents->size() != 1) {
    workflow.defect = WorkflowDefect::documents;
  } else {
    workflow.defect = lint(documents->front());
    if (!workflow.defect) read_triggers(documents->front(), workflow);
  }
  return workflow;
}

WorkflowValue workflow_value(WorkflowFile const& workflow, std::string_view branch,
                             std::vector<std::string> const& changed_paths, bool paths_complete) {
  if (workflow.defect) return WorkflowValue::unparsable;
  if (!workflow.on_push) return WorkflowValue::filtered;
  auto by_branch = workflow.branches ? passes(*workflow.branches, branch) : Answer::yes;
  auto by_path =
      workflow.paths ? any_passes(*workflow.paths, changed_paths, paths_complete) : Answer::yes;
  if (by_branch == Answer::no || by_path == Answer::no) return WorkflowValue::filtered;
  if (by_branch == Answer::unknown || by_path == Answer::unknown) return WorkflowValue::unknown;
  return WorkflowValue::fires;
}

}  // namespace govseal
