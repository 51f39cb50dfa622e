#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"
#include "config/show.h"

namespace govseal::test {

/// A host on which every user and group exists unless said otherwise, and every path is a directory
/// on one filesystem.
class FakeHost final : public HostView {
 public:
  std::set<std::string> unknown_names;
  std::set<std::string> missing;
  std::set<std::string> files;
  std::set<std::string> unwritable;
  std::set<unsigned> capabilities;
  std::map<std::string, std::string> links;
  std::map<std::string, std::uint64_t> devices;

  [[nodiscard]] bool user_exists(std::string const& name) const override {
    return !unknown_names.contains(name);
  }
  [[nodiscard]] bool group_exists(std::string const& name) const override {
    return !unknown_names.contains(name);
  }
  [[nodiscard]] PathKind path_kind(std::string const& path) const override {
    if (missing.contains(path)) return PathKind::missing;
    return files.contains(path) ? PathKind::regular : PathKind::directory;
  }
  [[nodiscard]] std::string canonical(std::string const& path) const override {
    auto const found = links.find(path);
    return found == links.end() ? path : found->second;
  }
  [[nodiscard]] std::optional<bool> writable(std::string const& directory,
                                             std::uint32_t) const override {
    return !unwritable.contains(directory);
  }
  [[nodiscard]] std::optional<std::uint64_t> device(std::string const& path) const override {
    auto const found = devices.find(path);
    return found == devices.end() ? 1 : found->second;
  }
  [[nodiscard]] std::optional<bool> has_capability(unsigned number) const override {
    return capabilities.contains(number);
  }
};

inline Environment service_environment() {
  Environment environment;
  environment.uid = 997;
  environment.host_name = "host1";
  return environment;
}

inline Environment user_environment() {
  Environment environment;
  environment.uid = 1000;
  environment.service = false;
  environment.home = "/home/alice";
  environment.xdg_runtime_dir = "/run/user/1000";
  environment.host_name = "host1";
  return environment;
}

inline LoadOutcome parse(std::string_view text, HostView const& host = FakeHost(),
                         Environment const& environment = service_environment()) {
  return parse_config({{"/etc/govseal/govseal.toml", "govseal.toml", std::string(text)}},
                      environment, host);
}

inline std::vector<std::string> texts(std::vector<ConfigProblem> const& problems) {
  std::vector<std::string> lines;
  for (auto const& problem : problems) lines.push_back(to_text(problem));
  return lines;
}

inline std::vector<std::string> problems_of(std::string_view text,
                                            HostView const& host = FakeHost()) {
  return texts(parse(text, host).problems);
}

/// The problem when there is exactly one, otherwise all of them in one line each.
inline std::string only_problem(std::string_view text, HostView const& host = FakeHost()) {
  std::string all;
  for (auto const& line : problems_of(text, host)) all += (all.empty() ? "" : "\n") + line;
  return all;
}

/// What is in force for a key of the first table of that header, and where it comes from.
inline EffectiveValue effective(Config const& config, std::string_view table,
                                std::string_view key) {
  for (auto const& value : effective_values(config)) {
    if (value.table == table && value.key == key) return value;
  }
  return {};
}

}  // namespace govseal::test
