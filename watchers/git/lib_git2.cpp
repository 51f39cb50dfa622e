#include "watchers/git/lib_git2.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "watchers/git/lib_git2_handles.h"

// libgit2 gives up on every repository extension it does not know, also on those that change
// nothing for a reader. These are allowed, and what two of them say is checked after opening: only
// reference storage and object format make a repository unreadable here. Regular files are made
// sure of before libgit2 opens them, because its open(2) would wait for ever on a FIFO that a
// stranger left there.

namespace govseal {
namespace {

using namespace libgit2;

constexpr std::array<char const*, 6> kHarmlessExtensions = {"partialclone",      "preciousobjects",
                                                            "worktreeconfig",    "refstorage",
                                                            "relativeworktrees", "objectformat"};

std::string without_final_slash(char const* path) {
  std::string text = path != nullptr ? path : "";
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

std::optional<std::string> config_text(git_repository* repository, char const* key) {
  git_config* raw = nullptr;
  if (git_repository_config_snapshot(&raw, repository) != 0) return std::nullopt;
  Config config(raw);
  char const* text = nullptr;
  if (git_config_get_string(&text, config.get(), key) != 0 || text == nullptr) return std::nullopt;
  return std::string(text);
}

bool is_true(std::optional<std::string> const& text) {
  int value = 0;
  return text && git_config_parse_bool(&value, text->c_str()) == 0 && value != 0;
}

/// `config.worktree` of a repository with extensions.worktreeConfig, which libgit2 does not read.
std::optional<std::string> worktree_config_text(std::string const& git_dir, char const* key) {
  auto path = git_dir + "/config.worktree";
  git_config* raw = nullptr;
  if (is_special(path) || git_config_open_ondisk(&raw, path.c_str()) != 0) return std::nullopt;
  Config config(raw);
  git_config* raw_snapshot = nullptr;
  if (git_config_snapshot(&raw_snapshot, config.get()) != 0) return std::nullopt;
  Config snapshot(raw_snapshot);
  char const* text = nullptr;
  if (git_config_get_string(&text, snapshot.get(), key) != 0) return std::nullopt;
  return std::string(text);
}

std::vector<std::string> worktree_names(git_repository* repository) {
  std::vector<std::string> names;
  git_strarray list{};
  if (git_worktree_list(&list, repository) != 0) return names;
  for (std::size_t i = 0; i < list.count; ++i) names.emplace_back(list.strings[i]);
  git_strarray_dispose(&list);
  std::sort(names.begin(), names.end());
  return names;
}

/// git takes a directory that is not called .git for bare when nothing else is said.
bool looks_bare(git_repository* repository, GitLayout const& layout) {
  auto slash = layout.git_dir.rfind('/');
  return layout.git_dir.substr(slash + 1) != ".git" && layout.git_dir == layout.common_dir &&
         !config_text(repository, "core.bare") && !config_text(repository, "core.worktree");
}

GitLayout read_layout(git_repository* repository, std::string const& path) {
  GitLayout layout;
  layout.git_dir = without_final_slash(git_repository_path(repository));
  layout.common_dir = without_final_slash(git_repository_commondir(repository));
  layout.is_bare = git_repository_is_bare(repository) != 0;
  std::optional<std::string> work_tree;
  if (is_true(config_text(repository, "extensions.worktreeconfig"))) {
    layout.is_bare = layout.is_bare || is_true(worktree_config_text(layout.git_dir, "core.bare"));
    work_tree = worktree_config_text(layout.git_dir, "core.worktree");
  }
  bool opened_git_dir =
      !is_special(path + "/HEAD") && ::access((path + "/HEAD").c_str(), F_OK) == 0;
  if (opened_git_dir && !work_tree && looks_bare(repository, layout)) layout.is_bare = true;
  if (!layout.is_bare) {
    layout.work_dir = without_final_slash(git_repository_workdir(repository));
    if (work_tree) {
      layout.work_dir =
          work_tree->starts_with('/') ? *work_tree : layout.git_dir + '/' + *work_tree;
    }
  }
  layout.worktrees = worktree_names(repository);
  if (auto format = config_text(repository, "extensions.objectformat")) {
    layout.object_format = *format;
  }
  if (auto format = config_text(repository, "extensions.refstorage")) layout.ref_format = *format;
  return layout;
}

/// A name below the git directory that libgit2 would open and that is no regular file.
std::optional<std::string> special_file_in(std::string const& git_dir) {
  for (auto const* name : {"HEAD", "config", "packed-refs", "commondir", "gitdir", "shallow",
                           "objects/info/alternates"}) {
    if (is_special(git_dir + '/' + name)) return git_dir + '/' + name;
  }
  return std::nullopt;
}

OpenedRepository open_repository(std::string const& path) {
  for (auto const& directory : {path, path + "/.git"}) {
    if (auto special = special_file_in(directory)) {
      return Unreadable{Unreadable::Kind::failed, *special + " is no regular file"};
    }
  }
  git_repository* raw = nullptr;
  auto code = git_repository_open_ext(&raw, path.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
  if (code == GIT_ENOTFOUND) return Unreadable{Unreadable::Kind::not_found, last_message()};
  if (code != 0) {
    auto reason = last_message();
    auto kind = reason.find("unsupported") != std::string::npos ? Unreadable::Kind::unsupported
                                                                : Unreadable::Kind::failed;
    return Unreadable{kind, reason};
  }
  Repository repository(raw);
  auto layout = read_layout(repository.get(), path);
  if (layout.object_format != "sha1") {
    return Unreadable{Unreadable::Kind::unsupported, "object format " + layout.object_format};
  }
  if (layout.ref_format != "files") {
    return Unreadable{Unreadable::Kind::unsupported, "reference storage " + layout.ref_format};
  }
  return make_reader(std::move(repository), std::move(layout));
}

}  // namespace

LibGit2Opener::LibGit2Opener() {
  if (git_libgit2_init() < 0) throw Error("start libgit2", "", last_message());
  auto extensions = kHarmlessExtensions;
  git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions.data(), extensions.size());
  for (auto level : {GIT_CONFIG_LEVEL_GLOBAL, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_PROGRAMDATA}) {
    git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
  }
}

LibGit2Opener::~LibGit2Opener() {
  git_libgit2_shutdown();
}

OpenedRepository LibGit2Opener::open(std::string const& path) const {
  return open_repository(path);
}

}  // namespace govseal
