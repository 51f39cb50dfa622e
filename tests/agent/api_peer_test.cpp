#include <doctest/doctest.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>

#include "agent/api/peer.h"
#include "agent/api/peer_access.h"
#include "base/unique_fd.h"
#include "tests/support/manual_clock.h"
#include "tests/support/temp_directory.h"

using namespace govseal;

namespace {

Peer peer(std::uint32_t uid, std::uint32_t gid, std::vector<std::uint32_t> groups = {}) {
  Peer result;
  result.uid = uid;
  result.gid = gid;
  result.groups = std::move(groups);
  return result;
}

using Tag = AclEntry::Tag;

std::string attribute(std::vector<AclEntry> const& acl) {
  std::string bytes("\x02\x00\x00\x00", 4);
  auto const add = [&bytes](std::uint32_t number, unsigned size) {
    for (unsigned i = 0; i < size; ++i) bytes += static_cast<char>((number >> (8 * i)) & 0xff);
  };
  for (auto const& entry : acl) {
    add(static_cast<std::uint32_t>(entry.tag), 2);
    add(entry.permissions, 2);
    add(entry.id, 4);
  }
  return bytes;
}

std::vector<AclEntry> const kMinimal = {
    {Tag::user_obj, 7, ~0u}, {Tag::group_obj, 5, ~0u}, {Tag::other, 0, ~0u}};

DirectoryAccess directory(std::uint32_t mode) {
  DirectoryAccess result;
  result.uid = 10;
  result.gid = 20;
  result.mode = mode;
  return result;
}

}  // namespace

TEST_CASE("operators and viewers are users and groups, by name or number") {
  auto const rules = make_role_rules({"1000", "@2000", "no-such-user-here"},
                                     {"@3000", "nobody", "@no-such-group-here"}, 997, false);
  CHECK(role_of(peer(0, 0), rules) == Role::op);
  CHECK(role_of(peer(997, 997), rules) == Role::op);
  CHECK(role_of(peer(1000, 1), rules) == Role::op);
  CHECK(role_of(peer(5, 2000), rules) == Role::op);
  CHECK(role_of(peer(5, 6, {7, 2000}), rules) == Role::op);
  CHECK(role_of(peer(5, 6, {3000}), rules) == Role::viewer);
  CHECK(role_of(peer(65534, 6), rules) == Role::viewer);
  CHECK(role_of(peer(5, 6, {1000}), rules) == Role::none);
}

TEST_CASE("an agent of an ordinary user knows one operator and nobody else") {
  auto const rules = make_role_rules({"1000"}, {"@3000"}, 500, true);
  CHECK(role_of(peer(500, 500), rules) == Role::op);
  CHECK(role_of(peer(1000, 3000), rules) == Role::none);
  CHECK(role_of(peer(0, 0), rules) == Role::none);
}

TEST_CASE("the kernel vouches for the peer of a socket, with all its groups") {
  int fds[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
  UniqueFd const one(fds[0]);
  UniqueFd const other(fds[1]);
  auto const found = read_peer(one.get());
  REQUIRE(found);
  CHECK(found->uid == geteuid());
  CHECK(found->gid == getegid());
  CHECK(found->pid == getpid());
  CHECK(std::cmp_equal(found->groups.size(), getgroups(0, nullptr)));
  CHECK(found->role == Role::none);
  int pipes[2];
  REQUIRE(pipe(pipes) == 0);
  UniqueFd const in(pipes[0]);
  UniqueFd const out(pipes[1]);
  CHECK_FALSE(read_peer(in.get()));
}

TEST_CASE("mode bits: the first class that matches decides") {
  CHECK(grants(directory(0700), peer(10, 1), 5));
  CHECK_FALSE(grants(directory(0077), peer(10, 20), 1));
  CHECK(grants(directory(0050), peer(11, 20), 5));
  CHECK(grants(directory(0050), peer(11, 1, {3, 20}), 5));
  CHECK_FALSE(grants(directory(0705), peer(11, 20), 1));
  CHECK(grants(directory(0705), peer(11, 21), 5));
  CHECK_FALSE(grants(directory(0704), peer(11, 21), 5));
}

TEST_CASE("POSIX ACLs: user, then groups under the mask, then others") {
  auto with = [](std::vector<AclEntry> acl) {
    DirectoryAccess result = directory(0770);
    result.acl = std::move(acl);
    return result;
  };
  auto const named = with({{Tag::user_obj, 7, 0},
                           {Tag::user, 5, 30},
                           {Tag::user, 7, 31},
                           {Tag::group_obj, 0, 0},
                           {Tag::group, 1, 40},
                           {Tag::group, 4, 41},
                           {Tag::group, 5, 42},
                           {Tag::mask, 5, 0},
                           {Tag::other, 5, 0}});
  CHECK(grants(named, peer(10, 1), 7));
  CHECK(grants(named, peer(30, 1), 5));
  CHECK_FALSE(grants(named, peer(31, 1), 7));
  CHECK_FALSE(grants(named, peer(50, 20), 1));
  CHECK(grants(named, peer(50, 40), 1));
  // No single group grants both, and others are not asked any more (acl(5)).
  CHECK_FALSE(grants(named, peer(50, 40, {41}), 5));
  CHECK(grants(named, peer(50, 40, {42}), 5));
  CHECK(grants(named, peer(50, 60), 5));
  auto const masked = with({{Tag::user_obj, 7, 0},
                            {Tag::user, 7, 30},
                            {Tag::group_obj, 7, 0},
                            {Tag::mask, 0, 0},
                            {Tag::other, 7, 0}});
  CHECK_FALSE(grants(masked, peer(30, 1), 1));
  CHECK_FALSE(grants(masked, peer(50, 20), 1));
  CHECK(grants(masked, peer(50, 60), 1));
}

TEST_CASE("an ACL of another kind leaves only the bits for others") {
  auto foreign = directory(0770);
  foreign.foreign_acl = true;
  CHECK_FALSE(grants(foreign, peer(10, 20), 1));
  foreign.mode = 0775;
  CHECK(grants(foreign, peer(50, 60), 5));
}

TEST_CASE("the attribute of an ACL is read as the kernel writes it, anything else is refused") {
  auto const parsed = parse_posix_acl(attribute(kMinimal));
  REQUIRE(parsed);
  CHECK(*parsed == kMinimal);
  std::string const good = attribute(kMinimal);
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK_FALSE(parse_posix_acl(good.substr(0, size)));
  }
  std::string other_version = good;
  other_version[0] = 3;
  CHECK_FALSE(parse_posix_acl(other_version));
  std::string bad_tag = good;
  bad_tag[4] = 3;
  CHECK_FALSE(parse_posix_acl(bad_tag));
  std::string bad_permissions = good;
  bad_permissions[6] = 8;
  CHECK_FALSE(parse_posix_acl(bad_permissions));
}

