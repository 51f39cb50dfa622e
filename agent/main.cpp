#include <cstring>
#include <iostream>
#include <string>

#include "agent/process.h"
#include "agent/service.h"
#include "agent/version.h"
#include "base/error.h"

// govseald: started by systemd, or by hand with --config.

namespace {

constexpr int kExitUsage = 64;
constexpr int kExitInternal = 70;
constexpr int kExitInputOutput = 74;

constexpr char const* kUsage =
    "usage: govseald [--config FILE] [--print-ready]\n"
    "\n"
    "  --config FILE   configuration file; default: /etc/govseal/govseal.toml, for an ordinary\n"
    "                  user $XDG_CONFIG_HOME/govseal/govseal.toml\n"
    "  --print-ready   print a line when the socket answers\n"
    "  --version       print the version and exit\n"
    "\n"
    "example: govseald --config ./govseal.toml\n";

}  // namespace

int main(int argc, char** argv) {
  govseal::ServiceOptions options;
  options.sources.environment = govseal::read_environment();
  options.sources.main_file = govseal::default_config_path(options.sources.environment);
  for (int i = 1; i < argc; ++i) {
    std::string const argument = argv[i];
    if (argument == "--config" && i + 1 < argc) {
      options.sources.main_file = argv[++i];
    } else if (argument == "--print-ready") {
      options.print_ready = true;
    } else if (argument == "--version") {
      std::cout << "govseald " << govseal::kVersion << "\n";
      return 0;
    } else if (argument == "--help") {
      std::cout << kUsage;
      return 0;
    } else {
      std::cerr << "govseald: unknown argument " << argument << "\n" << kUsage;
      return kExitUsage;
    }
  }
  govseal::harden_process();
  try {
    return govseal::run_service(options);
  } catch (govseal::Error const& error) {
    std::cerr << "govseald: " << error.what() << "\n";
    return error.error_number() == 0 ? kExitInternal : kExitInputOutput;
  }
}
