// A read lease is granted only while nobody has the inode open for writing; a writable mapping
// counts because it pins the open file (fcntl(2), watching.md K9 and K10). Overlayfs counts the
// writers of its own inode but not those of the mapping, so a grant there proves nothing.
#include "watchers/writer_probe.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "base/bytes.h"
#include "base/error.h"

namespace govseal {
namespace {

enum class Lease { granted, refused, denied, unsupported };

Lease try_lease(int fd) {
  if (::fcntl(fd, F_SETLEASE, F_RDLCK) == 0) {
    ::fcntl(fd, F_SETLEASE, F_UNLCK);
    return Lease::granted;
  }
  if (errno == EAGAIN) return Lease::refused;
  return errno == EACCES || errno == EPERM ? Lease::denied : Lease::unsupported;
}

constexpr std::size_t kTrialBytes = 4096;

/// A writable shared mapping of one file whose descriptor is closed already.
class OrphanedMapping {
 public:
  explicit OrphanedMapping(std::unique_ptr<File> writer) {
    writer->append(ByteSpan(std::array<std::byte, kTrialBytes>{}));
    address_ = ::mmap(nullptr, kTrialBytes, PROT_READ | PROT_WRITE, MAP_SHARED,
                      writer->native_handle(), 0);
  }
  OrphanedMapping(OrphanedMapping const&) = delete;
  OrphanedMapping& operator=(OrphanedMapping const&) = delete;
  ~OrphanedMapping() { drop(); }

  [[nodiscard]] bool mapped() const { return address_ != MAP_FAILED; }
  void drop() {
    if (mapped()) ::munmap(std::exchange(address_, MAP_FAILED), kTrialBytes);
  }

 private:
  void* address_ = MAP_FAILED;
};

std::optional<bool> try_property(std::unique_ptr<File> writer, Directory const& own,
                                 RelativePath const& name) {
  OrphanedMapping mapping(std::move(writer));
  auto opened = own.open_file(name);
  auto* const reader = std::get_if<std::unique_ptr<File>>(&opened);
  if (reader == nullptr || !mapping.mapped()) return std::nullopt;
  Lease const while_mapped = try_lease((*reader)->native_handle());
  mapping.drop();
  Lease const afterwards = try_lease((*reader)->native_handle());
  if (while_mapped == Lease::granted) return false;
  if (while_mapped == Lease::refused) return afterwards == Lease::granted;
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Probe probe) noexcept {
  switch (probe) {
    case Probe::clear:
      return "clear";
    case Probe::open:
      return "open";
    case Probe::unknown:
      return "unknown";
  }
  return {};
}

std::string_view name_of(ProbeReason reason) noexcept {
  switch (reason) {
    case ProbeReason::unsound:
      return "unsound";
    case ProbeReason::permission:
      return "permission";
    case ProbeReason::unsupported:
      return "unsupported";
    case ProbeReason::off:
      return "off";
  }
  return {};
}

FolderProbe probe_open_writers(WriterProbe const& probe, Directory const& folder,
                               std::vector<RelativePath> const& files) {
  FolderProbe result{{Probe::clear, std::nullopt}, {}};
  std::optional<ProbeAnswer> unknown;
  for (RelativePath const& path : files) {
    auto const opened = folder.open_file(path);
    auto const* const file = std::get_if<std::unique_ptr<File>>(&opened);
    if (file == nullptr) continue;
    ProbeAnswer const answer = probe.probe(**file);
    if (answer.probe == Probe::open) result.open_files.push_back(path);
    if (answer.probe == Probe::unknown && !unknown) unknown = answer;
  }
  if (!result.open_files.empty()) {
    result.answer = {Probe::open, std::nullopt};
  } else if (unknown) {
    result.answer = *unknown;
  }
  return result;
}

LeaseProbe::LeaseProbe(std::vector<FilesystemId> distrusted) : distrusted_(std::move(distrusted)) {}

ProbeAnswer LeaseProbe::probe(File const& file) const {
  int const fd = file.native_handle();
  switch (try_lease(fd)) {
    case Lease::refused:
      return {Probe::open, std::nullopt};
    case Lease::denied:
      return {Probe::unknown, ProbeReason::permission};
    case Lease::unsupported:
      return {Probe::unknown, ProbeReason::unsupported};
    case Lease::granted:
      break;
  }
  auto const facts = read_filesystem_facts(fd);
  bool const trusted =
      facts && is_lease_trusted(facts->type) &&
      std::find(distrusted_.begin(), distrusted_.end(), facts->id) == distrusted_.end();
  if (trusted) return {Probe::clear, std::nullopt};
  return {Probe::unknown, ProbeReason::unsound};
}

ProbeAnswer NoProbe::probe(File const&) const {
  return {Probe::unknown, ProbeReason::off};
}

std::optional<bool> lease_tells_writers(Directory& own) {
  std::string const name = ".lease-trial." + std::to_string(::getpid());
  own.unlink(name);  // Left behind by a process of that number that was killed here.
  auto created = own.create_exclusive(name, 0600);
  auto* const writer = std::get_if<std::unique_ptr<File>>(&created);
  if (writer == nullptr) return std::nullopt;
  auto const answer = try_property(std::move(*writer), own, RelativePath::of(name));
  own.unlink(name);
  return answer;
}

}  // namespace govseal
