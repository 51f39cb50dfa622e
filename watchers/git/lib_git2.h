#pragma once

#include "watchers/git/git_reader.h"

namespace govseal {

/// The real opener: libgit2 without ownership validation (repositories of other users are read on
/// purpose) and without the configuration of any user. Objects of this class keep the library
/// initialised; readers must not outlive the opener that made them.
class LibGit2Opener final : public GitOpener {
 public:
  LibGit2Opener();
  ~LibGit2Opener() override;
  LibGit2Opener(LibGit2Opener const&) = delete;
  LibGit2Opener& operator=(LibGit2Opener const&) = delete;

  [[nodiscard]] OpenedRepository open(std::string const& path) const override;
};

}  // namespace govseal
