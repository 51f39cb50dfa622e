#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reporting/actor.h"

namespace govseal {

enum class Role { none, viewer, op };
[[nodiscard]] std::string_view to_text(Role role) noexcept;  // none, viewer, operator

/// The process at the other end of a connection, as the kernel vouches for it.
struct Peer {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::int32_t pid = 0;
  std::vector<std::uint32_t> groups;  // supplementary, sorted
  Role role = Role::none;

  [[nodiscard]] By by() const;
  [[nodiscard]] bool in_group(std::uint32_t group) const noexcept;
};

/// SO_PEERCRED and SO_PEERGROUPS of a connected unix socket; nullopt when they cannot be read. The
/// role is still `none`.
[[nodiscard]] std::optional<Peer> read_peer(int fd);

/// `api.operators` and `api.viewers` as numbers: names are looked up once, when the configuration
/// is loaded, so that a request never waits for a name service.
struct RoleRules {
  std::uint32_t agent_uid = 0;
  bool ordinary_user = false;  // the agent is no system service: one operator, no viewers
  std::vector<std::uint32_t> operator_uids;
  std::vector<std::uint32_t> operator_groups;
  std::vector<std::uint32_t> viewer_uids;
  std::vector<std::uint32_t> viewer_groups;
};

/// Entries are "name" or "1000" for a user, "@name" or "@1000" for a group; names that do not exist
/// match nobody. Blocks (getpwnam, getgrnam).
[[nodiscard]] RoleRules make_role_rules(std::vector<std::string> const& operators,
                                        std::vector<std::string> const& viewers,
                                        std::uint32_t agent_uid, bool ordinary_user);

[[nodiscard]] Role role_of(Peer const& peer, RoleRules const& rules) noexcept;

}  // namespace govseal
