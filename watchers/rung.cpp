#include "watchers/rung.h"

#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace govseal {
namespace {

/// statfs(2) and watching.md 4.2.
constexpr std::array<std::uint64_t, 14> kRemoteTypes{
    0x6969,      // NFS
    0x517B,      // SMB
    0xFF534D42,  // CIFS
    0xFE534D42,  // SMB2
    0x5346414F,  // AFS
    0x6B414653,  // AFS of the kernel
    0x73757245,  // CODA
    0x564C,      // NCP
    0x01021997,  // 9P
    0x00C36400,  // CEPH
    0x65735546,  // FUSE
    0x7461636F,  // OCFS2
    0x01161970,  // GFS2
    0x786F4256,  // VBOXSF
};
constexpr std::uint64_t kOverlay = 0x794C7630;
constexpr std::array<std::uint64_t, 4> kLeaseTrusted{
    0xEF53,      // ext4
    0x58465342,  // xfs
    0x9123683E,  // btrfs
    0x01021994,  // tmpfs
};

/// The reason when inotify cannot be had there; nullopt: rung C.
std::optional<RungReason> refusal_of_inotify(RungFacts const& facts) noexcept {
  if (facts.best == Rung::scan) return RungReason::configuration;
  if (is_overlay_filesystem(facts.filesystem_type) && !facts.cookie_round_trip) {
    return RungReason::filesystem_unsupported;
  }
  return facts.inotify_refused;
}

}  // namespace

std::string_view name_of(Rung rung) noexcept {
  switch (rung) {
    case Rung::fanotify:
      return "A";
    case Rung::inotify:
      return "C";
    case Rung::scan:
      return "D";
  }
  return {};
}

std::string_view name_of(RungReason reason) noexcept {
  switch (reason) {
    case RungReason::no_helper:
      return "no-helper";
    case RungReason::no_capability:
      return "no-capability";
    case RungReason::watch_limit:
      return "watch-limit";
    case RungReason::filesystem_unsupported:
      return "filesystem-unsupported";
    case RungReason::permission_denied:
      return "permission-denied";
    case RungReason::io_error:
      return "io-error";
    case RungReason::event_silence:
      return "event-silence";
    case RungReason::event_flood:
      return "event-flood";
    case RungReason::malformed_events:
      return "malformed-events";
    case RungReason::hints_missed:
      return "hints-missed";
    case RungReason::configuration:
      return "configuration";
    case RungReason::restored:
      return "restored";
  }
  return {};
}

std::optional<FilesystemFacts> read_filesystem_facts(int fd) {
  struct statfs found {};
  if (::fstatfs(fd, &found) != 0) return std::nullopt;
  FilesystemFacts facts;
  // f_type is signed and as wide as a register; the magic numbers are 32 bits.
  facts.type = static_cast<std::uint64_t>(found.f_type) & 0xFFFFFFFFU;
  facts.read_only = (static_cast<unsigned long>(found.f_flags) & ST_RDONLY) != 0;
  static_assert(sizeof found.f_fsid == sizeof facts.id.value);
  std::memcpy(&facts.id.value, &found.f_fsid, sizeof facts.id.value);
  if (facts.id.value != 0) return facts;
  struct stat status {};
  if (::fstat(fd, &status) != 0) return std::nullopt;
  facts.id.value = status.st_dev;
  return facts;
}

bool is_remote_filesystem(std::uint64_t type) noexcept {
  return std::find(kRemoteTypes.begin(), kRemoteTypes.end(), type) != kRemoteTypes.end();
}

bool is_overlay_filesystem(std::uint64_t type) noexcept {
  return type == kOverlay;
}

bool is_lease_trusted(std::uint64_t type) noexcept {
  return std::find(kLeaseTrusted.begin(), kLeaseTrusted.end(), type) != kLeaseTrusted.end();
}

RungChoice select_rung(RungFacts const& facts) noexcept {
  if (is_remote_filesystem(facts.filesystem_type)) {
    // The configuration asked for nothing better, so nothing is missed.
    if (facts.best == Rung::scan) return {Rung::scan, std::nullopt};
    return {Rung::scan, RungReason::filesystem_unsupported};
  }
  bool const overlay = is_overlay_filesystem(facts.filesystem_type);
  if (facts.best == Rung::fanotify && !overlay && !facts.fanotify_refused) {
    return {Rung::fanotify, std::nullopt};
  }
  if (auto const refusal = refusal_of_inotify(facts)) {
    if (*refusal == RungReason::configuration) return {Rung::scan, std::nullopt};
    return {Rung::scan, refusal};
  }
  if (facts.best == Rung::inotify) return {Rung::inotify, std::nullopt};
  if (overlay) return {Rung::inotify, RungReason::filesystem_unsupported};
  return {Rung::inotify, facts.fanotify_refused};
}

std::string_view name_of(Lost lost) noexcept {
  switch (lost) {
    case Lost::actor_of_short_lived_writers:
      return "actor-of-short-lived-writers";
    case Lost::actor:
      return "actor";
    case Lost::actor_beyond_mark_limit:
      return "actor-beyond-mark-limit";
    case Lost::writes_through_outside_links:
      return "writes-through-outside-links";
    case Lost::writes_below_overlay:
      return "writes-below-overlay";
    case Lost::remote_writers:
      return "remote-writers";
    case Lost::events_while_agent_is_down:
      return "events-while-agent-is-down";
    case Lost::transient_changes:
      return "transient-changes";
    case Lost::rename_destination:
      return "rename-destination";
    case Lost::round_trip:
      return "round-trip";
    case Lost::open_writer_probe:
      return "open-writer-probe";
  }
  return {};
}

std::vector<Lost> lost_on(LostFacts const& facts) {
  bool const best = facts.rung == Rung::fanotify;
  bool const scanned = facts.rung == Rung::scan;
  std::vector<Lost> lost;
  auto const add = [&lost](bool condition, Lost token) {
    if (condition) lost.push_back(token);
  };
  using Attribution = LostFacts::Attribution;
  add(best && facts.attribution == Attribution::live, Lost::actor_of_short_lived_writers);
  add(!best || facts.attribution == Attribution::off, Lost::actor);
  add(best && facts.attribution == Attribution::exact && facts.beyond_mark_limit,
      Lost::actor_beyond_mark_limit);
  add(!best, Lost::writes_through_outside_links);
  add(facts.rung == Rung::inotify && is_overlay_filesystem(facts.filesystem_type),
      Lost::writes_below_overlay);
  add(scanned && is_remote_filesystem(facts.filesystem_type), Lost::remote_writers);
  add(!best || !facts.helper, Lost::events_while_agent_is_down);
  add(scanned, Lost::transient_changes);
  add(!best, Lost::rename_destination);
  // A scan has no queue that a cookie could go through.
  add(scanned || !facts.has_cookies, Lost::round_trip);
  add(!facts.probe_sound, Lost::open_writer_probe);
  return lost;
}

}  // namespace govseal
