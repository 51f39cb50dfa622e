#include "config/validate.h"

#include <algorithm>
#include <set>

#include "config/text_forms.h"

namespace govseal {
namespace {

class ValueChecks {
 public:
  ValueChecks(Config const& config, Places const& places, ProblemList& problems)
      : config_(config), places_(places), problems_(problems) {}

  void run() {
    check_sockets();
    check_watch();
    check_anchor();
    check_report();
    check_repository_count();
    for (std::size_t i = 0; i < config_.repositories.size(); ++i) check_repository(i);
    check_repository_ids();
  }

 private:
  void error(std::string const& path, std::string key, std::string message) {
    problems_.error(places_.of(path), std::move(key), std::move(message));
  }
  /// For two keys that contradict each other: at the one that is configured, the first if both are.
  void contradiction(std::string const& first, std::string const& second, std::string message) {
    auto const& at =
        places_.is_configured(first) || !places_.is_configured(second) ? first : second;
    error(at, at, std::move(message));
  }

  void check_sockets();
  void check_watch();
  void check_anchor();
  void check_report();
  void check_repository_count();
  void check_repository(std::size_t index);
  void check_naming(std::size_t index);
  void check_report_copy(std::size_t index);
  void check_run_root(std::size_t repository, std::size_t index);
  void check_run_root_nesting(std::size_t index);
  void check_consumers(std::size_t index);
  void check_repository_ids();

