#include "tests/ledger/tool.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

extern char** environ;

namespace govseal {

ToolResult run_tool(TempDirectory const& scratch, std::vector<std::string> const& arguments,
                    std::string const& input) {
  auto const input_path = scratch.write("tool.in", input);
  auto const output_path = scratch.write("tool.out", "");
  posix_spawn_file_actions_t actions;
  REQUIRE(posix_spawn_file_actions_init(&actions) == 0);
  posix_spawn_file_actions_addopen(&actions, 0, input_path.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, output_path.c_str(), O_WRONLY | O_TRUNC, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  std::vector<char*> argv;
  for (auto const& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t pid = 0;
  int const spawned = posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  REQUIRE_MESSAGE(spawned == 0, arguments[0]);
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  ToolResult result{.exit_code = -1, .output = scratch.read("tool.out")};
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  return result;
}

bool has_tool(std::string const& program) {
  std::string path = std::getenv("PATH") == nullptr ? "" : std::getenv("PATH");
  for (std::size_t begin = 0; begin <= path.size();) {
    auto const end = std::min(path.find(':', begin), path.size());
    auto const candidate = path.substr(begin, end - begin) + "/" + program;
    if (::access(candidate.c_str(), X_OK) == 0) return true;
    begin = end + 1;
  }
  MESSAGE("SKIPPED: " << program << " is not installed");
  return false;
}

}  // namespace govseal
