#include "agent/api/run_lookup.h"

#include <algorithm>

#include "agent/api/context.h"
#include "base/relative_path.h"

namespace govseal {
namespace {

std::string_view name_of(std::string_view path) {
  auto const slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

Problem no_such_run(RepositorySnapshot const& repository, std::string_view wanted) {
  bool const is_name = wanted.find('/') == std::string_view::npos;
  std::vector<std::string> known;
  for (auto const& run : repository.runs) {
    known.emplace_back(is_name ? name_of(run->run) : std::string_view(run->run));
  }
  return no_such("no-such-run", "run folder in " + repository.id, wanted, known);
}

Problem ambiguous(std::vector<RunView const*> const& runs) {
  std::vector<std::string> candidates;
  for (auto const* run : runs) candidates.push_back(run->run);
  return {"ambiguous-run",
          "several run folders have this name; give the run path",
          {{"candidates", json_list(candidates)}}};
}

bool is_run_root(RepositorySnapshot const& repository, std::string_view path) {
  return std::any_of(
      repository.roots.begin(), repository.roots.end(),
      [path](WatchRootView const& root) { return root.kind == "runs" && root.path == path; });
}

}  // namespace

std::variant<RunView const*, Problem> look_up_run(RepositorySnapshot const& repository,
                                                  std::string_view wanted) {
  auto const path = RelativePath::parse(wanted);
  if (!path || path->is_root()) {
    return bad_parameter("run", "a run path has no empty, \".\" or \"..\" element");
  }
  if (auto const* run = find_run(repository, wanted)) return run;
  std::vector<RunView const*> of_that_name;
  for (auto const& run : repository.runs) {
    if (name_of(run->run) == wanted) of_that_name.push_back(run.get());
  }
  if (of_that_name.size() == 1) return of_that_name[0];
  if (of_that_name.size() > 1) return ambiguous(of_that_name);
  return no_such_run(repository, wanted);
}

std::variant<std::string, Problem> look_up_run_to_seal(RepositorySnapshot const& repository,
                                                       std::string_view wanted) {
  auto found = look_up_run(repository, wanted);
  if (auto const* run = std::get_if<RunView const*>(&found)) return (*run)->run;
  auto const path = RelativePath::parse(wanted);
  if (path && !path->is_root() && is_run_root(repository, path->parent().str())) {
    return path->str();
  }
  return std::get<Problem>(std::move(found));
}

std::optional<std::string> normalise_absolute(std::string_view path) {
  if (path.empty() || path[0] != '/' || path.find('\0') != std::string_view::npos) return {};
  std::vector<std::string_view> elements;
  while (!path.empty()) {
    path.remove_prefix(1);
    auto const slash = std::min(path.find('/'), path.size());
    auto const element = path.substr(0, slash);
    path.remove_prefix(slash);
    if (element.empty() || element == ".") continue;
    if (element != "..") elements.push_back(element);
    if (element == ".." && !elements.empty()) elements.pop_back();
  }
  std::string normal;
  for (auto const element : elements) normal.append("/").append(element);
  return normal.empty() ? "/" : normal;
}

InRepository find_innermost(std::vector<RepositorySnapshot const*> const& some,
                            std::string_view absolute) {
  InRepository innermost;
  for (auto const* repository : some) {
    std::string_view const top = repository->path == "/" ? "" : std::string_view(repository->path);
    bool const inside =
        absolute.starts_with(top) && (absolute.size() == top.size() || absolute[top.size()] == '/');
    bool const deeper = !innermost.repository || top.size() > innermost.repository->path.size();
    if (!repository->configured || !inside || !deeper) continue;
    innermost.repository = repository;
    innermost.relative = absolute.size() == top.size() ? "" : absolute.substr(top.size() + 1);
  }
  return innermost;
}

}  // namespace govseal
