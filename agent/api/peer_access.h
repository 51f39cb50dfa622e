#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "agent/api/peer.h"
#include "base/clock.h"

/// Whether a peer could read a repository itself (api.md 2, rule 3): the agent has more rights than
/// its clients and must not lend them.
namespace govseal {

/// One entry of a POSIX ACL, acl(5).
struct AclEntry {
  enum class Tag : std::uint16_t {
    user_obj = 0x01,
    user = 0x02,
    group_obj = 0x04,
    group = 0x08,
    mask = 0x10,
    other = 0x20
  };
  Tag tag{};
  unsigned permissions = 0;  // 4 read, 2 write, 1 search
  std::uint32_t id = 0;      // of user and group
  friend bool operator==(AclEntry const&, AclEntry const&) = default;
};

/// The extended attribute `system.posix_acl_access` (linux/posix_acl_xattr.h, version 2: a
/// little-endian u32, then u16 tag, u16 permissions, u32 id each). nullopt when it is malformed or
/// lacks one of the three entries that every ACL has. Pure.
///
/// Read here and not by libacl: acl_get_file opens files by itself and has no function that
/// evaluates an ACL for somebody else, which is all that is needed.
[[nodiscard]] std::optional<std::vector<AclEntry>> parse_posix_acl(std::string_view attribute);

/// What decides about access to one directory.
struct DirectoryAccess {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint32_t mode = 0;
  std::optional<std::vector<AclEntry>> acl;
  bool foreign_acl = false;  // an ACL of another kind: only the bits for others are believed
};

inline constexpr unsigned kAccessRead = 4;
inline constexpr unsigned kAccessSearch = 1;

/// The algorithm of acl(5) for an ordinary process without capabilities. Pure.
[[nodiscard]] bool grants(DirectoryAccess const& directory, Peer const& peer, unsigned wanted);

/// Search on every directory from `/` to `canonical_path`, read and search on the last one. False
/// for whatever cannot be looked at, is a symbolic link or no directory. Blocks; thread-safe.
[[nodiscard]] bool check_access(Peer const& peer, std::string const& canonical_path);

/// Where the API looks the results up; nullopt: not known (any more), check_access has to be asked.
class AccessPort {
 public:
  virtual ~AccessPort() = default;
  [[nodiscard]] virtual std::optional<bool> find(Peer const& peer,
                                                 std::string const& canonical_path,
                                                 Instant now) = 0;
};

/// Results for each (uid, groups), believed for ten seconds. Loop thread only.
class AccessCache final : public AccessPort {
 public:
  static constexpr std::chrono::seconds kKeep{10};
  static constexpr std::size_t kPeersMax = 1024;  // then all is forgotten

  [[nodiscard]] std::optional<bool> find(Peer const& peer, std::string const& canonical_path,
                                         Instant now) override;
  void store(Peer const& peer, std::string const& canonical_path, bool readable, Instant now);

 private:
  using Key = std::tuple<std::uint32_t, std::uint32_t, std::vector<std::uint32_t>>;
  struct Result {
    bool readable = false;
    std::chrono::nanoseconds since{};  // boot clock
  };
  std::map<Key, std::map<std::string, Result>> results_;
};

}  // namespace govseal
