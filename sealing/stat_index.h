#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/sha256.h"
#include "sealing/stat_table.h"

struct sqlite3;

namespace govseal {

/// One sealed folder as the stat index knows it (sealing.md 11).
struct StatRow {
  std::string repo;                     // repository id
  std::string path;                     // run path
  std::string style;                    // "contract", "path1", ...
  std::optional<Digest> root;           // the bound root; none for legacy styles
  Digest hashfile_sha;                  // of the hash file as it was last read
  std::optional<Digest> manifest_sha;   // of manifest.json as it was last read
  std::optional<std::string> git_tree;  // raw bytes of the tree id of HEAD:<run path>
  std::uint64_t log_index = 0;          // the binding record
  std::string state;                    // the verdict of the last look
  std::vector<std::string> codes;       // its codes, ascending
  nanoseconds hashed{};                 // CLOCK_REALTIME at the start of the newest hash
  std::string enforce = "none";
  StatTable files;
};

/// Why an index was made anew, as `index.rebuilt` names it (ledger.md 3.5).
enum class IndexRebuild { absent, corrupt, version };
[[nodiscard]] std::string_view to_string(IndexRebuild reason) noexcept;

/// `index.db`: the stat tables of all sealed folders, so that a sweep reads no file that did not
/// change. A cache over SQLite: losing it costs one full hash of the sealed folders, never a
/// binding (those are replayed from the ledger). The schema and the settings are those of
/// sealing.md 11; a file that is not such a database, is damaged or has another version is deleted
/// and made anew, which rebuild() tells. Damage that shows only later does the same at once: the
/// call that met it answers as if the row had never been there.
///
/// One connection behind one mutex: every method may be called from any thread and blocks while
/// another one works. Throws Error when the disk is full or fails. Memory: about 2 MiB of page
/// cache, and the rows that a caller holds.
class StatIndex {
 public:
  /// Opens or makes `index.db` in a directory that only the agent can write. SQLite takes paths
  /// only: `directory_path` is the absolute path of `directory`, of which a second handle is kept.
  [[nodiscard]] static std::unique_ptr<StatIndex> open(Directory const& directory,
                                                       std::string const& directory_path);
  /// For simulations; always `absent`.
  [[nodiscard]] static std::unique_ptr<StatIndex> open_in_memory();
  ~StatIndex();

  /// Why the index was made anew since the last call, if it was: at open, or by damage met later.
  [[nodiscard]] std::optional<IndexRebuild> take_rebuild();
  /// Deletes all rows (`index.rebuilt` with reason `request`).
  void clear();

  /// Inserts or replaces the row of (repo, path).
  void put(StatRow const& row);
  /// All of them in one transaction, or none. Much cheaper than one by one: a sweep stores what it
  /// looked at in batches.
  void put_all(std::span<StatRow const> rows);
  [[nodiscard]] std::optional<StatRow> get(std::string_view repo, std::string_view path);
  /// False: no such row.
  bool remove(std::string_view repo, std::string_view path);

  struct Place {
    std::string repo;
    std::string path;
    friend auto operator<=>(Place const&, Place const&) = default;
  };
  /// Every folder with that bound root, ascending.
  [[nodiscard]] std::vector<Place> find_by_root(Digest const& root);

  /// Pages through all rows: those with an id above `after`, ascending, at most `count`. The ids
  /// never change while a row is replaced, so a walk that writes back what it read ends.
  struct Page {
    std::vector<StatRow> rows;
    std::int64_t last = 0;  // the `after` of the next page; at the end it is `after` again
  };
  [[nodiscard]] Page page(std::int64_t after, unsigned count);

  struct Totals {
    std::uint64_t folders = 0;
    std::uint64_t files = 0;  // records in all tables, seal files included
  };
  [[nodiscard]] Totals totals();

 private:
  StatIndex(std::string file, std::unique_ptr<Directory> directory);
  void make_anew(IndexRebuild reason);
  void connect();
  void close() noexcept;
  [[nodiscard]] std::optional<IndexRebuild> find_defect();
  /// Throws Error when `code` tells of something else than a damaged file.
  [[nodiscard]] IndexRebuild defect_of(int code) const;
  /// Throws Error, or makes the index anew when `code` says that it is damaged.
  void fail_or_rebuild(int code, char const* operation);
  [[nodiscard]] int write_row(StatRow const& row);
  [[nodiscard]] int run(char const* sql);

  std::string file_;
  std::unique_ptr<Directory> directory_;  // none for an index in memory
  std::mutex mutex_;
  sqlite3* db_ = nullptr;
  std::optional<IndexRebuild> rebuild_;
};

}  // namespace govseal