TEST_CASE("a path is readable when every directory on it grants search and the last one read") {
  TempDirectory const root;
  // What lies above belongs to the host; only a directory that others can reach says anything.
  Peer const self = peer(geteuid() + 1000, getegid() + 1000);
  if (!check_access(self, std::filesystem::path(root.path()).parent_path().string())) {
    MESSAGE("skipped: the temporary directory is closed to others");
    return;
  }
  REQUIRE(chmod(root.path().c_str(), 0711) == 0);
  std::string const open = root / "open";
  std::string const shut = root / "shut";
  REQUIRE(mkdir(open.c_str(), 0700) == 0);
  REQUIRE(mkdir(shut.c_str(), 0700) == 0);
  REQUIRE(mkdir((open + "/in").c_str(), 0700) == 0);
  REQUIRE(chmod(open.c_str(), 0711) == 0);
  REQUIRE(chmod((open + "/in").c_str(), 0755) == 0);
  CHECK_FALSE(check_access(self, open));
  CHECK(check_access(self, open + "/in"));
  CHECK_FALSE(check_access(self, shut));
  CHECK_FALSE(check_access(self, open + "/missing"));
  REQUIRE(symlink((open + "/in").c_str(), (open + "/link").c_str()) == 0);
  CHECK_FALSE(check_access(self, open + "/link"));
  CHECK_FALSE(check_access(self, "relative"));
  CHECK_FALSE(check_access(self, ""));
  REQUIRE(chmod(open.c_str(), 0700) == 0);
  CHECK_FALSE(check_access(self, open + "/in"));
  std::string const acl = attribute({{Tag::user_obj, 7, ~0u},
                                     {Tag::user, 1, self.uid},
                                     {Tag::group_obj, 0, ~0u},
                                     {Tag::mask, 1, ~0u},
                                     {Tag::other, 0, ~0u}});
  if (setxattr(open.c_str(), "system.posix_acl_access", acl.data(), acl.size(), 0) != 0) {
    MESSAGE("skipped: no POSIX ACLs in the temporary directory");
    return;
  }
  CHECK(check_access(self, open + "/in"));
  CHECK_FALSE(check_access(peer(self.uid + 1, self.gid), open + "/in"));
}

TEST_CASE("results are believed for ten seconds and for exactly these groups") {
  ManualClock clock;
  AccessCache cache;
  CHECK_FALSE(cache.find(peer(1, 2, {3}), "/srv/a", clock.now()).has_value());
  cache.store(peer(1, 2, {3}), "/srv/a", true, clock.now());
  cache.store(peer(1, 2, {3}), "/srv/b", false, clock.now());
  CHECK(cache.find(peer(1, 2, {3}), "/srv/a", clock.now()) == true);
  CHECK(cache.find(peer(1, 2, {3}), "/srv/b", clock.now()) == false);
  CHECK_FALSE(cache.find(peer(1, 2, {4}), "/srv/a", clock.now()).has_value());
  CHECK_FALSE(cache.find(peer(1, 2, {3}), "/srv/c", clock.now()).has_value());
  clock.advance(std::chrono::milliseconds(9999));
  CHECK(cache.find(peer(1, 2, {3}), "/srv/a", clock.now()).has_value());
  clock.advance(std::chrono::milliseconds(1));
  CHECK_FALSE(cache.find(peer(1, 2, {3}), "/srv/a", clock.now()).has_value());
}
