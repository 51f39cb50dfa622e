#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/file_system.h"
#include "sealing/ledger/checkpoint.h"
#include "sealing/ledger/io_attempt.h"
#include "sealing/ledger/ledger.h"
#include "sealing/ledger/log_files.h"
#include "sealing/ledger/merkle.h"
#include "sealing/ledger/tile_store.h"

namespace govseal {

/// What a start has found on disk and verified: where writing goes on.
struct LogEnd {
  MerkleTree tree;                      // of the signed lines
  std::vector<Digest> unsigned_leaves;  // of complete lines after them
  LogIndex index;                       // of all lines
  CheckpointLine signed_line;           // the last durable line of checkpoints.log
  std::uint64_t checkpoints_bytes = 0;  // its length
  Digest last_leaf;                     // of the last line, signed or not
};

/// The lines of one batch and how far they have come.
struct PreparedBatch {
  std::vector<std::string> lines;  // without LF
  std::vector<Digest> leaves;
};

/// The order of writes that makes a batch true (LEDGER_FORMAT.md, "Append protocol"). Knows files,
/// tree and signature, not what the records say.
///
/// After `LedgerPoisoned` the writer touches nothing and signs nothing any more.
class LogWriter {
 public:
  struct Place {
    Directory& ledger;
    Directory& log;  // ledger/log
    std::string origin;
    Ed25519PrivateKey const& key;
  };
  struct Committed {};
  using Result = std::variant<Committed, LedgerFull, LedgerPoisoned>;

  LogWriter(Place place, LogEnd end);

  /// Lines that can still go into the present segment, at least 1.
  [[nodiscard]] std::uint64_t room() const noexcept;
  /// seq and prev of the next line.
  [[nodiscard]] std::uint64_t next_seq() const noexcept;
  [[nodiscard]] Digest const& last_leaf() const noexcept { return last_leaf_; }

  /// Requires that no batch waits, none was poisoned, and at most room() lines.
  [[nodiscard]] Result commit(PreparedBatch batch);
  /// Goes on with the batch that waits for space, from the step that failed.
  [[nodiscard]] Result resume();

  /// The published state.
  [[nodiscard]] MerkleTree const& tree() const noexcept { return tree_; }
  [[nodiscard]] CheckpointLine const& signed_line() const noexcept { return published_; }
  [[nodiscard]] LogIndex const& index() const noexcept { return index_; }

 private:
  enum class Stage { idle, lines, checkpoint_line, publish };
  /// Why a step ended the attempt; nullopt: it did not.
  using Stop = std::optional<std::variant<LedgerFull, LedgerPoisoned>>;

  // The steps of the protocol, in order.
  [[nodiscard]] Stop write_lines();
  [[nodiscard]] Stop open_segment();
  [[nodiscard]] Stop grow_tree();
  void sign();
  [[nodiscard]] Stop commit_checkpoint();
  [[nodiscard]] Stop publish();
  [[nodiscard]] Stop close_full_segments();
  void finish();

  [[nodiscard]] static Stop poison(std::string const& name, IoFailure const& failure);
  /// No space: undoes by cutting `file` to `bytes` and waits; everything else poisons.
  [[nodiscard]] static Stop cut_back(std::string const& name, IoFailure const& failure, File* file,
                                     std::uint64_t bytes);

  Place place_;
  TileStore tiles_;
  MerkleTree tree_;
  std::vector<Digest> unsigned_leaves_;
  LogIndex index_;
  CheckpointLine durable_;    // the last line of checkpoints.log
  CheckpointLine published_;  // the checkpoint file
  std::uint64_t checkpoints_bytes_;
  Digest last_leaf_;
  std::unique_ptr<File> segment_;
  std::uint64_t segment_number_ = 0;  // of segment_
  std::unique_ptr<File> checkpoints_;
  std::uint64_t closed_segments_ = 0;

  Stage stage_ = Stage::idle;
  PreparedBatch batch_;
  MerkleTree grown_;
  CheckpointLine next_;
};

}  // namespace govseal
