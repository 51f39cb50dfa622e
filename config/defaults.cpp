#include "config/defaults.h"
#include "base/host_label.h"

#include <algorithm>

#include "config/text_forms.h"

namespace govseal {
namespace {

constexpr std::size_t kHostNameBytesMax = 253;

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// The XDG base directory specification: values that are not absolute are ignored.
std::string base_directory(std::string const& value, std::string const& fallback) {
  return check_absolute_path(value) ? fallback : normal_path(value);
}

std::string state_home(Environment const& environment) {
  return base_directory(environment.xdg_state_home, environment.home + "/.local/state");
}

std::string usable_host_name(std::string_view kernel_name) {
  std::string name(kernel_name.substr(0, kHostNameBytesMax));
  for (char& c : name) {
    if (!is_word_character(c) && c != '.') c = '-';
  }
  return name.empty() ? "localhost" : name;
}

GuardConfig guard(std::string name, GuardConfig::Kind kind, std::vector<std::string> paths) {
  GuardConfig rule;
  rule.name = std::move(name);
  rule.kind = kind;
  rule.paths = std::move(paths);
  return rule;
}

RunRootConfig run_root(std::string_view path, RunRootConfig::Seal seal) {
  RunRootConfig root;
  root.path = RelativePath::of(path);
  root.seal = seal;
  return root;
}

}  // namespace

bool is_service_user(std::uint32_t uid, std::string_view user_name) noexcept {
  return uid == 0 || user_name == "govseal";
}

std::string default_config_path(Environment const& environment) {
  if (environment.service) return "/etc/govseal/govseal.toml";
  return base_directory(environment.xdg_config_home, environment.home + "/.config") +
         "/govseal/govseal.toml";
}

std::string default_state_dir(Environment const& environment) {
  if (environment.service) return AgentConfig().state_dir;
  return state_home(environment) + "/govseal";
}

std::string default_runtime_dir(Environment const& environment) {
  if (environment.service) return AgentConfig().runtime_dir;
  auto const fallback = default_state_dir(environment) + "/run";
  auto const base = base_directory(environment.xdg_runtime_dir, "");
  return base.empty() ? fallback : base + "/govseal";
}

std::string default_socket_path(Environment const& environment) {
  return default_runtime_dir(environment) + "/govseal.sock";
}

Config default_config(Environment const& environment) {
  Config config;
  config.agent.host_name = usable_host_name(environment.host_name);
  config.agent.state_dir = default_state_dir(environment);
  config.agent.runtime_dir = default_runtime_dir(environment);
  if (!environment.service) {
    config.api.socket_group.clear();
    config.api.viewers.clear();
    config.anchor.directory = state_home(environment) + "/govseal-anchor";
  }
  return config;
}

void derive_defaults(Config& config) {
  if (config.api.socket.empty()) config.api.socket = config.agent.runtime_dir + "/govseal.sock";
  if (config.watch.opener_socket.empty()) {
    config.watch.opener_socket = config.agent.runtime_dir + "/opener.sock";
  }
  auto const host = host_label(config.agent.host_name);
  if (config.ledger.origin.empty()) {
    config.ledger.origin = ("govseal/" + host).substr(0, kOriginBytesMax);
  }
  if (config.anchor.git.branch.empty()) config.anchor.git.branch = "audit/" + host;
}

bool is_repository_id(std::string_view text) noexcept {
  if (text.empty() || text.size() > kRepositoryIdBytesMax) return false;
  return is_word_character(text[0]) && std::all_of(text.begin(), text.end(), [](char c) {
           return is_word_character(c) || c == '.' || c == '_' || c == '-';
         });
}

std::string repository_id_from_path(std::string_view absolute_path) {
  while (absolute_path.ends_with('/')) absolute_path.remove_suffix(1);
  auto name = absolute_path.substr(absolute_path.rfind('/') + 1);
  if (name.size() > 4 && name.ends_with(".git")) name.remove_suffix(4);
  std::string id(name);
  for (char& c : id) {
    if (!is_word_character(c) && c != '.' && c != '_') c = '-';
  }
  return id;
}

std::vector<RunRootConfig> default_run_roots() {
  return {run_root(".codex/RUNS", RunRootConfig::Seal::automatic),
          run_root("reports/runs", RunRootConfig::Seal::verify),
          run_root("reports/path1/evidence/runs", RunRootConfig::Seal::verify)};
}

std::vector<GuardConfig> default_guards() {
  using Kind = GuardConfig::Kind;
  std::vector<GuardConfig> rules = {
      guard("prehandover", Kind::immutable, {".agent-admin/prehandover/**"}),
      guard("assurance", Kind::new_files_only, {".agent-admin/assurance/**"}),
      guard("scope-declarations", Kind::immutable, {".agent-admin/scope-declarations/pr-*.md"}),
      guard("session-memory", Kind::rotate_to_archive,
            {".agent-workspace/*/memory/session*.md", ".agent-workspace/*/memory/PREHANDOVER*.md"}),
      guard("memory-archive", Kind::immutable, {".agent-workspace/*/memory/.archive/**"}),
      guard("fail-only-once", Kind::append_only,
            {".agent-workspace/*/knowledge/FAIL-ONLY-ONCE.md"}),
      guard("changelog", Kind::append_only, {"governance/CHANGELOG.md"}),
      guard("records", Kind::new_files_only,
            {".agent-admin/ripple/*.json", ".agent-admin/gates/*.json"}),
      guard("immutable-marker", Kind::immutable, {".agent-admin/**", "governance/layer-down/**"}),
  };
  rules[5].unit = GuardConfig::Unit::rule_rows;
  rules[6].unit = GuardConfig::Unit::changelog_entries;
  rules[8].marker = "**Immutable Record**";
  return rules;
}

}  // namespace govseal
