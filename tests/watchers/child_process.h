#pragma once

#include <functional>
#include <optional>

namespace govseal {

/// What a child process has for itself.
enum class Isolation {
  user,    // a user namespace, with its own limits in /proc/sys/user
  mounts,  // that and a mount namespace
};

/// What `work` returns when the system does not let it try.
inline constexpr int kNotPossible = 77;

/// Runs `work` in a forked child and gives what it returned, at most 255; an exception or a signal
/// gives 255. nullopt: such a namespace, or the work itself, is not possible here.
[[nodiscard]] std::optional<int> run_in_child(Isolation isolation,
                                              std::function<int()> const& work);

/// Writes a number into a file of /proc; false: not permitted.
[[nodiscard]] bool set_limit(char const* path, long value);

}  // namespace govseal
