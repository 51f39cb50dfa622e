#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/unique_fd.h"

/// The listening socket of the API: made by the agent, or handed over by systemd (api.md 1).
namespace govseal {

struct ListenerOptions {
  std::string path;  // absolute, at most 107 bytes
  std::uint32_t mode = 0660;
  std::optional<std::uint32_t> group;  // empty: that of the process
};

/// Why there is no socket although nothing failed.
struct CannotListen {
  int exit_code = 78;  // 78: a symbolic link or no socket is in the way; 75: another agent answers
  std::string detail;
};

/// Binds under a temporary name beside `path`, sets mode and group, listens, then renames: nobody
/// ever finds a socket with the wrong mode or one that refuses. A stale socket is replaced. Throws
/// Error for everything else (no directory, no such right).
[[nodiscard]] std::variant<UniqueFd, CannotListen> make_listener(ListenerOptions const& options);

/// What is wrong with a descriptor that was handed over; nullopt: a listening unix stream socket.
[[nodiscard]] std::optional<std::string> listener_fault(int fd);

/// One sentence for each way in which a socket that was handed over differs from the configuration;
/// warnings only.
[[nodiscard]] std::vector<std::string> listener_differences(int fd, ListenerOptions const& options);

}  // namespace govseal
