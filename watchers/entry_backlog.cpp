// A record is a tag byte and what follows it: kDirectory and a handle, or kFile or kFolder, the
// length of the name in one byte, and the name.
#include "watchers/entry_backlog.h"

#include <cstring>

#include "base/error.h"

namespace govseal {
namespace {

constexpr char kDirectory = 'd';
constexpr char kFile = 'f';
constexpr char kFolder = 'F';

}  // namespace

void EntryBacklog::begin_directory(DirectoryTree::Handle directory) {
  char raw[sizeof directory];
  std::memcpy(raw, &directory, sizeof directory);
  bytes_ += kDirectory;
  bytes_.append(raw, sizeof raw);
}

void EntryBacklog::add(std::string_view name, bool is_directory) {
  GOVSEAL_ASSERT(name.size() <= 255);
  bytes_ += is_directory ? kFolder : kFile;
  bytes_ += static_cast<char>(name.size());
  bytes_ += name;
  ++entries_;
}

bool EntryBacklog::next(Entry& entry) {
  if (at_ < bytes_.size() && bytes_[at_] == kDirectory) {
    while (bytes_[at_] == kDirectory) {
      std::memcpy(&current_, bytes_.data() + at_ + 1, sizeof current_);
      at_ += 1 + sizeof current_;
      if (at_ == bytes_.size()) return false;
    }
  }
  if (at_ == bytes_.size()) return false;
  auto const length = static_cast<unsigned char>(bytes_[at_ + 1]);
  entry.directory = current_;
  entry.is_directory = bytes_[at_] == kFolder;
  entry.name = std::string_view(bytes_).substr(at_ + 2, length);
  at_ += 2U + length;
  --entries_;
  return true;
}

}  // namespace govseal