  Config const& config_;
  Places const& places_;
  ProblemList& problems_;
};

void ValueChecks::check_sockets() {
  auto const too_long = [&](std::string const& path, std::string const& key) {
    if (path.size() <= kSocketPathBytesMax || places_.is_configured(key)) return;
    error("agent.runtime_dir", key,
          "has " + std::to_string(path.size()) + " bytes by default: must have from 1 to " +
              std::to_string(kSocketPathBytesMax) +
              "; configure it or a shorter agent.runtime_dir");
  };
  too_long(config_.api.socket, "api.socket");
  too_long(config_.watch.opener_socket, "watch.opener_socket");
  if (config_.api.socket == config_.watch.opener_socket) {
    contradiction("api.socket", "watch.opener_socket",
                  "api.socket and watch.opener_socket must not be the same");
  }
}

void ValueChecks::check_watch() {
  auto const& watch = config_.watch;
  if (watch.responder_deadline_ms < 2 * watch.responder_ping_ms) {
    contradiction("watch.responder_deadline_ms", "watch.responder_ping_ms",
                  "responder_deadline_ms (" + std::to_string(watch.responder_deadline_ms.count()) +
                      ") must be at least 2 x responder_ping_ms (" +
                      std::to_string(watch.responder_ping_ms.count()) + ")");
  }
  if (watch.recovery_interval_min_ms > watch.recovery_interval_max_ms) {
    contradiction("watch.recovery_interval_min_ms", "watch.recovery_interval_max_ms",
                  "recovery_interval_min_ms (" +
                      std::to_string(watch.recovery_interval_min_ms.count()) +
                      ") must be at most recovery_interval_max_ms (" +
                      std::to_string(watch.recovery_interval_max_ms.count()) + ")");
  }
}

void ValueChecks::check_anchor() {
  auto const& directory = config_.anchor.directory;
  auto const& state = config_.agent.state_dir;
  if (is_path_within(directory, state) || is_path_within(state, directory)) {
    contradiction("anchor.directory", "agent.state_dir",
                  "anchor.directory must lie outside agent.state_dir, \"" + state + "\"");
  }
  if (places_.is_configured("anchor.git.branch")) return;
  if (auto complaint = check_branch(config_.anchor.git.branch)) {
    error("agent.host_name", "anchor.git.branch",
          "\"" + config_.anchor.git.branch + "\", from the host's name, " + *complaint);
  }
}

void ValueChecks::check_report() {
  auto const& formats = config_.report.formats;
  if (std::find(formats.begin(), formats.end(), ReportConfig::Format::json) == formats.end()) {
    error("report.formats", "report.formats", "must hold at least \"json\"");
  }
}

void ValueChecks::check_repository_count() {
  auto const most = config_.agent.repositories_max;
  if (config_.repositories.size() <= most) return;
  error(repository_path(most), "repository",
        "there are " + std::to_string(config_.repositories.size()) +
            ": at most agent.repositories_max, " + std::to_string(most));
}

void ValueChecks::check_repository(std::size_t index) {
  check_naming(index);
  check_report_copy(index);
  auto const& repository = config_.repositories[index];
  for (std::size_t i = 0; i < repository.run_roots.size(); ++i) check_run_root(index, i);
  check_run_root_nesting(index);
  check_consumers(index);
}

void ValueChecks::check_naming(std::size_t index) {
  auto const& repository = config_.repositories[index];
  auto const at = repository_path(index);
  bool const has_path = places_.is_configured(at + ".path");
  bool const has_glob = places_.is_configured(at + ".glob");
  if (has_path && has_glob) {
    error(at + ".glob", "repository.glob", "not together with path: give exactly one of them");
  }
  if (has_path && !has_glob && !repository.exclude.empty()) {
    error(at + ".exclude", "repository.exclude", "only allowed with glob");
  }
  if (has_glob && places_.is_configured(at + ".name")) {
    error(at + ".name", "repository.name", "not allowed with glob");
  }
  bool const is_derived = has_path && !has_glob && !places_.is_configured(at + ".name");
  if (is_derived && !is_repository_id(repository.name)) {
    error(at + ".path", "repository.name",
          "\"" + repository.name + "\", from the path, is no valid name: configure one");
  }
}

void ValueChecks::check_report_copy(std::size_t index) {
  auto const& repository = config_.repositories[index];
  auto const& copy = repository.report_copy;
  if (copy.is_root()) return;
  auto const at = repository_path(index) + ".report_copy";
  if (copy.is_within(RelativePath::of(".git"))) {
    error(at, "repository.report_copy", "must not lie in .git");
  }
  for (auto const& root : repository.run_roots) {
    if (root.path.is_root() || !copy.is_within(root.path)) continue;
    error(at, "repository.report_copy", "must not lie in the run root \"" + root.path.str() + "\"");
  }
}

void ValueChecks::check_run_root(std::size_t repository, std::size_t index) {
  auto const& root = config_.repositories[repository].run_roots[index];
  auto const at = run_root_path(repository, index);
  auto const complain = [&](std::string_view key, std::string message) {
    error(at + "." + std::string(key), "repository.run_root." + std::string(key),
          std::move(message));
  };
  if (root.incomplete_after <= root.settle_ms) {
    complain("incomplete_after",
             "must be longer than settle_ms (" + std::to_string(root.settle_ms.count()) + " ms)");
  }
  if (root.abandoned_after <= root.incomplete_after) {
    complain("abandoned_after", "must be longer than incomplete_after (\"" +
                                    to_duration_text(root.incomplete_after.count()) + "\")");
  }
  if (root.seal == RunRootConfig::Seal::verify && root.enforce != RunRootConfig::Enforce::none) {
    complain("enforce", "must be \"none\" when seal = \"verify\"");
  }
  if (root.path.is_within(RelativePath::of(".git"))) complain("path", "must not lie in .git");
}

void ValueChecks::check_run_root_nesting(std::size_t index) {
  auto const& roots = config_.repositories[index].run_roots;
  std::set<RelativePath> paths;
  for (auto const& root : roots) paths.insert(root.path);
  std::set<RelativePath> seen;
  for (std::size_t i = 0; i < roots.size(); ++i) {
    auto const& path = roots[i].path;
    if (path.is_root()) continue;
    auto const at = run_root_path(index, i) + ".path";
    if (!seen.insert(path).second) {
      error(at, "repository.run_root.path", "\"" + path.str() + "\" is a run root already");
    }
    for (auto outer = path.parent(); !outer.is_root(); outer = outer.parent()) {
      if (!paths.contains(outer)) continue;
      error(at, "repository.run_root.path",
            "\"" + path.str() + "\" lies inside the run root \"" + outer.str() + "\"");
      break;
    }
  }
}

void ValueChecks::check_consumers(std::size_t index) {
  std::set<std::string> seen;
  auto const& consumers = config_.repositories[index].consumers;
  for (std::size_t i = 0; i < consumers.size(); ++i) {
    auto const& name = consumers[i].repository;
    if (name.empty() || seen.insert(lower_case(name)).second) continue;
    error(repository_path(index) + ".consumer[" + std::to_string(i) + "].repository",
          "repository.consumer.repository", "\"" + name + "\" is a consumer already");
  }
}

void ValueChecks::check_repository_ids() {
  std::map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < config_.repositories.size(); ++i) {
    auto const& repository = config_.repositories[i];
    if (repository.name.empty() || repository.path.empty()) continue;
    auto const [found, is_new] = seen.emplace(lower_case(repository.name), i);
    if (is_new) continue;
    auto const& other = config_.repositories[found->second];
    if (other.path == repository.path) continue;  // the same repository twice, said elsewhere
    error(repository_path(i) + ".name", "repository.name",
          "\"" + repository.name + "\" is the name of both \"" + other.path + "\" and \"" +
              repository.path + "\"");
  }
}

}  // namespace

void validate_values(Config const& config, Places const& places, ProblemList& problems) {
  ValueChecks(config, places, problems).run();
}

}  // namespace govseal
