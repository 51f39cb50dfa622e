#include "agent/worker_places.h"

namespace govseal {
namespace {

std::string words_of(OpenFailure failure) {
  switch (failure) {
    case OpenFailure::not_found:
      return "is not there";
    case OpenFailure::wrong_kind:
      return "is no directory, or a symbolic link leads through it";
    case OpenFailure::other_device:
      return "lies behind a mount point";
    case OpenFailure::exists:
      return "exists";
  }
  return "cannot be opened";
}

Unreachable unreachable(std::string const& what, OpenFailure failure) {
  return {{0, what + " " + words_of(failure)}};
}

}  // namespace

std::variant<std::unique_ptr<Directory>, RunRootMissing, Unreachable> open_run_root(
    FileSystem const& files, std::string const& repository_path, RelativePath const& run_root) {
  auto top = files.open_directory(repository_path);
  if (auto const* failure = std::get_if<OpenFailure>(&top)) {
    return unreachable("the repository " + repository_path, *failure);
  }
  auto root = std::get<std::unique_ptr<Directory>>(top)->open_directory(run_root);
  if (auto const* failure = std::get_if<OpenFailure>(&root)) {
    if (*failure == OpenFailure::not_found) return RunRootMissing{};
    return unreachable("the run root " + run_root.str(), *failure);
  }
  return std::move(std::get<std::unique_ptr<Directory>>(root));
}

OpenRunOutcome open_run(FileSystem const& files, RunPlace const& place) {
  RelativePath const run = RelativePath::of(place.key.run);
  auto root = open_run_root(files, place.repository_path, run.parent());
  if (std::holds_alternative<RunRootMissing>(root)) return RunGone{};
  if (auto* failure = std::get_if<Unreachable>(&root)) return std::move(*failure);
  OpenRun open;
  open.run_root = std::move(std::get<std::unique_ptr<Directory>>(root));
  auto folder = open.run_root->open_directory(RelativePath::of(run.name()));
  if (auto const* failure = std::get_if<OpenFailure>(&folder)) {
    if (*failure == OpenFailure::not_found) return RunGone{};
    if (*failure == OpenFailure::wrong_kind) {
      auto const stat = open.run_root->find(run.name());
      if (!stat) return RunGone{};
      if (stat->kind != FileKind::directory) return NotAFolder{stat->kind == FileKind::symlink};
    }
    return unreachable("the run folder " + run.str(), *failure);
  }
  open.folder = std::move(std::get<std::unique_ptr<Directory>>(folder));
  return open;
}

std::string_view folder_name_of(RunKey const& key) noexcept {
  std::string_view const run = key.run;
  std::size_t const slash = run.rfind('/');
  return slash == std::string_view::npos ? run : run.substr(slash + 1);
}

JobFailure failure_of(Error const& error) {
  return {error.error_number(), error.what()};
}

}  // namespace govseal
