#pragma once

#include <string>
#include <variant>
#include <vector>

#include "config/problems.h"

namespace govseal {

/// Who may own configuration files besides root.
struct FileTrust {
  std::uint32_t agent_uid = 0;
};

/// Reads one configuration file: a regular file (through symbolic links, as the operator wrote it),
/// owned by root or the agent's user, not writable for group or others, at most 1 MiB. The text
/// tells why not. Never blocks on a FIFO or device.
[[nodiscard]] std::variant<std::string, ConfigProblem> read_config_file(std::string const& path,
                                                                        std::string const& display,
                                                                        FileTrust trust);

struct FragmentListing {
  std::vector<std::string> names;    // NAME.toml, sorted by bytes
  std::vector<std::string> ignored;  // others, sorted; without those that start with `.`
  bool found = false;                // there is a directory
};

/// The fragments in a directory that obeys the same rules; no directory at all is an empty listing.
[[nodiscard]] std::variant<FragmentListing, ConfigProblem> list_fragments(
    std::string const& directory, std::string const& display, FileTrust trust);

/// Absolute form of what the user wrote, by the working directory; links are left alone.
[[nodiscard]] std::string absolute_path(std::string const& path);

}  // namespace govseal
