#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/relative_path.h"
#include "base/sha256.h"
#include "sealing/envelope.h"
#include "sealing/manifest.h"
#include "sealing/tree_scan.h"

namespace govseal {

/// What the open-writer probe said about the regular files of a folder (watching.md 15.2).
struct WriterAnswer {
  enum class State { clear, open, unknown };
  State state = State::unknown;
  std::string reason;                    // with `unknown`: unsound, permission, unsupported, off
  std::vector<RelativePath> open_files;  // with `open`
};

/// Asks whether anybody can still write one of `files`. The agent has the probe; sealing is handed
/// this, and calls it for parts of a large folder from several threads at once. May throw Error.
using AskWriters =
    std::function<WriterAnswer(Directory const& folder, std::vector<RelativePath> const& files)>;

/// A seal that is ready to be published: the folder held still while all of it was read, and its
/// payload is on the disk. Everything that `seal.intent` and `seal.created` need.
struct SealPlan {
  TreeScan tree;                // T1, equal to T2; without the seal files
  std::vector<Digest> digests;  // of the regular files of `tree`, in its order
  SealBytes bytes;
  std::optional<Dialect> dialect;  // why the folder counted as complete
  std::set<std::string> warnings;
  WriterAnswer writers;  // of the second probe
  nanoseconds hashed{};  // CLOCK_REALTIME before the first byte was read
  /// Made by recover_intent(): seal files that are there already and are this plan's, also torn
  /// ones, are completed. In any other plan they are somebody else's.
  bool recovered = false;
};

/// What `seal.intent` promised: enough to tell one's own files after a crash.
struct SealIntent {
  Digest root;
  Digest manifest;
  Digest hashfile;
  friend bool operator==(SealIntent const&, SealIntent const&) = default;
};

[[nodiscard]] inline SealIntent intent_of(SealBytes const& bytes) {
  return {.root = bytes.root, .manifest = bytes.manifest_sha256, .hashfile = bytes.hashfile_sha256};
}

}  // namespace govseal
