#include <algorithm>
#include <set>

#include "base/utf8.h"
#include "config/text_forms.h"
#include "config/validate.h"

namespace govseal {
namespace {

using PathKind = HostView::PathKind;

constexpr unsigned kCapFowner = 3;          // linux/capability.h
constexpr unsigned kCapLinuxImmutable = 9;  // linux/capability.h
constexpr std::string_view kServiceUser = "govseal";

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string quoted(std::string const& text) {
  return "\"" + text + "\"";
}

/// For commands that people copy; names of paths may hold anything.
std::string shell_quoted(std::string const& text) {
  std::string out = "'";
  for (char const c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

class HostChecks {
 public:
  HostChecks(Config const& config, Environment const& environment, HostView const& host,
             Places const& places, ProblemList& problems)
      : config_(config),
        environment_(environment),
        host_(host),
        places_(places),
        problems_(problems) {
    for (auto const& repository : config_.repositories) {
      tops_.push_back(repository.path.empty() ? std::string() : host_.canonical(repository.path));
    }
  }

  void run() {
    check_principals("api.operators", config_.api.operators);
    check_principals("api.viewers", config_.api.viewers);
    check_socket_group();
    check_ledger_files();
    check_cookie_directories();
    check_own_directories();
    check_include();
    check_helper();
    check_duplicate_repositories();
    check_run_roots_across_repositories();
    for (std::size_t i = 0; i < config_.repositories.size(); ++i) check_repository(i);
    check_round_trips();
  }

 private:
  void error(std::string const& path, std::string key, std::string message) {
    problems_.error(places_.of(path), std::move(key), std::move(message));
  }
  void warning(std::string const& path, std::string key, std::string message) {
    problems_.warning(places_.of(path), std::move(key), std::move(message));
  }
  /// False: not there, or no directory; there is nothing more to say about it then.
  bool check_directory(std::string const& path, std::string const& at, std::string const& key) {
    auto const kind = host_.path_kind(path);
    if (kind == PathKind::missing) warning(at, key, quoted(path) + " does not exist yet");
    if (kind == PathKind::regular || kind == PathKind::other) {
      warning(at, key, quoted(path) + " is no directory");
    }
    return kind == PathKind::directory || kind == PathKind::unknown;
  }
  /// Index of the innermost configured repository that holds this canonical path.
  [[nodiscard]] std::optional<std::size_t> repository_of(std::string const& path) const;

  void check_principals(std::string const& key, std::vector<std::string> const& entries);
  void check_socket_group();
  void check_ledger_files();
  void check_cookie_directories();
  void check_own_directories();
  void check_include();
  void check_helper();
  void check_duplicate_repositories();
  void check_run_roots_across_repositories();
  void check_repository(std::size_t index);
  void check_consumers(std::size_t index);
  void check_run_root(std::size_t index, std::size_t root);
  void check_enforcement(std::size_t index, std::size_t root);
  void check_registry(std::size_t index);
  void check_writable(std::string const& directory, std::string const& at, std::string const& key,
                      std::string const& remedy);
  void check_round_trips();

  Config const& config_;
  Environment const& environment_;
  HostView const& host_;
  Places const& places_;
  ProblemList& problems_;
  std::vector<std::string> tops_;  // canonical paths of the repositories; empty for globs
};

std::optional<std::size_t> HostChecks::repository_of(std::string const& path) const {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < tops_.size(); ++i) {
    if (tops_[i].empty() || !is_path_within(path, tops_[i])) continue;
    if (!found || tops_[i].size() > tops_[*found].size()) found = i;
  }
  return found;
}

void HostChecks::check_principals(std::string const& key, std::vector<std::string> const& entries) {
  if (!places_.is_configured(key)) return;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    bool const is_group = entries[i].starts_with('@');
    auto const name = entries[i].substr(is_group ? 1 : 0);
    if (is_number(name)) continue;
    bool const exists = is_group ? host_.group_exists(name) : host_.user_exists(name);
    if (exists) continue;
    error(key + "[" + std::to_string(i) + "]", key,
          "unknown " + std::string(is_group ? "group " : "user ") + quoted(name));
  }
}

void HostChecks::check_socket_group() {
  auto const& group = config_.api.socket_group;
  if (group.empty() || is_number(group) || host_.group_exists(group)) return;
  if (places_.is_configured("api.socket_group")) {
    error("api.socket_group", "api.socket_group", "unknown group " + quoted(group));
    return;
  }
  warning("api.socket_group", "api.socket_group",
          "the default group " + quoted(group) +
              " does not exist: only root and the agent's user can ask");
}

void HostChecks::check_ledger_files() {
  auto const check = [&](std::string const& key, std::optional<std::string> const& path) {
    if (!path || host_.path_kind(*path) == PathKind::regular) return;
    if (host_.path_kind(*path) == PathKind::unknown) return;
    error(key, key, quoted(*path) + " must be an existing regular file");
  };
  check("ledger.root_key", config_.ledger.root_key);
  check("ledger.policy", config_.ledger.policy);
  check("ledger.waiver_signers", config_.ledger.waiver_signers);
}

void HostChecks::check_cookie_directories() {
  auto const& directories = config_.watch.cookie_directories;
  for (std::size_t i = 0; i < directories.size(); ++i) {
    auto const at = "watch.cookie_directories[" + std::to_string(i) + "]";
    if (auto const found = repository_of(host_.canonical(directories[i]))) {
      error(at, "watch.cookie_directories",
            quoted(directories[i]) + " lies inside the repository " +
                quoted(config_.repositories[*found].path));
      continue;
    }
    check_directory(directories[i], at, "watch.cookie_directories");
  }
}

void HostChecks::check_own_directories() {
  auto const check = [&](std::string const& key, std::string const& directory) {
    auto const found = repository_of(host_.canonical(directory));
    if (!found) return;
    auto const at = places_.is_configured(key) ? key : repository_path(*found) + ".path";
    error(at, key,
          quoted(directory) + " must lie outside the repository " +
              quoted(config_.repositories[*found].path));
  };
  check("anchor.directory", config_.anchor.directory);
  check("agent.state_dir", config_.agent.state_dir);
}

void HostChecks::check_include() {
  if (places_.is_configured("include")) check_directory(config_.include, "include", "include");
}

void HostChecks::check_helper() {
  if (config_.watch.attribution != WatchConfig::Attribution::exact) return;
  if (host_.path_kind(config_.watch.opener_socket) != PathKind::missing) return;
  warning("watch.attribution", "watch.attribution",
          "\"exact\" needs the helper, and there is no socket " +
              quoted(config_.watch.opener_socket) +
              ": systemctl enable --now govseal-opener.socket");
}

void HostChecks::check_duplicate_repositories() {
  std::map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < tops_.size(); ++i) {
    if (tops_[i].empty()) continue;
    auto const [found, is_new] = seen.emplace(tops_[i], i);
    if (is_new) continue;
    auto const first = places_.of(repository_path(found->second) + ".path");
    error(repository_path(i) + ".path", "repository.path",
          quoted(config_.repositories[i].path) + " is configured already at " + first.file + ":" +
              std::to_string(first.line));
  }
}

/// Repositories may lie in each other, their roots of one kind may not: each change would belong to
/// two of them.
void HostChecks::check_run_roots_across_repositories() {
  std::map<std::string, std::size_t> owners;
  auto const full_path = [&](std::size_t i, RunRootConfig const& root) {
    return normal_path(tops_[i] + "/" + root.path.str());
  };
  for (std::size_t i = 0; i < tops_.size(); ++i) {
    for (auto const& root : config_.repositories[i].run_roots) {
      if (!tops_[i].empty() && !root.path.is_root()) owners.emplace(full_path(i, root), i);
    }
  }
  for (std::size_t i = 0; i < tops_.size(); ++i) {
    auto const& roots = config_.repositories[i].run_roots;
    for (std::size_t j = 0; j < roots.size() && !tops_[i].empty(); ++j) {
      if (roots[j].path.is_root()) continue;
      auto outer = full_path(i, roots[j]);
      while (outer.size() > 1) {
        auto const found = owners.find(outer);
        bool const is_foreign = found != owners.end() && tops_[found->second] != tops_[i];
        if (is_foreign) {
          error(run_root_path(i, j) + ".path", "repository.run_root.path",
                quoted(roots[j].path.str()) + " lies inside a run root of the repository " +
                    quoted(config_.repositories[found->second].path));
          break;
        }
        outer.resize(outer.rfind('/'));
      }
    }
  }
}

void HostChecks::check_repository(std::size_t index) {
  auto const& repository = config_.repositories[index];
  check_consumers(index);
  for (std::size_t i = 0; i < repository.run_roots.size(); ++i) check_enforcement(index, i);
  if (repository.path.empty()) return;
  if (!check_directory(repository.path, repository_path(index) + ".path", "repository.path"))
    return;
  for (std::size_t i = 0; i < repository.run_roots.size(); ++i) check_run_root(index, i);
  check_registry(index);
}

void HostChecks::check_consumers(std::size_t index) {
  auto const& consumers = config_.repositories[index].consumers;
  for (std::size_t i = 0; i < consumers.size(); ++i) {
    if (consumers[i].path.empty()) continue;
    check_directory(consumers[i].path,
                    repository_path(index) + ".consumer[" + std::to_string(i) + "].path",
                    "repository.consumer.path");
  }
}

void HostChecks::check_writable(std::string const& directory, std::string const& at,
                                std::string const& key, std::string const& remedy) {
  if (host_.path_kind(directory) != PathKind::directory) return;
  if (host_.writable(directory, environment_.uid).value_or(true)) return;
  warning(at, key, "the agent's user cannot write in " + quoted(directory) + ": " + remedy);
}

void HostChecks::check_run_root(std::size_t index, std::size_t root) {
  auto const& repository = config_.repositories[index];
  auto const& run_root = repository.run_roots[root];
  if (run_root.path.is_root()) return;
  auto const at = run_root_path(index, root) + ".path";
  auto const directory = repository.path + "/" + run_root.path.str();
  if (places_.is_configured(at) && !check_directory(directory, at, "repository.run_root.path")) {
    return;
  }
  if (run_root.seal != RunRootConfig::Seal::automatic) return;
  check_writable(directory, at, "repository.run_root.seal",
                 "govseal enroll " + shell_quoted(repository.path) + " --name " + repository.name);
}

void HostChecks::check_enforcement(std::size_t index, std::size_t root) {
  auto const enforce = config_.repositories[index].run_roots[root].enforce;
  if (enforce == RunRootConfig::Enforce::none || environment_.uid == 0) return;
  bool const immutable = enforce == RunRootConfig::Enforce::immutable;
  bool const able = host_.has_capability(kCapFowner).value_or(false) &&
                    (!immutable || host_.has_capability(kCapLinuxImmutable).value_or(false));
  if (able) return;
  std::string const names = immutable ? "CAP_FOWNER CAP_LINUX_IMMUTABLE" : "CAP_FOWNER";
  warning(run_root_path(index, root) + ".enforce", "repository.run_root.enforce",
          "needs " + names +
              " for files of other users; a drop-in of govseald.service with "
              "[Service] AmbientCapabilities=" +
              names + " CapabilityBoundingSet=" + names + " gives it (systemctl edit govseald)");
}

void HostChecks::check_registry(std::size_t index) {
  auto const& repository = config_.repositories[index];
  auto const& registry = repository.registry;
  auto const at = repository_path(index) + ".registry.";
  auto const check = [&](RelativePath const& path, std::string const& key) {
    auto const directory = path.is_root() ? repository.path : repository.path + "/" + path.str();
    auto const quoted_directory = shell_quoted(directory);
    check_writable(
        directory, at + key, "repository.registry." + key,
        "setfacl -m u:" + std::string(kServiceUser) + ":rwx " + quoted_directory +
            " and, in a drop-in of govseald.service, [Service] ReadWritePaths=" + directory);
  };
  if (registry.automatic) check(registry.runs_root, "runs_root");
  if (registry.pointer_policy == RegistryConfig::PointerPolicy::automatic) {
    check(registry.pointer_file.parent(), "pointer_file");
  }
}

/// One warning for each filesystem on which no directory of the agent's own is known.
void HostChecks::check_round_trips() {
  if (config_.watch.rung == WatchConfig::Rung::d) return;
  auto state = config_.agent.state_dir;
  while (state.size() > 1 && host_.path_kind(state) == PathKind::missing) {
    state.resize(std::max<std::size_t>(1, state.rfind('/')));
  }
  std::set<std::uint64_t> known;
  auto directories = config_.watch.cookie_directories;
  directories.push_back(state);
  for (auto const& directory : directories) {
    if (auto const device = host_.device(directory)) known.insert(*device);
  }
  for (std::size_t i = 0; i < tops_.size(); ++i) {
    if (tops_[i].empty()) continue;
    auto const device = host_.device(tops_[i]);
    if (!device || !known.insert(*device).second) continue;
    warning(repository_path(i) + ".path", "watch.cookie_directories",
            "the filesystem of " + quoted(config_.repositories[i].path) +
                " has no cookie directory: ?sync= is not available there");
  }
}

}  // namespace

void validate_host(Config const& config, Environment const& environment, HostView const& host,
                   Places const& places, ProblemList& problems) {
  HostChecks(config, environment, host, places, problems).run();
}

}  // namespace govseal
