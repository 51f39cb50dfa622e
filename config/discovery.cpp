// Directories are walked element by element from held descriptors, so that no symbolic link can
// lead a pattern elsewhere; only the fixed part before the first pattern is opened as the operator
// wrote it.

#include "config/discovery.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <set>
#include <system_error>

#include "base/unique_fd.h"
#include "config/text_forms.h"
#include "config/validate.h"

namespace govseal {
namespace {

constexpr std::size_t kMatchesMax =
    1'000'000;  // of one glob, before it is said that it is too wide

struct CloseDirectory {
  void operator()(DIR* stream) const noexcept { ::closedir(stream); }
};

std::vector<std::string> elements_of(std::string_view path) {
  std::vector<std::string> elements;
  std::size_t from = 0;
  while (from < path.size()) {
    auto const to = std::min(path.find('/', from), path.size());
    if (to > from) elements.emplace_back(path.substr(from, to - from));
    from = to + 1;
  }
  return elements;
}

bool is_pattern(std::string const& element) {
  return element.find_first_of("*?[") != element.npos;
}

bool element_matches(std::string const& pattern, std::string const& name) {
  return ::fnmatch(pattern.c_str(), name.c_str(), FNM_PERIOD | FNM_NOESCAPE) == 0;
}

/// The directories that match one glob.
class GlobWalk {
 public:
  explicit GlobWalk(std::string const& glob) : elements_(elements_of(glob)) {}

