// The configuration parser on any bytes, as the main file and as a fragment. Whatever it accepts
// has to survive being shown and read again.

#include <cstdint>
#include <cstdlib>

#include "base/error.h"
#include "config/load.h"
#include "config/show.h"
#include "tests/config/config_support.h"

namespace {

using govseal::ConfigText;

void check_round_trip(govseal::Config const& config, govseal::HostView const& host,
                      govseal::Environment const& environment) {
  ConfigText const shown{"/etc/govseal/govseal.toml", "shown",
                         govseal::render_effective_config(config)};
  auto const again = govseal::parse_config({shown}, environment, host);
  GOVSEAL_ASSERT(again.config.has_value());
  GOVSEAL_ASSERT(govseal::changed_keys(config, *again.config).empty());
  GOVSEAL_ASSERT(config.repositories == again.config->repositories);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string const text(reinterpret_cast<char const*>(data), size);
  govseal::test::FakeHost host;
  host.files = {"/f"};
  auto const environment = govseal::test::service_environment();
  ConfigText const main{"/etc/govseal/govseal.toml", "main", text};
  auto const outcome = govseal::parse_config({main}, environment, host);
  for (auto const& problem : outcome.problems) {
    GOVSEAL_ASSERT(problem.line >= 1 && problem.column >= 1);
    GOVSEAL_ASSERT(!to_text(problem).empty());
  }
  GOVSEAL_ASSERT(outcome.config.has_value() == (outcome.error_count() == 0));
  if (outcome.config) check_round_trip(*outcome.config, host, environment);
  ConfigText const fragment{"/etc/govseal/govseal.d/a.toml", "fragment", text};
  auto const both = govseal::parse_config({{main.path, "main", ""}, fragment}, environment, host);
  if (both.config) GOVSEAL_ASSERT(both.config->repositories.size() == 1);
  return 0;
}
