#include "base/file_system.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/disk_calls.h"
#include "base/disk_directory.h"
#include "base/error.h"
#include "base/publish.h"

namespace govseal {
namespace {

constexpr std::size_t kNameBytesMax = 255;
constexpr std::string_view kTemporarySuffix = ".tmp";

std::string temporary_name(std::string_view name) {
  std::string out(name.substr(0, kNameBytesMax - kTemporarySuffix.size()));
  return out += kTemporarySuffix;
}

/// ENOTDIR stands for the path itself and for an element before its end; only the first is a thing
/// of the wrong kind.
bool is_something_else(std::string const& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0;
}

std::string_view text_of_failure(OpenFailure failure) {
  switch (failure) {
    case OpenFailure::not_found:
      return "something in the way is no directory";
    case OpenFailure::wrong_kind:
      return "a symbolic link is in the way";
    case OpenFailure::other_device:
      return "a mount point is in the way";
    case OpenFailure::exists:
      return "the name is taken";
  }
  return "";
}

std::unique_ptr<Directory> open_or_make(Directory& parent, RelativePath const& name,
                                        std::uint32_t mode) {
  auto opened = parent.open_directory(name);
  if (auto const* failure = std::get_if<OpenFailure>(&opened);
      failure != nullptr && *failure == OpenFailure::not_found) {
    // Without this sync a power cut could take away what is soon written durably inside.
    if (parent.make_directory(name.str(), mode)) parent.sync();
    opened = parent.open_directory(name);
  }
  if (auto const* failure = std::get_if<OpenFailure>(&opened)) {
    throw Error("make directory", name.str(), std::string(text_of_failure(*failure)));
  }
  return std::get<std::unique_ptr<Directory>>(std::move(opened));
}

}  // namespace

std::variant<std::unique_ptr<Directory>, OpenFailure> DiskFileSystem::open_directory(
    std::string const& absolute_path) const {
  bool const usable =
      absolute_path.starts_with('/') && absolute_path.find('\0') == std::string::npos;
  if (!usable) throw_errno(EINVAL, "open directory", absolute_path);
  disk::Opened opened = disk::open_absolute_directory(absolute_path);
  if (opened.error == 0) {
    return std::make_unique<disk::DiskDirectory>(std::move(opened.fd), absolute_path, true);
  }
  if (opened.error == ENOTDIR && is_something_else(absolute_path)) return OpenFailure::wrong_kind;
  if (auto const failure = disk::failure_of(opened.error)) return *failure;
  throw_errno(opened.error, "open directory", absolute_path);
}

std::optional<std::string> read_all(File const& file, std::uint64_t bytes_max) {
  std::uint64_t const size = file.status().size;
  if (size > bytes_max) return std::nullopt;
  std::string out;
  // One byte more than expected finds the end without another round; a file that grows meanwhile
  // (or one of the kernel's, which claim to be empty) takes more.
  std::size_t wanted = static_cast<std::size_t>(size) + 1;
  while (true) {
    std::size_t const before = out.size();
    out.resize(before + wanted);
    std::size_t const got =
        file.read_at(reinterpret_cast<std::byte*>(out.data() + before), wanted, before);
    out.resize(before + got);
    if (out.size() > bytes_max) return std::nullopt;
    if (got < wanted) return out;
    wanted = std::max<std::size_t>(out.size(), 4096);
  }
}

void write_durably(Directory& directory, std::string_view name, ByteSpan bytes,
                   std::uint32_t mode) {
  std::string const temporary = temporary_name(name);
  directory.unlink(temporary);  // Of a run that ended in the middle.
  auto created = directory.create_exclusive(temporary, mode);
  if (std::holds_alternative<OpenFailure>(created)) {
    throw Error("create", temporary, "somebody else writes it at the same time");
  }
  auto const file = std::get<std::unique_ptr<File>>(std::move(created));
  HalfWrittenFile half_written(directory, temporary, *file);
  file->append(bytes);
  file->set_mode(mode);
  file->sync();
  directory.rename(temporary, name);
  half_written.keep();
  directory.sync();
}

std::unique_ptr<Directory> make_directories(Directory& from, RelativePath const& path,
                                            std::uint32_t mode) {
  std::unique_ptr<Directory> held;
  for (std::string_view const name : path.elements()) {
    Directory& parent = held ? *held : from;
    held = open_or_make(parent, RelativePath::of(name), mode);
  }
  if (held) return held;
  auto opened = from.open_directory({});
  if (std::holds_alternative<OpenFailure>(opened)) throw_errno(ENOENT, "open directory", "");
  return std::get<std::unique_ptr<Directory>>(std::move(opened));
}

}  // namespace govseal
