#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/memory_file_system.h"

// Inside of MemoryFileSystem: the tree with its two times, now and after a power cut.
namespace govseal::memory {

struct Node;
using NodePtr = std::shared_ptr<Node>;

/// One atomic change of names in one directory: name to node, or to nothing.
struct NameChange {
  std::uint64_t id = 0;  // the same in both directories of a rename between two
  std::vector<std::pair<std::string, NodePtr>> effects;
};

struct ByteRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct Node {
  FileKind kind = FileKind::regular;
  std::uint64_t dev = 0;
  std::uint64_t ino = 0;
  std::uint32_t mode = 0;  // with the type bits
  std::uint32_t nlink = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;

  std::string content;  // bytes of a file, target of a link
  std::string synced_content;
  std::uint32_t synced_mode = 0;
  std::size_t same_size = 0;    // the first bytes that are the same in both
  std::vector<ByteRange> lost;  // dropped by a failed sync: later ones do not save them

  std::map<std::string, NodePtr> entries;
  std::map<std::string, NodePtr> synced_entries;
  std::vector<NameChange> pending;  // leads from synced_entries to entries
};

}  // namespace govseal::memory

namespace govseal {

struct MemoryFileSystem::State {
  using Node = memory::Node;
  using NodePtr = memory::NodePtr;

  State();

  // Everything below is called with the mutex held. It is recursive so that a fault hook may change
  // files.
  mutable std::recursive_mutex mutex;
  NodePtr root;
  std::shared_ptr<FaultHook> hook;
  std::int64_t now_ns = 1'767'225'600'000'000'000;
  std::uint64_t next_ino = 2;
  std::uint64_t next_dev = 2;
  std::uint64_t next_change = 1;
  std::uint64_t operations = 0;
  std::uint64_t epoch = 0;  // power cuts so far; handles of another epoch are dead
  bool power_off = false;
  bool unnamed_files = true;
  std::uint64_t used_bytes = 0;
  std::optional<std::uint64_t> bytes_max;

  // Changes.
  NodePtr make_node(FileKind kind, std::uint32_t permissions, Node const& parent);
  /// Sets several names of one directory (null: removes) as one change.
  void change_names(Node& directory, std::vector<std::pair<std::string, NodePtr>> effects,
                    std::uint64_t id = 0);
  void count_link(Node& node, bool added);
  void set_content(Node& file, std::string content, std::size_t same_size);
  /// Appends as much as there is room for; returns the number of bytes written.
  std::size_t append(Node& file, std::string_view bytes);
  void truncate(Node& file, std::uint64_t size);
  void set_mode(Node& node, std::uint32_t permissions);
  static void sync_file(Node& file);
  static void lose_unsynced(Node& file);
  static void sync_directory(Node& directory);
  void for_each_node(std::function<void(NodePtr const&)> const& visit) const;
  /// Counts links and bytes anew and makes the tree as it is the durable one.
  void settle_after_crash();

  // Looking.
  [[nodiscard]] FileStat stat_of(Node const& node) const;
  /// Follows links; nullptr and the reason when it does not exist. `follow_last`: stat, not lstat.
  struct Found {
    NodePtr node;
    OpenFailure failure = OpenFailure::not_found;
  };
  [[nodiscard]] Found resolve(std::string const& path, bool follow_last) const;
  [[nodiscard]] std::unique_ptr<Directory> handle_of(std::shared_ptr<State> const& self,
                                                     NodePtr node, std::string path) const;

  /// Asks the hook and throws or remembers what it says. Usage:
  ///     Step step(state, operation, path, epoch);  // throws when nothing is to be done
  ///     ... do it (half of it when step.partly) ...
  ///     step.finish();                             // throws when it is to fail although done
  class Step {
   public:
    Step(State& state, FileOperation operation, std::string const& path, std::uint64_t epoch);
    void finish() const;
    bool partly = false;

   private:
    State& state_;
    FileOperation operation_;
    std::string const& path_;
    Fault fault_;
  };
};

}  // namespace govseal
