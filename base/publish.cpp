#include "base/publish.h"

namespace govseal {

HalfWrittenFile::HalfWrittenFile(Directory& directory, std::string_view name, File const& file)
    : directory_(directory), name_(name), ino_(file.status().ino) {}

HalfWrittenFile::~HalfWrittenFile() {
  if (kept_) return;
  try {
    auto const found = directory_.find(name_);
    if (found && found->ino == ino_) directory_.unlink(name_);
  } catch (...) {  // The header says why; a destructor could not pass it on either.
  }
}

std::optional<OpenFailure> publish_in_place(Directory& directory, std::string_view name,
                                            ByteSpan bytes, std::uint32_t mode) {
  auto created = directory.create_exclusive(name, mode);
  if (auto const* failure = std::get_if<OpenFailure>(&created)) return *failure;
  auto const file = std::get<std::unique_ptr<File>>(std::move(created));
  HalfWrittenFile half_written(directory, name, *file);
  file->append(bytes);
  file->set_mode(mode);
  file->sync();
  directory.sync();
  half_written.keep();
  return std::nullopt;
}

}  // namespace govseal
