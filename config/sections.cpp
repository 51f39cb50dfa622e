#include "config/sections.h"

#include "config/validate.h"

namespace govseal {

void const* find_section(Config const& config, std::string_view section) {
  if (section.empty()) return &config;
  if (section == "agent") return &config.agent;
  if (section == "api") return &config.api;
  if (section == "watch") return &config.watch;
  if (section == "sealing") return &config.sealing;
  if (section == "ledger") return &config.ledger;
  if (section == "anchor") return &config.anchor;
  if (section == "anchor.git") return &config.anchor.git;
  if (section == "report") return &config.report;
  return nullptr;
}

std::vector<RepositorySection> sections_of(Config const& config, std::size_t index) {
  auto const& repository = config.repositories[index];
  auto const path = repository_path(index);
  std::vector<RepositorySection> sections{{"repository", path, &repository}};
  auto const add_all = [&](std::string_view section, std::string const& name, auto const& items) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      sections.push_back({section, path + name + "[" + std::to_string(i) + "]", &items[i]});
    }
  };
  add_all("repository.run_root", ".run_root", repository.run_roots);
  sections.push_back({"repository.dispatch", path + ".dispatch", &repository.dispatch});
  add_all("repository.consumer", ".consumer", repository.consumers);
  add_all("repository.guard", ".guard", repository.guards);
  sections.push_back({"repository.registry", path + ".registry", &repository.registry});
  return sections;
}

}  // namespace govseal
