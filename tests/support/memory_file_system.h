#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"

namespace govseal {

/// Where a fault can strike. A publish is asked about step by step.
enum class FileOperation {
  open_directory,
  list,
  find,
  open_file,
  status,
  read,
  create_exclusive,
  open_append,
  append,
  truncate,
  set_mode,
  sync_data,
  sync_file,
  publish_write,  // of publish: bytes and mode of the file that has no name yet
  publish_sync,   // of publish: its fsync
  publish_link,   // of publish: it gets its name; sync_directory follows
  make_directory,
  rename,
  unlink,
  remove_directory,
  sync_directory,
};
[[nodiscard]] std::string_view to_string(FileOperation operation);
/// True for what changes bytes, names or what survives a crash.
[[nodiscard]] bool is_writing(FileOperation operation);

/// What becomes of one operation.
struct Fault {
  enum class Kind {
    pass,
    fail,         // errno, nothing done; for a sync: what it was to save is lost for later ones too
    fail_partly,  // errno, an append has written half of its bytes; otherwise as `fail`
    fail_done,    // errno although it was done
    crash_now,    // the power goes off before it
    crash_done,   // the power goes off after it
  };
  Kind kind = Kind::pass;
  int error_number = 0;

  [[nodiscard]] static Fault pass() { return {}; }
  [[nodiscard]] static Fault fail(int error_number) { return {Kind::fail, error_number}; }
  [[nodiscard]] static Fault fail_partly(int error_number) {
    return {Kind::fail_partly, error_number};
  }
  [[nodiscard]] static Fault fail_done(int error_number) { return {Kind::fail_done, error_number}; }
  [[nodiscard]] static Fault crash_now() { return {Kind::crash_now, 0}; }
  [[nodiscard]] static Fault crash_done() { return {Kind::crash_done, 0}; }
};

/// Called before each operation of the product (never for those of the foreign producer below),
/// with the absolute path. It may change files as a foreign producer: that is a race made certain.
using FaultHook = std::function<Fault(FileOperation, std::string const& path)>;

/// The `n`-th writing operation from now (0: the next) gets `fault`, all others pass.
[[nodiscard]] FaultHook fault_at(std::size_t n, Fault fault);

/// Thrown where the power goes off and by everything that is tried afterwards with the same
/// handles. No std::exception, so that nothing catches it by mistake.
struct SimulatedCrash {};

/// A file system in memory that knows what a power cut would leave.
///
/// Bytes survive after sync(), sync_data() or the sync inside publish; names only after sync() of
/// the directory that holds them (a new file without one is gone, an unsynced file behind a synced
/// name is empty). Permissions are not enforced. Thread-safe. Times are those of an integer clock
/// that stands still until the test moves it. Inode numbers are never used twice.
class MemoryFileSystem final : public FileSystem {
 public:
  MemoryFileSystem();
  ~MemoryFileSystem() override;
  MemoryFileSystem(MemoryFileSystem&&) noexcept;
  MemoryFileSystem& operator=(MemoryFileSystem&&) noexcept;

  [[nodiscard]] std::variant<std::unique_ptr<Directory>, OpenFailure> open_directory(
      std::string const& absolute_path) const override;
  /// The same for a directory that must exist.
  [[nodiscard]] std::unique_ptr<Directory> open(std::string const& absolute_path) const;

  // Power cuts and faults.

  /// The power goes off: everything unsynced is gone. Handles from before throw SimulatedCrash, new
  /// ones can be opened.
  void crash();
  /// The same, but each unsynced piece persists or not by this seed: names out of order (a rename
  /// as a whole), bytes with torn tails and zero-filled blocks.
  void crash(std::uint64_t seed);
  /// Makes everything durable, as if the machine had been idle for long.
  void sync_all();
  void set_fault_hook(FaultHook hook);
  /// Operations of the product so far.
  [[nodiscard]] std::uint64_t operation_count() const;
  /// Only this many more bytes can be written, then ENOSPC (after a short write); what is truncated
  /// or unlinked becomes free again. nullopt: no limit.
  void set_free_bytes(std::optional<std::uint64_t> bytes);
  /// False: publish works as on a filesystem without O_TMPFILE.
  void set_unnamed_files(bool supported);
  /// An independent copy without handles, fault hook and limit, to try several crashes of one
  /// state.
  [[nodiscard]] MemoryFileSystem clone() const;

  // Time, in nanoseconds since 1970; starts at 2026-01-01T00:00:00Z.

  void set_time_ns(std::int64_t now);
  void advance_ns(std::int64_t by);

  // The foreign producer. Absolute paths, links in the way are followed; missing parents are made.
  // Nothing of it is synced. What cannot work asserts.

  void make_directory(std::string const& path, std::uint32_t mode = 0755);
  /// Creates the file or rewrites it in place (same inode).
  void write(std::string const& path, std::string_view bytes, std::uint32_t mode = 0644);
  void append(std::string const& path, std::string_view bytes);
  void make_symlink(std::string const& path, std::string_view target);
  void make_fifo(std::string const& path);
  void make_hard_link(std::string const& existing, std::string const& path);
  /// Replaces what is at `to` (but no directory that holds something).
  void rename(std::string const& from, std::string const& to);
  /// With everything below. False: not there.
  bool remove(std::string const& path);
  void set_mode(std::string const& path, std::uint32_t mode);
  void set_mtime_ns(std::string const& path, std::int64_t mtime);
  void set_owner(std::string const& path, std::uint32_t uid, std::uint32_t gid);
  /// Makes the directory a mount point: it and what is made below it later is another device.
  void make_mount_point(std::string const& path);

  /// nullopt: no regular file there.
  [[nodiscard]] std::optional<std::string> read(std::string const& path) const;
  /// lstat.
  [[nodiscard]] std::optional<FileStat> stat(std::string const& path) const;
  [[nodiscard]] bool exists(std::string const& path) const { return stat(path).has_value(); }
  /// Names in a directory, sorted; empty when it is none.
  [[nodiscard]] std::vector<std::string> list(std::string const& path) const;
  /// Everything, one line each, sorted: path with `/` behind directories, mode, size and a digest
  /// of the bytes, or the target of a link. Two equal texts are two equal trees, times aside.
  [[nodiscard]] std::string dump() const;

  /// Inside of the fake.
  struct State;

 private:
  explicit MemoryFileSystem(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace govseal