  std::vector<std::string> run() {
    std::string fixed;
    std::size_t first = 0;
    while (first < elements_.size() && !is_pattern(elements_[first])) {
      fixed += "/" + elements_[first++];
    }
    UniqueFd const top(
        ::open(fixed.empty() ? "/" : fixed.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (top.valid()) {
      visit(top.get(), fixed, first);
    } else if (errno != ENOENT && errno != ENOTDIR) {
      unreadable(fixed);
    }
    std::sort(matches_.begin(), matches_.end());
    return std::move(matches_);
  }
  /// Directories that could not be listed, with the reason.
  [[nodiscard]] std::vector<std::string> const& unreadable() const noexcept { return unreadable_; }

 private:
  void visit(int directory, std::string const& path, std::size_t depth) {
    if (matches_.size() >= kMatchesMax) return;
    if (depth == elements_.size()) {
      matches_.push_back(path);
      return;
    }
    if (!is_pattern(elements_[depth])) return enter(directory, path, elements_[depth], depth);
    for (auto const& name : list(directory, path)) {
      if (element_matches(elements_[depth], name)) enter(directory, path, name, depth);
    }
  }

  void enter(int directory, std::string const& path, std::string const& name, std::size_t depth) {
    UniqueFd const below(
        ::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    auto const full = path + "/" + name;
    if (below.valid()) return visit(below.get(), full, depth + 1);
    bool const is_no_directory = errno == ENOENT || errno == ENOTDIR || errno == ELOOP;
    if (!is_no_directory) unreadable(full);
  }

  std::vector<std::string> list(int directory, std::string const& path) {
    std::vector<std::string> names;
    UniqueFd again(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    std::unique_ptr<DIR, CloseDirectory> const stream(again.valid() ? ::fdopendir(again.get())
                                                                    : nullptr);
    if (!stream) {
      unreadable(path);
      return names;
    }
    (void)again.release();  // the stream owns it now
    while (auto const* entry = ::readdir(stream.get())) {
      std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(std::move(name));
    }
    return names;
  }

  void unreadable(std::string const& path) {
    unreadable_.push_back("\"" + path + "\": " + std::generic_category().message(errno));
  }

  std::vector<std::string> elements_;
  std::vector<std::string> matches_;
  std::vector<std::string> unreadable_;
};

class Discovery {
 public:
  Discovery(Config const& config, IsRepository const& is_repository)
      : config_(config), is_repository_(is_repository), main_file_(main_file(config)) {}

  DiscoveryOutcome run() {
    for (std::size_t i = 0; i < config_.repositories.size(); ++i) {
      if (config_.repositories[i].glob.empty()) add(i, config_.repositories[i], false);
    }
    for (std::size_t i = 0; i < config_.repositories.size(); ++i) {
      if (!config_.repositories[i].glob.empty()) expand(i);
    }
    return std::move(outcome_);
  }

 private:
  static std::string main_file(Config const& config) {
    return config.files.empty() ? std::string() : config.files.front();
  }

  void expand(std::size_t entry) {
    auto const& configured = config_.repositories[entry];
    GlobWalk walk(configured.glob);
    auto const matches = walk.run();
    for (auto const& text : walk.unreadable()) {
      complain(entry, ConfigProblem::Severity::warning, text);
    }
    for (auto const& path : matches) {
      auto const excludes = [&](std::string const& glob) {
        return absolute_glob_matches(glob, path);
      };
      bool const is_left_out =
          paths_.contains(identity(path)) ||
          std::any_of(configured.exclude.begin(), configured.exclude.end(), excludes) ||
          !is_repository_(path);
      if (is_left_out) continue;
      auto repository = configured;
      repository.glob.clear();
      repository.exclude.clear();
      repository.path = path;
      repository.name = repository_id_from_path(path);
      add(entry, std::move(repository), true);
    }
  }

  void add(std::size_t entry, RepositoryConfig repository, bool discovered) {
    if (!is_repository_id(repository.name)) {
      complain(entry, ConfigProblem::Severity::error,
               "\"" + repository.path + "\" gives the name \"" + repository.name +
                   "\", which is no repository id: configure it with path and name, or exclude it");
      return;
    }
    auto const [found, is_new] = names_.emplace(lower_case(repository.name), repository.path);
    if (!is_new) {
      complain(entry, ConfigProblem::Severity::error,
               "\"" + repository.name + "\" is the name of both \"" + found->second + "\" and \"" +
                   repository.path + "\"");
      return;
    }
    auto const most = config_.agent.repositories_max;
    if (outcome_.repositories.size() >= most) {
      if (!is_full_) {
        complain(entry, ConfigProblem::Severity::error,
                 "more than agent.repositories_max, " + std::to_string(most) + ", from \"" +
                     repository.path + "\" on");
      }
      is_full_ = true;
      return;
    }
    paths_.insert(identity(repository.path));
    outcome_.repositories.push_back({std::move(repository), discovered, entry});
  }

  /// The same directory under two paths is one repository.
  static std::string identity(std::string const& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return path;
    return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
  }

  void complain(std::size_t entry, ConfigProblem::Severity severity, std::string message) {
    auto const is_glob = !config_.repositories[entry].glob.empty();
    std::string const key = is_glob ? "glob" : "path";
    auto const place = Places(config_, main_file_).of(repository_path(entry) + "." + key);
    ConfigProblem problem;
    problem.file = place.file;
    problem.line = place.line;
    problem.column = place.column;
    problem.key = "repository." + key;
    problem.message = std::move(message);
    problem.severity = severity;
    outcome_.problems.push_back(std::move(problem));
  }

  Config const& config_;
  IsRepository const& is_repository_;
  std::string main_file_;
  DiscoveryOutcome outcome_;
  std::set<std::string> paths_;
  std::map<std::string, std::string> names_;  // lower-case id to path
  bool is_full_ = false;
};

/// Only the last `**` ever has to take more: what an earlier one could take, a later one can too.
bool elements_match(std::vector<std::string> const& pattern, std::vector<std::string> const& path) {
  constexpr auto kNone = static_cast<std::size_t>(-1);
  std::size_t i = 0;
  std::size_t retry_i = kNone;  // behind the last `**`
  std::size_t retry_j = 0;
  for (std::size_t j = 0; j < path.size();) {
    if (i < pattern.size() && pattern[i] == "**") {
      retry_i = ++i;
      retry_j = j;
    } else if (i < pattern.size() && element_matches(pattern[i], path[j])) {
      ++i;
      ++j;
    } else if (retry_i != kNone) {
      i = retry_i;
      j = ++retry_j;
    } else {
      return false;
    }
  }
  while (i < pattern.size() && pattern[i] == "**") ++i;
  return i == pattern.size();
}

}  // namespace

bool absolute_glob_matches(std::string_view pattern, std::string_view path) {
  return elements_match(elements_of(pattern), elements_of(path));
}

DiscoveryOutcome discover_repositories(Config const& config, IsRepository const& is_repository) {
  return Discovery(config, is_repository).run();
}

}  // namespace govseal
