#include <csignal>

#include "agent/cli/cli.h"

int main(int argc, char** argv) {
  // A parent may have left it ignored; `govseal runs | head` has to end silently.
  (void)std::signal(SIGPIPE, SIG_DFL);
  return govseal::run_cli(argc, argv);
}
