#pragma once

#include <string>
#include <variant>

#include "watchers/git/git_reader.h"

namespace govseal {

/// Finds the parts of the repository whose work tree or git directory is `path`: a directory with
/// `.git` in it (a directory, or the file of a linked work tree or submodule), or a bare
/// repository. Parents are never searched, environment and configuration of users count for
/// nothing, and nothing but regular files is opened (gitrepository-layout(5), git-config(1)).
///
/// A repository of a format that this version does not know is Unreadable::Kind::unsupported; other
/// object formats and reference storages are formats that are known, and only named. Needs a living
/// LibGit2Opener, because configuration files are parsed by libgit2. Thread-safe.
[[nodiscard]] std::variant<GitLayout, Unreadable> find_git_layout(std::string const& path);

}  // namespace govseal
