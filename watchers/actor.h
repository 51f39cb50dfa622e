#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace govseal {

/// How sure it is that an actor did what a hint tells (watching.md 7.1).
enum class Confidence { exact, live, pid_only, unknown };

enum class ActorOperation { write, create, remove, rename, attribute };

/// Who did it, as far as the kernel told (watching.md 7.1). Only rung A knows actors. A field that
/// could not be read is nullopt. `comm`, `exe` and `cgroup` are hostile raw bytes.
struct HintActor {
  pid_t pid = 0;
  std::optional<std::uint64_t> start_ticks;
  std::optional<std::uint32_t> uid;
  std::optional<std::uint32_t> gid;
  std::optional<std::uint32_t> loginuid;
  std::optional<std::string> comm;
  std::optional<std::string> exe;
  std::optional<std::string> cgroup;
  Confidence confidence = Confidence::unknown;
  ActorOperation operation = ActorOperation::write;
  Instant observed_at;
};

/// `exact`, `live`, `pid-only`, `unknown`.
[[nodiscard]] std::string_view name_of(Confidence confidence) noexcept;
/// `write`, `create`, `delete`, `rename`, `attribute`.
[[nodiscard]] std::string_view name_of(ActorOperation operation) noexcept;

}  // namespace govseal
