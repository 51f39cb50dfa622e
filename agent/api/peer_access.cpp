#include "agent/api/peer_access.h"

#include <sys/stat.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cerrno>

namespace govseal {
namespace {

constexpr std::uint32_t kAclVersion = 2;
constexpr std::size_t kAclEntryBytes = 8;
constexpr std::size_t kXattrBytesMax = 65536;  // XATTR_SIZE_MAX

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t number = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) {
    number = (number << 8) | static_cast<std::uint8_t>(bytes[i - 1]);
  }
  return number;
}

bool is_tag(std::uint32_t number) {
  return number <= 0x20 && number != 0 && (number & (number - 1)) == 0;
}

AclEntry const* find_entry(std::vector<AclEntry> const& acl, AclEntry::Tag tag) {
  auto const found =
      std::find_if(acl.begin(), acl.end(), [tag](AclEntry const& e) { return e.tag == tag; });
  return found == acl.end() ? nullptr : &*found;
}

bool contains(unsigned permissions, unsigned wanted) {
  return (permissions & wanted) == wanted;
}

bool bits_grant(DirectoryAccess const& directory, Peer const& peer, unsigned wanted) {
  if (peer.uid == directory.uid) return contains((directory.mode >> 6) & 7, wanted);
  if (peer.in_group(directory.gid)) return contains((directory.mode >> 3) & 7, wanted);
  return contains(directory.mode & 7, wanted);
}

bool acl_grants(DirectoryAccess const& directory, Peer const& peer, unsigned wanted) {
  auto const& acl = *directory.acl;
  if (peer.uid == directory.uid) {
    return contains(find_entry(acl, AclEntry::Tag::user_obj)->permissions, wanted);
  }
  AclEntry const* mask_entry = find_entry(acl, AclEntry::Tag::mask);
  unsigned const mask = mask_entry ? mask_entry->permissions : 7;
  for (auto const& entry : acl) {
    if (entry.tag == AclEntry::Tag::user && entry.id == peer.uid) {
      return contains(entry.permissions & mask, wanted);
    }
  }
  bool in_some_group = false;
  for (auto const& entry : acl) {
    bool const matches = (entry.tag == AclEntry::Tag::group_obj && peer.in_group(directory.gid)) ||
                         (entry.tag == AclEntry::Tag::group && peer.in_group(entry.id));
    if (matches && contains(entry.permissions & mask, wanted)) return true;
    in_some_group |= matches;
  }
  if (in_some_group) return false;
  return contains(find_entry(acl, AclEntry::Tag::other)->permissions, wanted);
}

enum class Attribute { absent, present, unreadable };

Attribute read_attribute(char const* path, char const* name, std::string& value) {
  value.resize(kXattrBytesMax);
  ssize_t const size = lgetxattr(path, name, value.data(), value.size());
  if (size >= 0) {
    value.resize(static_cast<std::size_t>(size));
    return Attribute::present;
  }
  return errno == ENODATA || errno == ENOTSUP ? Attribute::absent : Attribute::unreadable;
}

std::optional<DirectoryAccess> read_directory(std::string const& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return {};
  DirectoryAccess directory;
  directory.uid = status.st_uid;
  directory.gid = status.st_gid;
  directory.mode = status.st_mode;
  std::string value;
  auto const posix = read_attribute(path.c_str(), "system.posix_acl_access", value);
  if (posix == Attribute::present) directory.acl = parse_posix_acl(value);
  directory.foreign_acl =
      posix == Attribute::unreadable || (posix == Attribute::present && !directory.acl);
  for (char const* other : {"system.nfs4_acl", "system.richacl", "system.cifs_acl"}) {
    if (read_attribute(path.c_str(), other, value) != Attribute::absent) {
      directory.foreign_acl = true;
    }
  }
  return directory;
}

}  // namespace

std::optional<std::vector<AclEntry>> parse_posix_acl(std::string_view attribute) {
  if (attribute.size() < 4 || (attribute.size() - 4) % kAclEntryBytes != 0) return {};
  if (little_endian(attribute.substr(0, 4)) != kAclVersion) return {};
  std::vector<AclEntry> acl;
  for (std::size_t at = 4; at < attribute.size(); at += kAclEntryBytes) {
    std::uint32_t const tag = little_endian(attribute.substr(at, 2));
    std::uint32_t const permissions = little_endian(attribute.substr(at + 2, 2));
    if (!is_tag(tag) || permissions > 7) return {};
    acl.push_back(
        {static_cast<AclEntry::Tag>(tag), permissions, little_endian(attribute.substr(at + 4, 4))});
  }
  bool const complete = find_entry(acl, AclEntry::Tag::user_obj) &&
                        find_entry(acl, AclEntry::Tag::group_obj) &&
                        find_entry(acl, AclEntry::Tag::other);
  if (!complete) return {};
  return acl;
}

bool grants(DirectoryAccess const& directory, Peer const& peer, unsigned wanted) {
  if (directory.foreign_acl) return contains(directory.mode & 7, wanted);
  return directory.acl ? acl_grants(directory, peer, wanted) : bits_grant(directory, peer, wanted);
}

bool check_access(Peer const& peer, std::string const& canonical_path) {
  if (canonical_path.empty() || canonical_path[0] != '/') return false;
  for (std::size_t end = 1; end < canonical_path.size(); ++end) {
    bool const is_end_of_element = end == 1 || canonical_path[end] == '/';
    if (!is_end_of_element) continue;
    auto const parent = read_directory(canonical_path.substr(0, end));
    if (!parent || !grants(*parent, peer, kAccessSearch)) return false;
  }
  auto const top = read_directory(canonical_path);
  return top && grants(*top, peer, kAccessRead | kAccessSearch);
}

std::optional<bool> AccessCache::find(Peer const& peer, std::string const& canonical_path,
                                      Instant now) {
  auto const of_peer = results_.find(Key(peer.uid, peer.gid, peer.groups));
  if (of_peer == results_.end()) return {};
  auto const result = of_peer->second.find(canonical_path);
  if (result == of_peer->second.end()) return {};
  if (now.boot - result->second.since >= kKeep) return {};
  return result->second.readable;
}

void AccessCache::store(Peer const& peer, std::string const& canonical_path, bool readable,
                        Instant now) {
  if (results_.size() >= kPeersMax) results_.clear();
  auto& result = results_[Key(peer.uid, peer.gid, peer.groups)][canonical_path];
  result.readable = readable;
  result.since = now.boot;
}

}  // namespace govseal
