#include "watchers/git/lib_git2.h"

#include <utility>

#include "base/error.h"
#include "watchers/git/git_layout.h"
#include "watchers/git/lib_git2_handles.h"

// Repositories are opened as if they were bare, which makes libgit2 believe what find_git_layout()
// found out; see there why its own search is not used. The work tree is named to it afterwards,
// for ignore rules.

namespace govseal {
namespace {

using namespace libgit2;

// Of all open repositories together; libgit2's own limits are 256 MiB and 8 GiB.
constexpr ssize_t kObjectCacheBytes = 32 << 20;
constexpr std::size_t kMappedPackBytes = 256U << 20U;

OpenedRepository open_repository(std::string const& path) {
  auto found = find_git_layout(path);
  if (auto* why = std::get_if<Unreadable>(&found)) return std::move(*why);
  auto& layout = std::get<GitLayout>(found);
  if (layout.object_format != "sha1") {
    return Unreadable{Unreadable::Kind::unsupported, "object format " + layout.object_format};
  }
  if (layout.ref_format != "files") {
    return Unreadable{Unreadable::Kind::unsupported, "reference storage " + layout.ref_format};
  }
  git_repository* raw = nullptr;
  if (git_repository_open_bare(&raw, layout.git_dir.c_str()) != 0) {
    return Unreadable{Unreadable::Kind::failed, last_message()};
  }
  Repository repository(raw);
  if (layout.work_dir &&
      git_repository_set_workdir(repository.get(), layout.work_dir->c_str(), 0) != 0) {
    return Unreadable{Unreadable::Kind::failed, last_message()};
  }
  return make_reader(std::move(repository), std::move(layout));
}

}  // namespace

LibGit2Opener::LibGit2Opener() {
  if (git_libgit2_init() < 0) throw Error("start libgit2", "", last_message());
  git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, kObjectCacheBytes);
  git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, kMappedPackBytes);
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
