#include "agent/api/peer.h"

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>

namespace govseal {
namespace {

constexpr std::size_t kNameBufferBytes = 1 << 16;

std::optional<std::uint32_t> number_of(std::string_view text) {
  std::uint32_t number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return number;
}

std::optional<std::uint32_t> uid_of(std::string const& name) {
  if (auto const number = number_of(name)) return number;
  std::vector<char> buffer(kNameBufferBytes);
  passwd entry{};
  passwd* found = nullptr;
  if (getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0) return {};
  return found ? std::optional(static_cast<std::uint32_t>(found->pw_uid)) : std::nullopt;
}

std::optional<std::uint32_t> gid_of(std::string const& name) {
  if (auto const number = number_of(name)) return number;
  std::vector<char> buffer(kNameBufferBytes);
  group entry{};
  group* found = nullptr;
  if (getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0) return {};
  return found ? std::optional(static_cast<std::uint32_t>(found->gr_gid)) : std::nullopt;
}

struct Ids {
  std::vector<std::uint32_t> uids;
  std::vector<std::uint32_t> groups;
};

Ids look_up(std::vector<std::string> const& entries) {
  Ids ids;
  for (auto const& entry : entries) {
    bool const is_group = entry.starts_with('@');
    auto const id = is_group ? gid_of(entry.substr(1)) : uid_of(entry);
    if (id) (is_group ? ids.groups : ids.uids).push_back(*id);
  }
  return ids;
}

bool matches(Peer const& peer, std::vector<std::uint32_t> const& uids,
             std::vector<std::uint32_t> const& groups) noexcept {
  if (std::find(uids.begin(), uids.end(), peer.uid) != uids.end()) return true;
  return std::any_of(groups.begin(), groups.end(),
                     [&peer](std::uint32_t group) { return peer.in_group(group); });
}

}  // namespace

std::string_view to_text(Role role) noexcept {
  switch (role) {
    case Role::none:
      return "none";
    case Role::viewer:
      return "viewer";
    case Role::op:
      return "operator";
  }
  return "";
}

By Peer::by() const {
  By by;
  by.uid = uid;
  by.pid = pid;
  by.role = to_text(role);
  return by;
}

bool Peer::in_group(std::uint32_t group) const noexcept {
  return gid == group || std::binary_search(groups.begin(), groups.end(), group);
}

std::optional<Peer> read_peer(int fd) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return {};
  // pid 0: the peer lives in a pid namespace that this one cannot see; its uid still counts.
  Peer peer;
  peer.uid = credentials.uid;
  peer.gid = credentials.gid;
  peer.pid = credentials.pid;
  // With too small a buffer the kernel gives ERANGE and the size it needs (socket(7)).
  socklen_t bytes = 64 * sizeof(gid_t);
  peer.groups.resize(bytes / sizeof(gid_t));
  int result = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, peer.groups.data(), &bytes);
  if (result != 0 && errno == ERANGE) {
    peer.groups.resize(bytes / sizeof(gid_t));
    result = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, peer.groups.data(), &bytes);
  }
  if (result != 0) return {};
  peer.groups.resize(bytes / sizeof(gid_t));
  std::sort(peer.groups.begin(), peer.groups.end());
  return peer;
}

RoleRules make_role_rules(std::vector<std::string> const& operators,
                          std::vector<std::string> const& viewers, std::uint32_t agent_uid,
                          bool ordinary_user) {
  RoleRules rules;
  rules.agent_uid = agent_uid;
  rules.ordinary_user = ordinary_user;
  if (ordinary_user) return rules;
  Ids operator_ids = look_up(operators);
  Ids viewer_ids = look_up(viewers);
  rules.operator_uids = std::move(operator_ids.uids);
  rules.operator_groups = std::move(operator_ids.groups);
  rules.viewer_uids = std::move(viewer_ids.uids);
  rules.viewer_groups = std::move(viewer_ids.groups);
  return rules;
}

Role role_of(Peer const& peer, RoleRules const& rules) noexcept {
  if (peer.uid == rules.agent_uid) return Role::op;
  if (rules.ordinary_user) return Role::none;
  if (peer.uid == 0) return Role::op;
  if (matches(peer, rules.operator_uids, rules.operator_groups)) return Role::op;
  if (matches(peer, rules.viewer_uids, rules.viewer_groups)) return Role::viewer;
  return Role::none;
}

}  // namespace govseal
