#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/sha256.h"
#include "sealing/folder_reader.h"

namespace govseal {

/// What the reference validator finds at a path: links are followed.
struct CompatObject {
  enum class Kind {
    nothing,
    regular,
    other,     // a directory, FIFO, socket or device
    unusable,  // the system refuses the name
    outside,   // a link or a path leads out, and that is not allowed
  };
  Kind kind = Kind::nothing;
  std::uint64_t size = 0;
  ScanEntry const* entry = nullptr;  // a regular file in the folder itself
  std::string outside;               // else the path to follow
};

/// The files of a folder as compat sees them: every name, also those that strict refuses to look
/// up. What the strict pass has read is not read again. Used by one thread at a time.
class CompatFiles {
 public:
  /// All outlive the object.
  CompatFiles(FileSystem const& files, FolderReader& strict, bool allow_outside);

  /// Why there can be no answer (`outside_folder`, `too_many`); nullopt: there can.
  [[nodiscard]] std::optional<std::string> obstacle() const;
  /// What was read is what was scanned; false: the caller starts again.
  [[nodiscard]] bool ok() const noexcept { return reader_->ok(); }
  [[nodiscard]] bool allow_outside() const noexcept { return allow_outside_; }

  [[nodiscard]] CompatObject find(std::string_view text);
  /// The bytes of a regular object; nullopt when it is larger than `bytes_max` or has changed.
  [[nodiscard]] std::optional<std::string> read(CompatObject const& object,
                                                std::uint64_t bytes_max);
  /// Hashes all of them, those in the folder in parallel.
  void hash(std::vector<CompatObject> const& objects);
  /// The digest of one of them; nullopt when it could not be found because something changed.
  [[nodiscard]] std::optional<Digest> digest(CompatObject const& object);
  /// All paths that lead to a regular file without entering a linked directory, as text, sorted.
  [[nodiscard]] std::vector<std::string> regular_files();

 private:
  [[nodiscard]] CompatObject follow(std::string path) const;
  [[nodiscard]] CompatObject find_by_steps(std::vector<std::string> const& elements,
                                           std::string const& path);
  [[nodiscard]] bool is_mount(RelativePath const& path) const;
  void add_regular(std::vector<std::string>& out, TreeScan const& scan,
                   RelativePath const& prefix) const;

  FileSystem const& files_;
  bool allow_outside_;
  TreeScan every_name_;  // of its own only where strict found bad names
  KnownDigest known_;    // what the strict pass has read
  std::unique_ptr<FolderReader> own_;
  FolderReader* reader_;
};

}  // namespace govseal
