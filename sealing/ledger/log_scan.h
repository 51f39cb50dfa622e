#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/task_pool.h"
#include "sealing/ledger/log_files.h"
#include "sealing/ledger/merkle.h"

namespace govseal {

/// Everything one pass over all lines of a log finds: what is good from the start on, and what
/// follows.
struct LogScan {
  enum class End {
    clean,            // nothing follows the last good line
    torn,             // bytes without LF, or a segment that is too short
    bad_line,         // a complete line that is no record in its place
    unknown_version,  // a line of a later version of the format
  };

  std::vector<Digest> leaves;  // of the good lines
  LogIndex index;              // the same lines
  std::string first_line;      // genesis
  std::string last_line;
  std::vector<std::string> key_records;  // lines of type key.rotate and key.revoke
  End end = End::clean;
  std::string problem;                  // one sentence about the first bad line
  std::vector<std::uint64_t> segments;  // numbers of the files that are there, ascending

  [[nodiscard]] std::uint64_t size() const noexcept { return leaves.size(); }
  /// Root of the first `size` good lines.
  [[nodiscard]] Digest root_at(std::uint64_t size) const;
};

struct ScanOptions {
  TaskPool* pool = nullptr;  // reads segments in parallel
  bool drop_cache = false;   // read the disk, not memory
};

/// Reads and checks every line of every segment. Throws Error on I/O failure.
[[nodiscard]] LogScan scan_log(Directory const& log, ScanOptions const& options);

/// The bytes after the good lines.
struct LogRest {
  std::uint64_t bytes = 0;
  Digest sha256;
};
[[nodiscard]] LogRest read_rest(Directory const& log, LogScan const& scan);
/// Removes them durably. Throws Error.
void cut_rest(Directory& log, LogScan const& scan);

}  // namespace govseal
